"""The ledger: numbered commits, and the operations to replay them from."""

from django.db import models

from learner.models.learner import Learner


class Commit(models.Model):
    """A change of the learner: what caused it, and how large it was."""

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="commits")
    number = models.PositiveBigIntegerField()
    position = models.PositiveBigIntegerField(help_text="Its place among all operations.")
    kind = models.CharField(
        max_length=12, help_text="learn, consolidate, event, sleep or rollback."
    )
    event = models.PositiveBigIntegerField(help_text="Events learned by then.")
    event_id = models.CharField(max_length=250, blank=True)
    surprise = models.FloatField(default=0.0)
    gate = models.FloatField(default=0.0, help_text="Gain of the neuromodulatory gate.")
    size = models.FloatField(default=0.0, help_text="Sum of what was changed.")
    amount = models.PositiveBigIntegerField(
        default=0, help_text="Replays of a sleep; commit that a rollback went back to."
    )
    connections = models.JSONField(
        null=True, blank=True, help_text="Connections changed most; filled in when asked for."
    )
    created = models.DateTimeField()

    class Meta:
        ordering = ["learner", "number"]
        constraints = [
            models.UniqueConstraint(fields=["learner", "number"], name="learner_commit_number")
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.kind}"


class Stretch(models.Model):
    """Consecutive operations of the ledger, packed into arrays: what a replay needs."""

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="stretches")
    first = models.PositiveBigIntegerField(help_text="Position of its first operation.")
    count = models.PositiveIntegerField()
    operations = models.BinaryField(help_text="An npz file with a JSON header.")

    class Meta:
        ordering = ["learner", "first"]
        verbose_name_plural = "stretches"
        constraints = [
            models.UniqueConstraint(fields=["learner", "first"], name="learner_stretch_first")
        ]

    def __str__(self) -> str:
        return f"operations {self.first} to {self.first + self.count - 1}"
