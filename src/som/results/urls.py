"""The pages of results."""

from django.urls import path

from som.results import views

app_name = "results"
urlpatterns = [
    path("results/review/", views.review, name="review"),
    path("results/review/slot/", views.review_slot, name="review_slot"),
    path("results/swab/<int:swab_id>/", views.swab, name="swab"),
    path("results/run/<int:run_id>/slot/", views.run_slot, name="run_slot"),
    path("results/find-person/", views.find_person, name="find_person"),
    path("where/", views.where, name="where"),
    path("look-up/", views.look_up, name="look_up"),
]
