"""The learner app."""

from django.apps import AppConfig


class LearnerConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "learner"

    def ready(self) -> None:
        """Register the checks."""
        from learner import checks  # noqa: F401
