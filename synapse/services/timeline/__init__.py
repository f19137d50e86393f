"""Protocols as items on a timeline: trains, pairings, pulses, drugs and changes of the bath."""
