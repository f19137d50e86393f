"""The notebook of the documents, executed as a reader would, against a live server."""

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from synapse.models import Run, Synapse

NOTEBOOK = Path("docs") / "notebooks" / "laboratory.ipynb"
# ipykernel and its parts warn of their own future; nothing here can change that.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def text_of(book: Any) -> str:
    """Return what the cells printed."""
    outputs = [o for cell in book.cells for o in cell.get("outputs", ())]
    return "".join(o.get("text", "") for o in outputs)


def test_the_notebook_is_kept_without_results(repository: Path) -> None:
    book = nbformat.read(repository / NOTEBOOK, as_version=4)
    nbformat.validate(book)
    assert text_of(book) == ""
    assert all(not cell.get("outputs") for cell in book.cells)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_cell_of_the_notebook_runs(
    repository: Path, presets: None, live_server: Any, settings: Any, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    settings.DEMO = True
    monkeypatch.setenv("SYNAPSE_SITE", live_server.url)
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    book = nbformat.read(repository / NOTEBOOK, as_version=4)
    client = NotebookClient(book, timeout=60, kernel_name="python3", env=dict(os.environ))
    client.execute(cwd=str(tmp_path))
    said = text_of(book)
    assert "weight 1.0 public" in said
    assert "at least" in said
    pictures = [o for c in book.cells for o in c.get("outputs", ()) if "image/png" in str(o)]
    assert pictures
    run, synapse = Run.objects.get(), Synapse.objects.get()
    assert f"result {run.result_hash[:12]}" in said
    assert synapse.spine_head.calcium_decay_time == 30.0
    assert synapse.synaptic_cleft.release_probability == 0.4
