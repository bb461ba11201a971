"""What became of earlier evidence: the weight that robust priors kept, and whether the data contradict them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.numerics.robust import DataAlone, RobustNormal, conflict_p, data_alone, without_informative

if TYPE_CHECKING:
    import xarray as xr

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.prior import Prior
    from bayes_sora.modelfile.spec import ModelFile

FAMILY = "robust_normal"
CONFLICT = 0.05
"""Below it data and earlier evidence are said to disagree: one cohort in twenty where both are right."""


@dataclass(frozen=True, kw_only=True)
class BorrowedPrior:
    """What a cohort made of one robust prior.

    Attributes
    ----------
    parameter : str
    prior : RobustNormal
    posterior_weight : float
        P(informative component | data).
    data : DataAlone or None
        What the data alone say, as a normal; None where they say less than can be told from the draws.
    conflict_p : float or None
        How seldom the informative component gives data as far from its mean as these; None as `data`.
    """

    parameter: str
    prior: RobustNormal
    posterior_weight: float
    data: DataAlone | None
    conflict_p: float | None

    @property
    def in_conflict(self) -> bool:
        """Whether data and earlier evidence disagree."""
        return self.conflict_p is not None and self.conflict_p < CONFLICT

    @property
    def reason(self) -> str:
        """The disagreement in words."""
        p = "p < 0.001" if (self.conflict_p or 0.0) < 0.001 else f"p = {self.conflict_p:.2g}"
        return (
            f"earlier evidence and data disagree on {self.parameter} ({p}): the weight of the earlier evidence went "
            f"from {self.prior.weight:.2f} to {self.posterior_weight:.2f}"
        )

    def as_dict(self) -> dict[str, object]:
        """Return plain values."""
        return {
            "parameter": self.parameter,
            "prior": asdict(self.prior),
            "posterior_weight": self.posterior_weight,
            "data": None if self.data is None else asdict(self.data),
            "conflict_p": self.conflict_p,
        }


@dataclass(frozen=True, kw_only=True)
class BorrowedStudy:
    """An earlier study whose patients count in part.

    Attributes
    ----------
    study : str
    weight : float
        The power of its patients' likelihood, from 0 to 1.
    n_patients : int
    """

    study: str
    weight: float
    n_patients: int

    @property
    def words(self) -> str:
        """As in the report, such as "74 of Earlier 2018 count 0.5 each"."""
        return f"{self.n_patients} of {self.study} count {self.weight:g} each"

    def as_dict(self) -> dict[str, object]:
        """Return plain values."""
        return asdict(self)


def borrowed_studies(cohort: Cohort, model: ModelFile) -> tuple[BorrowedStudy, ...]:
    """Return the studies of a cohort to which a model file gives a weight."""
    found = cohort.study or ()
    weights = model.study_weights.items()
    return tuple(BorrowedStudy(study=label, weight=one, n_patients=found.count(label)) for label, one in weights)


def borrowed_priors(posterior: xr.Dataset, model: ModelFile) -> tuple[BorrowedPrior, ...]:
    """Return what the cohort made of every robust prior of a model file.

    Parameters
    ----------
    posterior : xarray.Dataset
        Draws of the parameters over (chain, draw).
    model : ModelFile
    """
    priors = {name: prior for name, prior in model.scalar_priors.items() if prior.family == FAMILY}
    return tuple(_borrowed(name, prior, posterior[name]) for name, prior in priors.items())


def _borrowed(name: str, prior: Prior, posterior: xr.DataArray) -> BorrowedPrior:
    robust, draws = RobustNormal(**prior.arguments), np.asarray(posterior.to_numpy(), dtype=float).reshape(-1)
    finite = bool(np.isfinite(draws).all())
    vague = without_informative(draws, robust) if finite else None
    data = None
    if vague is not None:
        data = data_alone(*vague, prior_mean=robust.vague_mean, prior_sd=robust.vague_sd)
    return BorrowedPrior(
        parameter=name,
        prior=robust,
        posterior_weight=float(robust.informative_share(draws).mean()) if finite else float("nan"),
        data=data,
        conflict_p=None if data is None else conflict_p(data, prior_mean=robust.mean, prior_sd=robust.sd),
    )
