"""Tests of the joint model and its posterior."""
