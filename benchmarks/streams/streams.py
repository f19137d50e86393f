"""The streams: arrays of features and labels, in time order.

Generated streams take a seed: those that are reported use seeds below 100, those for
tuning (``development``) seeds from 1000 on. Of recorded streams the first fifth is for
tuning and is never part of a reported number.
"""

import csv
import gzip
import os
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from river import datasets
from river.datasets import synth
from sklearn import datasets as sklearn_datasets

Stream = tuple[np.ndarray, np.ndarray]


def folder() -> Path:
    """Return the folder of recorded streams below SHARED_DATA."""
    place = os.environ.get("SHARED_DATA")
    if not place:
        raise SystemExit("SHARED_DATA must name the folder with the recorded streams.")
    return Path(place) / "streams"


def recorded(name: str) -> Stream:
    """Read a table with the label last; the first row may be a header."""
    with gzip.open(folder() / f"{name}.csv.gz", "rt") as file:
        rows = list(csv.reader(file))
    if any(character.isalpha() for character in "".join(rows[0]).replace("e", "")):
        rows = rows[1:]
    return coded(np.array([row[:-1] for row in rows], float), [float(row[-1]) for row in rows])


def coded(x: np.ndarray, labels: list[Any]) -> Stream:
    """Return features and labels as integers in the order of sorted labels."""
    return x, np.unique(np.array(labels), return_inverse=True)[1].astype(np.int64)


def from_river(pairs: Iterator[tuple[dict[Any, Any], Any]], rows: int) -> Stream:
    """Collect the first rows of a River stream."""
    kept = list(islice(pairs, rows))
    names = list(kept[0][0])
    return coded(np.array([[float(x[n]) for n in names] for x, _ in kept]), [y for _, y in kept])


def shuffled(stream: Stream, seed: int = 7) -> Stream:
    """Return a table without an order of its own in a random order."""
    order = np.random.default_rng(seed).permutation(len(stream[1]))
    return stream[0][order], stream[1][order]


def concepts(make: Callable[[int], Any], variants: tuple[int, ...], rows: int) -> Stream:
    """Return concepts one after the other, changing abruptly."""
    each = rows // len(variants)
    return from_river(chain(*(islice(iter(make(v)), each) for v in variants)), rows)


def sea(seed: int, variants: tuple[int, ...], rows: int = 20_000) -> Stream:
    return concepts(lambda v: synth.SEA(variant=v, noise=0.1, seed=seed + v), variants, rows)


def agrawal(seed: int, rows: int = 20_000) -> Stream:
    return concepts(
        lambda v: synth.Agrawal(classification_function=v, seed=seed), (0, 2, 0, 2), rows
    )


def stagger(seed: int, rows: int = 12_000) -> Stream:
    return concepts(lambda v: synth.STAGGER(classification_function=v, seed=seed), (0, 1, 2), rows)


def hyperplane(seed: int, change: float, rows: int = 20_000) -> Stream:
    stream = synth.Hyperplane(
        seed=seed, n_features=10, n_drift_features=5, mag_change=change, noise_percentage=0.05
    )
    return from_river(iter(stream), rows)


def rbf_drift(seed: int, rows: int = 20_000) -> Stream:
    stream = synth.RandomRBFDrift(
        seed_model=seed, seed_sample=seed, n_classes=4, n_features=10, n_centroids=20,
        change_speed=0.0005, n_drift_centroids=10,
    )  # fmt: skip
    return from_river(iter(stream), rows)


def led(seed: int, rows: int = 20_000) -> Stream:
    half = rows // 2
    parts = (synth.LEDDrift(seed=seed + n, noise_percentage=0.1, n_drift_features=n)
             for n in (0, 5))  # fmt: skip
    return from_river(chain(*(islice(iter(part), half) for part in parts)), rows)


def simple(kind: str, seed: int, rows: int = 20_000) -> Stream:
    """Generators without drift of their own."""
    makers: dict[str, Callable[[], Any]] = {
        "waveform": lambda: synth.Waveform(seed=seed),
        "sine": lambda: synth.Sine(classification_function=2, seed=seed, has_noise=False),
        "mixed": lambda: synth.Mixed(classification_function=0, seed=seed),
        "random tree": lambda: synth.RandomTree(seed_tree=seed, seed_sample=seed, n_classes=3),
    }
    return from_river(iter(makers[kind]()), rows)


def scikit(name: str) -> Stream:
    x, y = getattr(sklearn_datasets, f"load_{name}")(return_X_y=True)
    return shuffled((x, y.astype(np.int64)))


def river_file(name: str, rows: int = 20_000) -> Stream:
    stream = from_river(iter(getattr(datasets, name)()), 10**6)
    x, y = shuffled(stream) if name in ("Shuttle", "Bananas", "ImageSegments") else stream
    return x[:rows], y[:rows]


RECORDED: dict[str, Callable[[], Stream]] = {
    "elec2": lambda: recorded("elec2"),
    "weather": lambda: recorded("weather_ne"),
    "SEA 50k": lambda: recorded("los_SEA50k"),
    "keystroke": lambda: recorded("los_keystroke"),
    "interchanging RBF": lambda: tuple(part[:60_000] for part in recorded("los_irbf")),  # type: ignore[return-value]
    "phishing": lambda: river_file("Phishing"),
    "shuttle": lambda: river_file("Shuttle"),
    "segment": lambda: river_file("ImageSegments"),
    "bananas": lambda: river_file("Bananas"),
    "digits": lambda: scikit("digits"),
    "breast cancer": lambda: scikit("breast_cancer"),
    "wine": lambda: scikit("wine"),
}

GENERATED: dict[str, Callable[[int], Stream]] = {
    "SEA recurring": lambda seed: sea(seed, (0, 1, 2, 3, 0, 1, 2, 3)),
    "hyperplane": lambda seed: hyperplane(seed, 0.001),
    "slow hyperplane": lambda seed: hyperplane(seed, 0.0001),
    "Agrawal recurring": agrawal,
    "RBF drift": rbf_drift,
    "waveform": lambda seed: simple("waveform", seed),
    "LED drift": led,
    "STAGGER": stagger,
    "sine": lambda seed: simple("sine", seed),
    "mixed": lambda seed: simple("mixed", seed),
    "random tree": lambda seed: simple("random tree", seed),
}


def reported() -> dict[str, Callable[[], Stream]]:
    """Return every stream whose numbers are published."""
    generated = {name: (lambda make=make: make(1)) for name, make in GENERATED.items()}
    return RECORDED | generated


def development() -> dict[str, Callable[[], Stream]]:
    """Return what settings may be tuned on: other seeds, and first fifths."""

    def first(make: Callable[[], Stream]) -> Callable[[], Stream]:
        return lambda: tuple(part[: len(part) // 5] for part in make())  # type: ignore[return-value]

    fifths = {f"{name}, first fifth": first(make) for name, make in RECORDED.items()}
    generated = {
        f"{name}, seed 1001": (lambda make=make: make(1001)) for name, make in GENERATED.items()
    }
    return fifths | generated
