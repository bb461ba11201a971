"""Which windows can be asked of which curves, and what is left out where an endpoint is missing."""

from __future__ import annotations

from bayes_sora.arguments import check_argument, instance
from bayes_sora.curves import Curves
from bayes_sora.errors import UsageError
from bayes_sora.questions import SETTINGS, Limits, Settings, Utility
from bayes_sora.types import Endpoint

CURVES = instance("Curves", Curves)


def logit_endpoints(settings: Settings, curves: Curves) -> tuple[Endpoint, ...]:
    """Return the endpoints of the model with an intercept and a slope that `settings` ask about."""
    asked: tuple[Endpoint, ...] = ("toxicity",) if isinstance(settings, Utility) else ("toxicity", "response")
    return tuple(endpoint for endpoint in asked if curves.has(endpoint))


def applicable(settings: Settings, curves: Curves) -> str | None:
    """Return why `settings` cannot be applied to `curves`, or None when they can."""
    if isinstance(settings, Utility):
        return None if curves.has("survival") else "the utility window needs survival, which the model does not have"
    if isinstance(settings, Limits) and settings.min_survival is not None and not curves.has("survival"):
        return "min_survival needs survival, which the model does not have; leave it out"
    if curves.has("toxicity") or curves.has("response"):
        return None
    if isinstance(settings, Limits) and settings.min_survival is not None:
        return None
    return f"the {settings.kind} window needs toxicity or response, and the model has neither"


def check_applicable(settings: Settings, curves: Curves) -> None:
    """Raise UsageError when `settings` cannot be applied to `curves`, or either is something else."""
    check_argument("settings", settings, SETTINGS, remedy="Write bs.Limits(), bs.Youden() or bs.Utility()")
    check_argument("curves", curves, CURVES, remedy="A Fit has them as fit.curves")
    reason = applicable(settings, curves)
    if reason is not None:
        raise UsageError(reason)


def notes(settings: Settings, curves: Curves) -> tuple[str, ...]:
    """Return what the window leaves out because the model lacks an endpoint, as sentences for the reader."""
    missing = [endpoint for endpoint in ("toxicity", "response") if not curves.has(endpoint)]
    if isinstance(settings, Utility):
        return ("The model has no toxicity, so the utility is survival alone.",) if "toxicity" in missing else ()
    consequence = "sets no condition on it" if isinstance(settings, Limits) else "has no limit from it and cannot exist"
    return tuple(f"The model has no {endpoint}, so the window {consequence}." for endpoint in missing)
