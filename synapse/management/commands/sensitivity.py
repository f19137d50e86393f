"""``manage.py sensitivity``: which verdicts change when one parameter moves."""

from argparse import ArgumentParser
from collections import defaultdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from synapse.plasticity.experiments import EXPERIMENTS
from synapse.services.sensitivity import SPREADS, Change, names_or_all, sensitivity


class Command(BaseCommand):
    """Print a Markdown table of the verdicts that change."""

    help = (
        "Multiplies one parameter after the other by 1 -/+ each spread, runs the experiments, "
        "and prints the verdicts that change as a Markdown table. Takes minutes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("parameters", nargs="*", help="names of parameters (all)")
        parser.add_argument("--experiment", action="append", help="name of an experiment (all)")
        parser.add_argument("--spread", type=float, action="append", help="0.05 and 0.2")
        parser.add_argument("--jobs", type=int, help="threads (all cores)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run and print."""
        wanted = options["experiment"] or [e.name for e in EXPERIMENTS]
        chosen = [e for e in EXPERIMENTS if e.name in wanted]
        spreads = options["spread"] or SPREADS
        if len(chosen) != len(set(wanted)):
            raise CommandError(f"experiments are {', '.join(e.name for e in EXPERIMENTS)}")
        if not all(0.0 < spread < 1.0 for spread in spreads):
            raise CommandError("spread must be above 0 and below 1")
        try:
            parameters = names_or_all(options["parameters"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        rows: dict[str, list[Change]] = defaultdict(list)
        for change in sensitivity(chosen, parameters, spreads=spreads, workers=options["jobs"]):
            rows[change.parameter].append(change)
        self.stdout.write("| Parameter | Verdicts that change |\n|---|---|")
        for parameter in parameters:
            self.stdout.write(f"| `{parameter}` | {_words(rows[parameter])} |")


def _words(changes: list[Change]) -> str:
    if not changes:
        return "none"
    return "; ".join(
        f"{change.factor - 1:+.0%}: {change.experiment} {change.before} to {change.after}"
        for change in changes
    )
