"""NUTS for studies: nutpie, compiled once a model and size of cohort, the data of each cohort swapped in."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import nutpie
from arviz_stats.base.array import array_stats

from bayes_sora.inference import build_model, flat_parameters
from bayes_sora.inference.arithmetic import ordered_arithmetic
from bayes_sora.inference.quick_numba import plain_shape_errors
from bayes_sora.study.engine.draws import Draws

if TYPE_CHECKING:
    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import ModelFile

CHAINS, TUNE, DRAWS = 4, 500, 500
LARGEST_DIVERGENT_SHARE, LARGEST_RHAT = 0.005, 1.02
LEAST_ESS = 400.0


def draw_nuts(model: ModelFile, cohort: Cohort, seed: int) -> Draws | None:
    """Draw from the posterior of one cohort; None when the chains cannot be trusted.

    Returns
    -------
    Draws or None
        None when more than 0.5 % of the draws diverged, a parameter's R-hat exceeds 1.02 or its ESS stays below 400.
    """
    tree = nutpie.sample(
        _compiled_for(model, cohort),
        chains=CHAINS,
        tune=TUNE,
        draws=DRAWS,
        cores=1,
        seed=seed % 2**32,
        target_accept=model.sampling.target_accept,
        adaptation="low_rank",
        save_warmup=False,
        progress_bar=False,
    )
    posterior = flat_parameters(tree["posterior"].to_dataset(), model)
    parameters = {str(name): draws.transpose("chain", "draw").to_numpy() for name, draws in posterior.items()}
    divergent = float(tree["sample_stats"]["diverging"].mean())
    rhat = max(float(array_stats.rhat(value, chain_axis=0, draw_axis=1)) for value in parameters.values())
    ess = min(float(array_stats.ess(value, chain_axis=0, draw_axis=1)) for value in parameters.values())
    if not (divergent <= LARGEST_DIVERGENT_SHARE and rhat <= LARGEST_RHAT and ess >= LEAST_ESS):
        return None
    return Draws(parameters={name: value.ravel() for name, value in parameters.items()}, ess=ess)


def _compiled_for(model: ModelFile, cohort: Cohort) -> Any:  # noqa: ANN401 - nutpie's compiled model
    """Return the compiled model with the data of a cohort in it.

    Cohorts share what is compiled when they have the same arrays: one in which doses change more often has more rows of
    follow-up, one with censored troughs a further term.
    """
    built = build_model(model, cohort)
    data = {name: np.asarray(value.get_value()) for name, value in built.named_vars.items() if _is_data(value)}
    compiled = _compiled(model.identity, cohort.n_patients, tuple(sorted(data)), _Prepared(built))
    used = {variable.name for variable in compiled.shared_var_keys}
    return compiled.with_data(**{name: array for name, array in data.items() if name in used})


class _Prepared:
    """A built model as part of a key that other parts already tell apart."""

    def __init__(self, built: Any) -> None:  # noqa: ANN401 - pymc.Model
        self.built = built

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Prepared)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=8)
def _compiled(
    identity: str,  # noqa: ARG001 - a key
    n_patients: int,  # noqa: ARG001
    arrays: tuple[str, ...],  # noqa: ARG001
    prepared: _Prepared,
) -> Any:  # noqa: ANN401 - nutpie's compiled model
    with plain_shape_errors(), ordered_arithmetic():
        return nutpie.compile_pymc_model(prepared.built, backend="numba")


def _is_data(value: object) -> bool:
    return hasattr(value, "get_value")
