"""Posteriors by the thousand: a fast engine by importance sampling, and NUTS compiled once a size of cohort."""
