"""The full model against other simulators: ``make bench``; results in docs/performance.md."""
