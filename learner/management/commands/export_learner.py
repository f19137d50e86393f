"""``manage.py export_learner <learner> FILE``: write the state as npz or JSON."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from learner.management.base import LearnerCommand
from learner.models import Learner
from learner.services.learners import export_state
from learner.services.states import to_json


class Command(LearnerCommand):
    """Write the state of a learner into a file."""

    help = (
        "Writes the state: .npz for EventDrivenClassifier.load, or create_learner --from; "
        ".json for everything as text."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        super().add_arguments(parser)
        parser.add_argument("file", help="name that ends in .npz or .json")

    def run(self, learner: Learner, options: dict[str, Any]) -> None:
        """Export."""
        target = Path(options["file"])
        if target.suffix not in (".npz", ".json"):
            raise ValueError(f"file must end in .npz or .json; got {options['file']!r}")
        data = export_state(learner=learner)
        if target.suffix == ".json":
            data = to_json(data)
        target.write_bytes(data)
        self.stdout.write(f"State of {learner.name} after {learner.version} commits in {target}.")
