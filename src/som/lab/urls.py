"""The pages of the laboratory."""

from django.urls import path

from som.lab import views

app_name = "lab"
urlpatterns = [
    path("pools/", views.pools, name="pools"),
    path("pools/<str:code>/", views.pool, name="pool"),
    path("batches/", views.batches, name="batches"),
    path("batches/<str:code>/", views.batch, name="batch"),
    path("plates/", views.plates, name="plates"),
    path("plates/<str:code>/", views.plate, name="plate"),
    path("plates/<str:code>/worklist/", views.plate_worklist, name="plate_worklist"),
    path("plates/<str:code>/print/", views.plate_print, name="plate_print"),
    path("layouts/", views.layouts, name="layouts"),
    path("layouts/<str:kit>/<int:size>/", views.layout, name="layout"),
    path("runs/", views.runs, name="runs"),
    path("runs/new/", views.run_new, name="run_new"),
    path("runs/<int:run_id>/", views.run, name="run"),
    path("runs/<int:run_id>/curves/", views.run_curves, name="run_curves"),
    path("point/", views.point, name="point"),
    path("retests/", views.retests, name="retests"),
    path("holds/", views.holds, name="holds"),
    path("capacity/", views.capacity, name="capacity"),
    path("boxes/", views.boxes, name="boxes"),
    path("boxes/<path:code>/", views.box, name="box"),
    path("reception/", views.reception, name="reception"),
    path("fridge/", views.fridge, name="fridge"),
    path("disposals/", views.disposals, name="disposals"),
    path("referral/", views.referral, name="referral"),
    path("waiting/", views.waiting, name="waiting"),
    path("slot/", views.slot, name="slot"),
]
