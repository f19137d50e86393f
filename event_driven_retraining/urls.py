"""The URLs of the whole site."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from event_driven_retraining import api, home

urlpatterns = [
    path("", home.home, name="home"),
    path("", include("synapse.urls")),
    path("accounts/login/", LoginView.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("api/", api.root, name="api"),
    path("healthz", api.healthz, name="healthz"),
]
