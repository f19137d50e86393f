"""``manage.py verify_run ID|manifest.json``: do a run again and compare every bit."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from synapse.models import Run
from synapse.services.manifests import manifest_of, read_manifest
from synapse.services.verify import Comparison, Difference, verify


class Command(BaseCommand):
    """Do a run again from its manifest and compare."""

    help = (
        "Does a run again from its manifest and compares every bit. Nothing is stored. The exit "
        "code is 0 where the result is the same, and 1 where it is not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("run", help="id of a run, or a manifest that a page gave (.json)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run again, and say what came out."""
        try:
            comparison = verify(_manifest(options["run"]))
        except (ValueError, ArithmeticError) as error:
            raise CommandError(str(error)) from error
        for line in lines(comparison):
            self.stdout.write(line)
        if not comparison.same:
            raise CommandError(comparison.sentence)


def _manifest(text: str) -> dict[str, Any]:
    if not (text.isascii() and text.isdigit()):
        return read_manifest(text)
    run = Run.objects.filter(pk=int(text)).first() if len(text) < 19 else None
    if run is None:
        raise ValueError(f"there is no run {text}")
    return manifest_of(run)


def lines(comparison: Comparison) -> list[str]:
    """Return a comparison in lines."""
    found = [f"expected  sha256 {comparison.expected}", f"found     sha256 {comparison.found}"]
    if comparison.changes:
        found.append("Changed since then:")
        found += [f"  {change}" for change in comparison.changes]
    elif not comparison.same:
        found.append("Nothing that a manifest records has changed: the code has, or the machine.")
    if comparison.differences:
        found.append("Largest differences:")
        found += [
            f"  {d.name}: {d.before!r} then, {d.after!r} now ({_size(d)})"
            for d in comparison.differences
        ]
    if comparison.more:
        found.append(f"  and {comparison.more} more quantities")
    if comparison.same:
        found.append(comparison.sentence)
    return found


def _size(difference: Difference) -> str:
    unit = "" if difference.unit == "1" else f" {difference.unit}"
    return f"{difference.size:.3g}{unit}"
