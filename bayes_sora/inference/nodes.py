"""The nodes over which a patient's latents are integrated: average exposure, and frailty where the model has one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bayes_sora.numerics.quadrature import log_sum_exp, uniform_nodes
from bayes_sora.types import FloatArray

if TYPE_CHECKING:
    from bayes_sora.modelfile.spec import ModelFile
    from bayes_sora.numerics.ops import Array, Ops

FRAILTY_NODES = 9
"""A standard normal at unit spacing to ±4: the trapezoidal rule errs by some 1e-4 of the density there."""


class NodeGrid(NamedTuple):
    """Every pair of a node of exposure and one of frailty, exposure outermost.

    Attributes
    ----------
    exposure, frailty : FloatArray, shape (n_exposure · n_frailty,)
        Standard normal values.
    log_weights : FloatArray, shape (n_exposure · n_frailty,)
        Of the pair.
    log_frailty : FloatArray, shape (n_exposure · n_frailty,)
        Log weight of its node of frailty alone.
    n_frailty : int
    """

    exposure: FloatArray
    frailty: FloatArray
    log_weights: FloatArray
    log_frailty: FloatArray
    n_frailty: int

    def over_frailty(self, log_terms: FloatArray) -> FloatArray:
        """Sum terms over the nodes of frailty: (…, n_exposure · n_frailty) to (…, n_exposure)."""
        if self.n_frailty == 1:
            return log_terms
        return log_sum_exp(log_terms.reshape(*log_terms.shape[:-1], -1, self.n_frailty))

    def log_weights_among_entered(self, ops: Ops, log_entry: Array, *, axis: int) -> Array:
        r"""Return the log weights of the nodes among patients who lived to their entry.

        Frailty is standard normal at time zero, so that among those who entered with exposure C it has the density

        .. math:: φ(b)\, S(e \mid C, b) \Big/ \int φ(b')\, S(e \mid C, b')\, db'.

        Exposure keeps its weights: its distribution is that of the patients who entered.

        Parameters
        ----------
        ops : Ops
        log_entry : array
            :math:`\log S(e \mid C, b)` with the nodes on `axis`.
        axis : int
            Not negative.
        """
        shape = tuple(log_entry.shape[place] for place in range(log_entry.ndim))
        along = tuple(-1 if place == axis else 1 for place in range(log_entry.ndim))
        apart = (*shape[:axis], -1, self.n_frailty, *shape[axis + 1 :])
        entering = (log_entry + self.log_frailty.reshape(along)).reshape(apart)
        given = log_entry.reshape(apart) - ops.log_sum_exp(entering, axis + 1)
        return self.log_weights.reshape(along) + given.reshape(shape)

    @property
    def exposure_alone(self) -> FloatArray:
        """The nodes of exposure, each once."""
        return self.exposure[:: self.n_frailty]


def node_grid(model: ModelFile, n_nodes: int) -> NodeGrid:
    """Return the grid of a model file with `n_nodes` of exposure; one node for what it does not integrate."""
    one = (np.zeros(1), np.ones(1))
    exposure, exposure_weights = uniform_nodes(n_nodes) if model.exposure.form == "latent" else one
    frailty, frailty_weights = uniform_nodes(FRAILTY_NODES) if model.has_frailty else one
    return NodeGrid(
        exposure=np.repeat(exposure, frailty.size),
        frailty=np.tile(frailty, exposure.size),
        log_weights=np.log(np.outer(exposure_weights, frailty_weights).ravel()),
        log_frailty=np.tile(np.log(frailty_weights), exposure.size),
        n_frailty=frailty.size,
    )
