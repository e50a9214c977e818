"""The shell's own addresses."""

from django.urls import path

from som.web import views

app_name = "web"
urlpatterns = [
    path("language/", views.language, name="language"),
    path("favicon.ico", views.favicon, name="favicon"),
]
