"""The pages of the learner."""

from django.urls import path

from learner.views import commits, connections, dashboard, events, jobs, learners, manage, states

CONNECTION = "<int:learner_id>/connections/<int:connection_id>/"

app_name = "learner"
urlpatterns = [
    # the list, what an owner does, streams and states
    path("", learners.learner_list, name="learner_list"),
    path("new/", learners.learner_new, name="learner_new"),
    path("import/", states.learner_import, name="learner_import"),
    path("<int:learner_id>/settings/", manage.learner_settings, name="learner_settings"),
    path("<int:learner_id>/pause/", manage.learner_pause, name="learner_pause"),
    path("<int:learner_id>/sleep/", manage.learner_sleep, name="learner_sleep"),
    path("<int:learner_id>/delete/", manage.learner_delete, name="learner_delete"),
    path("<int:learner_id>/share/", manage.learner_share, name="learner_share"),
    path("<int:learner_id>/state.npz", states.learner_state, name="learner_state"),
    path("<int:learner_id>/learn/", jobs.stream_upload, name="stream_upload"),
    path("<int:learner_id>/jobs/<int:job_id>/", jobs.job_detail, name="job_detail"),
    path("<int:learner_id>/jobs/<int:job_id>/progress/", jobs.job_progress, name="job_progress"),
    path("<int:learner_id>/jobs/<int:job_id>/cancel/", jobs.job_cancel, name="job_cancel"),
    path("<int:learner_id>/jobs/<int:job_id>/again/", jobs.job_again, name="job_again"),
    path("<int:learner_id>/jobs/<int:job_id>/delete/", jobs.job_delete, name="job_delete"),
    # the dashboard, its commits, events and alarms
    path("<int:learner_id>/", dashboard.learner_dashboard, name="learner_dashboard"),
    path("<int:learner_id>/live/", dashboard.learner_live, name="learner_live"),
    path(
        "<int:learner_id>/accuracy.csv",
        dashboard.learner_accuracy_csv,
        name="learner_accuracy_csv",
    ),
    path("<int:learner_id>/alarms/", dashboard.alarm_list, name="alarm_list"),
    path("<int:learner_id>/commits/", commits.commit_list, name="commit_list"),
    path("<int:learner_id>/commits/<int:number>/", commits.commit_detail, name="commit_detail"),
    path(
        "<int:learner_id>/commits/<int:number>/rollback/",
        commits.commit_rollback,
        name="commit_rollback",
    ),
    path("<int:learner_id>/events/", events.event_list, name="event_list"),
    path("<int:learner_id>/events/<int:position>/", events.event_detail, name="event_detail"),
    # connections as synapses
    path("<int:learner_id>/connections/", connections.connection_list, name="connection_list"),
    path("<int:learner_id>/connections/open/", connections.connection_open, name="connection_open"),
    path(CONNECTION, connections.connection_detail, name="connection_detail"),
    path(f"{CONNECTION}series.csv", connections.connection_csv, name="connection_csv"),
    path(f"{CONNECTION}series.json", connections.connection_json, name="connection_json"),
    path(
        f"{CONNECTION}laboratory/",
        connections.connection_laboratory,
        name="connection_laboratory",
    ),
]
