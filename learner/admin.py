"""Learners, their commits and streams, to be looked at; they change by learning only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from learner.models import Commit, Event, Learner, Stream


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that nobody changes by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Learner)
class LearnerAdmin(ReadOnly):
    list_display = ("name", "kind", "owner", "events", "version", "modified")
    list_filter = ("kind",)
    search_fields = ("name",)


class OfLearner(ReadOnly):
    """Rows that belong to a learner, which is what they are deleted with."""

    list_filter = ("learner",)
    list_select_related = ("learner",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Commit)
class CommitAdmin(OfLearner):
    list_display = ("number", "learner", "kind", "event_id", "surprise", "gate", "size", "created")
    show_full_result_count = False


@admin.register(Stream)
class StreamAdmin(OfLearner):
    list_display = ("name", "learner", "number", "position", "modified")


@admin.register(Event)
class EventAdmin(OfLearner):
    list_display = ("identifier", "learner", "status", "prediction", "label", "learned")
    show_full_result_count = False
