"""What classifier and regressor share: events as dicts, growth, delayed labels."""

import struct
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from operator import itemgetter
from typing import Any

import numpy as np

from learner.pipeline.core import Core
from learner.pipeline.explanation import Explanations
from learner.pipeline.history import History
from learner.pipeline.ledger import Ledger
from learner.pipeline.naming import in_order, plain_value
from learner.pipeline.river_protocol import RiverProtocol
from learner.pipeline.saving import Saving
from learner.pipeline.scikit_protocol import ScikitProtocol
from learner.pipeline.settings import USER, check_user, derive, expert_values

PENDING = 100_000
"""Most events that wait for their label; the oldest is given up first."""


SHORT_WAYS = ("_values_of", "_pack", "_x")
BUILT = {
    "_core", "_features", "_labels", "_classes", "_pending", "_ledger", "_tick", "_sleep_every",
    "_recorded", "_width", "_cost", *SHORT_WAYS,
}  # fmt: skip


class Estimator(RiverProtocol, ScikitProtocol, Saving, Explanations, History):
    """An event-driven learner; the classes below say of what."""

    _regression = False

    def __init__(self, budget: float = 0.2, plasticity: float = 1.0, stability: float = 1.0,
                 arousal_gain: float = 1.0, expansion: int = 300, capture_rate: float = 0.05,
                 bound: float = 100.0, seed: int = 0,
                 expert: tuple[tuple[str, float], ...] | None = None) -> None:  # fmt: skip
        self.budget = budget
        self.plasticity = plasticity
        self.stability = stability
        self.arousal_gain = arousal_gain
        self.expansion = expansion
        self.capture_rate = capture_rate
        self.bound = bound
        self.seed = seed
        self.expert = expert
        self._announce()

    def __getattr__(self, name: str) -> Any:
        """Build the body at its first use: until then, parameters may still be set."""
        if name not in BUILT:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        self._forget()
        return self.__dict__[name]

    def _unbuild(self) -> None:
        """Let the body be built again, from the parameters as they are then."""
        for name in BUILT & self.__dict__.keys():
            delattr(self, name)

    def __getstate__(self) -> dict[str, Any]:
        """Return what copies need, without short ways into the arrays."""
        return {name: v for name, v in self.__dict__.items() if name not in SHORT_WAYS}

    def __setstate__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)
        self._announce()
        if "_core" in values:
            self._bind()

    def _forget(self) -> None:
        """Begin anew, with the parameters as they are now."""
        user = check_user({setting.name: getattr(self, setting.name) for setting in USER})
        expert = expert_values(self.expert, regression=self._regression)
        self._core = Core(
            derive(user, expert),
            expansion=int(user["expansion"]),
            expansions=int(expert["expansions"]),
            seed=int(user["seed"]),
            regression=self._regression,
        )
        self._features: dict[Any, int] = {}
        self._labels: list[Any] = []
        self._classes: dict[Any, int] = {}
        self._pending: OrderedDict[Hashable, dict[Any, Any]] = OrderedDict()
        self._ledger: Ledger | None = None
        self._recorded = (0, 0)
        self._tick, self._sleep_every = int(expert["tick"]), int(expert["sleep_every"])
        self._bind()

    def _bind(self) -> None:
        """Make the short way from a dict of the known features to the arrays."""
        names = list(self._features)
        self._width = len(names)
        getter = itemgetter(*names) if len(names) > 1 else None
        self._values_of = getter
        self._pack = struct.Struct(f"{len(names)}d").pack_into
        self._x = self._core.arrays["x"]
        self._cost = self._core.cost()

    def _place(self, x: Mapping[Any, Any], *, add: bool) -> None:
        """Put an event's values in their places; new features are added or left out."""
        try:
            if len(x) == self._width and self._values_of is not None:
                self._pack(self._x, 0, *self._values_of(x))
                return
        except (KeyError, struct.error, TypeError, OverflowError):
            pass  # other features, or a value that is no plain number
        if not isinstance(x, Mapping):
            raise ValueError(f"an event must be a dict of features; got {type(x).__name__}")
        values = {name: plain_value(name, value) for name, value in x.items()}
        new = [name for name in values if name not in self._features]
        if new and add:
            self._add_features(in_order(new))
        self._x[:] = np.nan
        for name, value in values.items():
            place = self._features.get(name)
            if place is not None:
                self._x[place] = value

    def _add_features(self, names: list[Any]) -> None:
        for name in names:
            self._features[name] = len(self._features)
        self._core.grow(len(self._features), len(self._labels))
        self._bind()

    def _add_labels(self, labels: list[Any]) -> None:
        for label in labels:
            self._classes[label] = len(self._labels)
            self._labels.append(label)
        self._core.grow(len(self._features), len(self._labels))
        self._bind()

    def _set_target(self, y: Any) -> None:
        """Put the label into the state, as the class of that number or as a number."""
        raise NotImplementedError

    def learn_one(self, x: Mapping[Any, Any], y: Any) -> None:
        """Learn from one event and its label."""
        self._learn(x, y, None)

    def _learn(self, x: Mapping[Any, Any], y: Any, event_id: Hashable | None) -> None:
        if self._ledger is not None:
            self._snapshot_if_due()
        self._place(x, add=True)
        self._set_target(y)
        self._core.learn_one()
        if self._ledger is not None:
            self._record(event_id)

    def _forward(self, x: Mapping[Any, Any]) -> None:
        """Predict one event; what it has not seen does not count."""
        self._place(x, add=False)
        self._core.predict_one()

    def observe(self, event_id: Hashable, x: Mapping[Any, Any]) -> Any:
        """Predict an event whose label comes later; keep it under its identifier."""
        if event_id in self._pending:
            raise ValueError(f"event {event_id!r} waits for its label already")
        prediction = self.predict_one(x)
        self._pending[event_id] = dict(x)
        if len(self._pending) > PENDING:
            self._pending.popitem(last=False)
        return prediction

    def label(self, event_id: Hashable, y: Any) -> None:
        """Learn from an event that was observed before."""
        if event_id not in self._pending:
            raise ValueError(f"no event {event_id!r} waits for a label")
        self._learn(self._pending[event_id], y, event_id)
        del self._pending[event_id]

    def predict_one(self, x: Mapping[Any, Any]) -> Any:
        """Return the prediction for one event; nothing is learned from it."""
        raise NotImplementedError

    def novelty_one(self, x: Mapping[Any, Any]) -> float:
        """Return how unfamiliar an event is, 0 to 1, without its label."""
        self._forward(x)
        state = self._core.state
        usual = max(state.usual_distance, 1e-12)
        unfamiliar = 1.0 - np.exp(-max(0.0, state.distance / usual - 1.0))
        return float(1.0 - (1.0 - unfamiliar) * (1.0 - self._doubt()))

    def _doubt(self) -> float:
        """Return the learner's doubt about its last prediction, 0 to 1."""
        raise NotImplementedError

    def sleep(self, replays: int = 200) -> None:
        """Replay kept events; each is learned as if it were salient."""
        if self._ledger is not None:
            self._snapshot_if_due()
        self._core.call("sleep_many", self._cost * replays, replays)
        if self._ledger is not None:
            self._record_sleep(replays)
