"""Names the stage to Django."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "som.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"
