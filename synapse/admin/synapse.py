"""The page of a synapse, and what can be done with a selection of them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import ActionLocation
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse

from synapse.admin.forms import SynapseForm
from synapse.admin.pages import ComponentsAdmin
from synapse.models import Synapse
from synapse.plasticity.bounds import MINUTE
from synapse.services import groups, presets
from synapse.services.access import may_write, require_write
from synapse.services.values import set_values

SHARED = ("neuron", "astrocyte_unit", "consolidation_protein_pool", "dopamine_cleft")
EVERYWHERE = [ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM]
ADD_FIELDS = ("name", "preset", "owner", "visibility", *SHARED)


class AddSynapseForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new synapse from a preset; a shared component left empty is made anew."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["preset"].required = True
        for name in SHARED:
            self.fields[name].required = False


@admin.register(Synapse)
class SynapseAdmin(ComponentsAdmin):
    """One page with all components: units, ranges, defaults and sources beside the values."""

    form = SynapseForm
    own_fields = ("name", "owner", "visibility", "modified")
    list_display = ("id", "name", "preset", "neuron", "owner", "visibility", "modified")
    list_display_links = ("name",)
    list_filter = ("preset", "visibility")
    list_select_related = ("preset", "neuron", "owner")
    search_fields = ("name",)
    raw_id_fields = SHARED
    actions = (
        "clone", "reset_to_preset", "run_one_tick", "run_pairing", "export_json",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave out what belongs to others."""
        return super().get_queryset(request).visible_to(request.user)

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Load the synapse with all its components in one query."""
        row = super().get_object(request, object_id, from_field)
        return row and groups.load_one(row.pk)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Return the fields above the components."""
        if obj is None:
            return ADD_FIELDS
        return ("name", "owner", "visibility", "preset", "created", "modified")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Return what a change cannot touch: the preset only changes by a reset."""
        return () if obj is None else ("preset", "created", "modified")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Return the form over all components, or the one that makes a synapse."""
        if obj is None:
            kwargs["form"] = AddSynapseForm
        return super().get_form(request, obj, change=change, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for leave to change the synapse as well."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or may_write(request.user, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for leave to change the synapse as well."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or may_write(request.user, obj))

    def create(self, request: HttpRequest, obj: Any, form: Any) -> None:
        """Make a synapse from its preset, beside others if asked to."""
        given = {name: form.cleaned_data[name] for name in SHARED if form.cleaned_data[name]}
        for row in given.values():
            require_write(request.user, row.synapses.all())
        made = presets.create_from_preset(
            preset=obj.preset.name,
            name=obj.name,
            owner=obj.owner,
            visibility=obj.visibility,
            **given,
        )
        obj.__dict__.update(made.__dict__)

    def store(self, request: HttpRequest, obj: Any, form: Any) -> None:
        """Store the changed parameters."""
        set_values(
            synapse=obj,
            values=form.new_values(),
            expected_versions=form.expected_versions(),
            user=request.user,
        )

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete a synapse so that no run of its group can be stored over it."""
        presets.remove(synapse=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete the selected synapses one by one."""
        require_write(request.user, queryset)
        for synapse in queryset:
            presets.remove(synapse=synapse)

    @admin.action(description="Clone (state included)", permissions=["add"], location=EVERYWHERE)
    def clone(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Copy each synapse; the copies belong to the user."""

        def copy(synapse: Synapse) -> str:
            name = f"Copy of {synapse.name}"[: presets.NAME_LENGTH]
            made = presets.clone(synapse=synapse, owner=request.user, name=name)
            return f"{synapse} was cloned as synapse {made.pk}."

        self._each(request, queryset, copy)

    @admin.action(description="Reset to the preset", permissions=["change"], location=EVERYWHERE)
    def reset_to_preset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Put each synapse back to rest, with its preset's parameters."""

        def reset(synapse: Synapse) -> str:
            require_write(request.user, [synapse])
            version = synapse.neuron.state_version
            presets.reset_to_preset(synapse=synapse, expected_version=version)
            return f"{synapse} is at rest, with the parameters of its preset."

        self._each(request, queryset, reset)

    @admin.action(
        description="Run one tick of 1 min with one pairing",
        permissions=["change"],
        location=EVERYWHERE,
    )
    def run_one_tick(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Run each synapse for a minute with one pairing."""
        from synapse.plasticity.protocols.pairing import single_pairing

        self._run(request, queryset, single_pairing(), 1 * MINUTE)

    @admin.action(
        description="Run the pairing protocol for 60 min",
        permissions=["change"],
        location=EVERYWHERE,
    )
    def run_pairing(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Run each synapse through the pairing protocol and the rest of the hour."""
        from synapse.plasticity.protocols import PROTOCOLS

        self._run(request, queryset, PROTOCOLS["pairing"](), 60 * MINUTE)

    @admin.action(description="Export as JSON", permissions=["view"], location=EVERYWHERE)
    def export_json(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        """Download parameters and state of the selected synapses."""
        data = [presets.export(synapse=synapse) for synapse in queryset]
        response = JsonResponse({"synapses": data}, json_dumps_params={"indent": 2})
        response["Content-Disposition"] = 'attachment; filename="synapses.json"'
        return response

    def _run(
        self, request: HttpRequest, queryset: QuerySet[Any], protocol: Any, duration: float
    ) -> None:
        from synapse.services.runs import execute

        def run(synapse: Synapse) -> str:
            require_write(request.user, groups.closure([synapse]))
            done = execute(
                synapse=synapse, protocol=protocol, duration_ms=duration, owner=request.user
            )
            return f"{synapse}: run {done.pk} is {done.status}."

        self._each(request, queryset, run)

    def _each(self, request: HttpRequest, queryset: QuerySet[Any], act: Any) -> None:
        """Do something with each synapse, and say what came of it."""
        for synapse in queryset.select_related("neuron"):
            try:
                self.message_user(request, act(synapse), messages.SUCCESS)
            except (ValueError, PermissionDenied) as error:
                self.message_user(request, f"Synapse {synapse}: {error}", messages.ERROR)
