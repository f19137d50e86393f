"""The URLs of the whole site."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from event_driven_retraining import api, home
from synapse.api.application import api as api_v1
from synapse.api.reference import reference

urlpatterns = [
    path("", home.home, name="home"),
    path("", include("synapse.urls")),
    path("accounts/login/", LoginView.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("api/", api.root, name="api"),
    path("api/v1/docs/", reference, name="api_reference"),
    path("api/v1/", api_v1.urls),
    path("healthz", api.healthz, name="healthz"),
]
