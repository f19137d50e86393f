"""The six-step synapse in Brian2, from the published equations: ``brian2_model.py JOB``.

Runs in the peers' own environment and imports nothing of this project: it is an independent
check of the equations. Symbols are those of the model's document. A job is a folder with
``problem.json`` and ``spikes.npz`` (see ``problem.py``); the C++ program is built in it, and
``collect`` turns what the program wrote into ``result.npz``.

Not written: blocked exo- or endocytosis, bounds that no state here comes near (of lnH), and
the optional processes.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from brian2 import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    Synapses,
    defaultclock,
    device,
    ms,
    prefs,
    set_device,
)

BAP = """
db_f/dt = -b_f/(tau_f*ms) : 1
db_s/dt = -b_s/(tau_s*ms) : 1
"""
BAP_SPIKE = """
b_f{at} = A_f
b_s{at} = b_s{at} + A_s*(1 - b_s{at}/A_smax)
"""
DOPAMINE = "dDA/dt = -(DA - DA_tonic)/(tau_DA*ms) : 1\n"
POST = """
dA/dt = (bg - A)/(tau_A*ms) : 1
dlnH/dt = (A_0 - A)/(A_0 + A)/(tau_H*ms) : 1
dp/dt = (alpha_p*gate - p)/(tau_p*ms) : 1
gate = int(Q > 1)*(1 - g_da*(1 - q_sum/n_syn)) : 1
Q : 1
q_sum : 1
"""
SYNAPSE = """
dx/dt = (1 - x)/(tau_rec*ms) : 1 (event-driven)
du/dt = -u/(tau_fac*ms) : 1 (event-driven)
dy/dt = -y/(tau_N*ms) : 1 (event-driven)
rel : 1
a : 1
dm/dt = -m/(tau_g*ms) : 1 (clock-driven)
ds_d/dt = -s_d/(tau_N*ms) : 1 (clock-driven)
ds_r/dt = -s_r/(tau_Nr*ms) : 1 (clock-driven)
de_d/dt = -e_d/(tau_epsp*ms) : 1 (clock-driven)
de_r/dt = -e_r/(tau_er*ms) : 1 (clock-driven)
s = nu_N*(s_d - s_r) : 1
s_c = int(a >= 1e-9)*clip(s/(a + int(a < 1e-9)), 0, 1) : 1
V = V_rest + nu_e*(e_d - e_r) + b_f{at} + b_s{at} : 1
B = 1/(1 + (Mg/K_Mg)*exp(-v_Mg*V)) : 1
drv = (E_Ca - V)/(E_Ca - V_rest) : 1
m_V = 1/(1 + exp(-(V - v_half)/v_k)) : 1
S_ca = 1 + beta_Ca*M : 1
J_N = k_N*g_nmda*s_c*B*drv*gain*S_ca : 1
J_V = k_V*clip(m_V*m_V - m_V_rest**2, 0, 1)*drv*gain : 1
dC_N/dt = -C_N/(tau_Ca*ms) + J_N/ms : 1 (clock-driven)
dC_V/dt = -C_V/(tau_Ca*ms) + J_V/ms : 1 (clock-driven)
dc_P/dt = (C_N - c_P)/(tau_P*ms) : 1 (clock-driven)
dc_D/dt = (C_N + chi_D*C_V - c_D)/(tau_D*ms) : 1 (clock-driven)
c_Pn = clip(c_P, 0, inf)**n_P : 1
c_Dn = clip(c_D, 0, inf)**n_D : 1
P_h = c_Pn/(c_Pn + th_P_n) : 1
P = a*P_h : 1
D = a*m*c_Dn/(c_Dn + th_D_n)*(1 - eta*P_h) : 1
R_1 = DA{at}**n_1/(DA{at}**n_1 + K_1**n_1) : 1
R_2 = DA{at}/(DA{at} + K_2) : 1
J_M = clip((R_1 - R_1ref)/(1 - R_1ref) - g_2*(R_2 - R_2ref), 0, 1) : 1
dM/dt = (J_M - M)/(tau_M*ms) : 1 (clock-driven)
q = clip(M, 0, 1)**n_M/(clip(M, 0, 1)**n_M + K_M**n_M) : 1
dL/dt = (P - L)/(tau_l*ms) - k_x*D*L/ms : 1 (clock-driven)
de_P/dt = (L - e_P)/(tau_eP*ms) : 1 (clock-driven)
de_D/dt = (D - e_D)/(tau_eD*ms) : 1 (clock-driven)
up = g_P*(g_P0 + g_P1*q)*e_P + g_C*q*e_D : 1
dn = g_D*g_D0*(1 - q)*e_D : 1
dh/dt = (up*(h_max - h) - dn*(h - h_min) - (h - 1)/tau_h)/ms : 1 (clock-driven)
pull = p_post/tau_z : 1
up_z = int(h - 1 > th_tag)*pull : 1
dn_z = int(1 - h > th_tag)*pull : 1
dz/dt = (up_z*(z_max - z) + dn_z*(z_min - z) - vanishing*z)/ms : 1 (clock-driven)
W = clip(exp(lnH_post)*(h + z), 0, 0.95/f_0) : 1
E = up + dn : 1
k_a = k_1*E/(E + K_e) : 1
dN_psd/dt = (k_0 + k_a)*(f_0*W*N_tot - N_psd)/ms : 1 (clock-driven)
dN_tot/dt = k_deg*(N_0 - N_tot)/ms : 1 (clock-driven)
w = N_psd/(f_0*N_0) : 1
Q_post = clip(h - 1, 0, inf)/th_pro + clip(1 - h, 0, inf)/th_proD : 1 (summed)
q_sum_post = q : 1 (summed)
"""
PRE_SPIKE = """
u = u + U_c*(1 - u)
rel = u*x
x = x - rel
y = 1 - (1 - y)*(1 - rel)
a = y
m = g_nmda
d_s = alpha_N*rel*clip(1 - nu_N*(s_d - s_r), 0, 1)
V_now = V_rest + nu_e*(e_d - e_r) + b_f{at} + b_s{at}
r = rel/U
d_e = a_epsp*(N_psd/(f_0*N_0) + n_co - 1)*r*clip((E_syn - V_now)/(E_syn - V_rest), 0, inf)
s_d = s_d + d_s
s_r = s_r + d_s
e_d = e_d + d_e
e_r = e_r + d_e
A_post += q_pre*r/(tau_A/1000)/n_syn
"""
EVENT_DRIVEN = {"x": ("tau_rec", 1.0), "u": ("tau_fac", 0.0), "y": ("tau_N", 0.0)}
REST = {"x": 1.0, "h": 1.0}
SAVED = (
    "x", "u", "y", "rel", "a", "m", "s_d", "s_r", "e_d", "e_r", "C_N", "C_V", "c_P", "c_D", "M",
    "L", "e_P", "e_D", "h", "z", "N_psd", "N_tot", "lastupdate", "b_f", "b_s", "DA", "A", "lnH",
    "p",
)  # fmt: skip


def constants(v: dict[str, float]) -> dict[str, float]:
    """Return the parameters and what the document derives from them alone."""

    def hill(c: float, half: float, n: float) -> float:
        return float(c**n / (c**n + half**n))

    def peak(d: float, r: float) -> float:
        return float((r / d) ** (r / (d - r)) - (r / d) ** (d / (d - r)))

    more = {
        "nu_N": 1 / peak(v["tau_N"], v["tau_Nr"]),
        "nu_e": 1 / peak(v["tau_epsp"], v["tau_er"]),
        "U_c": min(
            0.95,
            v["U"] * hill(v["Ca_o"], v["K_U"], v["a_U"]) / hill(v["Ca_ref"], v["K_U"], v["a_U"]),
        ),
        "gain": (v["Ca_o"] / v["Ca_ref"]) ** v["a_I"],
        "m_V_rest": float(1 / (1 + np.exp(-(v["V_rest"] - v["v_half"]) / v["v_k"]))),
        "th_P_n": v["th_P"] ** v["n_P"],
        "th_D_n": v["th_D"] ** v["n_D"],
        "R_1ref": hill(v["DA_ref"], v["K_1"], v["n_1"]),
        "R_2ref": hill(v["DA_ref"], v["K_2"], 1.0),
        "vanishing": 1e-30,  # exponential Euler divides by the rate, which is 0 without a tag
    }
    return {**v, **more}


def build(job: Path) -> None:
    """Generate and compile the program of a job, in its folder."""
    problem = json.loads((job / "problem.json").read_text())
    spikes = np.load(job / "spikes.npz")
    set_device("cpp_standalone", directory=str(job / "program"), build_on_run=False)
    prefs.devices.cpp_standalone.openmp_threads = 0
    defaultclock.dt = problem["dt"] * ms
    network = make_network(problem, spikes)
    space = constants(problem["parameters"])
    network.run(problem["duration"] * ms, namespace=space)
    device.build(directory=str(job / "program"), compile=True, run=False)
    names = {
        f"{group}.{name}": device.get_array_filename(variable)
        for group in ("neurons", "synapses")
        for name, variable in network[group].variables.items()
        if name in SAVED
    }
    (job / "arrays.json").write_text(json.dumps(names))


def make_network(problem: dict[str, Any], spikes: Any) -> Network:
    """Return the network: spikes act first, then the synapses step, then their neurons.

    ``local`` gives each synapse its own copy of the action potential and of dopamine, so that
    a method with more than one stage sees them move within the step.
    """
    local, count = problem["local"], len(spikes["neuron_of"])
    method, neurons, at = problem["method"], problem["neurons"], "" if local else "_post"
    shared = POST if local else BAP + DOPAMINE + POST
    post = NeuronGroup(neurons, shared, method=method, name="neurons")
    pre_trains = SpikeGeneratorGroup(count, spikes["pre_i"], spikes["pre_t"] * ms)
    post_trains = SpikeGeneratorGroup(neurons, spikes["post_i"], spikes["post_t"] * ms)
    pulses = SpikeGeneratorGroup(1, np.zeros(len(spikes["da_t"]), int), spikes["da_t"] * ms)
    equations = SYNAPSE.format(at=at)
    if local:
        equations += (BAP + DOPAMINE).replace(": 1", ": 1 (clock-driven)")
    synapses = Synapses(
        pre_trains, post, equations, on_pre=PRE_SPIKE.format(at=at), method=method, name="synapses"
    )
    synapses.connect(i=np.arange(count), j=spikes["neuron_of"])
    rest(synapses, post, problem["parameters"], local)
    objects = [post, pre_trains, post_trains, pulses, synapses]
    holder, size = (synapses, count) if local else (post, neurons)
    source = spikes["neuron_of"] if local else np.arange(neurons)
    for trains, target, i, action in (
        (post_trains, post, np.arange(neurons), "A_post += q_post/(tau_A/1000)"),
        (post_trains, holder, source, BAP_SPIKE.format(at="_post")),
        (pulses, holder, np.zeros(size, int), "DA_post += da_pulse"),
    ):
        objects.append(Synapses(trains, target, on_pre=action))
        objects[-1].connect(i=i, j=np.arange(len(i)))
        objects[-1].pre.order = 1
    synapses.state_updater.order, post.state_updater.order = -1, 1
    network = Network(*objects)
    network.schedule = ["start", "thresholds", "synapses", "resets", "groups", "end"]
    return network


def rest(synapses: Synapses, neurons: NeuronGroup, v: dict[str, float], local: bool) -> None:
    """Put everything at rest."""
    for name, value in REST.items():
        setattr(synapses, name, value)
    synapses.N_tot, synapses.N_psd = v["N_0"], v["f_0"] * v["N_0"]
    neurons.A = v["A_0"]
    (synapses if local else neurons).DA = v["DA_tonic"]


def collect(job: Path) -> None:
    """Read what the program wrote, and bring event-driven states to the end of the run."""
    problem = json.loads((job / "problem.json").read_text())
    found = {}
    for name, file in json.loads((job / "arrays.json").read_text()).items():
        path = job / "program" / "results" / file
        found[name.split(".")[1]] = np.fromfile(path, dtype=np.float64)
    since = problem["duration"] - found.pop("lastupdate") * 1000.0
    for name, (tau, goal) in EVENT_DRIVEN.items():
        decay = np.exp(-since / problem["parameters"][tau])
        found[name] = goal + (found[name] - goal) * decay
    first = np.unique(np.load(job / "spikes.npz")["neuron_of"], return_index=True)[1]
    if problem["local"]:
        found |= {name: found[name][first] for name in ("b_f", "b_s", "DA")}
    v = problem["parameters"]
    found["w"] = found["N_psd"] / (v["f_0"] * v["N_0"])
    np.savez(job / "result.npz", **found)


if __name__ == "__main__":
    {"build": build, "collect": collect}[sys.argv[1]](Path(sys.argv[2]))
