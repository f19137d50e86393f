"""The six steps of a plasticity tick, one file each; ``tick.py`` calls them in order.

Short names, the same in every file:

====  ==========================================================================
s     state of one synapse
p     its parameters, and constants prepared from them
k     decay factors of one synapse for one length of tick
n     the neuron: back-propagating action potential, bath, clock
j     decay factors of a shared component for one length of tick
====  ==========================================================================

``prepare_…`` functions fill in constants and factors; nothing else writes them. Times
are in ms, rates in 1/ms, voltages in mV, spine calcium and dopamine in uM.
"""
