"""``manage.py replay <learner>``: sleep; kept events are replayed."""

from argparse import ArgumentParser
from typing import Any

from learner.management.base import LearnerCommand
from learner.models import Learner
from learner.services.live import sleep


class Command(LearnerCommand):
    """Replay kept events, as in sleep."""

    help = "Replays salient events that the learner kept. It is one commit and can be rolled back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        super().add_arguments(parser)
        parser.add_argument("--replays", type=int, default=200, metavar="N", help="how many (200)")

    def run(self, learner: Learner, options: dict[str, Any]) -> None:
        """Sleep."""
        version = sleep(learner=learner, replays=options["replays"])
        self.stdout.write(f"Replayed {options['replays']} events: commit {version}.")
