"""The synapse app."""

from django.apps import AppConfig


class SynapseConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "synapse"
