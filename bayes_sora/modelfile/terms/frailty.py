r"""A shared frailty: what makes one patient fare worse on every endpoint, beyond exposure.

.. math:: b_i \sim N(0, 1): \quad \operatorname{logit} p_T \mathrel{+}= λ_T b_i, \quad
          \operatorname{logit} p_R \mathrel{-}= λ_R b_i, \quad \log h \mathrel{+}= λ_S b_i

Integrated out by quadrature, as exposure is. b is standard normal at time zero: of the patients with one exposure,
those with a low b live to a late entry more often
(:meth:`~bayes_sora.inference.nodes.NodeGrid.log_weights_among_entered`). ``[frailty.toxicity]``,
``[frailty.response]`` and ``[frailty.survival]`` give the priors of λ.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bayes_sora.modelfile.check_blocks import check_prior
from bayes_sora.modelfile.findings import MISSING, Findings
from bayes_sora.modelfile.terms.table import TermTable
from bayes_sora.modelfile.terms.term import FRAILTY, PatientTerm, RandomEffect, Vector
from bayes_sora.types import Endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.prior import Prior
    from bayes_sora.modelfile.terms.table import ReadPrior
    from bayes_sora.modelfile.terms.term import Latent
    from bayes_sora.numerics.ops import Array, Ops
    from bayes_sora.types import FloatArray

TARGETS: Mapping[Endpoint, tuple[str, float]] = MappingProxyType(
    {
        "toxicity": ("toxicity_intercept", 1.0),
        "response": ("response_intercept", -1.0),
        "survival": ("survival_log_hazard", 1.0),
    }
)
"""What the frailty adds to, and with which sign."""
FEWEST_SHARED = 2


@dataclass(frozen=True, kw_only=True)
class Frailty:
    """The loadings of a shared frailty.

    Attributes
    ----------
    loadings : mapping of endpoint to Prior
        Prior of λ of each endpoint that shares the frailty.
    """

    loadings: Mapping[Endpoint, Prior]

    def needs(self) -> tuple[str, ...]:
        """Return nothing."""
        return ()

    def bound(self, cohort: Cohort) -> Frailty:  # noqa: ARG002 - it is the same for every cohort
        """Return the block itself."""
        return self

    def priors(self) -> dict[str, Prior]:
        """Return the prior of every loading, ``frailty_toxicity`` and so on."""
        return {f"frailty_{endpoint}": prior for endpoint, prior in self.loadings.items()}

    def vectors(self) -> tuple[Vector, ...]:
        """Return nothing: the frailties themselves are integrated out."""
        return ()

    def terms(self) -> tuple[PatientTerm, ...]:
        """Return ±λ·b for every endpoint."""
        return tuple(
            PatientTerm(TARGETS[endpoint][0], (f"frailty_{endpoint}",), FRAILTY, TARGETS[endpoint][1])
            for endpoint in self.loadings
        )

    def columns(self, cohort: Cohort) -> dict[str, FloatArray]:  # noqa: ARG002 - nothing is known of a frailty
        """Return nothing."""
        return {}

    def derive(self, ops: Ops, parameters: Mapping[str, Array]) -> dict[str, Array]:  # noqa: ARG002 - as other blocks
        """Return nothing."""
        return {}

    def population(self) -> dict[str, FloatArray]:
        """Return nothing: curves are averaged over a normal distribution."""
        return {}

    def random_effects(self) -> tuple[RandomEffect, ...]:
        """Return the intercepts that vary, with λ for an SD."""
        return tuple(RandomEffect(TARGETS[endpoint][0], f"frailty_{endpoint}") for endpoint in self.loadings)

    def example_columns(self, n: int, rng: np.random.Generator) -> dict[str, tuple[str, ...]]:  # noqa: ARG002
        """Return nothing."""
        return {}

    def draw_shifts(
        self, truth: Mapping[str, float], cohort: Cohort, rng: np.random.Generator, *, given: Latent | None = None
    ) -> dict[str, FloatArray]:
        """Return λ_T b, −λ_R b and λ_S b with one b a patient."""
        b = rng.standard_normal(cohort.n_patients) if given is None else given.own
        written = {
            "toxicity": ("toxicity_intercept", b),
            "response": ("response_intercept", -b),
            "survival": ("survival_log_hazard", b),
        }
        return {
            target: truth[f"frailty_{endpoint}"] * shift
            for endpoint, (target, shift) in written.items()
            if endpoint in self.loadings
        }


def _check(findings: Findings, name: str, table: object, content: Mapping[str, Any], drug: dict[str, Any]) -> None:
    endpoints = [endpoint for endpoint in TARGETS if endpoint in content]
    findings.table(name, table, {}, tables=endpoints)
    if not isinstance(table, dict):
        return
    shared = [endpoint for endpoint in endpoints if endpoint in table]
    for endpoint in shared:
        check_prior(findings, f"{name}.{endpoint}", table[endpoint], drug, positive=True)
    if len(shared) < FEWEST_SHARED:
        remedy = "Add [frailty.toxicity], [frailty.response] or [frailty.survival], at least two of them."
        findings.add(MISSING, name, "a frailty that fewer than two endpoints share cannot be told", remedy)


def _build(table: dict[str, Any], read_prior: ReadPrior) -> Frailty:
    return Frailty(loadings={endpoint: read_prior("", table[endpoint]) for endpoint in TARGETS if endpoint in table})


TABLE = TermTable(check=_check, build=_build)
