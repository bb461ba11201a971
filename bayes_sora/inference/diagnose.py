"""R-hat and effective sample size of any draws, behind a gate: finite and varying first, then diagnosed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from arviz_stats.base.array import array_stats

from bayes_sora.types import FloatArray

TOO_FEW_DRAWS = 400
SMALL_SAMPLE = 225
"""Draws up to which a tail is a fifth of them; of more it is 3 √n."""


@dataclass(frozen=True, kw_only=True)
class Convergence:
    """The convergence of one quantity.

    Attributes
    ----------
    name : str
    finite : bool
        Whether every draw is finite.
    varying : bool
        Whether the draws differ, where they must.
    share_defined : float
        Share of the draws the figures rest on.
    rhat, ess_bulk, ess_tail : float or None
        Rank-normalised split R-hat and effective sample sizes; None where the quantity is exempt: constant, undefined,
        or known in fewer than 400 draws.
    """

    name: str
    finite: bool = True
    varying: bool = True
    share_defined: float = 1.0
    rhat: float | None = None
    ess_bulk: float | None = None
    ess_tail: float | None = None


def diagnose_draws(name: str, draws: FloatArray, *, tail: bool = True, must_vary: bool = False) -> Convergence:
    """Diagnose draws of shape (chain, draw), all of which must be finite.

    Parameters
    ----------
    name : str
        For the reason, should it fail.
    draws : FloatArray, shape (n_chains, n_draws)
        A constant is exempt, unless it must vary.
    tail : bool
        Whether the tails mean anything; those of a 0/1 series do not.
    must_vary : bool
        Whether a constant series fails. True for parameters: chains that never moved have not sampled anything.
    """
    if not np.isfinite(draws).all():
        return Convergence(name=name, finite=False)
    if np.ptp(draws) == 0.0:
        return Convergence(name=name, varying=not must_vary)
    return Convergence(
        name=name,
        rhat=float(array_stats.rhat(draws)),
        ess_bulk=float(array_stats.ess(draws, method="bulk")),
        ess_tail=_tail_ess(draws) if tail else None,
    )


def diagnose_where_defined(name: str, draws: FloatArray) -> Convergence:
    """Diagnose the draws in which a limit is defined (NaN elsewhere), shape (n_chains, n_draws).

    Chains are cut to the length of the one in which it is defined least often.
    """
    defined = ~np.isnan(draws)
    share = float(defined.mean())
    shortest = int(defined.sum(axis=1).min())
    if shortest * len(draws) < TOO_FEW_DRAWS:
        return Convergence(name=name, share_defined=share)
    kept = np.stack([chain[known][:shortest] for chain, known in zip(draws, defined, strict=True)])
    found = diagnose_draws(name, kept)
    return Convergence(
        name=name,
        finite=found.finite,
        share_defined=share,
        rhat=found.rhat,
        ess_bulk=found.ess_bulk,
        ess_tail=found.ess_tail,
    )


def _tail_ess(draws: FloatArray) -> float | None:
    """Tail ESS, None where a tail is a tie at an edge of the range and so holds no information."""
    low, high = np.quantile(draws, (0.05, 0.95))
    if (draws <= low).mean() > 0.1 or (draws >= high).mean() > 0.1:
        return None
    return float(array_stats.ess(draws, method="tail", prob=(0.05, 0.95)))


def patients_pareto_k(log_likelihood: FloatArray) -> FloatArray | None:
    """Return the Pareto k of leaving each patient out, shape (n_patients,); None unless every patient has one.

    A patient has none where a value is not finite, or the tail is one value, as of chains that stand still.

    Parameters
    ----------
    log_likelihood : FloatArray, shape (n_chains, n_draws, n_patients)
    """
    if not np.isfinite(log_likelihood).all():
        return None
    by_patient = np.ascontiguousarray(log_likelihood.reshape(-1, log_likelihood.shape[-1]).T)
    if not all(map(_has_a_tail, by_patient)):
        return None
    return np.array([float(array_stats.psislw(patient)[1]) for patient in by_patient])


def _has_a_tail(log_likelihood: FloatArray) -> bool:
    """Whether the draws to which a Pareto distribution is fitted differ: the rarest, as many as Vehtari et al. take."""
    n = log_likelihood.size
    tail = np.sort(log_likelihood)[: int(3.0 * n**0.5 if n > SMALL_SAMPLE else n / 5.0)]
    return tail.size == 0 or bool(np.ptp(tail) >= np.finfo(float).tiny)
