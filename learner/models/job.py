"""Learning from a file in the background."""

from django.db import models

from learner.models.learner import Learner
from learner.models.stream import Stream
from synapse.models.run import Work


class StreamJob(Work):
    """An uploaded file that a worker learns from; it goes on where it was interrupted."""

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="jobs")
    stream = models.ForeignKey(Stream, on_delete=models.SET_NULL, null=True, blank=True)
    worker = models.CharField(max_length=64, blank=True, help_text="Who computes it.")
    path = models.CharField(max_length=300, help_text="The file, below TRACES_DIR.")
    size = models.PositiveBigIntegerField(help_text="Bytes of the file.")
    options = models.JSONField(default=dict, help_text="Column of the label, and so on.")
    done = models.PositiveBigIntegerField(default=0, help_text="Records read.")
    total = models.PositiveBigIntegerField(
        default=0, help_text="Records in the file, as far as known."
    )
    summary = models.JSONField(default=dict, blank=True, help_text="Measures so far.")

    class Meta:
        ordering = ["-pk"]

    @property
    def owner_id(self) -> int | None:
        """Who may change it: the owner of its learner."""
        return self.learner.owner_id

    def __str__(self) -> str:
        return self.title or f"Job {self.pk}"
