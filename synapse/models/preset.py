"""Preset: a named set of parameter values, from ``synapse/presets/*.json``."""

from django.db import models


class Preset(models.Model):
    """Where its values differ from the declared defaults, and why."""

    name = models.SlugField(max_length=50, unique=True)
    title = models.CharField(max_length=100)
    version = models.PositiveIntegerField(default=1)
    description = models.TextField(blank=True)
    source = models.TextField(blank=True)
    values = models.JSONField(
        default=dict, blank=True, help_text="{component: {quantity: value}}, differences only."
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title
