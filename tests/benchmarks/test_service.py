"""What the benchmark of the service makes of its numbers; nothing is measured here."""

import pytest

from benchmarks.service import load, report, site

PRINTED = """Running 5s test
RESULT {"requests":500,"seconds":5.0,"p50":4.1,"p95":9.2,"p99":12.3,"status":2,"sockets":1}
"""


def row(what, *, rate=100.0, **other):
    events = load.EVENTS.get(what, 1)
    answered = int(5 * rate * events) if what.startswith(("learn", "batch")) else 0
    named = answered if what == "learn_named" else 0
    return {
        "what": what, "processes": 1, "learners": None if what == "session" else 1, "rate": rate,
        "events_rate": rate * events, "p50": 4.1, "p95": 9.2, "p99": 12.3, "errors": 0,
        "cores": {"site": 1.2, "database": 0.1, "machine": 1.9}, "together": 2.5, "lock_ms": 0.3,
        "answered": answered, "answered_by_site": answered,
        "ledger": {"operations": answered, "events": answered, "named": named}, **other,
    }  # fmt: skip


@pytest.fixture
def results():
    parts = {"Django and ninja": [1.0, 2.0, 1000], "model": [0.5, 0.5, 400]}
    rows = [
        row("session", rate=400.0), row("predict", rate=300.0), row("learn", rate=180.0),
        row("learn", rate=220.0), row("learn_named"), row("batch", rate=50.0),
        row("learn", processes=2), row("learn", rate=300.0, variant="no baselines"),
    ]  # fmt: skip
    return {
        "sqlite": {
            "database": "SQLite 3", "cores": 2, "others": 0.4, "seconds": 5.0, "rounds": 2,
            "rows": rows, "floors": {"SQLite, NORMAL": 8000.0},
            "loading": {"requests": 900, "errors": 0, "p50": 9.0, "p99": 900.0},
            "shares": {"learn": {"parts": parts, "process": [2.0, 5.0]}},
        }
    }  # fmt: skip


def test_what_wrk_says_is_read_with_every_kind_of_error():
    found = load.result(PRINTED)
    assert (found["rate"], found["p99"], found["errors"]) == (100.0, 12.3, 3)


def test_a_line_has_the_median_of_the_rounds_and_its_ratio_to_the_floor(results):
    lines = report.main_tables(results, processes=1).splitlines()
    [learn] = [line for line in lines if "| learn |" in line]
    cells = [cell.strip() for cell in learn.split("|")[1:-1]]
    assert cells[:9] == [
        "1", "learn", "200 (180, 220)", "200", "4.1", "9.2", "12.3", "0", "0.50",
    ]  # fmt: skip
    [batch] = [line for line in lines if "batch of 100" in line]
    assert "| 5,000 |" in batch


def test_the_document_has_every_part(results):
    text = report.document(results)
    assert "{" not in text
    assert report.NOT_RUN not in text
    assert "PostgreSQL**" not in text


def test_what_was_lost_or_learned_twice_is_said(results):
    assert "every single run" in report.once(results)
    spoilt = results["sqlite"]["rows"][2]
    spoilt["ledger"] = spoilt["ledger"] | {"operations": 899}
    assert "900 answered, 899 in the ledger" in report.once(results)


def test_an_answer_that_wrk_did_not_wait_for_is_no_fault():
    learned = row("learn")
    learned["answered"] -= 8
    assert report.faults(learned) == []
    learned["answered"] -= 1
    assert report.faults(learned)


def test_shares_add_up_to_the_process(results):
    costs = report.costs_of(results["sqlite"]["shares"]["learn"])
    assert costs["gunicorn and the rest"][0] == pytest.approx(0.5)
    assert sum(cpu for cpu, _ in costs.values()) == pytest.approx(2.0)


def test_the_site_counts_events_that_it_answered_with_success():
    text = """edr_requests_total{method="POST",operation="api_v1:learn",status="200"} 7.0
edr_requests_total{method="POST",operation="api_v1:learn_batch",status="200"} 2.0
edr_requests_total{method="POST",operation="api_v1:learn",status="409"} 5.0
edr_requests_total{method="POST",operation="api_v1:predict",status="200"} 9.0"""
    assert site.answered(text) == 207
