"""The pages of notices."""

from django.urls import path

from som.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("slot/", views.slot, name="slot"),
    path("alarms/", views.alarms, name="alarms"),
    path("alarms/slot/", views.alarms_slot, name="alarms_slot"),
]
