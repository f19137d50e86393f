"""What the pages over components have in common."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect


class NotSavedError(Exception):
    """The services refused to store a form; the sentence says why."""


class ComponentsAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A page whose form shows components and saves them through the services."""

    own_fields: tuple[str, ...] = ("name",)
    change_form_template = "admin/synapse/components_change_form.html"

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Return a form that edits only what the user may change."""
        form = super().get_form(request, obj, change=change, **kwargs)
        form.editable = self.has_change_permission(request, obj)
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Store the row's own fields and hand the parameters to the services.

        The states in the loaded row may be older than the stored ones: they are never
        written from here.
        """
        try:
            if change:
                obj.save(update_fields=self.own_fields)
                if form.new_values():
                    self.store(request, obj, form)
            else:
                self.create(request, obj, form)
        except (ValueError, PermissionDenied) as error:
            raise NotSavedError(str(error)) from error

    def store(self, request: HttpRequest, obj: Any, form: Any) -> None:
        """Store the changed parameters."""
        raise NotImplementedError

    def create(self, request: HttpRequest, obj: Any, form: Any) -> None:
        """Store a new row."""
        obj.save()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the reason when nothing could be saved."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except NotSavedError as error:
            self.message_user(request, f"Nothing was saved: {error}", messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
