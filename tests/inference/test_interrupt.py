"""Ctrl-C during PyMC's sampling ends all chains; nutpie is interrupted for real in tests/cli."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bayes_sora.inference.engines import SamplingPlan, _StepCount

PLAN = SamplingPlan(chains=2, tune=3, draws=2)


def hear(count, steps_by_chain):
    """Let `count` hear the steps of the chains, one chain after the other."""
    for chain, steps in enumerate(steps_by_chain):
        for _ in range(steps):
            count(trace=None, draw=SimpleNamespace(chain=chain))


def test_whole_run_is_counted_and_no_interrupt():
    """All steps of all chains: progress up to the end, nothing raised."""
    heard = []
    count = _StepCount(PLAN, lambda done, in_all: heard.append((done, in_all)))
    hear(count, [5, 5])
    count.raise_interrupt()
    assert heard == [(done, 10) for done in range(1, 11)]


def test_chain_after_a_shortened_one_does_not_start():
    """PyMC goes on with the next chain: it is ended at its first step."""
    with pytest.raises(KeyboardInterrupt):
        hear(_StepCount(PLAN, None), [2, 1])


def test_shortened_last_chain_is_no_posterior():
    """PyMC returns what it has: fewer steps than planned are an interrupt."""
    count = _StepCount(PLAN, None)
    hear(count, [5, 4])
    with pytest.raises(KeyboardInterrupt):
        count.raise_interrupt()
