"""The pages of the synapse."""

from django.urls import URLPattern

app_name = "synapse"
urlpatterns: list[URLPattern] = []
