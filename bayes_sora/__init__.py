"""bayes_sora: the posterior of the optimal trough window."""
