"""The event-driven learner: six parts, one loop, two estimators. No Django."""

from learner.pipeline.classifier import EventDrivenClassifier
from learner.pipeline.ledger import Ledger, MemoryStorage
from learner.pipeline.regressor import EventDrivenRegressor

__all__ = ["EventDrivenClassifier", "EventDrivenRegressor", "Ledger", "MemoryStorage"]
