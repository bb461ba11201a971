"""AUC by row."""

from __future__ import annotations

import numpy as np

from bayes_sora.numerics.ranks import auc_by_row


def test_auc_is_the_share_of_ordered_pairs():
    """Each row's AUC is the share of pairs in which the one with the event has the higher marker, ties half."""
    rng = np.random.default_rng(1)
    marker = rng.integers(0, 6, size=(40, 9)).astype(float)
    event = (rng.uniform(size=(40, 9)) < 0.5).astype(float)
    event[:, :2] = (0.0, 1.0)
    pairs = np.sign(marker[:, :, None] - marker[:, None, :]) / 2.0 + 0.5
    counted = event[:, :, None] * (1.0 - event[:, None, :])
    expected = (pairs * counted).sum(axis=(1, 2)) / counted.sum(axis=(1, 2))
    np.testing.assert_allclose(auc_by_row(marker, event), expected, rtol=1e-12)


def test_auc_without_two_classes_is_undefined():
    """Where all or none have the event there is nothing to compare."""
    assert np.isnan(auc_by_row(np.arange(6.0).reshape(2, 3), np.array([[0.0] * 3, [1.0] * 3]))).all()
