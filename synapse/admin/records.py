"""What is shown and never edited: presets come from files, runs are history."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from synapse.models import Population, PopulationRun, Preset, Run
from synapse.services.access import may_write, require_write


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows to look at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Preset)
class PresetAdmin(ReadOnlyAdmin):
    """Presets: a new version of a file replaces them (``manage.py load_presets``)."""

    list_display = ("title", "name", "version")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    """Runs that the user may see."""

    list_display = ("id", "synapse", "title", "status", "back_end", "created")
    list_filter = ("status", "back_end")
    list_select_related = ("synapse",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave out what belongs to others, and traces: a list needs neither."""
        return super().get_queryset(request).visible_to(request.user).defer("trace")


class OwnedRecordAdmin(ReadOnlyAdmin):
    """Rows that the user may see; only their owner deletes them."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave out what belongs to others."""
        return super().get_queryset(request).visible_to(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for leave to change the row as well."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or may_write(request.user, obj))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete the selected rows, if all of them are the user's."""
        require_write(request.user, queryset)
        queryset.delete()


@admin.register(Population)
class PopulationAdmin(OwnedRecordAdmin):
    """Populations (``manage.py make_population``); neurons and synapses are not listed."""

    list_display = ("id", "name", "preset", "synapse_count", "neuron_count", "owner", "created")
    list_display_links = ("name",)
    list_select_related = ("preset", "owner")
    search_fields = ("name",)


@admin.register(PopulationRun)
class PopulationRunAdmin(OwnedRecordAdmin):
    """Runs of populations."""

    list_display = ("id", "population", "title", "status", "done", "total", "created")
    list_filter = ("status",)
    list_select_related = ("population",)
