"""The report of a reproduction: one HTML file that holds its figures."""

import base64
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from synapse.plasticity.experiments.experiment import Result
from synapse.services.citations import cite_all
from synapse.services.draws import Robustness
from synapse.services.figures import micro
from synapse.services.reproduce import MODEL_VERSION, Reproduction, provenance, worth
from synapse.services.reproduce_words import distance_text, got_text, target_text

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto;
  padding: 0 1rem; color: #1b1b1b; background: #fff; }
h2 { margin-top: 3rem; border-top: 1px solid #ccc; padding-top: 1.5rem; }
figure { margin: 1rem 0; } img { width: 600px; max-width: 100%; height: auto; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .88rem; }
th, td { text-align: left; padding: .25rem .7rem .25rem 0; border-bottom: 1px solid #ddd;
  vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.badge { padding: .1rem .5rem; border-radius: .3rem; font-weight: 600; white-space: nowrap; }
.pass { background: #d7efdc; color: #14501f; } .part { background: #fdeec2; color: #5c4300; }
.fail { background: #f9d7d5; color: #7a1410; }
.remembered { font-style: italic; color: #5c4300; }
dt { font-weight: 600; } dd { margin: 0 0 .4rem; }
"""
READING = """
<p>Every experiment is run on the model of one synapse and compared with published numbers
under a rule that is named beside it. <b>Pass</b>: every condition meets the rule.
<b>Part</b>: every condition has at least the published direction. <b>Fail</b>: at least one
has not. Distances are in published standard errors (SEM), where there are any.</p>
<p>Provenance: <b>read</b> means that the number or direction was read in a source, a table or
digitisation of it; <span class="remembered">remembered</span> that it is from memory and still
to be checked; own bound, that a control is held to a limit of ours. Origin says whether a
condition was used to fit the model: only a <b>prediction</b> tests it.</p>
"""
COLUMNS = ("condition", "published", "n", "provenance", "origin", "model", "distance", "holds")


def render_page(
    found: Sequence[Reproduction], figures: Path, *, preset: str | None, table: Sequence[Robustness]
) -> str:
    """Return the page; the figures are read as SVG from a folder."""
    parts = [
        '<!doctype html>\n<html lang="en-GB"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Experiments reproduced</title><style>{STYLE}</style></head><body>",
        f"<h1>Experiments reproduced</h1><p>Model version {escape(MODEL_VERSION)}.</p>",
        f"<p>Every experiment ran with the preset {escape(preset)}, not its own.</p>"
        if preset
        else "",
        READING,
        _summary(found),
        _robustness(table),
        *(_section(one, figures) for one in found),
        "</body></html>\n",
    ]
    return "\n".join(part for part in parts if part)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table of cells that are HTML already."""
    columns = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "\n".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return (
        f'<div class="wide"><table><thead><tr>{columns}</tr></thead>\n'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(text: str) -> str:
    return f"<td>{escape(text)}</td>"


def _number(text: str) -> str:
    return f'<td class="number">{escape(text)}</td>'


def _badge(verdict: str) -> str:
    return f'<span class="badge {verdict}">{verdict}</span>'


def _summary(found: Sequence[Reproduction]) -> str:
    rows = [
        (
            _cell(one.experiment.number),
            f'<td><a href="#{one.experiment.name}">{escape(one.experiment.title)}</a></td>',
            f"<td>{_badge(one.verdict)}</td>",
            _number(f"{one.held} of {len(one.results)}"),
            _cell(worth(one.experiment)),
        )
        for one in found
    ]
    return _table(("", "experiment", "verdict", "conditions that hold", "published"), rows)


def _robustness(table: Sequence[Robustness]) -> str:
    if not table:
        return ""
    draws = len(table[0].points)
    rows = [
        (
            _cell(row.experiment.number),
            _cell(row.experiment.title),
            f"<td>{_badge(row.undisturbed)}</td>",
            _number(f"{row.kept} of {draws}"),
            _number(f"{row.verdicts['pass']}"),
            _number(f"{sum(row.points) / draws:.1f} of {len(row.experiment.conditions)}"),
        )
        for row in table
    ]
    head = ("", "experiment", "undisturbed", "draws at least as good", "draws that pass",
            "conditions that hold, mean")  # fmt: skip
    return f"<h2>Parameters drawn at random, {draws} times</h2>\n{_table(head, rows)}"


def _section(one: Reproduction, figures: Path) -> str:
    e = one.experiment
    facts = (
        ("Preset", e.preset),
        ("Rule", e.rule),
        ("Fitted", e.fitted),
        ("Predicted", e.prediction),
        ("Notes", e.notes),
        ("Sources", cite_all(e.references)),
    )
    listed = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts if text)
    picture = base64.b64encode((figures / f"{e.name}.svg").read_bytes()).decode()
    alternative = escape(f"{e.title}: {one.held} of {len(one.results)} conditions hold", quote=True)
    return "\n".join(
        (
            f'<h2 id="{e.name}">{escape(e.number)}. {escape(e.title)} {_badge(one.verdict)}</h2>',
            f"<p>{escape(e.question)}</p>",
            f'<figure><img alt="{alternative}" src="data:image/svg+xml;base64,{picture}"></figure>',
            _table(COLUMNS, (_row(one, result) for result in one.results)),
            f"<dl>{listed}</dl>",
        )
    )


def _row(one: Reproduction, result: Result) -> tuple[str, ...]:
    condition, published = result.condition, result.condition.published
    unit = micro(one.experiment.y.unit)
    target = target_text(published)
    grade = provenance(one.experiment, published)
    return (
        _cell(condition.label),
        _number(target if published.rule == "sign" else f"{target} {unit}"),
        _number("" if published.n is None else str(published.n)),
        f'<td class="{grade if grade == "remembered" else ""}">{grade}</td>',
        _cell(condition.origin),
        _number(f"{got_text(result.got)} {unit}"),
        _number(distance_text(result)),
        _cell("yes" if result.holds else "no"),
    )
