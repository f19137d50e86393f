"""The experiments and controls, in the order of their numbers."""

from synapse.plasticity.experiments import stdp_window
from synapse.plasticity.experiments.experiment import Experiment

EXPERIMENTS: tuple[Experiment, ...] = (stdp_window.EXPERIMENT,)
