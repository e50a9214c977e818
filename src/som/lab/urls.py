"""The pages of the laboratory."""

from django.urls import path

from som.lab import views

app_name = "lab"
urlpatterns = [
    path("runs/", views.runs, name="runs"),
    path("runs/<int:run_id>/", views.run, name="run"),
    path("waiting/", views.waiting, name="waiting"),
    path("slot/", views.slot, name="slot"),
]
