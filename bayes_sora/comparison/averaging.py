"""Windows averaged over models: a mixture of their draws, by weight."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from bayes_sora.curves import LOG_PRIOR
from bayes_sora.questions import Limits
from bayes_sora.window import WindowDraws, acceptable_probability
from bayes_sora.window.result import summarise_window
from bayes_sora.window.simultaneous import acceptable_pieces, acceptable_sets, mix_pieces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bayes_sora.fitting import Fit
    from bayes_sora.questions import Settings
    from bayes_sora.types import FloatArray, IntArray
    from bayes_sora.window import Window
    from bayes_sora.window.simultaneous import AcceptableSets


def average_window(
    windows: Mapping[str, Window], weights: Mapping[str, float], fits: Mapping[str, Fit], *, seed: int
) -> Window:
    """Return the window of the mixture of the models.

    Parameters
    ----------
    windows : mapping of name to Window
        The same question asked of every model, on the same range.
    weights : mapping of name to float
        Not negative, adding up to one. The prior is mixed by the same weights.
    fits : mapping of name to Fit
        For the sets of acceptable exposures, and whether each is trusted.
    seed : int
    """
    counted = [name for name in windows if weights[name] > 0.0]
    shares = np.array([weights[name] for name in counted])
    posterior_rng, prior_rng = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(2))
    priors = [prior for name in counted if (prior := windows[name].prior) is not None]
    settings = windows[counted[0]].settings
    return summarise_window(
        mix_draws([windows[name].posterior for name in counted], shares, rng=posterior_rng),
        prior=mix_draws(priors, shares, rng=prior_rng) if len(priors) == len(counted) else None,
        sets=_acceptable_sets([fits[name] for name in counted], shares, settings),
        trusted=all(fits[name].trusted for name in counted),
    )


def mix_draws(parts: Sequence[WindowDraws], weights: FloatArray, *, rng: np.random.Generator) -> WindowDraws:
    """Return draws of the mixture of the parts: systematically resampled, by weight.

    As many draws as the part with most of them; of a part with weight w a share w of them, evenly spaced over its
    draws. The order of the draws is kept within and across chains, so that a part of weight 1 comes out as it went in,
    and the effective sample size of a mixture can be told from its chains.

    Parameters
    ----------
    parts : sequence of WindowDraws
        At least one; of the same settings and range.
    weights : FloatArray, shape (n_parts,)
        Positive, adding up to one.
    rng : numpy.random.Generator
    """
    largest = max(parts, key=lambda part: part.draws["exists"].size)
    shape = largest.draws["exists"].shape
    which, at = resample([part.draws["exists"].size for part in parts], weights, size=shape[0] * shape[1], rng=rng)
    # Priors of different models are densities of different parameters.
    shared = (name for name in parts[0].draws.data_vars if all(name in part.draws for part in parts))
    names = [name for name in shared if not str(name).startswith(LOG_PRIOR) or len(parts) == 1]
    mixed = {
        str(name): (largest.draws[name].dims, _picked([_flat(part.draws[name]) for part in parts], which, at, shape))
        for name in names
    }
    coordinates = {
        name: values for name, values in largest.draws.coords.items() if name in {"chain", "draw", "exposure"}
    }
    notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))
    return replace(parts[0], draws=xr.Dataset(mixed, coords=coordinates), notes=notes)


def resample(
    sizes: Sequence[int], weights: FloatArray, *, size: int, rng: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """Return, for each of `size` draws of a mixture, which part it comes from and which of its draws it is.

    The number of draws of a part is `size` times its weight, rounded up or down (systematic resampling).
    """
    ends = np.append(np.cumsum(weights)[:-1], 1.0) * size
    edges = np.floor(np.concatenate([[0.0], ends]) + rng.uniform()).astype(np.int64)
    edges[0], edges[-1] = 0, size
    which, at, position = [], [], []
    for part, (n_draws, count) in enumerate(zip(sizes, np.diff(edges).tolist(), strict=True)):
        spaced = (np.arange(count) + rng.uniform()) / max(count, 1)
        which.append(np.full(count, part))
        at.append(np.minimum((spaced * n_draws).astype(np.int64), n_draws - 1))
        position.append((np.arange(count) + 0.5) / max(count, 1))
    order = np.argsort(np.concatenate(position), kind="stable")
    return np.concatenate(which)[order], np.concatenate(at)[order]


def _flat(draws: xr.DataArray) -> FloatArray:
    """Return draws of all chains along one axis, before the others."""
    values = draws.transpose("chain", "draw", ...).to_numpy()
    return values.reshape(-1, *values.shape[2:])


def _picked(flat: Sequence[FloatArray], which: IntArray, at: IntArray, shape: tuple[int, ...]) -> FloatArray:
    picked = np.empty((which.size, *flat[0].shape[1:]), dtype=flat[0].dtype)
    for part, values in enumerate(flat):
        theirs = which == part
        picked[theirs] = values[at[theirs]]
    return picked.reshape(*shape, *flat[0].shape[1:])


def _acceptable_sets(fits: Sequence[Fit], weights: FloatArray, settings: Settings) -> AcceptableSets | None:
    """Find which exposures are acceptable, one by one and all together, under the mixture of the models."""
    if not isinstance(settings, Limits):
        return None
    each = [acceptable_probability(fit.curves, settings) for fit in fits]
    averaged = sum(
        (weight * one for weight, one in zip(weights.tolist(), each, strict=True)), start=xr.zeros_like(each[0])
    )
    pieces = mix_pieces([acceptable_pieces(fit.curves, settings) for fit in fits], weights.tolist())
    return acceptable_sets(averaged, pieces, settings.credible_levels).in_unit(fits[0].curves.unit)
