"""Who may open each address of the site: a new address without a rule fails test_access.py.

To add a page, add its name here with one of the rules:

- ``OPEN``: everyone, and it names nothing that is private;
- ``ROW``: it shows one row; who may not see the row gets 404, the key of its link opens it;
- ``ROWS``: the same for two runs in its query, of which each has a key of its own;
- ``CHANGE``: it changes one row, by POST only; ``ROW_AND_CHANGE`` shows it as well;
- ``MEMBER``: whoever is logged in; others are sent to the login;
- ``OWNER``: whoever may change the row; others that are logged in get 404;
- ``TOKEN``: whoever sends a token; a session opens nothing there;
- ``STAFF``: whoever runs the site, by session too; others get 401 or 403.

``arguments`` are those of the address that name no row; ``data`` is what a form sends.
"""

from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Which methods an address takes, and from whom.

    With ``query``, the address names two runs after the question mark; ``asked`` is what an
    operation is asked for there. With ``copies``,
    whoever may read the row may also post: it changes nothing of the owner's.
    """

    kind: str
    gets: bool = True
    posts: bool = False
    arguments: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    copies: bool = False
    query: bool = False
    asked: str = ""

    def __call__(self, **changes: Any) -> "Rule":
        return replace(self, **changes)


OPEN = Rule(kind="open")
ROW = Rule(kind="row")
ROWS = Rule(kind="rows", query=True)
ROW_AND_CHANGE = Rule(kind="row", posts=True)
CHANGE = Rule(kind="row", gets=False, posts=True)
MEMBER = Rule(kind="member")
OWNER = Rule(kind="owner", posts=True)
TOKEN = Rule(kind="token")
STAFF = Rule(kind="staff")

TICKS = {
    "mode": "ticks", "ticks-ticks": "1", "ticks-dt": "1", "ticks-dt_unit": "min",
    "ticks-each": "rest", "ticks-seed": "",
}  # fmt: skip

PAGES = {
    "home": OPEN,
    "login": OPEN,
    "logout": MEMBER(gets=False, posts=True),
    "api": OPEN,
    "api_reference": OPEN,
    "healthz": OPEN,
    "metrics": STAFF,
    "api_v1:openapi-json": OPEN,
    "river_api:token": TOKEN,
    "river_api:predict": TOKEN(gets=False, posts=True),
    "river_api:learn": TOKEN(gets=False, posts=True),
    "river_api:label": TOKEN(gets=False, posts=True),
    "river_api:metrics": TOKEN,
    "river_api:stats": TOKEN,
    "river_api:stream_metrics": TOKEN,
    "river_api:stream_events": TOKEN,
    "river_api:models": TOKEN,
    "river_api:model": TOKEN,
    "river_api:download_named": TOKEN,
    "river_api:download": TOKEN(arguments={"name": "Zwischenhirn"}),
    "river_api:model_by_name": TOKEN(posts=True, arguments={"name": "Zwischenhirn"}),
    "river_api:model_create": TOKEN(
        gets=False, posts=True, arguments={"flavor": "binary", "name": "x"}
    ),
    "synapse:synapse_list": OPEN,
    "synapse:plasticity_cycle": ROW_AND_CHANGE(data=TICKS),
    "synapse:synapse_runs": ROW,
    "synapse:synapse_diagram": ROW,
    "synapse:synapse_json": ROW,
    "synapse:parameter_page": ROW_AND_CHANGE,
    "synapse:parameter_history": ROW_AND_CHANGE,
    "synapse:intervention_page": ROW_AND_CHANGE(data={"do": "drug", "add": "apv"}),
    "synapse:reference_list": OPEN,
    "synapse:laboratory": OPEN,
    "synapse:run_list": OPEN,
    "synapse:runs_progress": OPEN,
    "synapse:run_progress": ROW,
    "synapse:run_cancel": CHANGE,
    "synapse:run_rename": CHANGE(data={"title": "other"}),
    "synapse:run_copy": CHANGE,
    "synapse:run_again": CHANGE,
    "synapse:run_verify": CHANGE,
    "synapse:run_delete": CHANGE,
    "synapse:run_manifest": ROW,
    "synapse:plasticity_report": ROW,
    "synapse:trace_csv": ROW,
    "synapse:trace_parquet": ROW,
    "synapse:trace_png": ROW,
    "synapse:trace_svg": ROW,
    "synapse:trace_window": ROW,
    "synapse:run_compare": OPEN(query=True),
    "synapse:compare_window": ROWS,
    "synapse:compare_png": ROWS,
    "synapse:compare_svg": ROWS,
    "synapse:sweep_new": ROW_AND_CHANGE,
    "synapse:sweep_list": OPEN,
    "synapse:sweep": ROW,
    "synapse:sweep_progress": ROW,
    "synapse:sweep_csv": ROW,
    "synapse:sweep_action": CHANGE(arguments={"what": "rename"}, data={"title": "other"}),
    "synapse:protocol_list": OPEN,
    "synapse:protocol_new": OPEN,
    "synapse:protocol_preview": OPEN(gets=False),
    "synapse:protocol_import": OPEN(gets=False),
    "synapse:protocol_edit": ROW_AND_CHANGE(copies=True, data={"action": "save", "title": "x"}),
    "synapse:protocol_manage": CHANGE(data={"action": "rename", "name": "other"}),
    "synapse:protocol_file": ROW(arguments={"form": "json"}),
    "synapse:experiment_gallery": OPEN,
    "synapse:experiment_detail": OPEN(arguments={"name": "late-ltp"}),
    "synapse:plasticity_diagram": OPEN,
    "synapse:account": MEMBER,
    "synapse:tokens": MEMBER(posts=True),
    "synapse:revoke_token": MEMBER(gets=False, posts=True, arguments={"token_id": 1}),
    "synapse:sharing": OWNER(arguments={"kind": "synapse"}),
    "learner:connection_list": ROW,
    "learner:connection_open": CHANGE(
        data={"pathway": "0", "source": '"bias"', "label": '{"str": "a"}'}
    ),
    "learner:connection_detail": ROW,
    "learner:connection_csv": ROW,
    "learner:connection_json": ROW,
    "learner:connection_laboratory": CHANGE,
    "learner:learner_dashboard": ROW,
    "learner:learner_live": ROW,
    "learner:learner_accuracy_csv": ROW,
    "learner:alarm_list": ROW,
    "learner:commit_list": ROW,
    "learner:commit_detail": ROW(arguments={"number": 1}),
    "learner:commit_rollback": CHANGE(arguments={"number": 1}, data={"version": "2"}),
    "learner:event_list": ROW,
    "learner:event_detail": ROW(arguments={"position": 0}),
    "learner:learner_list": OPEN,
    "learner:learner_new": MEMBER(posts=True),
    "learner:learner_import": MEMBER(posts=True),
    "learner:learner_settings": ROW_AND_CHANGE,
    "learner:learner_pause": CHANGE,
    "learner:learner_sleep": CHANGE,
    "learner:learner_delete": CHANGE,
    "learner:learner_share": CHANGE,
    "learner:learner_state": ROW,
    "learner:stream_upload": ROW_AND_CHANGE,
    "learner:job_detail": ROW,
    "learner:job_progress": ROW,
    "learner:job_cancel": CHANGE,
    "learner:job_again": CHANGE,
    "learner:job_delete": CHANGE,
}
"""By the name of the address."""

VALUES = {"values": {"SpineHead": {"calcium_decay_time": 25.0}}}
RUN = {"protocol": {"name": "rest"}, "duration_ms": 1000.0, "mode": "now"}
EVENT = {"features": {"x": 1.0}}

OPERATIONS = {
    "read_session": OPEN,
    "list_presets": OPEN,
    "list_synapses": OPEN,
    "create_synapse": MEMBER(data={"preset": "hippocampus", "name": "new"}),
    "read_synapse": ROW,
    "change_synapse": CHANGE(data={"name": "other"}),
    "delete_synapse": CHANGE,
    "export_synapse": ROW,
    "read_values": ROW,
    "change_values": CHANGE(data=VALUES),
    "reset_values": CHANGE(data={}),
    "list_interventions": ROW,
    "intervene": CHANGE(data={"kind": "drug", "name": "apv"}),
    "list_protocols": OPEN,
    "list_saved_protocols": OPEN,
    "read_saved_protocol": ROW,
    "list_runs": OPEN,
    "create_run": CHANGE(data=RUN),
    "read_run": ROW,
    "change_run": CHANGE(data={"title": "other"}),
    "cancel_run": CHANGE,
    "delete_run": CHANGE,
    "read_result": ROW,
    "read_manifest": ROW,
    "read_trace": ROW,
    "list_experiments": OPEN,
    "read_experiment": OPEN(arguments={"name": "late-ltp"}),
    "run_experiment": MEMBER(arguments={"name": "late-ltp"}, data={"values": {"no": 1}}),
    "list_learners": OPEN,
    "list_settings": OPEN,
    "create_learner": MEMBER(data={"name": "new"}),
    "import_state": MEMBER,
    "read_learner": ROW,
    "change_learner": CHANGE(data={"name": "other"}),
    "delete_learner": CHANGE,
    "predict": CHANGE(copies=True, data=EVENT),
    "learn": CHANGE(data=EVENT | {"label": "a"}),
    "label": CHANGE(data={"id": "later", "label": "a"}),
    "learn_batch": CHANGE(data={"events": [EVENT | {"label": "b"}]}),
    "list_commits": ROW,
    "read_commit": ROW(arguments={"number": 1}),
    "list_events": ROW,
    "read_event": ROW(arguments={"position": 0}),
    "list_named_events": ROW,
    "rollback": CHANGE(data={"version": 1}),
    "sleep": CHANGE(data={"replays": 1}),
    "explain": CHANGE(copies=True, data=EVENT),
    "read_metrics": ROW,
    "read_windows": ROW,
    "list_alarms": ROW,
    "list_connections": ROW,
    "follow_learner": ROW(asked="once=true"),
    "read_state": ROW,
}
"""By the identifier of the operation."""
