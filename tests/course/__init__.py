"""Tests of exposure over time and honest survival."""
