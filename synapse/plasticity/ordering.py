"""Pairs of quantities of which the first must be the smaller one."""

ORDERED = (
    ("NMDAReceptor", "nmda_rise_time", "NMDAReceptor", "nmda_decay_time"),
    ("PostsynapticMembrane", "epsp_rise_time", "PostsynapticMembrane", "epsp_decay_time"),
    (
        "PostsynapticMembrane",
        "resting_potential",
        "PostsynapticMembrane",
        "epsp_reversal_potential",
    ),
    ("PostsynapticMembrane", "resting_potential", "SpineHead", "calcium_reversal_potential"),
)
"""Component and quantity, twice: otherwise the equations break down."""
