"""The addresses of the River API, below ``/api/``; the root answers its ``info``."""

from django.urls import path

from learner.api.river import creation, models, serving, session, streams
from learner.api.river.endpoint import endpoint

app_name = "river_api"
urlpatterns = [
    path("auth/token/", endpoint(for_all=True, GET=session.exchange), name="token"),
    path("predict/", endpoint(POST=serving.predict), name="predict"),
    path("learn/", endpoint(POST=serving.learn), name="learn"),
    path("label/", endpoint(POST=serving.label), name="label"),
    path("metrics/", endpoint(GET=models.metrics), name="metrics"),
    path("stats/", endpoint(GET=models.stats), name="stats"),
    path("stream/metrics/", endpoint(GET=streams.metrics), name="stream_metrics"),
    path("stream/events/", endpoint(GET=streams.events), name="stream_events"),
    path("models/", endpoint(GET=models.list_models), name="models"),
    path("model/", endpoint(GET=models.read_named, DELETE=models.delete), name="model"),
    path("model/download/", endpoint(GET=models.download_named), name="download_named"),
    path("model/download/<str:name>/", endpoint(GET=models.download), name="download"),
    path(
        "model/<str:name>/", endpoint(GET=models.read, POST=creation.create), name="model_by_name"
    ),
    path("model/<str:flavor>/<str:name>/", endpoint(POST=creation.create), name="model_create"),
]
