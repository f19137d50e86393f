"""The project as an app, so that its system checks are registered."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "event_driven_retraining"
    verbose_name = "Event-driven retraining"

    def ready(self) -> None:
        from event_driven_retraining import checks  # noqa: F401
