: Steps 1 to 4 of the synapse, from the published equations, in the symbols of the model's
: document. The astrocyte and the protein pool, which many synapses share, are at rest here
: (H = 1, p = 0), so the late weight is 0. Two symbols have other names: y is yq, M is Mk.
: Each synapse has its own copy of the action potential and of dopamine. Event kinds (the
: weight of the connection): 1 pre, 2 post, 3 dopamine. NEURON and Arbor read the same file;
: what an event reads is RANGE, because Arbor does not compile GLOBAL there.

NEURON {
    POINT_PROCESS sixstep
    RANGE x, u, yq, rel, a, m, s_d, s_r, e_d, e_r, b_f, b_s, C_N, C_V, c_P, c_D, DA, Mk
    RANGE L, e_P, e_D, h, N_psd, N_tot
    RANGE U, U_c, alpha_N, g_nmda, nu_N, nu_e, a_epsp, V_rest
    RANGE E_syn, A_f, A_s, A_smax, f_0, N_0, n_co, da_pulse
    GLOBAL tau_rec, tau_fac, tau_N, tau_Nr, tau_g, tau_epsp, tau_er, tau_f, tau_s, Mg, K_Mg
    GLOBAL v_Mg, k_N, k_V, E_Ca, v_half, v_k, m_V_rest, gain, tau_Ca, beta_Ca, chi_D, tau_P
    GLOBAL tau_D, th_P_n, n_P, th_D_n, n_D, eta, DA_tonic, tau_DA, K_1, n_1, K_2, R_1ref
    GLOBAL R_2ref, g_2, tau_M, K_M, n_M, tau_l, k_x, tau_eP, tau_eD, g_P, g_P0, g_P1, g_C
    GLOBAL g_D, g_D0, h_max, h_min, tau_h, k_0, k_1, K_e, k_deg
    THREADSAFE
}

PARAMETER {
    U = 0 U_c = 0 tau_rec = 1 tau_fac = 1 tau_N = 1 tau_Nr = 1 tau_g = 1 tau_epsp = 1 tau_er = 1
    tau_f = 1 tau_s = 1 alpha_N = 0 g_nmda = 0 nu_N = 0 nu_e = 0 a_epsp = 0 V_rest = -70 E_syn = 0
    A_f = 0 A_s = 0 A_smax = 1 Mg = 0 K_Mg = 1 v_Mg = 0 k_N = 0 k_V = 0 E_Ca = 0 v_half = 0
    v_k = 1 m_V_rest = 0 gain = 0 tau_Ca = 1 beta_Ca = 0 chi_D = 0 tau_P = 1 tau_D = 1 th_P_n = 1
    n_P = 1 th_D_n = 1 n_D = 1 eta = 0 DA_tonic = 0 tau_DA = 1 K_1 = 1 n_1 = 1 K_2 = 1 R_1ref = 0
    R_2ref = 0 g_2 = 0 tau_M = 1 K_M = 1 n_M = 1 tau_l = 1 k_x = 0 tau_eP = 1 tau_eD = 1 g_P = 0
    g_P0 = 0 g_P1 = 0 g_C = 0 g_D = 0 g_D0 = 0 h_max = 1 h_min = 0 tau_h = 1 k_0 = 0 k_1 = 0
    K_e = 1 f_0 = 1 k_deg = 0 N_0 = 1 n_co = 1 da_pulse = 0
}

ASSIGNED { rel a J_N J_V P D up dn J_M k_ex goal level C_fast C_slow }

STATE { x u yq m s_d s_r e_d e_r b_f b_s C_N C_V c_P c_D DA Mk L e_P e_D h N_psd N_tot }

INITIAL {
    x = 1 u = 0 yq = 0 m = 0 s_d = 0 s_r = 0 e_d = 0 e_r = 0 b_f = 0 b_s = 0
    C_N = 0 C_V = 0 c_P = 0 c_D = 0 DA = DA_tonic Mk = 0 L = 0 e_P = 0 e_D = 0
    h = 1 N_tot = N_0 N_psd = f_0*N_0 rel = 0 a = 0
}

BREAKPOINT {
    SOLVE states METHOD cnexp
}

DERIVATIVE states {
    rates()
    N_psd' = k_ex*(goal - N_psd)
    N_tot' = k_deg*(N_0 - N_tot)
    h' = up*(h_max - h) - dn*(h - h_min) - (h - 1)/tau_h
    e_P' = (level - e_P)/tau_eP
    e_D' = (D - e_D)/tau_eD
    L' = (P - L)/tau_l - k_x*D*L
    Mk' = (J_M - Mk)/tau_M
    DA' = (DA_tonic - DA)/tau_DA
    c_P' = (C_fast - c_P)/tau_P
    c_D' = (C_slow - c_D)/tau_D
    C_N' = J_N - C_N/tau_Ca
    C_V' = J_V - C_V/tau_Ca
    x' = (1 - x)/tau_rec
    u' = -u/tau_fac
    yq' = -yq/tau_N
    m' = -m/tau_g
    s_d' = -s_d/tau_N
    s_r' = -s_r/tau_Nr
    e_d' = -e_d/tau_epsp
    e_r' = -e_r/tau_er
    b_f' = -b_f/tau_f
    b_s' = -b_s/tau_s
}

PROCEDURE rates() {
    LOCAL s_c, V, drv, m_V, c_Pn, c_Dn, P_h, R_1, R_2, q
    s_c = 0
    if (a >= 1e-9) { s_c = nu_N*(s_d - s_r)/a }
    if (s_c < 0) { s_c = 0 }
    if (s_c > 1) { s_c = 1 }
    V = V_rest + nu_e*(e_d - e_r) + b_f + b_s
    drv = (E_Ca - V)/(E_Ca - V_rest)
    J_N = k_N*g_nmda*s_c/(1 + (Mg/K_Mg)*exp(-v_Mg*V))*drv*gain*(1 + beta_Ca*Mk)
    m_V = 1/(1 + exp(-(V - v_half)/v_k))
    m_V = m_V*m_V - m_V_rest*m_V_rest
    if (m_V < 0) { m_V = 0 }
    J_V = k_V*m_V*drv*gain
    c_Pn = 0
    if (c_P > 0) { c_Pn = c_P^n_P }
    c_Dn = 0
    if (c_D > 0) { c_Dn = c_D^n_D }
    P_h = c_Pn/(c_Pn + th_P_n)
    P = a*P_h
    D = a*m*c_Dn/(c_Dn + th_D_n)*(1 - eta*P_h)
    R_1 = DA^n_1/(DA^n_1 + K_1^n_1)
    R_2 = DA/(DA + K_2)
    J_M = (R_1 - R_1ref)/(1 - R_1ref) - g_2*(R_2 - R_2ref)
    if (J_M < 0) { J_M = 0 }
    if (J_M > 1) { J_M = 1 }
    q = 0
    if (Mk > 0) { q = Mk^n_M/(Mk^n_M + K_M^n_M) }
    up = g_P*(g_P0 + g_P1*q)*e_P + g_C*q*e_D
    dn = g_D*g_D0*(1 - q)*e_D
    k_ex = k_0 + k_1*(up + dn)/(up + dn + K_e)
    goal = h
    if (goal > 0.95/f_0) { goal = 0.95/f_0 }
    goal = goal*f_0*N_tot
    level = L
    C_fast = C_N
    C_slow = C_N + chi_D*C_V
}

NET_RECEIVE(kind) {
    LOCAL free, drive, d_e
    if (kind == 1) {
        u = u + U_c*(1 - u)
        rel = u*x
        x = x - rel
        yq = 1 - (1 - yq)*(1 - rel)
        a = yq
        m = g_nmda
        free = 1 - nu_N*(s_d - s_r)
        if (free < 0) { free = 0 }
        drive = -(nu_e*(e_d - e_r) + b_f + b_s + V_rest - E_syn)/(E_syn - V_rest)
        if (drive < 0) { drive = 0 }
        d_e = a_epsp*(N_psd/(f_0*N_0) + n_co - 1)*rel/U*drive
        s_d = s_d + alpha_N*rel*free
        s_r = s_r + alpha_N*rel*free
        e_d = e_d + d_e
        e_r = e_r + d_e
    } else {
        if (kind == 2) {
            b_f = A_f
            b_s = b_s + A_s*(1 - b_s/A_smax)
        } else {
            DA = DA + da_pulse
        }
    }
}
