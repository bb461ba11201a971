"""May the draws be trusted? R-hat and effective sample size of everything judged, and the ranks of the worst."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from scipy.stats import rankdata

from bayes_sora.digits import compared
from bayes_sora.figures.axes import row_axis
from bayes_sora.figures.spec import FigureSpec
from bayes_sora.figures.style import BLACK, BLUE, GREY, ORANGE, SMALL_FONT, new_figure, styled
from bayes_sora.fitting.trust import MAX_RHAT, MIN_ESS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bayes_sora.fitting import Fit
    from bayes_sora.inference.diagnose import Convergence
    from bayes_sora.types import FloatArray

Kind = Literal["parameters", "curves", "limits", "0/1 series"]
KINDS: tuple[Kind, ...] = ("parameters", "curves", "limits", "0/1 series")
N_WORST = 2
RANK_BINS = 20
GOLDEN = 0.618_033_988_749_895


class Measured(NamedTuple):
    """One measure of one quantity, next to its name."""

    name: str
    value: float


@styled
def draw_diagnostics(fit: Fit) -> Figure:
    """Draw R-hat and ESS of every judged quantity by kind, above rank plots of the two worst parameters."""
    figure = new_figure(height=4.9)
    above, below = figure.subfigures(2, 1, squeeze=False, height_ratios=(1.25, 1.0))[:, 0]
    left, right = above.subplots(1, 2, sharey=True)
    by_kind = group_by_kind(fit)
    row_axis(left, [f"{kind} ({len(by_kind[kind])})" for kind in KINDS])
    _draw_rhat(left, by_kind)
    _draw_ess(right, by_kind)
    right.tick_params(axis="y", length=0)
    right.spines["left"].set_visible(False)
    worst = worst_parameters(fit)
    for axes, name in zip(below.subplots(1, len(worst), squeeze=False)[0], worst, strict=True):
        _draw_ranks(axes, fit.parameters[name].to_numpy(), name)
    return figure


def group_by_kind(fit: Fit) -> dict[Kind, list[Convergence]]:
    """Return what was judged by kind, every kind present, in the order of the judgement."""
    groups: dict[Kind, list[Convergence]] = {kind: [] for kind in KINDS}
    for one in fit.convergence:
        groups[_kind(one.name, parameters=tuple(fit.model_file.priors))].append(one)
    return groups


def _kind(name: str, *, parameters: tuple[str, ...]) -> Kind:
    """Tell the kind of a quantity by the name that the judgement gives it."""
    if name in parameters:
        return "parameters"
    if ": " not in name:
        return "curves"
    return "limits" if name.endswith(" limit") else "0/1 series"


def rhats(found: list[Convergence]) -> list[Measured]:
    """Return the R-hat of every quantity that is not exempt."""
    return [Measured(one.name, one.rhat) for one in found if one.rhat is not None and np.isfinite(one.rhat)]


def sample_sizes(found: list[Convergence], part: Literal["bulk", "tail"]) -> list[Measured]:
    """Return the effective sample sizes, those of a limit divided by the share of draws in which it is defined."""
    sizes = [(one, one.ess_bulk if part == "bulk" else one.ess_tail) for one in found]
    return [
        Measured(one.name, size / one.share_defined) for one, size in sizes if size is not None and np.isfinite(size)
    ]


def worst_parameters(fit: Fit) -> list[str]:
    """Return the names of the parameters nearest to refusal or beyond it, the worst first."""
    parameters = group_by_kind(fit)["parameters"]
    return [one.name for one in sorted(parameters, key=_badness, reverse=True)[:N_WORST]]


def _badness(one: Convergence) -> float:
    """How near a quantity is to refusal: 1 at the threshold of R-hat or ESS, infinite for draws that are not finite."""
    if not one.finite:
        return np.inf
    excess = 0.0 if one.rhat is None else (one.rhat - 1.0) / (MAX_RHAT - 1.0)
    needed = [MIN_ESS / size for size in (one.ess_bulk, one.ess_tail) if size is not None]
    return max(excess, *needed, 0.0)


def _spread(n: int) -> FloatArray:
    """Return fixed shifts within (−1/2, 1/2) that keep neighbouring dots apart."""
    return np.asarray(np.arange(1, n + 1) * GOLDEN % 1.0 - 0.5, dtype=float)


def _draw_rhat(axes: Axes, by_kind: dict[Kind, list[Convergence]]) -> None:
    everything = [one for found in by_kind.values() for one in rhats(found)]
    for row, kind in enumerate(KINDS):
        values = np.array([one.value for one in rhats(by_kind[kind])])
        axes.plot(
            values, row + 0.5 * _spread(values.size), "o", color=BLUE, markersize=3.5, alpha=0.65, markeredgewidth=0
        )
    axes.axvline(MAX_RHAT, color=BLACK, linewidth=1.0, linestyle=(0, (5.0, 2.0)))
    largest = max([MAX_RHAT, *(one.value for one in everything)])
    axes.set_xlim(min([0.998, *(one.value for one in everything)]) - 0.0005, largest + 0.12 * (largest - 0.998))
    axes.locator_params(axis="x", nbins=5)
    axes.ticklabel_format(axis="x", useOffset=False)
    axes.set_xlabel(f"R-hat, at most {MAX_RHAT:g}")
    if everything:
        worst = max(everything, key=lambda one: one.value)
        axes.set_title(
            f"Largest {compared(worst.value, MAX_RHAT, decimals=3).value}: {_cut(worst.name)}", fontsize=SMALL_FONT
        )


def _draw_ess(axes: Axes, by_kind: dict[Kind, list[Convergence]]) -> None:
    looks = (("bulk", -0.2, "o", BLUE, BLUE), ("tail", 0.2, "^", ORANGE, "white"))
    everything: list[Measured] = []
    for part, shift, marker, colour, face in looks:
        for row, kind in enumerate(KINDS):
            found = sample_sizes(by_kind[kind], "bulk" if part == "bulk" else "tail")
            everything += found
            axes.plot(
                [one.value for one in found],
                row + shift + 0.3 * _spread(len(found)),
                marker,
                color=colour,
                markerfacecolor=face,
                markersize=3.5,
                markeredgewidth=0.7,
                alpha=0.75,
                label=f"{part} ESS" if row == 0 else None,
            )
    axes.axvline(MIN_ESS, color=BLACK, linewidth=1.0, linestyle=(0, (5.0, 2.0)))
    axes.set_xlim(0.0, 1.08 * max([2 * MIN_ESS, *(one.value for one in everything)]))
    axes.locator_params(axis="x", nbins=5)
    axes.set_xlabel(f"Effective sample size, at least {MIN_ESS:g}")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.26), ncols=2)
    if everything:
        worst = min(everything, key=lambda one: one.value)
        axes.set_title(
            f"Smallest {compared(worst.value, MIN_ESS, decimals=0).value}: {_cut(worst.name)}", fontsize=SMALL_FONT
        )


def _cut(name: str, *, most: int = 38) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _draw_ranks(axes: Axes, draws: FloatArray, name: str) -> None:
    """Draw one histogram of ranks a chain: all level where the chains sample the same distribution."""
    # Draws that are not finite rank last rather than spoil the ranks of the others.
    ranks = rankdata(np.where(np.isfinite(draws), draws, np.inf)).reshape(draws.shape)
    bins = np.linspace(0.5, draws.size + 0.5, RANK_BINS + 1)
    even = draws.shape[1] / RANK_BINS
    for chain, own in enumerate(ranks):
        counts, _ = np.histogram(own, bins=bins)
        base = float(len(ranks) - 1 - chain)
        axes.stairs(base + 0.42 * counts / even, bins, baseline=base, fill=True, color=BLUE, alpha=0.5)
        axes.plot(bins[[0, -1]], [base + 0.42] * 2, color=GREY, linewidth=0.8, linestyle=(0, (4.0, 3.0)))
    axes.set_yticks([base + 0.42 for base in range(len(ranks))], [str(len(ranks) - base) for base in range(len(ranks))])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylabel("Chain")
    axes.set_xlabel("Rank among the draws of all chains")
    axes.set_title(name, fontsize=SMALL_FONT)


def caption(fit: Fit) -> str:
    """Say what the figure shows, with its numbers."""
    found = fit.trust.diagnostics
    exempt = sum(one.rhat is None and one.finite for one in fit.convergence)
    infinite = sum(not one.finite for one in fit.convergence)
    return (
        f"Convergence of the {len(fit.convergence)} quantities that are judged, by kind; {exempt} of them constant or "
        f"defined in too few draws and exempt, {infinite} with draws that are not finite. Above: rank-normalised split "
        f"R-hat, which must not exceed {MAX_RHAT:g}, and effective sample sizes of bulk and tails, which must reach "
        f"{MIN_ESS:g}; those of a limit are divided by the share of draws in which it is defined. "
        f"{found.divergences} of {found.n_draws} draws diverged. Below: how often the draws of each chain take each "
        f"rank among all draws, for the worst parameters, {' and '.join(worst_parameters(fit))}; histograms level with "
        f"the broken lines mean that the chains agree. Verdict on the draws: {fit.trust.verdict}."
    )


def alt(fit: Fit) -> str:
    """Describe the picture for those who cannot see it."""
    found = list(fit.convergence)
    worst = max((one.value for one in rhats(found)), default=1.0)
    least = min((one.value for one in sample_sizes(found, "bulk")), default=0.0)
    rhat, ess = compared(worst, MAX_RHAT, decimals=3), compared(least, MIN_ESS, decimals=0)
    return (
        f"Dots of R-hat, at most {rhat.value}, and of effective sample size, bulk at least {ess.value}, by kind of "
        f"quantity; below, rank histograms by chain of {' and '.join(worst_parameters(fit))}."
    )


SPEC = FigureSpec(
    key="diagnostics",
    title="Convergence of the sampling",
    draw=draw_diagnostics,
    possible=lambda fit: bool(fit.convergence),
    caption=caption,
    alt=alt,
)
