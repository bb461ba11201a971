"""Tests of bayes_sora, mirroring the package."""
