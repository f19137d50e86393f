"""The URLs of the whole site."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from event_driven_retraining import api, home
from event_driven_retraining.metrics import metrics
from learner.api import ROUTERS
from synapse.api.application import api as api_v1
from synapse.api.reference import reference

for router in ROUTERS:
    api_v1.add_router("", router)

urlpatterns = [
    path("", home.home, name="home"),
    path("", include("synapse.urls")),
    path("learners/", include("learner.urls")),
    path("accounts/login/", LoginView.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("api/", api.root, name="api"),
    path("api/v1/docs/", reference, name="api_reference"),
    path("api/v1/", api_v1.urls),
    path("api/", include("learner.api.river.urls")),
    path("healthz", api.healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
]
