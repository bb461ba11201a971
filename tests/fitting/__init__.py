"""Tests of the fit, its trust and its documents."""
