"""The pages of the synapse."""

from django.urls import path

from synapse.views import cycle, diagram, experiments, exports, reports, synapses

app_name = "synapse"
urlpatterns = [
    path("synapses/", synapses.synapse_list, name="synapse_list"),
    path("synapses/<int:synapse_id>/", cycle.plasticity_cycle, name="plasticity_cycle"),
    path("synapses/<int:synapse_id>/runs/", reports.synapse_runs, name="synapse_runs"),
    path("synapses/<int:synapse_id>/diagram/", diagram.synapse_diagram, name="synapse_diagram"),
    path("synapses/<int:synapse_id>/export.json", exports.synapse_json, name="synapse_json"),
    path("runs/", reports.run_list, name="run_list"),
    path("runs/<int:run_id>/", reports.plasticity_report, name="plasticity_report"),
    path("runs/<int:run_id>/trace.csv", exports.trace_csv, name="trace_csv"),
    path("experiments/", experiments.experiment_gallery, name="experiment_gallery"),
    path("experiments/<slug:name>/", experiments.experiment_detail, name="experiment_detail"),
    path("diagram/", diagram.plasticity_diagram, name="plasticity_diagram"),
]
