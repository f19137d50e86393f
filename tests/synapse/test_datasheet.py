"""The datasheet is what the declarations say, and every reference has an entry."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from synapse.plasticity.components import COMPONENTS
from synapse.services.datasheet import read_references, render_datasheet


def test_the_committed_datasheet_is_up_to_date() -> None:
    out = StringIO()
    call_command("datasheet", "--check", stdout=out)
    assert "up to date" in out.getvalue()


def test_a_stale_or_missing_datasheet_is_named(tmp_path: Path) -> None:
    file = tmp_path / "sheet.md"
    with pytest.raises(CommandError, match=r"sheet\.md is stale"):
        call_command("datasheet", "--check", file=file)
    call_command("datasheet", file=file, stdout=StringIO())
    call_command("datasheet", "--check", file=file, stdout=StringIO())
    file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(CommandError, match=r"sheet\.md is stale"):
        call_command("datasheet", "--check", file=file)


def test_every_quantity_is_in_the_datasheet() -> None:
    text = render_datasheet()
    for component in COMPONENTS:
        assert f"## {component.title}" in text
        assert all(f"| `{q.symbol}` | `{q.name}` |" in text for q in component)


def test_every_reference_of_a_declaration_has_an_entry() -> None:
    references = read_references()
    used = {q.reference for component in COMPONENTS for q in component if q.reference}
    assert used <= set(references)


def test_every_reference_of_a_docstring_has_an_entry(repository: Path) -> None:
    sources = (repository / "synapse" / "plasticity").rglob("*.py")
    texts = [path.read_text(encoding="utf-8") for path in sources]
    used = {key for text in texts for key in re.findall(r"\[([a-z]+\d{4})\]", text)}
    assert used <= set(read_references())


def test_an_unchecked_reference_says_so() -> None:
    for key, entry in read_references().items():
        assert entry["title"], key
        note = entry.get("note", "")
        checked = "doi" in entry or "from the file" in note or "read in" in note
        assert checked or "to verify" in note, key
