"""The pages of sampling."""

from django.urls import path

from som.sampling import views

app_name = "sampling"
urlpatterns = [
    path("sessions/", views.sessions, name="sessions"),
    path("sessions/<int:session_id>/", views.session, name="session"),
    path("requests/", views.requests, name="requests"),
    path("slot/", views.slot, name="slot"),
]
