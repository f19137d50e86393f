"""Whole states of a learner, as arrays."""

from django.db import models

from learner.models.learner import Learner


class CheckpointKind(models.TextChoices):
    """What a checkpoint is for."""

    HEAD = "head", "the present state"
    SNAPSHOT = "snapshot", "a state to replay from"
    ALWAYS = "always", "the baseline that always updates"
    FROZEN = "frozen", "the baseline that learns no more"


class Checkpoint(models.Model):
    """A state as one npz file: a JSON header and arrays. Never a pickle."""

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="checkpoints")
    kind = models.CharField(max_length=8, choices=CheckpointKind.choices)
    position = models.PositiveBigIntegerField(help_text="Operations in the ledger before it.")
    version = models.PositiveBigIntegerField(help_text="Number of the last commit before it.")
    meta = models.JSONField(default=dict, help_text="What it holds, to be read by people.")
    arrays = models.BinaryField(null=True, help_text="The npz file; empty where it is large.")
    path = models.CharField(
        max_length=300, blank=True, help_text="Where a large one lies, below TRACES_DIR."
    )
    digest = models.CharField(max_length=64, help_text="SHA-256 of the npz file.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["learner", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "kind"],
                condition=~models.Q(kind=CheckpointKind.SNAPSHOT),
                name="learner_one_of_kind",
            ),
            models.UniqueConstraint(
                fields=["learner", "position"],
                condition=models.Q(kind=CheckpointKind.SNAPSHOT),
                name="learner_one_snapshot_per_position",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.learner} after {self.version} commits"
