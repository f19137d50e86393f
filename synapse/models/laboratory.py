"""What a user does to synapses: changes of values, interventions, protocols, sweeps, tokens."""

from django.conf import settings
from django.db import models

from synapse.fields import finite
from synapse.models.ownership import Owned, OwnedQuerySet
from synapse.models.run import Run, Work
from synapse.models.synapse import Synapse


class ValueChange(models.Model):
    """Values of a synapse that a user changed together, with those before: never edited."""

    class Reason(models.TextChoices):
        """What kind of change it was."""

        EDIT = "edit", "edited"
        RESET = "reset", "reset to the preset"
        RESTORE = "restore", "restored from the history"

    synapse = models.ForeignKey(Synapse, on_delete=models.CASCADE, related_name="value_changes")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True
    )
    reason = models.CharField(max_length=7, choices=Reason.choices, default=Reason.EDIT)
    values = models.JSONField(
        default=dict, help_text="{component: {quantity: [value before, value after]}}"
    )
    simulated_time = models.FloatField(default=0.0, validators=[finite], help_text="ms")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} {self.created:%Y-%m-%d %H:%M}"


class Intervention(models.Model):
    """Something done to a synapse by hand, at a simulated time: never edited."""

    synapse = models.ForeignKey(Synapse, on_delete=models.CASCADE, related_name="interventions")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True
    )
    run = models.ForeignKey(
        Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="interventions"
    )
    kind = models.CharField(max_length=13, help_text="As the kinds of events of a protocol.")
    name = models.CharField(max_length=40, blank=True, help_text="Of a drug or bath quantity.")
    value = models.FloatField(default=1.0, validators=[finite])
    simulated_time = models.FloatField(default=0.0, validators=[finite], help_text="ms")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()


class SavedProtocol(Owned):
    """A protocol that a user made: items on a timeline, from which the events follow."""

    name = models.CharField(max_length=100)
    meaning = models.TextField(blank=True)
    items = models.JSONField(default=list, blank=True, help_text="Items on the timeline.")
    bath = models.JSONField(default=dict, blank=True, help_text="{bath quantity: value}")
    duration = models.FloatField(default=0.0, validators=[finite], help_text="ms")
    created = models.DateTimeField(auto_now_add=True)
    modified = models.DateTimeField(auto_now=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Sweep(Owned, Work):
    """One or two parameters over ranges, each point a simulation from the same start."""

    synapse = models.ForeignKey(Synapse, on_delete=models.CASCADE, related_name="sweeps")
    axes = models.JSONField(
        default=list, help_text="[{component, quantity, values}], one or two of them."
    )
    protocol = models.JSONField(default=dict, blank=True, help_text="The protocol of each point.")
    experiment = models.CharField(max_length=60, blank=True, help_text="Or an experiment.")
    readout = models.CharField(max_length=40, default="weight")
    start_state = models.JSONField(default=dict, blank=True)
    results = models.JSONField(default=list, blank=True, help_text="One entry a point.")
    done = models.PositiveIntegerField(default=0, help_text="Points done.")
    total = models.PositiveIntegerField(default=0, help_text="Points in all.")
    worker = models.CharField(max_length=64, blank=True)
    versions = models.JSONField(default=dict, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.title or f"Sweep {self.pk}"


class ApiToken(models.Model):
    """A key for programs; only its digest is kept."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True, blank=True)
    last_used = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name
