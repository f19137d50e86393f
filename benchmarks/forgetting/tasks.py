"""Five tasks from scikit-learn's digits, one after the other, one head."""

import numpy as np
from sklearn.datasets import load_digits

Part = tuple[np.ndarray, np.ndarray]
Task = tuple[Part, Part]
TASKS = 5


def class_incremental(seed: int) -> list[Task]:
    """Return five tasks of two new classes each, as training and test parts."""
    x, y, train, test, random = prepare(seed)
    order = random.permutation(10)
    tasks = []
    for t in range(TASKS):
        pair = order[2 * t : 2 * t + 2]
        parts = [rows[np.isin(y[rows], pair)] for rows in (train, test)]
        tasks.append(((x[parts[0]], y[parts[0]]), (x[parts[1]], y[parts[1]])))
    return tasks


def permuted(seed: int) -> list[Task]:
    """Return five tasks of all classes; from the second on, the pixels are shuffled."""
    x, y, train, test, random = prepare(seed)
    tasks = []
    for t in range(TASKS):
        pixels = random.permutation(64) if t else np.arange(64)
        tasks.append(((x[train][:, pixels], y[train]), (x[test][:, pixels], y[test])))
    return tasks


def prepare(
    seed: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.random.Generator]:
    """Return pixels from 0 to 1, labels, rows of both parts and the generator."""
    x, y = load_digits(return_X_y=True)
    random = np.random.default_rng(seed)
    order = random.permutation(len(y))
    cut = int(0.7 * len(y))
    return x / 16.0, y, order[:cut], order[cut:], random


KINDS = {"class-incremental": class_incremental, "permuted": permuted}
