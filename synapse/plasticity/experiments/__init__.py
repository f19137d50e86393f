"""The experiments and controls, in the order of their numbers."""

from synapse.plasticity.experiments import (
    ampa_blocks,
    controls,
    dopamine_conversion,
    dopamine_delay,
    external_calcium,
    nmda_block,
    optional_acetylcholine,
    optional_gliotransmission,
    optional_sliding_thresholds,
    optional_vesicle_release,
    pairing_frequency,
    rate_dependence,
    scaling,
    short_term_plasticity,
    spine_calcium,
    stdp_window,
    tagging,
    triplets,
)
from synapse.plasticity.experiments.experiment import Experiment

EXPERIMENTS: tuple[Experiment, ...] = (
    stdp_window.EXPERIMENT,
    pairing_frequency.EXPERIMENT,
    *rate_dependence.EXPERIMENTS,
    triplets.EXPERIMENT,
    nmda_block.EXPERIMENT,
    *external_calcium.EXPERIMENTS,
    dopamine_delay.EXPERIMENT,
    *dopamine_conversion.EXPERIMENTS,
    *tagging.EXPERIMENTS,
    *scaling.EXPERIMENTS,
    ampa_blocks.EXPERIMENT,
    *short_term_plasticity.EXPERIMENTS,
    *spine_calcium.EXPERIMENTS,
    *controls.EXPERIMENTS,
    optional_vesicle_release.EXPERIMENT,
    optional_sliding_thresholds.EXPERIMENT,
    optional_gliotransmission.EXPERIMENT,
    optional_acetylcholine.EXPERIMENT,
)
