"""The answer to one question about a window: numbers, a verdict, and words for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from bayes_sora.arguments import FLAG, check_argument
from bayes_sora.curves import LOG_PRIOR, Curves
from bayes_sora.questions import Limits, Settings, WindowKind
from bayes_sora.types import ENDPOINTS, Endpoint
from bayes_sora.window.applicability import CURVES, check_applicable
from bayes_sora.window.draws import WindowDraws, window_draws
from bayes_sora.window.evidence import prior_tail
from bayes_sora.window.identified import NO_TAILS, not_identified_because
from bayes_sora.window.margins import acceptable_probability
from bayes_sora.window.montecarlo import probability_interval
from bayes_sora.window.simultaneous import (
    AcceptableSets,
    IntervalsByLevel,
    acceptable_pieces,
    acceptable_sets,
)
from bayes_sora.window.summary import Quantity, QuantityName, summarise_quantity
from bayes_sora.window.words import window_sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class Window:
    """The posterior of one trough window; exposures are in the unit of the model file.

    Attributes
    ----------
    posterior : WindowDraws
        The window of every posterior draw (mg/L).
    prior : WindowDraws or None
        The same before the data.
    p_exists : float
        P(the window exists | data).
    p_exists_interval : tuple of float
        95 % Monte Carlo interval of `p_exists`, from the effective number of draws.
    why : tuple of str
        Why the window is not identified; empty when it is.
    lower, upper, width : Quantity
        `width` is upper − lower.
    optimum : Quantity or None
        The exposure of largest utility; None for other windows.
    p_lower_by_response, p_upper_by_toxicity, p_disconnected : float or None
        Given that the window exists: P(the limit is set by that endpoint), P(acceptable exposures, or for utility
        nearly optimal ones, lie also outside the window). None where not applicable.
    sets : AcceptableSets or None
        For limits: which exposures are acceptable, one by one and all together.
    prior_tails : mapping of Endpoint to float or None
        How far out in their prior the parameters of each endpoint that is asked about lie together
        (:func:`bayes_sora.window.evidence.prior_tail`).
    """

    posterior: WindowDraws
    prior: WindowDraws | None
    p_exists: float
    p_exists_interval: tuple[float, float]
    why: tuple[str, ...]
    lower: Quantity
    upper: Quantity
    width: Quantity
    optimum: Quantity | None = None
    p_lower_by_response: float | None = None
    p_upper_by_toxicity: float | None = None
    p_disconnected: float | None = None
    sets: AcceptableSets | None = None
    prior_tails: Mapping[Endpoint, float | None] = NO_TAILS

    @property
    def credible_sets(self) -> IntervalsByLevel | None:
        """For limits: by level, the exposures each of which is acceptable with that probability (pointwise)."""
        return None if self.sets is None else self.sets.credible

    @property
    def credible_sets_p_all(self) -> dict[float, float | None] | None:
        """By level, P(every exposure of the credible set is acceptable); None for an empty set."""
        return None if self.sets is None else self.sets.p_all

    @property
    def simultaneous_sets(self) -> IntervalsByLevel | None:
        """For limits: by level, the widest interval acceptable as a whole with that probability, [] without one."""
        return None if self.sets is None else self.sets.simultaneous

    @property
    def kind(self) -> WindowKind:
        """``"limits"``, ``"youden"`` or ``"utility"``."""
        return self.posterior.kind

    @property
    def settings(self) -> Settings:
        """What was asked."""
        return self.posterior.settings

    @property
    def identified(self) -> bool:
        """Whether the window may be believed; `why` says why not."""
        return not self.why

    @property
    def notes(self) -> tuple[str, ...]:
        """What the window leaves out because the model lacks an endpoint."""
        return self.posterior.notes

    @property
    def quantities(self) -> dict[QuantityName, Quantity]:
        """The summarised quantities by name, the optimum first where there is one."""
        optimum: dict[QuantityName, Quantity] = {} if self.optimum is None else {"optimum": self.optimum}
        return optimum | {"lower": self.lower, "upper": self.upper, "width": self.width}

    def summary(self) -> pd.DataFrame:
        """Return one row a quantity (lower, upper, width, optimum) and one column a number; NaN where undefined."""
        rows = {name: _flat(quantity) for name, quantity in self.quantities.items()}
        order = [name for name in ("lower", "upper", "width", "optimum") if name in rows]
        return pd.DataFrame.from_dict(rows, orient="index").loc[order]

    def __str__(self) -> str:
        return self.sentence()

    def sentence(self) -> str:
        """Return the answer in one sentence for people; limits at an edge of the range print as "≤ 0.5" or "≥ 10"."""
        return window_sentence(self)

    def as_dict(self) -> dict[str, object]:
        """Return the window as in window.json: plain numbers, None where undefined."""
        return _document(self)

    def plot(self) -> Figure:
        """Draw the window as a matplotlib figure."""
        from bayes_sora.figures.window import plot_window  # noqa: PLC0415 - no window needs matplotlib until it is drawn

        figure: Figure = plot_window(self)
        return figure


def make_window(
    curves: Curves, settings: Settings, *, prior_curves: Curves | None = None, trusted: bool = True
) -> Window:
    """Find and judge the window of a posterior.

    Parameters
    ----------
    curves : Curves
        Posterior curves; their grid is the optimisation range.
    settings : Limits, Youden or Utility
    prior_curves : Curves, optional
        Prior draws on the same range. Without them the data's share is unknown and no window is identified.
    trusted : bool
        False when the fit's trust is refuse.

    Raises
    ------
    UsageError
        When the model lacks an endpoint without which the window has no meaning.
    """
    check_applicable(settings, curves)
    check_argument("prior_curves", prior_curves, CURVES.or_none())
    check_argument("trusted", trusted, FLAG)
    return summarise_window(
        window_draws(curves, settings),
        prior=None if prior_curves is None else window_draws(prior_curves, settings),
        sets=_acceptable_sets(curves, settings) if isinstance(settings, Limits) else None,
        trusted=trusted,
    )


def summarise_window(
    posterior: WindowDraws,
    *,
    prior: WindowDraws | None = None,
    sets: AcceptableSets | None = None,
    trusted: bool = True,
) -> Window:
    """Summarise and judge windows that were found already, wherever their draws come from.

    Parameters
    ----------
    posterior, prior : WindowDraws
        As of :func:`make_window`.
    sets : AcceptableSets, optional
        In the unit of the model file.
    trusted : bool
    """
    lower = summarise_quantity(posterior, "lower", prior=prior)
    upper = summarise_quantity(posterior, "upper", prior=prior)
    exists = posterior.draws["exists"]
    tails = {} if prior is None else _prior_tails(posterior, prior)
    return Window(
        posterior=posterior,
        prior=prior,
        p_exists=float(exists.mean()),
        p_exists_interval=probability_interval(exists.to_numpy()),
        why=not_identified_because(posterior, {"lower": lower, "upper": upper}, trusted=trusted, prior_tails=tails),
        lower=lower,
        upper=upper,
        width=summarise_quantity(posterior, "width", prior=prior),
        optimum=summarise_quantity(posterior, "optimum", prior=prior) if posterior.kind == "utility" else None,
        p_lower_by_response=_share_of_windows(posterior, "lower_by_response"),
        p_upper_by_toxicity=_share_of_windows(posterior, "upper_by_toxicity"),
        p_disconnected=_share_of_windows(posterior, "disconnected"),
        sets=sets,
        prior_tails=tails,
    )


def _prior_tails(posterior: WindowDraws, prior: WindowDraws) -> dict[Endpoint, float | None]:
    names = {endpoint: f"{LOG_PRIOR}_{endpoint}" for endpoint in ENDPOINTS}
    return {
        endpoint: prior_tail(prior.draws[name].to_numpy(), posterior.draws[name].to_numpy())
        for endpoint, name in names.items()
        if name in posterior.draws and name in prior.draws
    }


def _share_of_windows(posterior: WindowDraws, event: str) -> float | None:
    """Share of the windows that exist in which `event` holds."""
    exists = posterior.draws["exists"]
    if event not in posterior.draws or not exists.any():
        return None
    return float(posterior.draws[event].where(exists).mean())


def _acceptable_sets(curves: Curves, settings: Limits) -> AcceptableSets:
    probability, pieces = acceptable_probability(curves, settings), acceptable_pieces(curves, settings)
    return acceptable_sets(probability, pieces, settings.credible_levels).in_unit(curves.unit)


def _flat(quantity: Quantity) -> dict[str, object]:
    numbers = quantity.as_dict()
    prior = numbers.pop("prior")
    assert isinstance(prior, dict)
    return numbers | {f"prior_{name}": value for name, value in prior.items()}


def _document(window: Window) -> dict[str, object]:
    document: dict[str, object] = {
        "settings": dict(window.settings.as_dict()),
        "p_exists": window.p_exists,
        "p_exists_ci95": list(window.p_exists_interval),
        "identified": window.identified,
        "why": list(window.why),
        "notes": list(window.notes),
        "prior_tails": dict(window.prior_tails),
    }
    document |= {name: quantity.as_dict() for name, quantity in window.quantities.items()}
    if window.kind == "limits":
        document["p_lower_by_response"] = window.p_lower_by_response
        document["p_upper_by_toxicity"] = window.p_upper_by_toxicity
    if window.kind in ("limits", "utility"):
        document["p_disconnected"] = window.p_disconnected
    if window.sets is not None:
        document["credible_sets"] = _by_level(window.sets.credible)
        document["credible_sets_p_all"] = {f"{level:g}": share for level, share in window.sets.p_all.items()}
        document["simultaneous_sets"] = _by_level(window.sets.simultaneous)
    return document


def _by_level(sets: IntervalsByLevel) -> dict[str, list[list[float]]]:
    return {f"{level:g}": [list(interval) for interval in intervals] for level, intervals in sets.items()}
