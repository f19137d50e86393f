"""Load the example synapses."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from synapse.services.examples import load_examples


class Command(BaseCommand):
    help = "Make the example synapses that are missing; safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            outcomes = load_examples()
        except ValueError as error:
            raise CommandError(str(error)) from error
        for synapse, outcome in outcomes:
            self.stdout.write(f"synapse {synapse.pk} {synapse.name}: {outcome}")
