"""The pages of people."""

from django.urls import path

from som.people import views

app_name = "people"
urlpatterns = [
    path("same/", views.same, name="same"),
    path("same/slot/", views.slot, name="slot"),
    path("same/<int:candidate_id>/", views.candidate, name="candidate"),
]
