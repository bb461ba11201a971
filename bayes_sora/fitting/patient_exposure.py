r"""What measured troughs say of one patient's exposure, and of who the patient may be.

Where covariates act on exposure the cohort's patients are not equally probable once a trough is known. Patients, or
groups of them, have the weight

.. math:: w_g \propto n_g\, N(\bar y;\, μ_g,\, v_g + σ_w^2 / n), \qquad \log C \mid \bar y, g \sim N(m_g, s_g^2),

with :math:`v_g` the variance of log exposure between patients of the group: :math:`σ_b^2`, that between sites where the
site is not known, and that within a group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import logsumexp

from bayes_sora.modelfile.dated import trough_sd
from bayes_sora.modelfile.terms.population import patient_offsets
from bayes_sora.modelfile.terms.term import population_variance
from bayes_sora.numerics.exposure import conditional_log_exposure
from bayes_sora.numerics.normal import normal_log_density
from bayes_sora.numerics.population import OFFSET_NODES
from bayes_sora.types import FloatArray

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bayes_sora.modelfile.spec import ModelFile

MEDIAN = "exposure_log_median"


@dataclass(frozen=True, kw_only=True, eq=False)
class ExposureGroup:
    """Patients of one kind; every array has shape (n_draws,).

    Attributes
    ----------
    share : FloatArray
        P(the patient is of this kind | the troughs); adds up to one over the groups.
    mean, sd : FloatArray
        Of log C given the troughs, log mg/L; the SD is 0 where the trough itself is the exposure.
    centre, sd_total, sd_own : FloatArray
        Of log C before the troughs: mean and SD of the group, and the part of it that is the patient's own.
    offset : FloatArray
        What covariates add to the linear predictor that the groups were made for.
    """

    share: FloatArray
    mean: FloatArray
    sd: FloatArray
    centre: FloatArray
    sd_total: FloatArray
    sd_own: FloatArray
    offset: FloatArray

    def standardised(self, log_exposure: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance of the patient's own standardised exposure, given log C."""
        ratio = self.sd_own / self.sd_total
        return ratio * (log_exposure - self.centre) / self.sd_total, 1.0 - ratio**2


def exposure_groups(
    model: ModelFile, parameters: Mapping[str, FloatArray], log_troughs: FloatArray, *, target: str = MEDIAN
) -> tuple[ExposureGroup, ...]:
    """Return the groups of patients whom one patient may be like: one where no covariate counts, 15 at most.

    Parameters
    ----------
    model : ModelFile
        Its population are the patients in question.
    parameters : mapping of str to FloatArray, shape (n_draws,)
    log_troughs : FloatArray, shape (n_troughs,)
    target : str
        The parameter whose offsets the groups are made by.
    """
    exposure, added, key = _offsets(model, parameters, target)
    order = np.argsort(key, axis=0, kind="stable")
    kinds = [
        np.array_split(np.take_along_axis(offsets, order, axis=0), min(OFFSET_NODES, order.shape[0]))
        for offsets in (exposure, added)
    ]
    own = parameters["exposure_sd_between" if model.exposure.form == "latent" else "exposure_sd"]
    variance = own**2 + population_variance(model.random_effects, parameters, {MEDIAN: 1.0})
    groups = [
        _Group(
            log_share=np.log(of_exposure.shape[0] / order.shape[0]),
            centre=parameters[MEDIAN] + of_exposure.mean(axis=0),
            sd=np.sqrt(variance + of_exposure.var(axis=0)),
            offset=of_target.mean(axis=0),
        )
        for of_exposure, of_target in zip(*kinds, strict=True)
    ]
    within = trough_sd(parameters, model.exposure) if model.exposure.form == "latent" else None
    return _given_troughs(groups, log_troughs, own, within)


class _Group(NamedTuple):
    """A group before its troughs are looked at."""

    log_share: float
    centre: FloatArray
    sd: FloatArray
    offset: FloatArray


def _offsets(
    model: ModelFile, parameters: Mapping[str, FloatArray], target: str
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return what covariates add to log exposure and to the target in every patient, and what to sort them by."""
    of_exposure, of_target = (patient_offsets(model, parameters, name) for name in (MEDIAN, target))
    known = [offsets for offsets in (of_exposure, of_target) if offsets is not None]
    nothing = np.zeros_like(known[0]) if known else np.zeros((1, parameters[MEDIAN].size))
    exposure = nothing if of_exposure is None else of_exposure
    added = nothing if of_target is None or target == MEDIAN else of_target
    return exposure, added, exposure if of_target is None else of_target


def _given_troughs(
    groups: Sequence[_Group], log_troughs: FloatArray, own: FloatArray, within: FloatArray | None
) -> tuple[ExposureGroup, ...]:
    n, mean_log = log_troughs.size, float(log_troughs.mean())
    noise = 0.0 if within is None else within**2 / n
    log_weights = np.stack(
        [
            group.log_share + normal_log_density(mean_log, mean=group.centre, sd=np.sqrt(group.sd**2 + noise))
            for group in groups
        ]
    )
    shares = np.exp(log_weights - logsumexp(log_weights, axis=0))
    found = []
    for group, share in zip(groups, shares, strict=True):
        mean, sd = np.full_like(group.centre, mean_log), np.zeros_like(group.centre)
        if within is not None:
            mean, sd = conditional_log_exposure(n, mean_log, mu=group.centre, sd_between=group.sd, sd_within=within)
        found.append(
            ExposureGroup(
                share=share,
                mean=mean,
                sd=sd,
                centre=group.centre,
                sd_total=group.sd,
                sd_own=own,
                offset=group.offset,
            )
        )
    return tuple(found)
