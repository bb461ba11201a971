"""The command line, ``bayes-sora``: the only place that prints. Every command is a module with a ``command``."""
