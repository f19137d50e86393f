"""Events with an identifier: learned once, or waiting for their label."""

from django.db import models

from learner.models.learner import Learner


class EventStatus(models.TextChoices):
    """How far an event has come."""

    SEEN = "seen", "waits for its label"
    LEARNED = "learned", "came with its label and was learned"
    LABELLED = "labelled", "labelled later and learned"
    EARLY = "early", "its label came first"
    EXPIRED = "expired", "waited too long and was given up"


class Event(models.Model):
    """An event that has a name of its own. Events of a stream without one have none here."""

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="named_events")
    identifier = models.CharField(max_length=200)
    features = models.JSONField(default=dict, blank=True)
    prediction = models.JSONField(null=True, blank=True)
    label = models.JSONField(null=True, blank=True)
    status = models.CharField(max_length=8, choices=EventStatus.choices)
    position = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Its place in the ledger, once it was learned."
    )
    commit = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Number of the commit that it made, if it made one."
    )
    surprise = models.FloatField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    learned = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["learner", "status"], name="learner_event_status")]
        constraints = [
            models.UniqueConstraint(fields=["learner", "identifier"], name="learner_event_once")
        ]

    def __str__(self) -> str:
        return self.identifier
