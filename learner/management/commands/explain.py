"""``manage.py explain <learner>``: why a prediction, or what a commit changed."""

import json
from argparse import ArgumentParser
from typing import Any

from learner.management.base import LearnerCommand
from learner.models import Commit, Learner
from learner.services.explain import explain_commit, explain_prediction


class Command(LearnerCommand):
    """Explain a prediction or a commit."""

    help = "Explains a prediction, feature by feature, or a commit, connection by connection."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        super().add_arguments(parser)
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--event", metavar="JSON", help="features, such as '{\"hour\": 3}'")
        what.add_argument("--commit", type=int, metavar="N", help="number of a commit")
        parser.add_argument("--label", help="explain this label and not the one predicted")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, learner: Learner, options: dict[str, Any]) -> None:
        """Explain."""
        if options["commit"] is not None:
            commit = explain_commit(learner=learner, number=options["commit"])
            data, lines = commit_json(commit), commit_lines(commit)
        else:
            features = read_features(options["event"])
            data = explain_prediction(learner=learner, features=features, label=options["label"])
            lines = prediction_lines(data)
        self.stdout.write(json.dumps(data, indent=2) if options["json"] else "\n".join(lines))


def read_features(text: str) -> dict[str, Any]:
    """Return the features of an event."""
    try:
        features = json.loads(text)
    except ValueError as problem:
        raise ValueError(f"event is no JSON: {problem}") from None
    if not isinstance(features, dict):
        raise ValueError("event must be a JSON object of features")
    return features


def prediction_lines(data: dict[str, Any]) -> list[str]:
    """Return a prediction with the largest contributions, head by head."""
    if data["prediction"] is None:
        return ["Nothing was learned yet, so nothing is predicted."]
    lines = [f"Prediction {data['prediction']}; output {data['output']:.4f} for {data['label']}."]
    for name, head in data["heads"].items():
        parts = sorted(head["contributions"].items(), key=lambda part: -abs(part[1]))[:5]
        told = ", ".join(f"{feature} {amount:+.3f}" for feature, amount in parts)
        lines.append(
            f"{name} (reliability {head['reliability']:.2f}): score {head['score']:+.3f} = "
            f"bias {head['bias']:+.3f}, {told or 'no feature'}"
        )
    return lines


def commit_json(commit: Commit) -> dict[str, Any]:
    """Return a commit as plain data."""
    names = ("number", "kind", "event", "event_id", "surprise", "gate", "size", "amount")
    return {name: getattr(commit, name) for name in (*names, "connections")}


def commit_lines(commit: Commit) -> list[str]:
    """Return a commit and the connections that it changed most."""
    lines = [
        f"Commit {commit.number}: {commit.kind}, event {commit.event} {commit.event_id}".rstrip(),
        f"surprise {commit.surprise:.4f}, gate {commit.gate:.4f}, size {commit.size:.6g}",
    ]
    for c in commit.connections:
        label = f" to {c['label']}" if c["label"] is not None else ""
        lines.append(
            f"pathway {c['pathway']}, {c['part']}: {c['source']}{label}: "
            f"{c['before']:+.6f} became {c['after']:+.6f}"
        )
    return lines
