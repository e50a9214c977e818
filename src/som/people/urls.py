"""The pages of people."""

from django.urls import path

from som.people import views

app_name = "people"
urlpatterns = [
    path("", views.search, name="search"),
    path("<int:person_id>/", views.person, name="person"),
    path("<int:person_id>/numbers/", views.person_numbers, name="person_numbers"),
    path("<int:person_id>/death/", views.note_death, name="note_death"),
    path("same/", views.same, name="same"),
    path("same/slot/", views.slot, name="slot"),
    path("same/<int:candidate_id>/", views.candidate, name="candidate"),
]
