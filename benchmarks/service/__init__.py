"""The learners' API under load, beside its floors: ``python -m benchmarks.service``."""
