"""Tests of the window layer on hand-made draws."""
