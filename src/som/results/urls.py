"""The pages of results."""

from django.urls import path

from som.results import views

app_name = "results"
urlpatterns = [
    path("results/review/", views.review, name="review"),
    path("where/", views.where, name="where"),
    path("look-up/", views.look_up, name="look_up"),
]
