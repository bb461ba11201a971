"""How a cohort is analysed: one entry point for every method, so that runner and tests can take another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bayes_sora.cohort.table import Cohort
from bayes_sora.modelfile import ModelFile, load_model
from bayes_sora.questions import DEFAULT_QUESTIONS, Questions, WindowKind
from bayes_sora.simulation.scenarios import Scale
from bayes_sora.simulation.windows import DEFAULT_SPAN
from bayes_sora.study.classical_methods import CLASSICAL, analyse_classical
from bayes_sora.study.plan import Method, Replicate
from bayes_sora.study.rows import Analysis
from bayes_sora.types import Span

Analyse = Callable[[Method, Sequence[Replicate], Sequence[Cohort]], list[Analysis]]
"""Analyses cohorts by one method: one :class:`Analysis` a replicate, in their order."""


def analyse(method: Method, replicates: Sequence[Replicate], cohorts: Sequence[Cohort]) -> list[Analysis]:
    """Return what `method` gives for each cohort.

    Parameters
    ----------
    method : Method
    replicates : sequence of Replicate
        Everything random about an analysis follows from the replicate's seed.
    cohorts : sequence of Cohort
        The cohort of each replicate.
    """
    if method.kind in CLASSICAL:
        return analyse_classical(method, replicates, cohorts)
    from bayes_sora.study.bayes import analyse_bayes  # noqa: PLC0415 - classical methods need neither JAX nor PyMC

    return analyse_bayes(method, replicates, cohorts)


@dataclass(frozen=True, kw_only=True)
class Estimand:
    """What a method aims at: the question that its truth has to answer as well.

    Attributes
    ----------
    scale : {"C", "y"}
        Exposure the windows are about.
    windows : tuple of {"limits", "youden", "utility"}
        Kinds of window the method gives.
    span : Span
        Range of exposures, in mg/L, at whose ends limits beyond are counted.
    questions : Questions
        Thresholds and utility.
    """

    scale: Scale
    windows: tuple[WindowKind, ...]
    span: Span = DEFAULT_SPAN
    questions: Questions = DEFAULT_QUESTIONS


@lru_cache(maxsize=64)
def estimand_of(method: Method) -> Estimand:
    """Return what `method` aims at; a model file says so itself, a ROC cut-off is a trough as measured.

    Raises
    ------
    InputError
        When there is no such model file.
    """
    if method.kind in CLASSICAL or method.model is None:
        return Estimand(scale="y", windows=("youden",))
    model = load_model(method.model)
    return Estimand(
        scale="C" if model.exposure.form == "latent" else "y",
        windows=_windows(model),
        span=model.drug.span or DEFAULT_SPAN,
        questions=model.questions,
    )


def _windows(model: ModelFile) -> tuple[WindowKind, ...]:
    outcomes = set(model.outcomes)
    binary = bool(outcomes & {"toxicity", "response"})
    survival = "survival" in outcomes
    kinds: dict[WindowKind, bool] = {
        "limits": binary or (survival and model.questions.limits.min_survival is not None),
        "youden": binary,
        "utility": survival,
    }
    return tuple(kind for kind, given in kinds.items() if given)
