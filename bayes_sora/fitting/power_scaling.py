"""How much each limit of a window moves when the prior, or the likelihood, counts a little more or less.

The prior density (or the likelihood) is raised to a power α near 1, the draws are weighted accordingly, and the
distance between the distributions of a limit before and after is taken per log₂ α: the power-scaling sensitivity of
Kallioinen et al. (2024), Statistics and Computing 34:57, here of the limits and not only of the parameters.

Only priors at the top level are scaled, all of them and those of each block alone. A standardised effect, such as that
of a site, a part of a spline or a missing covariate, is normal(0, 1) by construction: its size is set by a parameter
whose prior is scaled, and scaling both would count an assumption as often as there are sites.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from arviz_stats.base.array import array_stats

from bayes_sora.inference.weights import counted_log_likelihood
from bayes_sora.types import freeze_fields
from bayes_sora.window.summary import MIN_DRAWS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import xarray as xr

    from bayes_sora.modelfile.spec import ModelFile
    from bayes_sora.questions import WindowKind
    from bayes_sora.types import FloatArray
    from bayes_sora.window import Window

ALPHAS = (0.8, 1.25)
MOST = 1e100
"""A log density beyond it is of draws that are refused, and its powers overflow."""
SENSITIVE = 0.05
"""Above it a distribution moves visibly (the threshold of the paper)."""


@dataclass(frozen=True, kw_only=True)
class PowerScaling:
    """The sensitivity of one limit.

    Attributes
    ----------
    prior, likelihood : float
        Distance per log₂ of the power, from 0; all priors at the top level are scaled together.
    prior_by_block : mapping of str to float
        The same with the priors of one block scaled alone, such as ``"toxicity"``.
    """

    prior: float
    likelihood: float
    prior_by_block: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        freeze_fields(self)

    @property
    def moved_by(self) -> str:
        """What moves the limit visibly: "data", "prior", "prior and data" or "neither"."""
        movers = (("prior", self.prior), ("data", self.likelihood))
        return " and ".join(name for name, moved in movers if moved >= SENSITIVE) or "neither"

    def as_dict(self) -> dict[str, object]:
        """Return plain values."""
        return {
            "prior": self.prior,
            "likelihood": self.likelihood,
            "moved_by": self.moved_by,
            "prior_by_block": dict(self.prior_by_block),
        }


def power_scaling(
    windows: Mapping[WindowKind, Window], tree: xr.DataTree, model: ModelFile
) -> dict[WindowKind, dict[str, PowerScaling]]:
    """Return the sensitivity of every lower and upper limit and optimum.

    Parameters
    ----------
    windows : mapping of kind to Window
    tree : xarray.DataTree
        Of the same draws, with ``log_prior`` (one variable a parameter) and ``log_likelihood`` (``patient``).
    model : ModelFile
        Bound to the cohort; says which priors are at the top level.

    Returns
    -------
    dict
        Of the draws in which a limit is defined; a limit with too few of them, or with one value only, is left out.
    """
    patients = counted_log_likelihood(tree).sum("patient_id")
    parameters = tree["log_prior"].to_dataset()
    priors = {
        block: np.sum([_flat(parameters[name].sum(_labels(parameters[name]))) for name in names], axis=0)
        for block, names in prior_blocks(model).items()
    }
    all_priors, likelihood = power_weights(np.sum([*priors.values()], axis=0)), power_weights(_flat(patients))
    by_block = {block: power_weights(density) for block, density in priors.items()}
    found: dict[WindowKind, dict[str, PowerScaling]] = {}
    for kind, window in windows.items():
        found[kind] = {}
        for name in ("lower", "upper", "optimum"):
            if name not in window.posterior.draws:
                continue
            limit = np.log(_flat(window.posterior.draws[name]))
            defined = ~np.isnan(limit)
            if defined.sum() >= MIN_DRAWS and np.ptp(limit[defined]) > 0.0:
                found[kind][name] = PowerScaling(
                    prior=sensitivity(limit[defined], all_priors[:, defined]),
                    likelihood=sensitivity(limit[defined], likelihood[:, defined]),
                    prior_by_block={
                        block: sensitivity(limit[defined], pair[:, defined]) for block, pair in by_block.items()
                    },
                )
    return found


def prior_blocks(model: ModelFile) -> dict[str, tuple[str, ...]]:
    """Return the parameters whose priors are at the top level, by block: exposure, the endpoints, what else varies.

    A parameter belongs to the block that its name begins with, so that what covariates add to toxicity is of toxicity.
    """
    names = [*model.scalar_priors, *(vector.name for vector in model.vectors if vector.top_level)]
    blocks = dict.fromkeys(name.partition("_")[0] for name in names)
    return {block: tuple(name for name in names if name.partition("_")[0] == block) for block in blocks}


def _log_weights(log_density: FloatArray, alpha: float) -> FloatArray:
    scale: Callable[..., FloatArray] = array_stats.power_scale_lw  # not annotated by ArviZ
    try:
        return scale(log_density, alpha=alpha)
    except ValueError:  # a tail of one value needs no smoothing
        return (alpha - 1.0) * log_density


def power_weights(log_density: FloatArray) -> FloatArray:
    """Return Pareto-smoothed weights of every draw for each power of a density, shape (n_powers, n_draws)."""
    if not np.isfinite(log_density).all() or np.abs(log_density).max() > MOST:
        return np.ones((len(ALPHAS), log_density.size))  # draws that are refused for it
    logs = np.stack([_log_weights(log_density, alpha) for alpha in ALPHAS])
    return np.asarray(np.exp(logs - logs.max(axis=1, keepdims=True)))


def sensitivity(values: FloatArray, weights: FloatArray) -> float:
    """Return the sensitivity of the distribution of `values`, shape (n_draws,), to :func:`power_weights`."""
    measure: Callable[..., FloatArray] = array_stats.power_scale_sense
    lower, upper = (one / one.sum() for one in weights)
    low, high = ALPHAS
    # ArviZ wants chains: all draws count as one.
    return float(measure(values[None], lower[None], upper[None], lower_alpha=low, upper_alpha=high))


def _labels(draws: xr.DataArray) -> list[str]:
    return [str(dim) for dim in draws.dims if dim not in {"chain", "draw"}]


def _flat(draws: xr.DataArray) -> FloatArray:
    """Return the draws of all chains, one chain after the other."""
    return np.asarray(draws.transpose("chain", "draw").to_numpy().reshape(-1), dtype=float)
