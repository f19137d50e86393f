"""Imports point one way, and the science needs numpy only."""

import ast
import subprocess
import sys
from pathlib import Path

CORE_MAY_IMPORT = {"numpy", "numba", "synapse"}


def imported(path: Path) -> set[str]:
    """Return the first parts of the names that a file imports, wherever it does."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names


def test_import_contracts_are_kept(repository):
    tool = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"
    done = subprocess.run(
        [sys.executable, "-c", tool], cwd=repository, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_science_imports_numpy_and_the_standard_library_only(repository):
    allowed = CORE_MAY_IMPORT | sys.stdlib_module_names
    for path in sorted((repository / "synapse" / "plasticity").rglob("*.py")):
        assert imported(path) <= allowed, path


def test_one_file_names_numba(repository):
    files = [path for app in ("synapse", "event_driven_retraining")
             for path in (repository / app).rglob("*.py")]  # fmt: skip
    naming = [path for path in files if "numba" in imported(path)]
    assert naming == [repository / "synapse" / "plasticity" / "compiled.py"]


def test_science_loads_neither_django_nor_numba(repository):
    code = (
        "import sys, synapse.plasticity.tick, synapse.plasticity.engine;"
        "print(sorted({'django', 'numba'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_settings_load_nothing_heavy(manage):
    code = "import sys; print(sorted({'numba', 'zarr', 'rich'} & set(sys.modules)))"
    done = manage("shell", "-v", "0", "-c", code)
    assert done.stdout.strip() == "[]", done.stderr
