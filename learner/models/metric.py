"""How well a learner predicted, window by window, and when its stream drifted."""

from django.db import models

from learner.models.learner import Learner


class Metric(models.Model):
    """A window of consecutive events, each predicted before it was learned.

    Events are counted from the first that the learner ever learned; a rollback does not
    take this count back.
    """

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="windows")
    first = models.PositiveBigIntegerField(help_text="Number of its first event, from 1.")
    last = models.PositiveBigIntegerField(help_text="Number of its last event.")
    position = models.PositiveBigIntegerField(help_text="Operations in the ledger by its end.")
    scores = models.JSONField(
        default=dict,
        help_text="Sum over the window for the learner and each baseline: correct predictions, "
        "or absolute errors of numbers; null where a baseline did not predict.",
    )
    updates = models.PositiveIntegerField(default=0, help_text="Salient events.")
    surprise = models.FloatField(default=0.0, help_text="Mean.")
    threshold = models.FloatField(default=0.0, help_text="At the end.")
    gate = models.FloatField(default=1.0, help_text="Mean gain of salient events.")
    arousal = models.FloatField(default=0.0, help_text="Largest.")
    reliability = models.JSONField(default=list, help_text="Weight of each head at the end.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["learner", "first"]
        constraints = [
            models.UniqueConstraint(fields=["learner", "first"], name="learner_window_first")
        ]

    def __str__(self) -> str:
        return f"events {self.first} to {self.last}"


class DriftAlarm(models.Model):
    """A stretch in which recent errors lay far above the usual ones."""

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="alarms")
    began = models.PositiveBigIntegerField(help_text="Number of the event at which it began.")
    ended = models.PositiveBigIntegerField(null=True, blank=True, help_text="Empty: it goes on.")
    position = models.PositiveBigIntegerField(help_text="Operations in the ledger when it began.")
    version = models.PositiveBigIntegerField(help_text="Last commit before it: a way back.")
    usual_error = models.FloatField(help_text="Slow mean of the error when it began.")
    recent_error = models.FloatField(help_text="Fast mean of the error when it began.")
    peak = models.FloatField(default=0.0, help_text="Largest arousal, 0 to 1.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["learner", "began"]
        constraints = [
            models.UniqueConstraint(fields=["learner", "began"], name="learner_alarm_began"),
            models.UniqueConstraint(
                fields=["learner"], condition=models.Q(ended=None), name="learner_one_open_alarm"
            ),
        ]

    def __str__(self) -> str:
        return f"drift at event {self.began}"
