"""The pages of the synapse."""
