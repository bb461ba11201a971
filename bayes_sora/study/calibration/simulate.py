r"""Parameters from the priors of a model file, and cohorts from the model itself, in NumPy alone.

Written from the model's equations and not from the code that fits it, so that a mistake in one cannot hide in the
other: the priors by their generators, the outcomes by inversion,

.. math:: \log C_i = μ + σ_b z_i, \quad \log y_i = \log C_i + σ_w z'_i, \quad
          T_i = 1\{u_i < p_T(x_i)\}, \quad t_i = m \left(\frac{e_i}{\ln 2 \cdot \exp g(x_i)}\right)^{1/k}

with z normal, u uniform and e exponential. Where exposure is taken as measured, y is C.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.cohort.table import MEASURED, Cohort, Source, Troughs
from bayes_sora.simulation.draw import CENSORING_MONTHS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bayes_sora.modelfile.spec import ModelFile, OutcomeBlock
    from bayes_sora.types import FloatArray

Generator = np.random.Generator

DRAW: Mapping[str, Callable[[Generator, Mapping[str, float]], float]] = MappingProxyType(
    {
        "normal": lambda rng, of: rng.normal(of["mean"], of["sd"]),
        "student_t": lambda rng, of: of["location"] + of["scale"] * rng.standard_t(of["df"]),
        "half_normal": lambda rng, of: abs(of["sd"] * rng.standard_normal()),
        "log_normal": lambda rng, of: of["median"] * np.exp(of["sd_log"] * rng.standard_normal()),
        "exponential": lambda rng, of: rng.exponential(of["mean"]),
        "gamma": lambda rng, of: rng.gamma(of["shape"], 1.0 / of["rate"]),
    }
)
"""One draw of each prior family, by its arguments in the model file."""


def draw_truth(model: ModelFile, rng: Generator) -> dict[str, float]:
    """Draw every parameter of a model file from its prior, by name."""
    return {name: float(DRAW[prior.family](rng, prior.arguments)) for name, prior in model.priors.items()}


def draw_cohort(model: ModelFile, truth: Mapping[str, float], *, n: int, rng: Generator) -> Cohort:
    """Draw a cohort from a model file with known parameters.

    Parameters
    ----------
    model : ModelFile
    truth : mapping of name to float
        Every parameter.
    n : int
        Patients, each with one trough.
    rng : numpy.random.Generator

    Returns
    -------
    Cohort
        With the endpoints of the model; follow-up ends at a time uniform over 6 to 60 months.
    """
    log_exposure, log_trough = _exposures(model, truth, n=n, rng=rng)
    x = log_exposure - np.log(model.drug.reference_mg_l)
    binary = {name: _binary(model.outcomes.get(name), truth, x, rng) for name in ("toxicity", "response")}
    months, death = _survival(model.outcomes.get("survival"), truth, x, rng)
    return Cohort(
        patient_id=tuple(f"P{number:04d}" for number in range(1, n + 1)),
        troughs=Troughs(
            patient=np.arange(n),
            value_mg_l=np.exp(log_trough),
            censoring=np.full(n, MEASURED),
            day=np.full(n, np.nan),
        ),
        toxicity=binary["toxicity"],
        response=binary["response"],
        os_months=months,
        death=death,
        source=Source(name=f"drawn from {model.name}"),
    )


def _exposures(
    model: ModelFile, truth: Mapping[str, float], *, n: int, rng: Generator
) -> tuple[FloatArray, FloatArray]:
    """Log average exposures and log troughs."""
    if model.exposure.form == "observed":
        log_exposure = truth["exposure_log_median"] + truth["exposure_sd"] * rng.standard_normal(n)
        return log_exposure, log_exposure
    log_exposure = truth["exposure_log_median"] + truth["exposure_sd_between"] * rng.standard_normal(n)
    return log_exposure, log_exposure + truth["exposure_sd_within"] * rng.standard_normal(n)


def _binary(block: OutcomeBlock | None, truth: Mapping[str, float], x: FloatArray, rng: Generator) -> FloatArray | None:
    if block is None:
        return None
    logit = truth[f"{block.endpoint}_intercept"] + _effect(block, truth, x)
    # Far out on the logit scale exp overflows to infinity, and the probability is 0 as it should be.
    with np.errstate(over="ignore"):
        probability = 1.0 / (1.0 + np.exp(-logit))
    return (rng.uniform(size=x.size) < probability).astype(float)


def _survival(
    block: OutcomeBlock | None, truth: Mapping[str, float], x: FloatArray, rng: Generator
) -> tuple[FloatArray | None, FloatArray | None]:
    if block is None:
        return None, None
    scaled = rng.exponential(size=x.size) / (np.log(2.0) * np.exp(_effect(block, truth, x)))
    died_at = truth["survival_median"] * scaled ** (1.0 / truth["survival_shape"])
    last_seen = rng.uniform(*CENSORING_MONTHS, size=x.size)
    return np.minimum(died_at, last_seen), (died_at <= last_seen).astype(float)


def _effect(block: OutcomeBlock, truth: Mapping[str, float], x: FloatArray) -> FloatArray:
    if block.form in {"emax", "sigmoid_emax"}:
        return _emax(block, truth, x)
    powers = (truth[name] * x**power for power, name in enumerate(block.coefficients, start=1))
    return sum(powers, start=np.zeros_like(x))


def _emax(block: OutcomeBlock, truth: Mapping[str, float], x: FloatArray) -> FloatArray:
    """Emax in the concentrations that the textbooks write it in, not on the log scale of the package."""
    largest, ec50 = (truth[f"{block.endpoint}_{name}"] for name in ("emax", "ec50"))
    hill = truth.get(f"{block.endpoint}_hill", 1.0)

    def effect(concentration: FloatArray) -> FloatArray:
        return np.asarray(largest * concentration**hill / (concentration**hill + ec50**hill))

    at = effect(block.reference_mg_l * np.exp(x))
    return np.asarray(at - effect(np.array(block.reference_mg_l))) if block.endpoint == "survival" else at
