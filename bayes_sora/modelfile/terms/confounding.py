r"""What if: an unmeasured prognostic factor that goes with exposure, with numbers for how strongly.

.. math:: U_i = ρ \frac{\log C_i - μ_i}{σ_b} + \sqrt{1 - ρ^2}\, e_i, \qquad e_i \sim N(0, 1), \qquad
          \log h_i \mathrel{+}= ζ_S U_i, \quad \operatorname{logit} p_{T,i} \mathrel{+}= ζ_T U_i, \quad
          \operatorname{logit} p_{R,i} \mathrel{+}= ζ_R U_i

U is standard normal over patients and has correlation ρ with log exposure, given what the model file has of covariates
and sites; e is integrated out by quadrature, as a frailty is. The data hold nothing of ρ and ζ: they are assumed.
Curves are those of *setting* the exposure, which leaves U as it is in the population: averages over U ~ N(0, 1).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bayes_sora.modelfile.findings import CONTRADICTION, MISSING, Findings
from bayes_sora.modelfile.terms.table import TermTable
from bayes_sora.modelfile.terms.term import EXPOSURE_Z, FRAILTY, PatientTerm, RandomEffect, Vector
from bayes_sora.modelfile.vocabulary import Bounds, Key
from bayes_sora.types import ENDPOINTS, Endpoint

if TYPE_CHECKING:
    import numpy as np

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.prior import Prior
    from bayes_sora.modelfile.terms.table import ReadPrior
    from bayes_sora.modelfile.terms.term import Latent
    from bayes_sora.numerics.ops import Array, Ops
    from bayes_sora.types import FloatArray

TARGETS: Mapping[Endpoint, str] = MappingProxyType(
    {"toxicity": "toxicity_intercept", "response": "response_intercept", "survival": "survival_log_hazard"}
)
CORRELATION = Bounds(low=-0.99, high=0.99, words="a correlation from −0.99 to 0.99")
EFFECT = Bounds(low=-5.0, high=5.0, words="an effect per SD from −5 to 5")
KEYS: Mapping[str, Key] = MappingProxyType(
    {
        "correlation": Key(
            kind="number", meaning="ρ, of the factor with log exposure", required=True, bounds=CORRELATION
        ),
        "survival": Key(kind="number", meaning="ζ_S, log hazard ratio per SD of the factor", bounds=EFFECT),
        "response": Key(kind="number", meaning="ζ_R, logit of response per SD", bounds=EFFECT),
        "toxicity": Key(kind="number", meaning="ζ_T, logit of toxicity per SD", bounds=EFFECT),
        "source": Key(kind="text", meaning="where the numbers come from"),
    }
)


@dataclass(frozen=True, kw_only=True)
class Confounding:
    """An unmeasured factor with assumed strength.

    Attributes
    ----------
    correlation : float
        ρ.
    effects : mapping of endpoint to float
        ζ of the endpoints on which the factor acts, none of them 0.
    """

    correlation: float
    effects: Mapping[Endpoint, float]

    def needs(self) -> tuple[str, ...]:
        """Return nothing: the factor was not measured."""
        return ()

    def bound(self, cohort: Cohort) -> Confounding:  # noqa: ARG002 - it is the same for every cohort
        """Return the block itself."""
        return self

    def priors(self) -> dict[str, Prior]:
        """Return nothing: nothing of it is estimated."""
        return {}

    def vectors(self) -> tuple[Vector, ...]:
        """Return nothing: the factor is integrated out."""
        return ()

    def terms(self) -> tuple[PatientTerm, ...]:
        """Return ζρ of the standardised log exposure and ζ√(1 − ρ²) of what is left, of every endpoint."""
        own = math.sqrt(1.0 - self.correlation**2)
        of_endpoints = (
            (
                PatientTerm(TARGETS[endpoint], (), EXPOSURE_Z, effect * self.correlation),
                PatientTerm(TARGETS[endpoint], (), FRAILTY, effect * own),
            )
            for endpoint, effect in self.effects.items()
        )
        return tuple(term for pair in of_endpoints for term in pair)

    def columns(self, cohort: Cohort) -> dict[str, FloatArray]:  # noqa: ARG002 - nothing is known of the factor
        """Return nothing."""
        return {}

    def derive(self, ops: Ops, parameters: Mapping[str, Array]) -> dict[str, Array]:  # noqa: ARG002 - as other blocks
        """Return nothing."""
        return {}

    def population(self) -> dict[str, FloatArray]:
        """Return nothing: curves are averaged over a normal distribution."""
        return {}

    def random_effects(self) -> tuple[RandomEffect, ...]:
        """Return that the intercepts vary by ζU: with |ζ| for an SD, and ±ρ with exposure where that is not set."""
        return tuple(
            RandomEffect(TARGETS[endpoint], None, abs(effect), math.copysign(1.0, effect) * self.correlation)
            for endpoint, effect in self.effects.items()
        )

    def example_columns(self, n: int, rng: np.random.Generator) -> dict[str, tuple[str, ...]]:  # noqa: ARG002
        """Return nothing."""
        return {}

    def draw_shifts(
        self,
        truth: Mapping[str, float],
        cohort: Cohort,
        rng: np.random.Generator,
        *,
        given: Latent | None = None,
    ) -> dict[str, FloatArray]:
        """Return ζU, and what U makes of exposure, drawn afterwards: its mean moves, its own spread shrinks."""
        if given is not None:
            own = math.sqrt(1.0 - self.correlation**2) * given.own
            u = self.correlation * given.exposure_z + own
            return {TARGETS[endpoint]: effect * u for endpoint, effect in self.effects.items()}
        u = rng.standard_normal(cohort.n_patients)
        sd_name = "exposure_sd_between" if "exposure_sd_between" in truth else "exposure_sd"
        sd = truth[sd_name]
        own_share = math.sqrt(1.0 - self.correlation**2)
        shifts = {TARGETS[endpoint]: effect * u for endpoint, effect in self.effects.items()}
        return shifts | {"exposure_log_median": sd * self.correlation * u, sd_name: sd * (own_share - 1.0) + 0.0 * u}


def _check(findings: Findings, name: str, table: object, content: Mapping[str, Any], drug: dict[str, Any]) -> None:  # noqa: ARG001
    sound = findings.table(name, table, KEYS)
    acting = [endpoint for endpoint in ENDPOINTS if sound.get(endpoint, 0.0) != 0.0]
    if isinstance(table, dict) and not acting and not any(endpoint in table for endpoint in ENDPOINTS):
        findings.add(
            MISSING, name, "the factor acts on nothing", f"Add survival to [{name}], a log hazard ratio per SD."
        )
    for endpoint in acting:
        if endpoint not in content:
            remedy = f"Remove {endpoint}, or add [{endpoint}]."
            findings.add(CONTRADICTION, f"{name}.{endpoint}", f"the model has no [{endpoint}] block", remedy)
    if "frailty" in content:
        remedy = f"Keep [{name}] or [frailty]; extend no file that has the other."
        findings.add(CONTRADICTION, name, "a model has one latent factor beside exposure, and [frailty] is one", remedy)


def _build(table: dict[str, Any], read_prior: ReadPrior) -> Confounding:  # noqa: ARG001 - nothing has a prior
    effects = {endpoint: float(table.get(endpoint, 0.0)) for endpoint in ENDPOINTS}
    return Confounding(
        correlation=float(table["correlation"]),
        effects={endpoint: effect for endpoint, effect in effects.items() if effect != 0.0},
    )


TABLE = TermTable(check=_check, build=_build)
