"""Load and store of a population against the raw driver: ``python -m benchmarks.database``."""
