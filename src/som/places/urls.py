"""The pages of places."""

from django.urls import path

from som.places import views

app_name = "places"
urlpatterns = [
    path("", views.search, name="search"),
    path("organisations/", views.organisations, name="organisations"),
    path("<int:unit_id>/", views.unit, name="unit"),
]
