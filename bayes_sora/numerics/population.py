"""Patients in groups of equal size, for averages over what is known of them."""

from __future__ import annotations

import numpy as np

from bayes_sora.types import FloatArray

OFFSET_NODES = 15
"""Most groups that patients are put into before a curve is averaged over them."""


def equal_mass_nodes(offsets: FloatArray, *, size: int = OFFSET_NODES) -> tuple[FloatArray, FloatArray]:
    r"""Put the patients of every draw into groups of rising offset, and return the mean of each group and its share.

    With as many groups as patients the average over groups is that over patients. Fewer lose the variance within a
    group: with 15 groups of a normal offset of SD 1 a probability moves by less than 0.002 (a test says so).

    Parameters
    ----------
    offsets : FloatArray, shape (n_patients, …)
    size : int
        Most groups.

    Returns
    -------
    nodes : FloatArray, shape (n_groups, …)
    weights : FloatArray, shape (n_groups,)
        They add up to one.
    """
    n_patients = offsets.shape[0]
    groups = np.array_split(np.sort(offsets, axis=0), min(size, n_patients), axis=0)
    nodes = np.stack([group.mean(axis=0) for group in groups])
    return nodes, np.array([group.shape[0] / n_patients for group in groups])
