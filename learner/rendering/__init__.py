"""Drawings of the learner."""
