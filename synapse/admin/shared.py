"""Components that several synapses share."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from synapse.admin.forms import SharedForm
from synapse.admin.pages import ComponentsAdmin
from synapse.models import AstrocyteUnit, ConsolidationProteinPool, DopamineCleft, Neuron, Synapse
from synapse.services.access import may_write
from synapse.services.values import BY_NAME, set_shared_values


@admin.register(AstrocyteUnit, ConsolidationProteinPool, DopamineCleft, Neuron)
class SharedComponentAdmin(ComponentsAdmin):
    """A change here acts on every synapse that uses the component."""

    form = SharedForm
    fields = ("name",)
    list_display = ("name", "synapse_count")
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Count the synapses in the same query, only of the rows that are shown."""
        link = BY_NAME[self.model.__name__].accessor
        own = Synapse.objects.filter(**{link: OuterRef("pk")}).order_by().values(link)
        count = own.annotate(count=Count("pk")).values("count")
        rows = super().get_queryset(request)
        return rows.annotate(synapse_count=Coalesce(Subquery(count), 0))

    @admin.display(description="synapses", ordering="synapse_count")
    def synapse_count(self, row: Any) -> int:
        """Return how many synapses use the component."""
        return int(row.synapse_count)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for leave to change every synapse that uses the component."""
        allowed = super().has_change_permission(request, obj)
        if not allowed or obj is None or request.user.is_superuser:
            return allowed
        return all(may_write(request.user, synapse) for synapse in obj.synapses.all())

    def store(self, request: HttpRequest, obj: Any, form: Any) -> None:
        """Store the changed parameters for all synapses of the component."""
        set_shared_values(
            row=obj,
            values=form.new_values(),
            expected_versions=form.expected_versions(),
            user=request.user,
        )
