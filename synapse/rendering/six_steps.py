"""The six steps in words: what each equation says, and which part of the learner it pairs with."""

from dataclasses import dataclass

from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.quantity import Component


@dataclass(frozen=True, slots=True)
class Equation:
    """An equation as it stands in the code, and its meaning in one line."""

    formula: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its biology, its equations, and the part of the learner beside it."""

    number: int
    title: str
    summary: str
    reads: str
    writes: str
    equations: tuple[Equation, ...]
    biology: str
    biology_does: str
    learner: str
    learner_does: str

    @property
    def components(self) -> tuple[Component, ...]:
        """The components that belong to this step."""
        return tuple(c for c in COMPONENTS if c.step == self.number)


STEPS = (
    Step(
        1, "Calcium influx", "A coincidence of glutamate and depolarisation lets calcium in.",
        "synaptic cleft, membrane, NMDA receptor, neuron", "spine head",
        (
            Equation("B = 1 / (1 + (Mg / K_Mg) exp(−v_Mg V))",
                     "Depolarisation lifts the magnesium block of the NMDA receptor."),
            Equation("J_N = k_N g_nmda s B drv gain S_ca",
                     "Calcium flows in through open, unblocked receptors."),
            Equation("dC/dt = −C / τ_Ca + J", "It is pumped out again within milliseconds."),
            Equation("dc_P/dt = (C_N − c_P) / τ_P",
                     "A fast sensor follows receptor calcium; a slow one follows all of it."),
        ),
        "NMDA receptor and spine calcium", "coincidence lets calcium in",
        "Watcher", "which event is worth learning from",
    ),
    Step(
        2, "Neuromodulation", "Dopamine says how much the present moment matters.",
        "dopamine cleft, dopamine receptor", "modulatory cascade, calcium sensitivity",
        (
            Equation("dDA/dt = −(DA − DA_tonic) / τ_DA",
                     "A pulse of dopamine is cleared within a second."),
            Equation("R_1 = DA^n_1 / (DA^n_1 + K_1^n_1)", "Receptors take up part of it."),
            Equation("dM/dt = (J_M − M) / τ_M", "The cAMP and PKA cascade follows the receptors."),
            Equation("S_ca = 1 + β_Ca M", "PKA raises the calcium that a receptor lets in."),
        ),
        "Dopamine and PKA cascade", "one signal for all synapses nearby",
        "Neuromodulatory gate", "one gain for every parameter",
    ),
    Step(
        3, "Weight update", "Calcium in time, gated by dopamine, moves the early weight.",
        "spine head, STDP parameters, modulatory cascade", "early weight",
        (
            Equation("dL/dt = (P − L) / τ_l − k_x D L",
                     "Strong, fast calcium starts potentiation; depression can take it back."),
            Equation("de_P/dt = (L − e_P) / τ_eP",
                     "A trace remembers it until dopamine has had its say."),
            Equation("dh/dt = up (h_max − h) − dn (h − h_min) − (h − 1) / τ_h",
                     "The traces move the early weight, which forgets within hours."),
        ),
        "STDP and the early weight", "traces move the early phase",
        "Weaver", "a local change, not yet applied",
    ),
    Step(
        4, "AMPA trafficking", "Receptors move until the measured weight meets its target.",
        "target weight, endosome pool", "receptors in the PSD, committed weight",
        (
            Equation("W = H (h + z)", "The target is early plus late weight, scaled."),
            Equation("dN_psd/dt = (k_0 + k_a)(f_0 W N_tot − N_psd)",
                     "Exchange with the endosome brings the receptors there within minutes."),
            Equation("w = N_psd / (f_0 N_0)", "The committed weight: what an electrode measures."),
        ),
        "AMPA trafficking", "receptors move into the PSD",
        "Binder", "commits a change, bounded and versioned",
    ),
    Step(
        5, "Homeostasis", "An astrocyte keeps the activity of its synapses near a target.",
        "activity", "scaling of every synapse of the unit",
        (
            Equation("dA/dt = (bg − A) / τ_A", "Activity is averaged over hours."),
            Equation("d ln H/dt = (A_0 − A) / (A_0 + A) / τ_H",
                     "Too much of it scales all weights down, too little scales them up."),
        ),
        "Astrocyte scaling", "one factor for all synapses",
        "Homeostasis", "keeps activity at its set point",
    ),
    Step(
        6, "Consolidation", "A tagged synapse captures proteins and keeps its change.",
        "early weight, protein pool of the neuron", "tag, late weight",
        (
            Equation("tag = ±1 if |h − 1| > θ_tag", "A large early change tags the synapse."),
            Equation("dp/dt = (α_p gate − p) / τ_p",
                     "Enough change over the neuron starts protein synthesis."),
            Equation("dz/dt = p (z_max − z) / τ_z while tagged",
                     "Tag and proteins together build the late weight, which lasts."),
        ),
        "Tag and protein capture", "the late weight lasts",
        "Consolidation", "locks in what lasted, and replays it",
    ),
)  # fmt: skip
