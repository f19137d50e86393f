"""A learner: its parameters, what it learns, and how far it has come."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from synapse.models.ownership import Owned, OwnedQuerySet


class LearnerKind(models.TextChoices):
    """What a learner predicts."""

    CLASSIFIER = "classifier", "a class"
    REGRESSOR = "regressor", "a number"


class Learner(Owned):
    """An event-driven learner; its weights lie in its checkpoints."""

    name = models.CharField(max_length=100, help_text="Unique among its owner's learners.")
    kind = models.CharField(
        max_length=10, choices=LearnerKind.choices, default=LearnerKind.CLASSIFIER
    )
    parameters = models.JSONField(default=dict, help_text="The settings that were given.")
    target = models.CharField(
        max_length=200,
        blank=True,
        help_text="Column that holds the label; set by the first stream.",
    )
    schema = models.JSONField(
        default=dict, blank=True, help_text="Kind of each column: number or text."
    )
    state_version = models.PositiveBigIntegerField(
        default=0, editable=False, help_text="Raised by every writer that stores."
    )
    events = models.PositiveBigIntegerField(
        default=0, editable=False, help_text="Events learned, whichever way they came."
    )
    position = models.PositiveBigIntegerField(
        default=0, editable=False, help_text="Operations in the ledger: events, sleeps, rollbacks."
    )
    version = models.PositiveBigIntegerField(
        default=0, editable=False, help_text="Number of the last commit."
    )
    paused = models.BooleanField(default=False, help_text="A paused learner predicts only.")
    baselines = models.BooleanField(
        default=True, help_text="Run a learner that always updates and a frozen one beside it."
    )
    preset = models.CharField(
        max_length=100, blank=True, help_text="Preset that its parameters were derived from."
    )
    sleep_after = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(1.0)],
        help_text="Sleep after so many seconds without an event; empty: never.",
    )  # fmt: skip
    sleep_at = models.TimeField(
        null=True, blank=True, help_text="Sleep every day at this time, UTC; empty: never."
    )
    sleep_replays = models.PositiveIntegerField(
        default=200, validators=[MinValueValidator(1), MaxValueValidator(1_000_000)],
        help_text="Events replayed in a scheduled sleep.",
    )  # fmt: skip
    slept = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When it last slept by schedule."
    )
    last_event = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When it last learned an event."
    )
    metrics = models.JSONField(
        default=dict, blank=True, editable=False,
        help_text="Test-then-train counts over all its events, and the open window.",
    )  # fmt: skip
    created = models.DateTimeField(auto_now_add=True)
    modified = models.DateTimeField(auto_now=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="learner_name_of_owner",
                violation_error_message="There is a learner of this name already.",
            ),
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(owner=None),
                name="learner_name_of_site",
                violation_error_message="There is a learner of this name already.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
