"""The first page, and the day's flow on it."""

from django.urls import path

from som.home import views

app_name = "home"
urlpatterns = [path("", views.home, name="home"), path("day/", views.day, name="day")]
