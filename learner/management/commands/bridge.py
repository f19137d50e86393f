"""``manage.py bridge LEARNER``: how far a connection and a synapse on its events agree."""

from argparse import ArgumentParser
from typing import Any

from learner.management.base import LearnerCommand
from learner.models import Learner
from learner.pipeline.bridge.constants import CONSTANTS
from learner.pipeline.bridge.past import LAST_MOMENTS, MOST_MOMENTS
from learner.rendering.bridge_words import report
from learner.services.bridge import PRESET, compute
from learner.services.connections import (
    find_connection,
    label_key,
    open_connection,
    place_text,
    source_key,
)


class Command(LearnerCommand):
    """Open a connection as a synapse and print what comes of it."""

    help = "Runs a synapse on a connection's events and prints how far both agree, and why not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        super().add_arguments(parser)
        parser.add_argument("--source", default="", help="a feature, bias, or 'hidden unit 5'")
        parser.add_argument("--label", default="", help="a label; not for a learner of numbers")
        parser.add_argument("--pathway", default="0", help="0: features; 1 and on: expansions")
        parser.add_argument("--last", type=int, default=LAST_MOMENTS, metavar="N",
                            help=f"operations to look at, at most {MOST_MOMENTS}")  # fmt: skip
        parser.add_argument("--preset", default=PRESET, help="whose synapse runs the events")
        known = ", ".join(constant.name for constant in CONSTANTS)
        parser.add_argument("--code", action="append", default=[], metavar="NAME=VALUE",
                            help=f"a number of the code: {known}")  # fmt: skip

    def run(self, learner: Learner, options: dict[str, Any]) -> None:
        """Compute and print."""
        if not options["pathway"].isdigit():
            raise ValueError(f"pathway must be a whole number; got {options['pathway']!r}")
        values = dict(_pair(text) for text in options["code"])
        place = find_connection(learner, options)
        connection = open_connection(
            learner=learner, pathway=place.pathway, source=source_key(place.source),
            label=label_key(place.label), checked=False,
        )  # fmt: skip
        found = compute(
            connection, last=options["last"], preset=options["preset"], values=values,
            checked=False,
        )  # fmt: skip
        self.say(f"{learner.name}, {place_text(place)}, preset {options['preset']}")
        for line in report(found):
            self.say(line)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"a number of the code is written name=value; got {text!r}")
    return name, value
