r"""Sites and studies: parameters that vary between them, partially pooled and non-centred.

.. math:: θ_i = θ + τ_θ u_{s(i)}, \qquad u_s \sim N(0, 1), \qquad τ_θ \sim \text{its prior}

``[site.toxicity.intercept]`` with a prior gives the intercept of toxicity an SD between sites, called
``site_sd_toxicity_intercept``; its standardised effects are ``site_z_toxicity_intercept`` over ``site``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from bayes_sora.modelfile.prior import STANDARD_NORMAL, Prior
from bayes_sora.modelfile.terms.table import TermTable, check_targets, read_targets
from bayes_sora.modelfile.terms.term import PatientTerm, RandomEffect, Vector

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.terms.table import ReadPrior
    from bayes_sora.modelfile.terms.term import Latent
    from bayes_sora.numerics.ops import Array, Ops
    from bayes_sora.types import FloatArray

Grouping = Literal["site", "study"]
EXAMPLE_GROUPS = 5
FEWEST_GROUPS = 2


@dataclass(frozen=True, kw_only=True)
class Hierarchy:
    """How parameters vary between the sites, or the studies, of a cohort.

    Attributes
    ----------
    grouping : {"site", "study"}
        The column of the cohort.
    sds : mapping of str to Prior
        Prior of the SD of each parameter that varies, by its full name.
    labels : tuple of str
        The sites of the cohort; () before the block is bound to one.
    """

    grouping: Grouping
    sds: Mapping[str, Prior]
    labels: tuple[str, ...] = ()

    def needs(self) -> tuple[str, ...]:
        """Return nothing."""
        return ()

    def bound(self, cohort: Cohort) -> Hierarchy | str:
        """Return the block with the cohort's labels; with fewer than two there is nothing to tell apart."""
        found = cohort.site if self.grouping == "site" else cohort.study
        labels = tuple(sorted(set(found or ())))
        if len(labels) < FEWEST_GROUPS:
            there = f"there is one {self.grouping}" if labels else f"the cohort has no column {self.grouping}"
            return f"{there}: what varies between them ({', '.join(self.sds)}) is left out"
        return replace(self, labels=labels)

    def priors(self) -> dict[str, Prior]:
        """Return the prior of every SD."""
        return {self._sd(target): prior for target, prior in self.sds.items()}

    def vectors(self) -> tuple[Vector, ...]:
        """Return the standardised effects of every parameter that varies."""
        if not self.labels:
            return ()
        return tuple(Vector(self._z(target), self.grouping, self.labels, STANDARD_NORMAL) for target in self.sds)

    def terms(self) -> tuple[PatientTerm, ...]:
        """Return τ·u of the patient's own site, for every parameter that varies."""
        return tuple(
            PatientTerm(target, (self._sd(target), f"{self._z(target)}[{label}]"), self._column(label))
            for target in self.sds
            for label in self.labels
        )

    def columns(self, cohort: Cohort) -> dict[str, FloatArray]:
        """Return 1 for the patients of each site, 0 for the others."""
        found = np.array((cohort.site if self.grouping == "site" else cohort.study) or ())
        return {self._column(label): (found == label).astype(float) for label in self.labels}

    def member(self, label: str) -> dict[str, float]:
        """Return the columns of a patient of one group: 1 for it, 0 for the others."""
        return {self._column(one): float(one == label) for one in self.labels}

    def derive(self, ops: Ops, parameters: Mapping[str, Array]) -> dict[str, Array]:  # noqa: ARG002 - as other blocks
        """Return nothing."""
        return {}

    def population(self) -> dict[str, FloatArray]:
        """Return nothing: curves are averaged over a normal distribution."""
        return {}

    def random_effects(self) -> tuple[RandomEffect, ...]:
        """Return every parameter that varies with its SD: a curve is that of a patient of any site."""
        return tuple(RandomEffect(target, self._sd(target)) for target in self.sds)

    def example_columns(self, n: int, rng: np.random.Generator) -> dict[str, tuple[str, ...]]:  # noqa: ARG002
        """Return five sites in turn."""
        return {self.grouping: tuple(f"{self.grouping.title()} {1 + i % EXAMPLE_GROUPS}" for i in range(n))}

    def draw_shifts(
        self,
        truth: Mapping[str, float],
        cohort: Cohort,
        rng: np.random.Generator,  # noqa: ARG002 - sites are labels
        *,
        given: Latent | None = None,  # noqa: ARG002 - nor does a latent matter
    ) -> dict[str, FloatArray]:
        """Return each patient's own site's effect."""
        sites = (cohort.site if self.grouping == "site" else cohort.study) or ()
        return {
            target: np.array(
                [truth[f"{self.grouping}_sd_{target}"] * truth[f"{self.grouping}_z_{target}[{site}]"] for site in sites]
            )
            for target in self.sds
        }

    def _sd(self, target: str) -> str:
        return f"{self.grouping}_sd_{target}"

    def _z(self, target: str) -> str:
        return f"{self.grouping}_z_{target}"

    def _column(self, label: str) -> str:
        return f"{self.grouping}[{label}]"


def _table(grouping: Grouping) -> TermTable:
    def build(table: dict[str, Any], read_prior: ReadPrior) -> Hierarchy:
        return Hierarchy(grouping=grouping, sds=read_targets(table, read_prior))

    return TermTable(check=check_targets, build=build)


SITE, STUDY = _table("site"), _table("study")
