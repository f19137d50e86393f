"""Settings, all from the environment (or ``.env``); docs/settings.md lists them."""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from event_driven_retraining.secret import load_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")

# What kind of site this is. DEMO lets anyone who can reach it write: `make serve` only.
PRODUCTION = env.bool("PRODUCTION", default=False)
DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
SECRET_KEY = load_secret_key(BASE_DIR / ".env", generate=not PRODUCTION)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "event_driven_retraining.apps.ProjectConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "synapse.apps.SynapseConfig",
    "learner.apps.LearnerConfig",
    *env.list("EXTRA_APPS", default=[]),
]

MIDDLEWARE = [
    "event_driven_retraining.monitoring.MonitoringMiddleware",
    "synapse.api.middleware.ApiMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
if DEMO:
    MIDDLEWARE.insert(0, "event_driven_retraining.demo.LoopbackOnlyMiddleware")

ROOT_URLCONF = "event_driven_retraining.urls"
WSGI_APPLICATION = "event_driven_retraining.wsgi.application"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": env.db_url("DATABASE_URL", default="sqlite:///db.sqlite3")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # WAL and a 20 s wait, so that a page can be read while a run is stored. FULL also keeps
    # what was stored last through a power cut, at the price of waiting for the disk.
    SYNCHRONOUS = env.str("SQLITE_SYNCHRONOUS", default="NORMAL")
    if SYNCHRONOUS not in ("NORMAL", "FULL"):
        raise ImproperlyConfigured(
            f"SQLITE_SYNCHRONOUS must be NORMAL or FULL; got {SYNCHRONOUS!r}"
        )
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous={SYNCHRONOUS};",
    }
    if DATABASES["default"]["NAME"] != ":memory:":
        DATABASES["default"]["NAME"] = BASE_DIR / DATABASES["default"]["NAME"]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# No inline script or style anywhere. The nonce is for the one style block of Django's admin.
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "style-src": [CSP.SELF, CSP.NONCE],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "object-src": [CSP.NONE],
}
X_FRAME_OPTIONS = "DENY"

if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    if env.bool("TRUST_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")) if PRODUCTION else None
STATICFILES_DIRS = [BASE_DIR / "static"]
# Production serves what collectstatic gathered, under hashed names; elsewhere files are
# served from where they lie, so that nothing has to be gathered first.
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Background work: the rows of runs, sweeps and so on are the queue, `manage.py work` the worker.
TASKS = {"default": {"BACKEND": "synapse.services.row_backend.RowBackend"}}
WORK_QUEUES = [
    "synapse.services.run_queue.RUNS",
    "synapse.services.run_queue.SWEEPS",
    "learner.services.jobs.JOBS",
]
# What a worker looks after every few seconds.
WORK_CHORES = [
    "learner.services.schedule.run_due",
    "learner.services.stream_files.remove_forgotten",
]
# Address of a Dask scheduler for sweeps; empty: processes on this machine.
DASK_SCHEDULER = env.str("DASK_SCHEDULER", default="")

# Limits of the learners' API. docs/learner-api.md says how they are counted.
LEARNER_RATE = env.str("LEARNER_RATE", default="100000/min")
LEARNER_STREAMS = env.int("LEARNER_STREAMS", default=20)
LEARNER_STATE_BYTES = env.int("LEARNER_STATE_BYTES", default=50_000_000)
# A file to learn from in the background, as it is sent and unpacked.
LEARNER_UPLOAD_BYTES = env.int("LEARNER_UPLOAD_BYTES", default=50_000_000)
LEARNER_UPLOAD_UNPACKED_BYTES = env.int("LEARNER_UPLOAD_UNPACKED_BYTES", default=500_000_000)
# How large a learner may grow, and how long its writers and its events wait.
LEARNER_EVENTS = env.int("LEARNER_EVENTS", default=1_000)
LEARNER_FEATURES = env.int("LEARNER_FEATURES", default=2_000)
LEARNER_LABELS = env.int("LEARNER_LABELS", default=1_000)
LEARNER_NAME = env.int("LEARNER_NAME", default=200)
LEARNER_MEMORY = env.int("LEARNER_MEMORY", default=500_000_000)
LEARNER_LARGEST_STATE = env.int("LEARNER_LARGEST_STATE", default=200_000_000)
LEARNER_RESIDENT = env.int("LEARNER_RESIDENT", default=32)
LEARNER_LOCK_WAIT = env.float("LEARNER_LOCK_WAIT", default=5.0)
LEARNER_WAITING = env.int("LEARNER_WAITING", default=100_000)
LEARNER_LABEL_DAYS = env.float("LEARNER_LABEL_DAYS", default=30.0)

# What is watched over: see docs/operations.md. The token reads /metrics without an account.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
METRICS_LEARNERS = env.int("METRICS_LEARNERS", default=100)
SLOW_REQUEST_MS = env.float("SLOW_REQUEST_MS", default=1000.0)

TRACES_DIR = Path(env.str("TRACES_DIR", default=str(BASE_DIR / "var" / "traces")))

LOG_FORMAT = env.str("LOG_FORMAT", default="line")
if LOG_FORMAT not in ("line", "json"):
    raise ImproperlyConfigured(f"LOG_FORMAT must be line or json; got {LOG_FORMAT!r}")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "format": "time={asctime} level={levelname} logger={name} {message}",
            "style": "{",
        },
        "json": {"()": "event_driven_retraining.logs.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
    "loggers": {
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        # A foreign host name is answered with 400; it is no fault of ours to trace.
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
    },
}
