"""Where one patient's average trough stands against the window, given the troughs measured so far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.special import ndtr

from bayes_sora.curves import Curves
from bayes_sora.errors import UsageError
from bayes_sora.numerics.exposure import conditional_log_exposure
from bayes_sora.types import FloatArray
from bayes_sora.window.draws import WindowDraws

_STANDING = ("p_below", "p_inside", "p_above", "p_no_window")


@dataclass(frozen=True, kw_only=True)
class PatientWindow:
    """Probabilities for one patient's average trough; the four add up to one.

    Attributes
    ----------
    p_below, p_inside, p_above : float
        P(a window exists and the average trough is below, inside, above it | the cohort, the measured troughs).
    p_no_window : float
        P(no window exists | the cohort).
    """

    p_below: float
    p_inside: float
    p_above: float
    p_no_window: float


def trough_in_window(window: WindowDraws, curves: Curves, *, trough_mg_l: FloatArray) -> PatientWindow:
    r"""Return where one patient's average trough stands against the window.

    With a latent exposure, in each draw :math:`\log C` given the measured troughs is normal
    (:func:`~bayes_sora.numerics.exposure.conditional_log_exposure`); with exposure as measured, C is the geometric mean
    of the troughs. The patient's troughs do not update the draws, which one patient hardly moves.

    Parameters
    ----------
    window : WindowDraws
    curves : Curves
        The curves that the window was found on.
    trough_mg_l : FloatArray, shape (n,)
        The patient's measured steady-state troughs, mg/L, at least one.

    Raises
    ------
    UsageError
        When there is no trough, or one is not a positive number.
    """
    log_mean = check_troughs(trough_mg_l)
    standing = _standing(window, curves, xr.DataArray([log_mean.mean()], dims="trough"), n=log_mean.size)
    return PatientWindow(**{name: float(standing[name].item()) for name in _STANDING})


def check_troughs(trough_mg_l: FloatArray) -> FloatArray:
    """Return the logs of one patient's measured troughs, shape (n,).

    Raises
    ------
    UsageError
        When there is no trough, or one is not a positive number.
    """
    troughs = np.atleast_1d(np.asarray(trough_mg_l, dtype=float))
    if troughs.size == 0 or not np.all(np.isfinite(troughs) & (troughs > 0.0)):
        msg = f"measured troughs must be positive numbers in mg/L, got {troughs.tolist()}. Leave missing ones out"
        raise UsageError(msg)
    return np.asarray(np.log(troughs), dtype=float)


def exposure_in_window(
    window: WindowDraws, *, log_mean: FloatArray, log_sd: FloatArray, share: FloatArray
) -> PatientWindow:
    r"""Return where an exposure stands against the window that is a mixture of log-normals in each draw.

    .. math:: P(C ≤ c) = \sum_g w_g\, Φ\left(\frac{\log c - m_g}{s_g}\right)

    Parameters
    ----------
    window : WindowDraws
    log_mean, log_sd, share : FloatArray, shape (n_groups, n_draws)
        m, s ≥ 0 (0 where the exposure is known) and w, which adds up to one over the groups; draws in the order of
        those of the window.
    """
    exists = window.draws["exists"].to_numpy().ravel()

    def at_most(limit: xr.DataArray) -> FloatArray:
        distance = np.log(limit.to_numpy().ravel()) - log_mean
        with np.errstate(divide="ignore", invalid="ignore"):
            below = np.where(log_sd > 0.0, ndtr(distance / log_sd), distance >= 0.0)
        return np.where(exists, np.sum(share * below, axis=0), 0.0)

    below, up_to_upper = at_most(window.draws["lower"]), at_most(window.draws["upper"])
    return PatientWindow(
        p_below=float(below.mean()),
        p_inside=float((up_to_upper - below).mean()),
        p_above=float((exists - up_to_upper).mean()),
        p_no_window=float((~exists).mean()),
    )


def window_chart(window: WindowDraws, curves: Curves, *, trough_mg_l: FloatArray) -> xr.Dataset:
    """Return P(average trough below, in, above the window | one measured trough y) for a grid of y.

    Parameters
    ----------
    window, curves
        As in :func:`trough_in_window`.
    trough_mg_l : FloatArray, shape (n_trough,)
        Measured troughs y, mg/L; they become the coordinate ``trough``.

    Returns
    -------
    xarray.Dataset
        ``p_below``, ``p_inside``, ``p_above`` and ``p_no_window`` over ``trough``.
    """
    log_y = xr.DataArray(np.log(trough_mg_l), dims="trough", coords={"trough": trough_mg_l})
    return _standing(window, curves, log_y, n=1)


def _standing(window: WindowDraws, curves: Curves, mean_log_trough: xr.DataArray, *, n: int) -> xr.Dataset:
    """Average over the draws; below, inside and above count only in draws in which the window exists."""
    exists = window.draws["exists"]
    below = _p_at_most(window.draws["lower"], curves, mean_log_trough, n=n).where(exists, 0.0)
    up_to_upper = _p_at_most(window.draws["upper"], curves, mean_log_trough, n=n).where(exists, 0.0)
    draws = ("chain", "draw")
    p_no_window = (~exists).mean(draws).broadcast_like(mean_log_trough)
    return xr.Dataset(
        {
            "p_below": below.mean(draws),
            "p_inside": (up_to_upper - below).mean(draws),
            "p_above": (exists - up_to_upper).mean(draws),
            "p_no_window": p_no_window,
        }
    )


def _p_at_most(limit: xr.DataArray, curves: Curves, mean_log_trough: xr.DataArray, *, n: int) -> xr.DataArray:
    """P(C ≤ limit | n measured troughs) of each draw, over (trough, chain, draw)."""

    def latent(y: FloatArray, c: FloatArray, mu: FloatArray, between: FloatArray, within: FloatArray) -> FloatArray:
        mean, sd = conditional_log_exposure(n, y, mu=mu, sd_between=between, sd_within=within)
        return np.asarray(ndtr((np.log(c) - mean) / sd), dtype=float)

    def observed(y: FloatArray, c: FloatArray) -> FloatArray:
        return np.asarray(y <= np.log(c), dtype=float)

    if "exposure_sd_within" not in curves.draws:
        indicator: xr.DataArray = xr.apply_ufunc(observed, mean_log_trough, limit)
        return indicator
    names = ("exposure_log_median", "exposure_log_sd", "exposure_sd_within")
    probability: xr.DataArray = xr.apply_ufunc(latent, mean_log_trough, limit, *(curves.draws[name] for name in names))
    return probability
