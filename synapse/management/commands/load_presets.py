"""Load the presets that come with the project."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from synapse.services.preset_files import load_presets


class Command(BaseCommand):
    help = "Store the presets of synapse/presets; safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            outcomes = load_presets()
        except ValueError as error:
            raise CommandError(str(error)) from error
        for name, outcome in outcomes:
            self.stdout.write(f"preset {name}: {outcome}")
