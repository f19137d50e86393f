"""``manage.py make_population NAME --synapses n --neurons m``: many synapses at once."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError

from synapse.models import Visibility
from synapse.services.columns import Progress
from synapse.services.populations import make_population, read_heterogeneity, rows_of

INTERRUPTED = 130


class Command(BaseCommand):
    """Make a population; all of it is stored, or nothing."""

    help = (
        "Makes a population of synapses at rest, split evenly over neurons. Each neuron has "
        "its own dopamine cleft, astrocyte unit and protein pool. docs/populations.md gives "
        "the format of the heterogeneity."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("name", help="name of the population; no two have the same")
        parser.add_argument("--preset", default="hippocampus", help="its values (hippocampus)")
        parser.add_argument("--synapses", type=int, default=1000, metavar="N", help="(1000)")
        parser.add_argument("--neurons", type=int, default=10, metavar="N", help="(10)")
        parser.add_argument(
            "--heterogeneity", metavar="FILE|JSON", help="distributions of parameters"
        )
        parser.add_argument("--seed", type=int, default=0, help="seed of what is drawn (0)")
        parser.add_argument(
            "--shared-pools", action="store_true",
            help="one astrocyte unit and one protein pool for all neurons",
        )  # fmt: skip
        parser.add_argument("--owner", metavar="USER", help="name of the user it belongs to")
        parser.add_argument(
            "--visibility", choices=Visibility.values, default=Visibility.PRIVATE,
            help="who may see it besides its owner (private)",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it and say how long it took; any mistake is one sentence."""
        start = perf_counter()
        names = ("name", "preset", "synapses", "neurons", "seed", "shared_pools", "visibility")
        arguments = {name: options[name] for name in names}
        try:
            if options["heterogeneity"] is not None:
                arguments["heterogeneity"] = read_heterogeneity(options["heterogeneity"])
            arguments["owner"] = _user(options["owner"])
            total = rows_of(**{k: options[k] for k in ("synapses", "neurons", "shared_pools")})
            with _progress_bar(total, wanted=sys.stderr.isatty()) as progress:
                population = make_population(**arguments, progress=progress)
        except ValueError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Interrupted: nothing was stored.", returncode=INTERRUPTED) from None
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(f"{error}. Has `manage.py migrate` been run?") from error
        self.stdout.write(
            f"Population {population.pk} ({population.name}): {population.synapse_count} "
            f"synapses of {population.neuron_count} neurons, {total} rows in "
            f"{perf_counter() - start:.1f} s."
        )


def _user(name: str | None) -> Any:
    if name is None:
        return None
    user = get_user_model()._default_manager.filter(username=name).first()
    if user is None:
        raise ValueError(f"there is no user {name!r}")
    return user


@contextmanager
def _progress_bar(total: int, *, wanted: bool) -> Iterator[Progress]:
    """Give a function that moves a bar on standard error, if there is a terminal."""
    if not wanted:
        yield lambda rows: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("rows", total=total)
        yield lambda rows: bar.advance(task, rows)
