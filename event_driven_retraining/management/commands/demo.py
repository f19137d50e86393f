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

  weight       {weight:9.6f}  the response to one spike; at rest 1
  early phase  {early_weight:9.6f}  follows calcium within minutes, fades over hours; at rest 1
  late phase   {late_weight:9.6f}  grows while a tag meets proteins, and stays; at rest 0
  tag          {tag:+9.0f}  set by a large early change: +1, -1 or 0

{meaning}

Next: `make serve` opens the site on http://127.0.0.1:8000, with the cascade of this
synapse, its traces and every parameter. `make help` lists the rest.
"""
STRONGER = """Each pairing let calcium in through the NMDA receptors while the spine was
depolarised. It rose above the threshold for potentiation, so AMPA receptors moved into
the synapse, and the same input now gives a larger response."""
NOT_STRONGER = "The pairings did not strengthen this synapse, which they should: please report it."


class Command(BaseCommand):
    help = "Run the pairing protocol on the first example synapse of an empty database."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        if Synapse.objects.exists():
            raise CommandError("The demo needs an empty database: use `make demo`.")
        call_command("load_presets", stdout=self.stdout)
        call_command("load_examples", stdout=self.stdout)
        before = self.values()
        self.stdout.write(BEFORE.format(command=" ".join(RUN)))
        call_command(*RUN, stdout=self.stdout)
        self.explain(before["weight"], self.values())

    def values(self) -> dict[str, float]:
        """Return every quantity of synapse 1, as it is stored or follows from what is."""
        from synapse.services.simulator import SynapseSimulator

        components = SynapseSimulator(Synapse.objects.get(pk=1)).values()
        return {name: value for values in components.values() for name, value in values.items()}

    def explain(self, first: float, now: dict[str, float]) -> None:
        last = now["weight"]
        meaning = STRONGER if last > first else NOT_STRONGER
        change = 100 * (last / first - 1)
        text = AFTER.format(first=first, last=last, change=change, meaning=meaning, **now)
        self.stdout.write(text)
