"""Connections that somebody looked at; the weights of all lie in the checkpoints."""

from django.db import models

from learner.models.learner import Learner
from synapse.models import Synapse


class Connection(models.Model):
    """A connection from a feature, hidden unit or bias to a label, made a row when opened."""

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="connections")
    pathway = models.PositiveSmallIntegerField(help_text="0: features; 1 and on: an expansion.")
    source = models.CharField(
        max_length=250, help_text="As JSON: name of the feature, number of the unit, or bias."
    )
    label = models.CharField(max_length=250, help_text="As JSON; null for a learner of numbers.")
    synapse = models.ForeignKey(
        Synapse, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        help_text="The synapse of the laboratory that it was opened as.",
    )  # fmt: skip
    code = models.JSONField(default=dict, help_text="How events were coded as spikes.")
    agreement = models.JSONField(default=dict, help_text="How far the two agreed, when computed.")
    computed_at = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Operations in the ledger when it was computed."
    )
    created = models.DateTimeField(auto_now_add=True)
    modified = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "pathway", "source", "label"], name="learner_connection_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} to {self.label}"
