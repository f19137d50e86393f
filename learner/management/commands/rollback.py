"""``manage.py rollback <learner> VERSION``: back to the state right after a commit."""

from argparse import ArgumentParser
from typing import Any

from learner.management.base import LearnerCommand
from learner.models import Learner
from learner.services.live import rollback


class Command(LearnerCommand):
    """Go back to a commit, exactly; this is a new commit."""

    help = (
        "Restores the whole state as it was right after a commit. The way back is a commit of "
        "its own. Streams stay where they are: what was learned since is not learned again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        super().add_arguments(parser)
        parser.add_argument("version", type=int, help="number of the commit")

    def run(self, learner: Learner, options: dict[str, Any]) -> None:
        """Roll back."""
        made = rollback(learner=learner, version=options["version"])
        self.stdout.write(
            f"{learner.name} is as it was after commit {options['version']}: commit {made}."
        )
