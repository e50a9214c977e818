"""The pages of the laboratory."""

from django.urls import path

from som.lab import views

app_name = "lab"
urlpatterns = [
    path("runs/", views.runs, name="runs"),
    path("runs/<int:run_id>/", views.run, name="run"),
    path("holds/", views.holds, name="holds"),
    path("capacity/", views.capacity, name="capacity"),
    path("boxes/", views.boxes, name="boxes"),
    path("boxes/<path:code>/", views.box, name="box"),
    path("waiting/", views.waiting, name="waiting"),
    path("slot/", views.slot, name="slot"),
]
