"""May a window be believed? The rule of science.md §4, with its reasons in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from bayes_sora.digits import compared, compared_percent
from bayes_sora.types import Endpoint
from bayes_sora.window.summary import is_defined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bayes_sora.questions import WindowKind
    from bayes_sora.window.draws import WindowDraws
    from bayes_sora.window.summary import Quantity, QuantityName


@dataclass(frozen=True, kw_only=True)
class IdentifiedRule:
    """Thresholds of the verdict; draws in which a limit is undefined count as failing.

    Attributes
    ----------
    min_p_exists : float
        P(window exists) must reach it.
    max_edge_mass : float
        P(limit at an edge of the range, or undefined) must stay below it.
    max_outside_mass : float
        P(limit outside the observed troughs, or undefined) must stay below it.
    max_fold : float
        The 95 % interval of a limit must span less than this, as a ratio of its ends.
    min_data_share : mapping of WindowKind to float
        The data's share in what is known of the curve that decides a limit must reach it. A limit of youden follows the
        median trough, so that much may be known of it where little is known of its curve: nothing is asked there.
    min_prior_tail : mapping of WindowKind to float
        The parameters of an endpoint that is asked about must not lie together further out in their prior than this
        share of it (:func:`bayes_sora.window.evidence.prior_tail`). A limit of youden is the one that a prior against
        steep curves moves most, so that more is asked there.
    min_p_rising : float
        For youden: P(both curves rise through their prevalence) must reach it.
    """

    min_p_exists: float = 0.90
    max_edge_mass: float = 0.05
    max_outside_mass: float = 0.10
    max_fold: float = 4.0
    min_data_share: Mapping[WindowKind, float] = MappingProxyType({"limits": 0.5, "youden": 0.0, "utility": 0.25})
    min_prior_tail: Mapping[WindowKind, float] = MappingProxyType({"limits": 0.05, "youden": 0.08, "utility": 0.05})
    min_p_rising: float = 0.95


STARTING_RULE = IdentifiedRule()
NO_TAILS: Mapping[Endpoint, float | None] = MappingProxyType({})


def not_identified_because(
    posterior: WindowDraws,
    limits: Mapping[QuantityName, Quantity],
    *,
    trusted: bool,
    prior_tails: Mapping[Endpoint, float | None] = NO_TAILS,
    rule: IdentifiedRule = STARTING_RULE,
) -> tuple[str, ...]:
    """Return every reason why the window is not identified; none means that it is.

    Parameters
    ----------
    posterior : WindowDraws
    limits : mapping of "lower" and "upper" to Quantity
    trusted : bool
        Whether the fit's trust is other than refuse.
    prior_tails : mapping of Endpoint to float or None
        Of every endpoint that is asked about, where it is known.
    rule : IdentifiedRule
    """
    reasons = [] if trusted else ["the fit is not trusted"]
    p_exists = float(posterior.draws["exists"].mean())
    if p_exists < rule.min_p_exists:
        shown = compared(p_exists, rule.min_p_exists, decimals=2, bound_decimals=2)
        reasons.append(f"a window exists with probability {shown.value} (needs ≥ {shown.bound})")
    if posterior.kind == "youden":
        p_rising = float((is_defined(posterior, "lower") & is_defined(posterior, "upper")).mean())
        if p_rising < rule.min_p_rising:
            shown = compared(p_rising, rule.min_p_rising, decimals=2, bound_decimals=2)
            reasons.append(
                "toxicity and response both rise through their prevalence with probability "
                f"{shown.value} (needs ≥ {shown.bound})"
            )
    for endpoint, tail in prior_tails.items():
        if tail is not None and tail < rule.min_prior_tail[posterior.kind]:
            shown = compared_percent(tail, rule.min_prior_tail[posterior.kind])
            reasons.append(
                f"priors and data of {endpoint} conflict: only {shown.value} of the prior of its parameters lies as "
                f"far out as the data put them (needs ≥ {shown.bound})"
            )
    for name, limit in limits.items():
        reasons.extend(_against(f"the {name} limit", limit, rule, min_data_share=rule.min_data_share[posterior.kind]))
    return tuple(reasons)


def _against(limit: str, quantity: Quantity, rule: IdentifiedRule, *, min_data_share: float) -> Iterator[str]:
    """Reasons why one limit is not identified."""
    edge = (quantity.p_at_low_edge or 0.0) + (quantity.p_at_high_edge or 0.0)
    edge_mass = _of_all_draws(edge, quantity)
    if edge_mass >= rule.max_edge_mass:
        shown = compared_percent(edge_mass, rule.max_edge_mass)
        yield (
            f"{limit} lies at an edge of the range or is undefined in {shown.value} of the draws "
            f"(needs < {shown.bound})"
        )
    outside_mass = _of_all_draws(quantity.p_outside_data or 0.0, quantity)
    if outside_mass >= rule.max_outside_mass:
        shown = compared_percent(outside_mass, rule.max_outside_mass)
        yield (
            f"{limit} lies outside the observed troughs or is undefined in {shown.value} of the draws "
            f"(needs < {shown.bound})"
        )
    if quantity.q025 is None or quantity.q975 is None:
        yield f"the 95 % interval of {limit} is undefined"
    elif quantity.q975 / quantity.q025 >= rule.max_fold:
        shown = compared(quantity.q975 / quantity.q025, rule.max_fold, decimals=1)
        yield f"the 95 % interval of {limit} spans {shown.value}-fold (needs < {shown.bound})"
    if quantity.data_share is None:
        yield f"how much of {limit} comes from the data is unknown (no prior draws, or no variation)"
    elif quantity.data_share < min_data_share:
        shown = compared_percent(quantity.data_share, min_data_share)
        yield f"{shown.value} of what is known of the curve at {limit} comes from the data (needs ≥ {shown.bound})"


def _of_all_draws(share: float, quantity: Quantity) -> float:
    """Turn a share of the defined draws into one of all draws, the undefined ones counted as failing."""
    return share * quantity.share_defined + (1.0 - quantity.share_defined)
