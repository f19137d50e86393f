"""The pages of the synapse."""

from django.urls import path

from synapse.views import (
    accounts,
    cycle,
    diagram,
    experiments,
    exports,
    protocols,
    reports,
    runs,
    runs_actions,
    sharing,
    synapses,
)

app_name = "synapse"
urlpatterns = [
    path("synapses/", synapses.synapse_list, name="synapse_list"),
    path("synapses/<int:synapse_id>/", cycle.plasticity_cycle, name="plasticity_cycle"),
    path("synapses/<int:synapse_id>/runs/", runs.synapse_runs, name="synapse_runs"),
    path("synapses/<int:synapse_id>/diagram/", diagram.synapse_diagram, name="synapse_diagram"),
    path("synapses/<int:synapse_id>/export.json", exports.synapse_json, name="synapse_json"),
    path("runs/", runs.run_list, name="run_list"),
    path("runs/progress.json", runs.runs_progress, name="runs_progress"),
    path("runs/<int:run_id>/progress/", runs.run_progress, name="run_progress"),
    path("runs/<int:run_id>/cancel/", runs_actions.run_cancel, name="run_cancel"),
    path("runs/<int:run_id>/rename/", runs_actions.run_rename, name="run_rename"),
    path("runs/<int:run_id>/copy/", runs_actions.run_copy, name="run_copy"),
    path("runs/<int:run_id>/again/", runs_actions.run_again, name="run_again"),
    path("runs/<int:run_id>/verify/", runs_actions.run_verify, name="run_verify"),
    path("runs/<int:run_id>/delete/", runs_actions.run_delete, name="run_delete"),
    path("runs/<int:run_id>/manifest.json", runs_actions.run_manifest, name="run_manifest"),
    path("runs/<int:run_id>/", reports.plasticity_report, name="plasticity_report"),
    path("runs/<int:run_id>/trace.csv", exports.trace_csv, name="trace_csv"),
    path("protocols/", protocols.protocol_list, name="protocol_list"),
    path("protocols/new/", protocols.protocol_new, name="protocol_new"),
    path("protocols/preview/", protocols.protocol_preview, name="protocol_preview"),
    path("protocols/import/", protocols.protocol_import, name="protocol_import"),
    path("protocols/<int:protocol_id>/", protocols.protocol_edit, name="protocol_edit"),
    path(
        "protocols/<int:protocol_id>/manage/", protocols.protocol_manage, name="protocol_manage"
    ),
    path(
        "protocols/<int:protocol_id>/file/<slug:form>/",
        protocols.protocol_file,
        name="protocol_file",
    ),
    path("experiments/", experiments.experiment_gallery, name="experiment_gallery"),
    path("experiments/<slug:name>/", experiments.experiment_detail, name="experiment_detail"),
    path("diagram/", diagram.plasticity_diagram, name="plasticity_diagram"),
    path("accounts/", accounts.account, name="account"),
    path("accounts/tokens/", accounts.tokens, name="tokens"),
    path("accounts/tokens/<int:token_id>/revoke/", accounts.revoke_token, name="revoke_token"),
    path("accounts/sharing/<slug:kind>/<int:row_id>/", sharing.sharing, name="sharing"),
]
