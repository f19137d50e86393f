"""``manage.py compact <learner> VERSION``: drop what older rollbacks would need."""

from argparse import ArgumentParser
from typing import Any

from learner.management.base import LearnerCommand
from learner.models import Learner
from learner.services.learners import compact


class Command(LearnerCommand):
    """Give up the way back to before a commit, and the space that it takes."""

    help = (
        "Drops the snapshots and events that only a rollback to before a commit needs. The "
        "commits stay listed, and the learner does not change."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        super().add_arguments(parser)
        parser.add_argument("version", type=int, help="first commit that can still be reached")

    def run(self, learner: Learner, options: dict[str, Any]) -> None:
        """Compact."""
        compact(learner=learner, version=options["version"])
        self.stdout.write(
            f"{learner.name} can be rolled back to commit {options['version']} or later."
        )
