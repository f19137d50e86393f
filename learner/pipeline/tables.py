"""Many events at once: tables of NumPy or of a package that the caller has loaded."""

from typing import Any

import numpy as np

from learner.pipeline.naming import loaded


class NotANumber(ValueError, TypeError):
    """A value of a table is no number (scikit-learn's users expect a TypeError)."""


def is_frame(x: Any) -> bool:
    """Return whether a table has named columns."""
    return hasattr(x, "columns") and hasattr(x, "to_numpy")


def read_table(x: Any) -> tuple[list[Any], np.ndarray]:
    """Return the names of the columns and their values, NaN where there is none."""
    if hasattr(x, "toarray") and hasattr(x, "nnz"):
        raise ValueError("Sparse data is not supported; a dense table is needed")
    values = x.to_numpy() if is_frame(x) else np.asarray(x)
    if values.dtype.kind == "c":
        raise ValueError("Complex data not supported")
    if values.ndim != 2:
        raise ValueError(
            f"Expected 2D array, got {values.ndim}D array instead. Reshape your data: "
            "one row for each event, one column for each feature"
        )
    try:
        rows = np.ascontiguousarray(values, dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise NotANumber(f"every value of the table must be a number: {problem}") from None
    names = list(x.columns) if is_frame(x) else list(range(rows.shape[1]))
    if len(set(names)) != len(names):
        raise ValueError("the columns of the table must have different names")
    return names, rows


def check_rows(rows: np.ndarray) -> None:
    """Refuse a table without rows or columns."""
    for axis, thing in enumerate(("sample", "feature")):
        if rows.shape[axis] == 0:
            raise ValueError(
                f"Found array with 0 {thing}(s) (shape={rows.shape}) while a minimum of 1 "
                "is required."
            )


def like_series(values: list[Any], x: Any) -> Any:
    """Return values as a column of the kind of table that was given."""
    make = loaded("pandas", "Series")
    if make is not None and is_frame(x):
        return make(values, index=x.index)
    return np.array(values)


def like_frame(values: np.ndarray, labels: list[Any], x: Any) -> Any:
    """Return values as a table of the kind that was given."""
    make = loaded("pandas", "DataFrame")
    if make is not None and is_frame(x):
        return make(values, columns=labels, index=x.index)
    return values
