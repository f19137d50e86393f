"""Run: one simulation, with all that is needed to do it again and compare."""

from django.db import models

from synapse.fields import finite, finite_constraint
from synapse.models.ownership import Owned, OwnedQuerySet
from synapse.models.synapse import Synapse


class RunStatus(models.TextChoices):
    """Where a run is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    LOST = "lost"


class Work(models.Model):
    """Base of what a process computes, perhaps in the background, and can be cancelled."""

    title = models.CharField(max_length=200, blank=True)
    status = models.CharField(
        max_length=9, choices=RunStatus.choices, default=RunStatus.QUEUED, db_index=True
    )
    cancel_requested = models.BooleanField(default=False)
    heartbeat = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        abstract = True


class BackEnd(models.TextChoices):
    """What computed a run. Results agree to the last bit within one back end."""

    PYTHON = "python", "plain Python"
    COMPILED = "compiled", "compiled"


class Run(Owned, Work):
    """A run is never changed once it is finished."""

    synapse = models.ForeignKey(Synapse, on_delete=models.CASCADE, related_name="runs")
    done = models.FloatField(default=0.0, validators=[finite], help_text="Simulated so far, ms.")
    total = models.FloatField(default=0.0, validators=[finite], help_text="To simulate, ms.")
    worker = models.CharField(max_length=64, blank=True, help_text="Who computes it.")
    based_on = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="copies"
    )
    seed = models.BigIntegerField(null=True, blank=True)

    protocol = models.JSONField(default=dict, blank=True)
    start_state = models.JSONField(default=dict, blank=True)
    parameters = models.JSONField(default=dict, blank=True)
    clock = models.FloatField(
        default=0.0, validators=[finite], help_text="Simulated time at the start, ms."
    )
    random_state = models.JSONField(null=True, blank=True)
    versions = models.JSONField(
        default=dict, blank=True, help_text="Versions of the software that computed the run."
    )
    back_end = models.CharField(max_length=8, choices=BackEnd.choices, default=BackEnd.PYTHON)
    state_version = models.PositiveBigIntegerField(default=0)

    result = models.JSONField(default=dict, blank=True)
    result_hash = models.CharField(max_length=64, blank=True)
    ticks = models.PositiveBigIntegerField(default=0, help_text="Ticks of the engine.")
    trace = models.BinaryField(null=True, blank=True, help_text="A small trace, as npz.")
    trace_path = models.CharField(
        max_length=200, blank=True, help_text="A large trace: a folder below TRACES_DIR."
    )

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [finite_constraint(name) for name in ("done", "total", "clock")]

    def __str__(self) -> str:
        return self.title or f"Run {self.pk}"
