"""Simulation studies: plan, run, summarise, and the sample size that settles a window."""
