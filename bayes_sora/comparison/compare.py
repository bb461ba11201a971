"""``bs.compare``: how well models predict a patient they have not seen, and their windows averaged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.arguments import CALLBACK, FLAG, SEED, Kind, check_argument, instance
from bayes_sora.comparison.averaging import average_window
from bayes_sora.comparison.comparable import check_comparable
from bayes_sora.comparison.loo import LeftOut, Refit, leave_out, refit_without
from bayes_sora.comparison.result import ComparedModel, Comparison
from bayes_sora.errors import UsageError
from bayes_sora.fitting import DEFAULT_SEED, Fit
from bayes_sora.numerics.stacking import stacking_weights
from bayes_sora.window import applicable

if TYPE_CHECKING:
    from collections.abc import Callable

    from bayes_sora.questions import Settings, WindowKind
    from bayes_sora.types import FloatArray
    from bayes_sora.window import Window

    Progress = Callable[[str, int, int], None]


FIT = instance("a Fit", Fit)
FITS = Kind(
    words="a list of fits, or a mapping of names to fits",
    accepts=lambda fits: (
        FIT.each().accepts(fits) or (isinstance(fits, Mapping) and all(map(FIT.accepts, fits.values())))
    ),
)
READ = "Fit a cohort with bs.fit, and read a result folder with bs.read_result"


def compare(
    fits: Sequence[Fit] | Mapping[str, Fit],
    *,
    seed: int = DEFAULT_SEED,
    force: bool = False,
    refit: Refit | None = refit_without,
    progress: Progress | None = None,
) -> Comparison:
    r"""Compare models of one cohort by leave-one-patient-out, and average their windows.

    .. math:: \text{elpd} = \sum_i \log p(y_i \mid y_{-i}), \qquad
              \text{se}^2 = n \operatorname{Var}_i \log p(y_i \mid y_{-i}),

    :math:`y_i` everything observed of patient i (troughs, toxicity, response, survival), the patient's latents
    integrated out. Importance sampling gives it from the draws at hand; where its Pareto k is above 0.7 (or above
    1 − 1/log₁₀ S with few draws S), the model is fitted again without the patient. Weights are those of stacking. They
    say which mixture of these models predicts best, and are not probabilities of the models.

    Parameters
    ----------
    fits : sequence of Fit, or mapping of name to Fit
        At least two, of the same cohort and the same endpoints. Of a sequence each goes by the name of its model file.
    seed : int
        Of the draws of the mixture; a refit's seed follows from that of its fit.
    force : bool
        Compare also fits that must be refused.
    refit : callable
        How a model is fitted to all patients but one: (fit, position of the patient, progress) to a ``Predicted``.
        None leaves importance sampling as it is, and says for how many patients it cannot be relied on.
    progress : callable, optional
        Hears (what is being done, steps done, steps in all).

    Returns
    -------
    Comparison
        The windows of every model are those that the model file of the first fit asks for.

    Raises
    ------
    UsageError
        When fits are not comparable: fewer than two, other patients, other endpoints, other data.
    TrustError
        When a fit must be refused, without `force`.
    """
    check_argument("fits", fits, FITS, remedy=READ)
    check_argument("seed", seed, SEED)
    check_argument("force", force, FLAG)
    check_argument("refit", refit, CALLBACK.or_none())
    check_argument("progress", progress, CALLBACK.or_none())
    named = _named(fits)
    check_comparable(named, force=force)
    heard = progress or _silent
    left_out = {}
    for done, (name, fit) in enumerate(named.items()):
        heard("leaving patients out", done, len(named))
        left_out[name] = leave_out(name, fit, refit=refit, progress=heard)
    heard("windows by model and averaged", 0, 1)
    weights = dict(zip(named, stacking_weights(np.stack([one.elpd for one in left_out.values()])), strict=True))
    settings = _settings(next(iter(named.values())))
    windows = {name: {asked.kind: _window(fit, asked) for asked in settings} for name, fit in named.items()}
    best = max(left_out.values(), key=lambda one: float(one.elpd.sum()))
    models = [
        _model(name, fit, left_out[name], best, weight=float(weights[name]), windows=windows[name])
        for name, fit in named.items()
    ]
    not_averaged = _not_averaged(named)
    return Comparison(
        models=tuple(sorted(models, key=lambda model: -model.elpd)),
        averaged={} if not_averaged else _average(windows, weights, named, seed=seed),
        not_averaged=not_averaged,
        settings=settings,
        notes=tuple(note for one in left_out.values() for note in one.notes),
        seed=seed,
    )


def _named(fits: Sequence[Fit] | Mapping[str, Fit]) -> dict[str, Fit]:
    if isinstance(fits, Mapping):
        return dict(fits)
    named = {fit.model_file.name: fit for fit in fits}
    if len(named) < len(fits):
        msg = "two of the fits have a model file of the same name. Give a mapping of names of your own to fits"
        raise UsageError(msg)
    return named


def _settings(fit: Fit) -> tuple[Settings, ...]:
    asked = fit.model_file.questions.all
    return tuple(settings for settings in asked if applicable(settings, fit.curves) is None)


def _window(fit: Fit, asked: Settings) -> Window:
    """Return the window asked for; one that the fit has already is not looked for again."""
    known = fit.windows.get(asked.kind)
    return known if known is not None and known.settings == asked else fit.window(asked)


def _model(
    name: str, fit: Fit, left_out: LeftOut, best: LeftOut, *, weight: float, windows: dict[WindowKind, Window]
) -> ComparedModel:
    difference = left_out.elpd - best.elpd
    return ComparedModel(
        name=name,
        fit=fit,
        elpd_by_patient=left_out.elpd,
        elpd=float(left_out.elpd.sum()),
        se=_se_of_sum(left_out.elpd),
        elpd_diff=float(difference.sum()),
        se_diff=_se_of_sum(difference),
        p_loo=float(left_out.p_loo.sum()),
        pareto_k=left_out.pareto_k,
        refitted=left_out.refitted,
        weight=weight,
        windows=windows,
    )


def _se_of_sum(values: FloatArray) -> float:
    """Return the standard error of a sum over patients."""
    return float(np.sqrt(values.size * values.var(ddof=1)))


def _not_averaged(fits: Mapping[str, Fit]) -> str | None:
    """Say why windows are not averaged, None where they are."""
    (first, reference), *others = fits.items()
    for name, fit in others:
        if fit.curves.scale != reference.curves.scale:
            return (
                f"the windows of {first} are about the {reference.curves.scale}, those of {name} about the "
                f"{fit.curves.scale}"
            )
        if len(set(_grades(reference, fit))) > 1:
            events = [one.model_file.outcomes["toxicity"].label for one in (reference, fit)]
            return f"the windows of {first} are about {events[0]}, those of {name} about {events[1]}"
        if fit.curves.span != reference.curves.span:
            return f"{first} and {name} look for windows on different ranges"
    return None


def _grades(*fits: Fit) -> list[int]:
    """Return from which grade toxicity counts in each fit that has toxicity."""
    blocks = (fit.model_file.outcomes.get("toxicity") for fit in fits)
    return [block.event_grade for block in blocks if block is not None]


def _average(
    windows: Mapping[str, Mapping[WindowKind, Window]],
    weights: Mapping[str, float],
    fits: Mapping[str, Fit],
    *,
    seed: int,
) -> dict[WindowKind, Window]:
    kinds = next(iter(windows.values()))
    return {
        kind: average_window({name: found[kind] for name, found in windows.items()}, weights, fits, seed=seed)
        for kind in kinds
    }


def _silent(what: str, done: int, in_all: int) -> None:
    """Hear nothing."""
