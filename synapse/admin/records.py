"""What is shown and never edited: presets come from files, runs are history."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from synapse.models import Preset, Run


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
