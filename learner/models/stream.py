"""How far each stream has been learned."""

from django.db import models

from learner.models.learner import Learner


class Stream(models.Model):
    """A stream, known by what was read of it; not by its name, which may change."""

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="streams")
    name = models.CharField(max_length=200, help_text="File name when it was last read.")
    beginning = models.CharField(max_length=64, help_text="SHA-256 of header and first record.")
    number = models.PositiveIntegerField(
        default=1, help_text="1 the first time it is learned, 2 when learned again, and so on."
    )
    position = models.PositiveBigIntegerField(default=0, help_text="Records read and learned.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of all of these records.")
    seen = models.PositiveBigIntegerField(
        default=0, help_text="Records predicted; some may wait for their label."
    )
    metrics = models.JSONField(default=dict)
    created = models.DateTimeField(auto_now_add=True)
    modified = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "beginning", "number"], name="learner_stream_number"
            )
        ]

    def __str__(self) -> str:
        return self.name
