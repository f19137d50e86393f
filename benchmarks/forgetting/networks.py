"""Rivals of one hidden layer, written out in NumPy: SGD, EWC, SI, replay, class means.

EWC [kirkpatrick2017] and SI [zenke2017] are told where a task ends; the learner is not.
"""

from typing import Any

import numpy as np

Weights = list[np.ndarray]


class Network:
    """Softmax over one layer of rectifiers, trained by plain gradient steps."""

    def __init__(self, *, width: int, rate: float, strength: float = 0.0, passes: int = 1,
                 seed: int = 0) -> None:  # fmt: skip
        self.random = np.random.default_rng(seed)
        self.rate, self.strength, self.passes = rate, strength, passes
        self.weights: Weights = [
            self.random.normal(size=(64, width)) * np.sqrt(2.0 / 64), np.zeros(width),
            self.random.normal(size=(width, 10)) * np.sqrt(1.0 / width), np.zeros(10),
        ]  # fmt: skip
        self.gradients = 0

    def forward(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        hidden = np.maximum(0.0, x @ self.weights[0] + self.weights[1])
        scores = hidden @ self.weights[2] + self.weights[3]
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return hidden, scores / scores.sum(axis=-1, keepdims=True)

    def gradient(self, x: np.ndarray, y: int) -> Weights:
        """Return the gradient of the log loss of one event."""
        hidden, share = self.forward(x)
        error = share.copy()
        error[y] -= 1.0
        back = (self.weights[2] @ error) * (hidden > 0.0)
        return [np.outer(x, back), back, np.outer(hidden, error), error]

    def step(self, x: np.ndarray, y: int) -> None:
        self.gradients += 1
        for weight, change in zip(self.weights, self.gradient(x, y), strict=True):
            weight -= self.rate * change

    def learn(self, x: np.ndarray, y: np.ndarray) -> None:
        """Learn one task."""
        for _ in range(self.passes):
            for i in self.random.permutation(len(y)):
                self.step(x[i], int(y[i]))
        self.end_task(x, y)

    def end_task(self, x: np.ndarray, y: np.ndarray) -> None:
        """Do what a method does at the end of a task."""

    def predict(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(self.forward(x)[1].argmax(axis=1))


class ElasticWeights(Network):
    """EWC: a spring on every weight, as stiff as its Fisher information."""

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self.anchors = [w.copy() for w in self.weights]
        self.stiffness = [np.zeros_like(w) for w in self.weights]

    def step(self, x: np.ndarray, y: int) -> None:
        super().step(x, y)
        for w, a, s in zip(self.weights, self.anchors, self.stiffness, strict=True):
            pull = np.minimum(1.0, self.rate * self.strength * s)
            w -= pull * (w - a)

    def end_task(self, x: np.ndarray, y: np.ndarray) -> None:
        for i in range(len(y)):
            share = self.forward(x[i])[1]
            drawn = int(self.random.choice(10, p=share))
            for s, g in zip(self.stiffness, self.gradient(x[i], drawn), strict=True):
                s += g * g / len(y)
        self.anchors = [w.copy() for w in self.weights]


class SynapticIntelligence(ElasticWeights):
    """SI: springs as stiff as a weight's share in the fall of the loss."""

    DAMPING = 0.1

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self.path = [np.zeros_like(w) for w in self.weights]

    def step(self, x: np.ndarray, y: int) -> None:
        before = [w.copy() for w in self.weights]
        gradients = self.gradient(x, y)
        super().step(x, y)
        for p, g, w, b in zip(self.path, gradients, self.weights, before, strict=True):
            p -= g * (w - b)

    def end_task(self, x: np.ndarray, y: np.ndarray) -> None:
        for s, p, w, a in zip(self.stiffness, self.path, self.weights, self.anchors, strict=True):
            s += np.maximum(0.0, p / ((w - a) ** 2 + self.DAMPING))
            p[...] = 0.0
        self.anchors = [w.copy() for w in self.weights]


class Replay(Network):
    """One stored event for every new one, from a reservoir of 200."""

    ROOM = 200

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self.stored: list[tuple[np.ndarray, int]] = []
        self.seen = 0

    def step(self, x: np.ndarray, y: int) -> None:
        super().step(x, y)
        if self.stored:
            old_x, old_y = self.stored[int(self.random.integers(len(self.stored)))]
            super().step(old_x, old_y)
        self.seen += 1
        place = len(self.stored) if self.seen <= self.ROOM else int(self.random.integers(self.seen))
        if place < self.ROOM:
            self.stored[place : place + 1] = [(x, y)]


class ClassMeans:
    """The simplest serious rival: the mean of every class, one pass, nothing to tune."""

    def __init__(self, **_: Any) -> None:
        self.sums, self.counts, self.gradients = np.zeros((10, 64)), np.zeros(10), 0

    def learn(self, x: np.ndarray, y: np.ndarray) -> None:
        np.add.at(self.sums, y, x)
        np.add.at(self.counts, y, 1.0)

    def predict(self, x: np.ndarray) -> np.ndarray:
        means = self.sums / np.maximum(1.0, self.counts)[:, None]
        distance = ((x[:, None] - means[None]) ** 2).sum(axis=2)
        distance[:, self.counts == 0] = np.inf
        return np.asarray(distance.argmin(axis=1))
