"""``bs.prior_predictive``: from a model file to what its priors say, without a sampler."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from bayes_sora.arguments import SEED, check_argument, whole
from bayes_sora.cohort.door import as_cohort
from bayes_sora.curves import Curves, build_curves
from bayes_sora.errors import UsageError
from bayes_sora.fitting.prior.levels import at_reference, cohort_shares, observed_beside, per_doubling
from bayes_sora.fitting.prior.pattern import Pattern, new_patients, pattern_of
from bayes_sora.fitting.prior.plain import can_be_replicated
from bayes_sora.fitting.prior.result import PriorDesign, PriorPredictive
from bayes_sora.fitting.prior.statistics import draw_statistics
from bayes_sora.fitting.result import observed_span, optimisation_span
from bayes_sora.inference.data import check_compatible
from bayes_sora.inference.labels import flat_parameters
from bayes_sora.inference.tree import PRIOR_DRAWS, draw_priors
from bayes_sora.modelfile import ModelFile, as_model
from bayes_sora.questions import WindowKind
from bayes_sora.types import Span
from bayes_sora.window import WindowDraws, applicable, window_draws

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    import xarray as xr

    from bayes_sora.cohort.frames import Frame
    from bayes_sora.cohort.table import Cohort

DEFAULT_N, DEFAULT_SEED = 26, 1
ARGUMENTS = {
    "n": whole(2, 100_000).or_none(),
    "troughs_per_patient": whole(1, 1_000).or_none(),
    "draws": whole(100, 20_000),
    "seed": SEED,
}
FIT_COHORTS, FIT_VALUES, LEAST_COHORTS = 1_000, 1_000_000, 400
MOST_TROUGHS = 2_000_000_000
"""In all cohorts together: a few minutes."""
PRIOR_STREAM = 0x9121
GOLDEN = 0.618_033_988_749_895


def prior_predictive(
    model: ModelFile | str | os.PathLike[str],
    *,
    n: int | None = None,
    troughs_per_patient: int | None = None,
    draws: int = PRIOR_DRAWS,
    seed: int = DEFAULT_SEED,
    cohort: Cohort | str | os.PathLike[str] | Frame | None = None,
) -> PriorPredictive:
    """Say what the priors of a model file believe before any patient is seen.

    Parameters are drawn from their priors, one cohort a draw from the model, and curves and windows as of a posterior.

    Parameters
    ----------
    model : ModelFile, or the name or path of one
    n : int, optional
        Patients of a cohort, 26 by default; those of `cohort` where one is given.
    troughs_per_patient : int, optional
        One by default; those of `cohort` where one is given.
    draws : int
        Prior draws, and cohorts; 100 to 20,000.
    seed : int
        Everything random follows from it.
    cohort : Cohort, path or data frame, optional
        An observed cohort, whose statistics are placed in the prior predictive distribution: those in the outer 1 % on
        either side contradict the priors.

    Returns
    -------
    PriorPredictive

    Raises
    ------
    InputError
        When the model file is faulty, or the cohort lacks what it needs.
    UsageError
        When an argument is of another type, a number makes no sense, or both a number of patients and a cohort are
        given.
    """
    model_file = as_model(model)
    _check(n=n, troughs_per_patient=troughs_per_patient, draws=draws, seed=seed, cohort=cohort)
    if not can_be_replicated(model_file):
        msg = (
            f"{model_file.name} has sites, a frailty, doses or another kind of endpoint: the prior predictive check is "
            "about models whose patients differ by exposure alone; take the file that it extends"
        )
        raise UsageError(msg)
    if cohort is not None:
        cohort = as_cohort(cohort, molar_mass_g_mol=model_file.drug.molar_mass_g_mol)
        check_compatible(cohort, model_file)
    pattern = (
        pattern_of(cohort) if cohort else new_patients(n or DEFAULT_N, troughs_per_patient=troughs_per_patient or 1)
    )
    prior_rng, cohort_rng = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(2))
    parameters = draw_priors(model_file, rng=prior_rng, size=draws)
    expected = _expected_span(parameters, model_file)
    curves = build_curves(
        parameters,
        model_file,
        span=_optimisation_span(model_file, cohort, expected),
        observed_span=observed_span(cohort) if cohort else expected,
    )
    asked = [settings for settings in model_file.questions.all if applicable(settings, curves) is None]
    windows = {settings.kind: window_draws(curves, settings) for settings in asked}
    return summarise_prior(
        parameters, model_file, pattern, curves=curves, windows=windows, cohort=cohort, seed=seed, rng=cohort_rng
    )


def summarise_prior(
    parameters: xr.Dataset,
    model: ModelFile,
    pattern: Pattern,
    *,
    curves: Curves,
    windows: Mapping[WindowKind, WindowDraws],
    cohort: Cohort | None,
    seed: int,
    rng: np.random.Generator,
) -> PriorPredictive:
    """Draw one cohort a draw of `parameters`, over (chain, draw), and put together what the priors say."""
    flat = {str(name): values.to_numpy().reshape(-1) for name, values in parameters.items()}
    drawn = draw_statistics(flat, model, pattern, rng=rng)
    drawn["median_trough"] = drawn["median_trough"] / curves.unit.mg_l
    n_cohorts = next(iter(flat.values())).size
    return PriorPredictive(
        model=model,
        design=PriorDesign(
            n_patients=pattern.n_patients,
            n_troughs=pattern.trough_patient.size,
            draws=curves.draws.sizes["chain"] * curves.draws.sizes["draw"],
            cohorts=n_cohorts,
            seed=seed,
        ),
        statistics=observed_beside(drawn, cohort, model, pattern, unit=curves.unit),
        shares=cohort_shares(drawn, span=curves.span, unit=curves.unit),
        at_reference=at_reference(parameters, model),
        per_doubling=per_doubling(parameters, model),
        curves=curves,
        windows=windows,
        cohort=cohort,
    )


def fitted_prior(
    prior: xr.Dataset,
    model: ModelFile,
    cohort: Cohort,
    *,
    curves: Curves,
    windows: Mapping[WindowKind, WindowDraws],
    seed: int,
) -> PriorPredictive:
    """Return the prior predictive check of a fit, from the prior draws, curves and windows that it has.

    At most 1,000 cohorts, fewer of large ones, so that a report need not wait for it.
    """
    pattern = pattern_of(cohort)
    most = int(np.clip(FIT_VALUES // pattern.trough_patient.size, LEAST_COHORTS, FIT_COHORTS))
    in_all = prior.sizes["chain"] * prior.sizes["draw"]
    few = flat_parameters(prior, model).isel(draw=slice(None, None, max(1, -(-in_all // most))))
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(PRIOR_STREAM,)))
    return summarise_prior(few, model, pattern, curves=curves, windows=windows, cohort=cohort, seed=seed, rng=rng)


def _expected_span(parameters: xr.Dataset, model: ModelFile) -> Span:
    """Return the central 95 % of patients' average troughs under the priors, mg/L."""
    sd = parameters["exposure_sd_between" if model.exposure.form == "latent" else "exposure_sd"].to_numpy().ravel()
    # Even normal quantiles in a fixed order serve as the patients: one a draw, and no further random numbers.
    at = (np.arange(sd.size) * GOLDEN + 0.5) % 1.0
    logs = parameters["exposure_log_median"].to_numpy().ravel() + sd * ndtri(np.clip(at, 1e-9, 1.0 - 1e-9))
    low, high = np.exp(np.quantile(logs, (0.025, 0.975)))
    return Span(float(low), float(high))


def _optimisation_span(model: ModelFile, cohort: Cohort | None, expected: Span) -> Span:
    if cohort is not None:
        return optimisation_span(model, cohort)
    return model.drug.span or Span(0.75 * expected.low, 1.25 * expected.high)


def _check(*, cohort: object, n: int | None, troughs_per_patient: int | None, draws: int, seed: int) -> None:
    if cohort is not None and (n is not None or troughs_per_patient is not None):
        msg = "an observed cohort says how many patients and troughs there are: leave out n and troughs_per_patient"
        raise UsageError(msg)
    for name, value in (("n", n), ("troughs_per_patient", troughs_per_patient), ("draws", draws), ("seed", seed)):
        check_argument(name, value, ARGUMENTS[name])
    drawn = draws * (n or DEFAULT_N) * (troughs_per_patient or 1)
    if drawn > MOST_TROUGHS:
        msg = f"{drawn:,} troughs would be drawn, at most {MOST_TROUGHS:,}: give fewer patients, troughs or draws"
        raise UsageError(msg)
