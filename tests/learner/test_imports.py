"""The pipeline needs numpy and the standard library; one file names numba.

Its bridge alone knows the synapse, of which it runs the model.
"""

import ast
import sys

import pytest

MAY_IMPORT = {"numpy", "numba", "learner"}


def imported(path):
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names


@pytest.fixture
def files(repository):
    return sorted((repository / "learner" / "pipeline").rglob("*.py"))


def test_only_numpy_and_the_standard_library(files):
    allowed = MAY_IMPORT | sys.stdlib_module_names
    for path in files:
        bridge = {"synapse"} if path.parent.name == "bridge" else set()
        assert imported(path) <= allowed | bridge, path


def test_one_file_names_numba(files):
    assert [path.name for path in files if "numba" in imported(path)] == ["compiled.py"]


def test_learner_package_is_empty(repository):
    """So that the pipeline imports without Django."""
    assert (repository / "learner" / "__init__.py").read_bytes() == b""
