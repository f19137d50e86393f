"""The pages of the learner."""
