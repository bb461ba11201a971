"""May these fits be compared? Only models of the same data of the same patients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bayes_sora.errors import TrustError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.fitting import Fit
    from bayes_sora.modelfile import ModelFile
    from bayes_sora.types import Endpoint

COLUMNS: dict[Endpoint, tuple[str, ...]] = {
    "toxicity": ("toxicity",),
    "response": ("response",),
    "survival": ("os_months", "death"),
}


class Modelled(Protocol):
    """A cohort and the model file it is, or will be, fitted with; a ``Fit`` is one."""

    @property
    def cohort(self) -> Cohort:
        """The data."""

    @property
    def model_file(self) -> ModelFile:
        """Bound to the cohort."""


@dataclass(frozen=True, kw_only=True)
class ToFit:
    """A cohort and a model file that is bound to it."""

    cohort: Cohort
    model_file: ModelFile


def check_comparable(fits: Mapping[str, Fit], *, force: bool = False) -> None:
    """Refuse fits whose predictive densities are not of the same thing.

    A model of the exposure as measured and one of a latent exposure both give the density of the measured troughs and
    are comparable; a model without one of the endpoints is not, nor one of grades with one of toxicity yes or no.

    Parameters
    ----------
    fits : mapping of name to Fit
    force : bool
        Let fits pass that must be refused.

    Raises
    ------
    UsageError
        When there are fewer than two, two differ in patients, in data, or in the unit of exposure, or one counts
        patients in part.
    TrustError
        When one must be refused, without `force`.
    """
    check_same_data(fits)
    refused = [f"{name}: {fit.trust.reasons[0]}" for name, fit in fits.items() if not fit.trusted]
    if refused and not force:
        raise TrustError(refused)


def check_same_data(models: Mapping[str, Modelled]) -> None:
    """Refuse models that cannot be compared, whether they are fitted already or not; errors as `check_comparable`."""
    if len(models) < 2:
        msg = f"a comparison needs at least two fits, got {len(models)}"
        raise UsageError(msg)
    for name, fit in models.items():
        if fit.model_file.study_weights:
            msg = (
                f"{name} counts patients of earlier studies in part, and leaving out one patient is about patients "
                "that count in full: compare models without [borrowing]"
            )
            raise UsageError(msg)
    (first, reference), *others = models.items()
    for name, other in others:
        difference = next(_differences(reference, other), None)
        if difference is not None:
            msg = f"{first} and {name} cannot be compared: {difference}"
            raise UsageError(msg)


def _differences(one: Modelled, other: Modelled) -> Iterator[str]:
    """Say in what the data of two fits differ, the coarsest difference first."""
    if one.cohort.patient_id != other.cohort.patient_id:
        yield "they were fitted to different patients. Fit both to one cohort"
    if one.model_file.endpoints != other.model_file.endpoints:
        mine, theirs = (", ".join(fit.model_file.endpoints) for fit in (one, other))
        yield f"one is of {mine}, the other of {theirs}. Take models of the same endpoints"
    if one.model_file.drug.unit != other.model_file.drug.unit:
        mine, theirs = (fit.model_file.drug.unit.name for fit in (one, other))
        yield f"their exposures are in {mine} and {theirs}. Take models of one unit"
    if _columns(one) != _columns(other):
        mine, theirs = (", ".join(_columns(fit)) for fit in (one, other))
        yield f"one predicts {mine}, the other {theirs}. Take models of the same columns"
    if _follow_up(one) != _follow_up(other):
        mine, theirs = _follow_up(one), _follow_up(other)
        yield f"one predicts survival {mine}, the other {theirs}. Take models of the same follow-up"
    differing = [name for name, values in _data(one).items() if not _equal(values, _data(other).get(name))]
    if differing:
        yield f"their cohorts differ in {', '.join(differing)}. Fit both to one cohort"


def _columns(fit: Modelled) -> list[str]:
    """Return the fields of a cohort that the endpoints of a model are seen by."""
    named: list[str] = []
    for endpoint in fit.model_file.endpoints:
        named += fit.model_file.outcomes[endpoint].outcome.needs or COLUMNS[endpoint]
    return named


def _follow_up(fit: Modelled) -> str:
    """Say what of the follow-up a model predicts."""
    block = fit.model_file.outcomes.get("survival")
    if block is None:
        return ""
    if block.landmark_months:
        return f"from month {block.landmark_months:g}"
    whole = fit.cohort.entry_months is None and fit.cohort.os_months_low is None
    return "from time zero" if whole or block.kind == "weibull" else "from entry, deaths known to an interval"


def _data(fit: Modelled) -> dict[str, object]:
    troughs = fit.cohort.troughs
    of_troughs = {
        "patients of troughs": troughs.patient,
        "troughs": troughs.value_mg_l,
        "limits of quantification": troughs.censoring,
    }
    return of_troughs | {name: getattr(fit.cohort, name) for name in _columns(fit)}


def _equal(one: object, other: object) -> bool:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return list(one) == list(other) and all(_equal(one[name], other[name]) for name in one)
    return np.array_equal(np.asarray(one, dtype=float), np.asarray(other, dtype=float), equal_nan=True)
