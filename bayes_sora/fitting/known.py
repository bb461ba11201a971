"""What is known of one patient beside the troughs: covariates, site and study, and what stays unknown, in words."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.errors import UsageError
from bayes_sora.fitting.covariate_effects import covariates_of
from bayes_sora.modelfile.terms.hierarchy import Hierarchy
from bayes_sora.modelfile.terms.term import patient_parameters
from bayes_sora.types import FloatArray

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.fitting.result import Fit
    from bayes_sora.modelfile.spec import ModelFile
    from bayes_sora.modelfile.terms.covariates import Covariates

FACTOR = "The unmeasured factor that the model file assumes"


@dataclass(frozen=True, kw_only=True, eq=False)
class KnownPatient:
    """The model of one patient: what is known is in the parameters, what is not varies in the population.

    Attributes
    ----------
    model : ModelFile
        Without the sites or studies that are known; its population are the patients who may be like this one.
    parameters : mapping of str to FloatArray, shape (n_draws,)
        With the effects of the known site and study added.
    words : tuple of str
        What was used and what was averaged over, in sentences; () where patients differ by exposure only.
    """

    model: ModelFile
    parameters: Mapping[str, FloatArray]
    words: tuple[str, ...]


def known_patient(
    fit: Fit, *, covariates: Mapping[str, float | str], site: str | None, study: str | None
) -> KnownPatient:
    """Return the model of a patient of whom something is known.

    Raises
    ------
    UsageError
        When the model has no such covariate, site or study, or a value is not one that it can have.
    """
    model = fit.model_file
    parameters: dict[str, FloatArray] = {
        str(name): draws.to_numpy().reshape(-1) for name, draws in fit.parameters.items()
    }
    words: list[str] = []
    for grouping, label in (("site", site), ("study", study)):
        block = next((one for one in model.terms if isinstance(one, Hierarchy) and one.grouping == grouping), None)
        if label is not None:
            model, parameters = _in_group(model, parameters, block, grouping, label)
            words.append(f"The {grouping} {label} is known: its effects were used.")
        elif block is not None:
            words.append(f"The {grouping} is not given: the answer is that for a patient of a new {grouping}.")
    model, of_covariates = _with_covariates(model, fit.cohort, covariates)
    return KnownPatient(model=model, parameters=parameters, words=(*of_covariates, *words, *_latent_words(model)))


def _plural(grouping: str) -> str:
    return "studies" if grouping == "study" else f"{grouping}s"


def _in_group(
    model: ModelFile, parameters: dict[str, FloatArray], block: Hierarchy | None, grouping: str, label: str
) -> tuple[ModelFile, dict[str, FloatArray]]:
    """Add the effects of a group to the parameters, and take its variation out of the population."""
    if block is None:
        msg = f"the fit has nothing that differs between {_plural(grouping)}: leave the {grouping} {label!r} out"
        raise UsageError(msg)
    if label not in block.labels:
        known = ", ".join(block.labels)
        msg = f"unknown {grouping} {label!r}; the cohort's: {known}. Leave it out for a patient of another {grouping}"
        raise UsageError(msg)
    known_of = {name: np.asarray(value) for name, value in block.member(label).items()}
    moved = patient_parameters(parameters, block.terms(), known_of)
    return replace(model, terms=tuple(one for one in model.terms if one is not block)), moved


def _with_covariates(
    model: ModelFile, cohort: Cohort, given: Mapping[str, float | str]
) -> tuple[ModelFile, tuple[str, ...]]:
    block = covariates_of(model)
    names = () if block is None else block.needs()
    for name in given:
        if name not in names:
            known = f"its covariates: {', '.join(names)}" if names else "it has none"
            msg = f"the model file {model.name} has no covariate {name!r}; {known}. Leave it out"
            raise UsageError(msg)
    if block is None:
        return model, ()
    unknown = [name for name in names if name not in given]
    words = _covariate_words(given, unknown)
    if not given:
        return model, words
    values = {name: _value(block, name, value) for name, value in given.items()}
    chosen = block.given(values, cohort)
    if not all(column.size for column in chosen.population().values()):
        msg = f"in no patient of the cohort all of {', '.join(unknown)} are recorded: give the patient's own as well"
        raise UsageError(msg)
    return replace(model, terms=tuple(chosen if one is block else one for one in model.terms)), words


def _covariate_words(given: Mapping[str, float | str], unknown: Sequence[str]) -> tuple[str, ...]:
    words = []
    if given:
        words.append(f"Known covariates were used: {', '.join(f'{name} {value}' for name, value in given.items())}.")
    if unknown:
        averaged = "The answer is averaged over the cohort's patients, each as probable as the troughs make them."
        words.append(f"Not given: {', '.join(unknown)}. {averaged}")
    return tuple(words)


def _value(block: Covariates, name: str, value: float | str) -> float | str:
    """Return a covariate as the design takes it: a finite number, or one of its levels."""
    design = block.design
    assert design is not None
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if name in design.levels:
        levels = design.levels[name]
        found = next((one for one in (str(value), f"{number:g}") if one in levels), None)
        if found is None:
            msg = f"covariate {name} has the levels {', '.join(levels)}, got {value!r}"
            raise UsageError(msg)
        return found
    if not math.isfinite(number):
        msg = f"covariate {name} is a number, got {value!r}"
        raise UsageError(msg)
    return number


def _latent_words(model: ModelFile) -> tuple[str, ...]:
    if model.has_exposure_terms:
        return (f"{FACTOR} was taken as the troughs make it probable, and not as it is in the whole population.",)
    if model.has_frailty:
        return ("The frailty of a patient is not known and was averaged over.",)
    return ()
