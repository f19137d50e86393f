"""``manage.py create_learner NAME``: make a learner that has learned nothing."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError

from learner.models import LearnerKind
from learner.services.bridge_presets import create_from_preset
from learner.services.learners import create_learner, import_state, parse_parameters


class Command(BaseCommand):
    """Create a learner, new or from an exported state."""

    help = "Creates a learner of classes or of numbers. It learns with retrain."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("name", help="its name, unique among its owner's learners")
        parser.add_argument("--kind", default="classifier", choices=LearnerKind.values)
        parser.add_argument(
            "--parameter", action="append", default=[], metavar="NAME=VALUE",
            help="a setting, such as budget=0.1; may be given several times",
        )  # fmt: skip
        parser.add_argument(
            "--preset", metavar="NAME",
            help="derive settings from a preset of the laboratory; --parameter overrides them",
        )  # fmt: skip
        parser.add_argument(
            "--event-interval", type=float, metavar="MS",
            help="with --preset: what time one event stands for, ms (60000)",
        )  # fmt: skip
        parser.add_argument("--owner", metavar="USER", help="name of the user it belongs to")
        parser.add_argument("--from", dest="source", metavar="FILE", help="an exported state")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create it and say how to go on."""
        try:
            owner = _owner(options["owner"])
            if options["source"]:
                learner = import_state(name=options["name"], path=options["source"], owner=owner)
            elif options["preset"]:
                learner = create_from_preset(
                    name=options["name"], preset=options["preset"], kind=options["kind"],
                    interval=options["event_interval"], owner=owner,
                    parameters=parse_parameters(options["parameter"]),
                )  # fmt: skip
            elif options["event_interval"] is not None:
                raise ValueError("--event-interval needs --preset")
            else:
                learner = create_learner(
                    name=options["name"], kind=options["kind"], owner=owner,
                    parameters=parse_parameters(options["parameter"]),
                )  # fmt: skip
        except ValueError as error:
            raise CommandError(str(error)) from error
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(f"{error}. Has `manage.py migrate` been run?") from error
        self.stdout.write(
            f"Learner {learner.pk} ({learner.name}) made, a {learner.kind}. It learns with "
            f"manage.py retrain {learner.pk} --stream FILE --target COLUMN"
        )


def _owner(name: str | None) -> Any:
    if name is None:
        return None
    user = get_user_model().objects.filter(username=name).first()
    if user is None:
        raise ValueError(f"there is no user {name!r}")
    return user
