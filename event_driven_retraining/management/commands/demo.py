"""The demo: the published pairing protocol on an example synapse, from rest, in words."""

from typing import Any

from django.core.management import BaseCommand, CommandError, call_command

from synapse.models import Synapse

RUN = ("run_sim", "1", "--protocol", "pairing", "--until", "30min", "--every", "5min")

BEFORE = """
Synapse 1 is at rest: its weight is 1. It now gets 60 pairings at 1 Hz, the postsynaptic
spike 10 ms after the presynaptic one, in 3 mM calcium. Then it is left alone.

$ manage.py {command}
"""

AFTER = """
What it means: the weight went from {first:.6f} to {last:.6f}, {change:+.1f} %.
{meaning}

Next: `make serve` opens the site on http://127.0.0.1:8000, with the cascade of this
synapse, its traces and every parameter. `make help` lists the rest.
"""
STRONGER = """Each pairing let calcium in through the NMDA receptors while the spine was
depolarised. It rose above the threshold for potentiation, so AMPA receptors moved into
the synapse, and the same input now gives a larger response. This is early-phase
potentiation: it fades over hours unless the tag that it set captures proteins for the
late phase."""
NOT_STRONGER = "The pairings did not strengthen this synapse, which they should: please report it."


class Command(BaseCommand):
    help = "Run the pairing protocol on the first example synapse of an empty database."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        if Synapse.objects.exists():
            raise CommandError("The demo needs an empty database: use `make demo`.")
        call_command("load_presets", stdout=self.stdout)
        call_command("load_examples", stdout=self.stdout)
        first = self.weight()
        self.stdout.write(BEFORE.format(command=" ".join(RUN)))
        call_command(*RUN, stdout=self.stdout)
        self.explain(first, self.weight())

    def weight(self) -> float:
        """Return the weight of synapse 1 as it is stored."""
        from synapse.services.simulator import SynapseSimulator

        return float(SynapseSimulator(Synapse.objects.get(pk=1)).weights()[0])

    def explain(self, first: float, last: float) -> None:
        meaning = STRONGER if last > first else NOT_STRONGER
        change = 100 * (last / first - 1)
        self.stdout.write(AFTER.format(first=first, last=last, change=change, meaning=meaning))
