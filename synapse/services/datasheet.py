"""The datasheet: every quantity of the synapse, from its declaration."""

import re
from pathlib import Path

from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.quantity import Component, Quantity

REFERENCES = Path(__file__).resolve().parent.parent / "plasticity" / "references.bib"

HEAD = """\
# Datasheet

Every quantity of the synapse, written by `manage.py datasheet` from the declarations in
`synapse/plasticity/components/`. Do not edit it.

Default is the value of the preset `hippocampus`. Hard bounds are enforced everywhere;
the typical range is only shown. Evidence says what kind of number it is: `literature`
(read in the source), `to verify` (quoted from memory), `fitted`, `design` (our choice)
or `protocol` (set by an experiment). "Fixed" parameters are shown, not editable.
"Optional" quantities belong to a process that is off by default
(`decisions/0013-optional-processes.md`).
"""
PARAMETER_HEAD = (
    "| Symbol | Name | Unit | Default | Hard bounds | Typical | Evidence | Meaning | Source |\n"
    "|---|---|---|---|---|---|---|---|---|"
)
STATE_HEAD = (
    "| Symbol | Name | Unit | At rest | Hard bounds | Stored | Meaning |\n"
    "|---|---|---|---|---|---|---|"
)


def render_datasheet() -> str:
    """Return the whole datasheet as Markdown."""
    counts = [
        f"{sum(len(part) for part in parts)} {name}"
        for name, parts in (
            ("parameters", [c.parameters for c in COMPONENTS]),
            ("states", [c.states for c in COMPONENTS]),
            ("derived quantities", [c.derived for c in COMPONENTS]),
        )
    ]
    summary = f"{len(COMPONENTS)} components: {', '.join(counts)}.\n"
    parts = [HEAD, summary, *(_render_component(c) for c in COMPONENTS), _render_references()]
    return "\n".join(parts)


def read_references(path: Path = REFERENCES) -> dict[str, dict[str, str]]:
    """Return the fields of every entry of a bibliography, by key.

    It reads what the project's own file uses: one field a line, values in braces.
    """
    entries = re.findall(r"@\w+\{(\w+),(.*?)\n\}", path.read_text(encoding="utf-8"), re.DOTALL)
    return {
        key: dict(re.findall(r"^\s*(\w+) = \{(.*)\},?$", body, re.MULTILINE))
        for key, body in entries
    }


def _render_component(component: Component) -> str:
    shared = "shared by synapses" if component.shared else "one per synapse"
    lines = [f"## {component.title}", "", f"`{component.name}`, step {component.step}, {shared}."]
    lines += [component.meaning, ""]
    if component.parameters:
        lines += [PARAMETER_HEAD, *(_parameter_row(q) for q in component.parameters), ""]
    variables = (*component.states, *component.derived)
    if variables:
        lines += [STATE_HEAD, *(_state_row(q) for q in variables), ""]
    return "\n".join(lines)


def _parameter_row(q: Quantity) -> str:
    evidence = f"{q.evidence}, fixed" if q.fixed else q.evidence
    evidence += ", optional" if q.process else ""
    source = f"{q.source} [{q.reference}]" if q.reference else q.source
    cells = (
        f"`{q.symbol}`", f"`{q.name}`", q.unit, f"{q.default:.10g}", _bounds(q), typical_text(q),
        evidence, q.meaning, source,
    )  # fmt: skip
    return _row(cells)


def _state_row(q: Quantity) -> str:
    stored = "yes" if q.role == "state" else "derived"
    stored += ", optional" if q.process else ""
    cells = (
        f"`{q.symbol}`", f"`{q.name}`", q.unit, f"{q.default:.10g}", _bounds(q), stored, q.meaning,
    )  # fmt: skip
    return _row(cells)


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _bounds(q: Quantity) -> str:
    return q.bounds_text if q.unit == "1" else q.bounds_text.removesuffix(f" {q.unit}")


def typical_text(q: Quantity) -> str:
    """Return the typical range as words, or nothing."""
    if q.typical is None:
        return ""
    low, high = q.typical
    if high is None:
        return f"at least {low:g}"
    return f"at most {high:g}" if low is None else f"{low:g} to {high:g}"


def _render_references() -> str:
    lines = ["## References", ""]
    for key, entry in sorted(read_references().items()):
        text = ". ".join(
            entry[field]
            for field in ("author", "title", "journal", "howpublished", "year")
            if field in entry
        )
        doi = f" doi:{entry['doi']}" if "doi" in entry else ""
        note = f" ({entry['note']})" if "note" in entry else ""
        lines.append(f"- [{key}] {text}.{doi}{note}")
    return "\n".join(lines) + "\n"
