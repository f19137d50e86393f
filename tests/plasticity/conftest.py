"""Hypothesis settings: the same examples every time, unless HYPOTHESIS_PROFILE=explore."""

import os

from hypothesis import HealthCheck, settings

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

settings.register_profile(
    "steady",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    suppress_health_check=QUIET,
)
settings.register_profile(
    "explore", deadline=None, max_examples=2000, database=None, suppress_health_check=QUIET
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
