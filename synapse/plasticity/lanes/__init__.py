"""Populations: synapses side by side, eight in step, each with a clock of its own.

A *lane* is one synapse with private copies of what it shares. Eight lanes form a block
that the processor advances at once. Synapses meet only at exchanges (``exchange.py``), so
the result does not depend on which lane, thread or machine a synapse was on.

=================  ============================================================
layout             how a block lies in memory
lane               one lane as a record: load, save, prepare
tick               the six steps on all lanes of a block
planning           which tick a lane does next, and events
engine             many synapses through eight lanes, from one exchange to the next
exchange           what synapses of a neuron or pool tell each other
drive              spikes: rates, trains, pulses
=================  ============================================================
"""
