"""The answer of a fit in one sentence: the same words for the report, the figures and the command line.

Of the windows that a model file allows one leads, by a rule that looks at the model alone and never at the result:
``limits`` (what toxicity and response are acceptable is for a clinic to say), else ``utility``, else ``youden``, which
depends on the patients at hand and is a comparator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.fitting.measure import reworded
from bayes_sora.questions import Limits, Settings, Utility, WindowKind
from bayes_sora.window import STARTING_RULE, Window, format_exposure, interval_text

if TYPE_CHECKING:
    from bayes_sora.curves import Curves
    from bayes_sora.fitting.result import Fit
    from bayes_sora.window import Quantity

LEADING_ORDER: tuple[WindowKind, ...] = ("limits", "utility", "youden")


def leading_window(fit: Fit) -> Window:
    """Return the window that the answer is about: the first of limits, utility, youden that the model allows."""
    return next(fit.windows[kind] for kind in LEADING_ORDER if kind in fit.windows)


def answer_sentence(fit: Fit, *, force: bool = False) -> str:
    """Return the answer in one sentence.

    Parameters
    ----------
    fit : Fit
    force : bool
        Speak of the window also when the fit must be refused; the sentence then starts with a warning.

    Returns
    -------
    str
        The leading window with its 95 % intervals where it is identified, else that no window is identified and why;
        of a refused fit, that it cannot be trusted. Plain text: escape it before it goes into HTML.
    """
    if fit.trusted:
        return reworded(_window_sentence(fit), fit.curves.unit)
    if not force:
        return f"This fit cannot be trusted and no window is printed: {_first_of(fit.trust.reasons)}."
    return (
        f"NOT TO BE TRUSTED, printed on request ({_first_of(fit.trust.reasons)}): {limits_text(leading_window(fit))}."
    )


def question(settings: Settings, curves: Curves) -> str:
    """Return what a window asks for, such as ``"toxicity ≤ 50 % and response ≥ 50 %"``.

    Parameters
    ----------
    settings : Limits, Youden or Utility
    curves : Curves
        Say which endpoints there are: one that the model lacks sets no condition.
    """
    if isinstance(settings, Limits):
        return " and ".join(_conditions(settings, curves))
    if isinstance(settings, Utility):
        gain = f"restricted mean survival to {settings.tau_months:g} months"
        cost = f" less {settings.toxicity_cost_months:g} months for a toxicity" if curves.has("toxicity") else ""
        return f"{gain}{cost}, within {settings.tolerance_months:g} months of its best"
    return "cut-offs where the probability equals the prevalence"


def limits_text(window: Window) -> str:
    """Return median and 95 % interval of both limits, such as "average trough 1.4–2.9 mg/L, 95 % intervals …"."""
    unit = window.posterior.unit.name
    middle = f"{_median(window, window.lower)}–{_median(window, window.upper)} {unit}"
    intervals = f"{interval_text(window, window.lower)} and {interval_text(window, window.upper)} {unit}"
    return f"{window.posterior.scale} {middle}, 95 % intervals {intervals} ({window.kind})"


def probability_text(probability: float) -> str:
    """Return a probability with two decimals that is never rounded to a certainty.

    >>> probability_text(0.834), probability_text(0.9999), probability_text(0.0)
    ('0.83', '> 0.99', '< 0.01')
    """
    if probability > 0.99:
        return "> 0.99"
    return "< 0.01" if probability < 0.01 else f"{probability:.2f}"


def _window_sentence(fit: Fit) -> str:
    window = leading_window(fit)
    asked = question(window.settings, fit.curves)
    exists = f"a window exists with probability {probability_text(window.p_exists)}"
    if window.identified:
        unit = window.posterior.unit.name
        lower, upper = (interval_text(window, limit) for limit in (window.lower, window.upper))
        return (
            f"The window of the {window.posterior.scale} with {asked} ({window.kind}) is "
            f"{_median(window, window.lower)}–{_median(window, window.upper)} {unit}, with 95 % intervals {lower} "
            f"{unit} of the lower and {upper} {unit} of the upper limit; {exists}."
        )
    # That it hardly exists is already the first reason; a utility always has an optimum.
    told = window.p_exists < STARTING_RULE.min_p_exists or window.kind == "utility"
    also = "" if told else f"; {exists}"
    return (
        f"No window is identified from these {fit.cohort.n_patients} patients for {asked} ({window.kind}): "
        f"{_first_of(window.why)}{also}{_others(fit, window.kind)}."
    )


def _others(fit: Fit, leading: WindowKind) -> str:
    """Name the other windows that are identified, so that "no window" never hides one."""
    found = [kind for kind, window in fit.windows.items() if kind != leading and window.identified]
    words = {"youden": "the youden window, a comparator, is identified", "utility": "the utility window is identified"}
    return "".join(f"; {words[kind]}" for kind in found if kind in words)


def _conditions(settings: Limits, curves: Curves) -> list[str]:
    conditions = []
    if curves.has("toxicity"):
        conditions.append(f"toxicity ≤ {100.0 * settings.max_toxicity:.3g} %")
    if curves.has("response"):
        conditions.append(f"response ≥ {100.0 * settings.min_response:.3g} %")
    if settings.min_survival is not None:
        conditions.append(f"{settings.survival_months:g}-month survival ≥ {100.0 * settings.min_survival:.3g} %")
    return conditions


def _first_of(reasons: tuple[str, ...]) -> str:
    more = len(reasons) - 1
    return reasons[0] if not more else f"{reasons[0]}, and {more} more reason{'s' if more > 1 else ''}"


def _median(window: Window, limit: Quantity) -> str:
    if limit.q50 is None:
        return "undefined"
    return format_exposure(limit.q50, span=window.posterior.span, unit=window.posterior.unit)


def standardised_text(fit: Fit) -> str:
    """Return a sentence, with a blank after it, on the parameters with labels, which are not shown one by one."""
    vectors = fit.model_file.vectors
    if not vectors:
        return ""
    counts = ", ".join(f"{vector.name} ({len(vector.labels)})" for vector in vectors)
    return f"Not shown are {sum(len(vector.labels) for vector in vectors)} further standardised effects: {counts}. "
