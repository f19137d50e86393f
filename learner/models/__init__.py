"""What the database keeps of learners; arrays lie in checkpoints, never a row per weight."""

from learner.models.checkpoint import Checkpoint, CheckpointKind
from learner.models.commit import Commit, Stretch
from learner.models.connection import Connection
from learner.models.event import Event, EventStatus
from learner.models.job import StreamJob
from learner.models.learner import Learner, LearnerKind
from learner.models.metric import DriftAlarm, Metric
from learner.models.stream import Stream

__all__ = [
    "Checkpoint",
    "CheckpointKind",
    "Commit",
    "Connection",
    "DriftAlarm",
    "Event",
    "EventStatus",
    "Learner",
    "LearnerKind",
    "Metric",
    "Stream",
    "StreamJob",
    "Stretch",
]
