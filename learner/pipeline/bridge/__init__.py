"""One time axis for biology and learning: what a connection did, and a synapse on its events.

``code.py`` turns events into spikes and dopamine, ``past.py`` finds out what the connection
did, ``biology.py`` runs the six-step synapse, ``agreement.py`` says how far both agree and
``reasons.py`` why not. No Django.
"""

from learner.pipeline.bridge.code import Code
from learner.pipeline.bridge.moments import Moment, Place

__all__ = ["Code", "Moment", "Place"]
