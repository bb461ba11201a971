"""May the draws be trusted? The verdict of science.md §5, with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from bayes_sora.cohort import check_cohort
from bayes_sora.cohort.codes import Code
from bayes_sora.cohort.names import listed
from bayes_sora.digits import compared, compared_percent, short
from bayes_sora.errors import shortened
from bayes_sora.fitting.borrowing import FAMILY, borrowed_priors
from bayes_sora.fitting.cautions import effects_against_direction, far_published_limits
from bayes_sora.fitting.predictive_checks import PredictiveCheck, unlike_data
from bayes_sora.inference.diagnose import (
    Convergence,
    diagnose_draws,
    diagnose_where_defined,
    patients_pareto_k,
)
from bayes_sora.inference.weights import counted_log_likelihood
from bayes_sora.types import ENDPOINTS, Endpoint, FloatArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import xarray as xr

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.curves import Curves
    from bayes_sora.modelfile.spec import ModelFile
    from bayes_sora.questions import WindowKind
    from bayes_sora.window import Window
    from bayes_sora.window.draws import Limit

Verdict = Literal["ok", "warn", "refuse"]

MAX_RHAT = 1.01
MIN_ESS = 400.0
MAX_DIVERGENT_SHARE = 0.005
MAX_PARETO_K = 0.7
MIN_DATA_SHARE = 0.5
CONFLICT_TAIL = 0.025
CURVE_POINTS = 17
MOST_NAMED = 5

ENDPOINT_COLUMNS: dict[Endpoint, str] = {"toxicity": "toxicity", "response": "response", "survival": "death"}
COHORT_WARNINGS = frozenset(
    {
        Code.FEW_PATIENTS,
        Code.LITTLE_CONTRAST,
        Code.ONE_SIDED_TOXICITY,
        Code.ONE_SIDED_RESPONSE,
        Code.ONE_SIDED_DEATH,
        Code.SEPARATION,
    }
)


@dataclass(frozen=True, kw_only=True)
class Diagnostics:
    """The worst convergence over parameters, curves, limits and the 0/1 series of the windows.

    Attributes
    ----------
    rhat_max, ess_bulk_min, ess_tail_min : float or None
        Over everything judged; an ESS of a limit counts divided by the share of draws in which it is defined.
    divergences : int
    n_draws : int
    pareto_k_max : float or None
        Of leave-one-patient-out.
    influential : tuple of (str, float)
        Id and Pareto k of the patients above 0.7, the most influential first.
    """

    rhat_max: float | None
    ess_bulk_min: float | None
    ess_tail_min: float | None
    divergences: int
    n_draws: int
    pareto_k_max: float | None
    influential: tuple[tuple[str, float], ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Return the diagnostics as in window.json."""
        return {
            "rhat_max": self.rhat_max,
            "ess_bulk_min": self.ess_bulk_min,
            "ess_tail_min": self.ess_tail_min,
            "divergences": self.divergences,
            "n_draws": self.n_draws,
            "pareto_k_max": self.pareto_k_max,
            "influential": [{"patient": patient, "pareto_k": k} for patient, k in self.influential],
        }


@dataclass(frozen=True, kw_only=True)
class Trust:
    """The verdict on a fit.

    Attributes
    ----------
    verdict : {"ok", "warn", "refuse"}
    reasons : tuple of str
        Why it is not ok; those for refusing first.
    diagnostics : Diagnostics
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    diagnostics: Diagnostics


def diagnose_fit(
    parameters: xr.Dataset, curves: Curves, windows: Mapping[WindowKind, Window]
) -> tuple[Convergence, ...]:
    """Diagnose every parameter, the curves on the grid, the limits, and the series "window exists" and "at edge"."""
    return (
        *(diagnose_draws(str(name), draws.to_numpy(), must_vary=True) for name, draws in parameters.items()),
        *_diagnose_curves(curves),
        *(found for window in windows.values() for found in _diagnose_window(window)),
    )


def _diagnose_curves(curves: Curves) -> Iterator[Convergence]:
    points = np.linspace(0, curves.draws.sizes["exposure"] - 1, CURVE_POINTS).astype(int)
    for name in ("logit_toxicity", "logit_response", "log_hazard_ratio"):
        if name not in curves.draws:
            continue
        for point in points:
            at = curves.draws[name].isel(exposure=point)
            exposure = curves.exposure_mg_l[point] / curves.unit.mg_l
            yield diagnose_draws(f"{name} at {short(exposure)} {curves.unit.name}", at.to_numpy())


def _diagnose_window(window: Window) -> Iterator[Convergence]:
    found, kind = window.posterior, window.kind
    yield diagnose_draws(f"{kind}: window exists", found.draws["exists"].to_numpy().astype(float), tail=False)
    limits: tuple[Limit, ...] = ("lower", "upper", "optimum") if kind == "utility" else ("lower", "upper")
    for limit in limits:
        yield diagnose_where_defined(f"{kind}: {limit} limit", found.draws[limit].to_numpy())
        for edge, at_edge in (("low", found.at_low_edge(limit)), ("high", found.at_high_edge(limit))):
            series = at_edge.to_numpy().astype(float)
            yield diagnose_draws(f"{kind}: {limit} limit at the {edge} edge", series, tail=False)


def summarise_diagnostics(convergence: Iterable[Convergence], tree: xr.DataTree) -> Diagnostics:
    """Reduce what was diagnosed to its worst figures."""
    found = tuple(convergence)
    diverging = tree["sample_stats"]["diverging"].to_numpy()
    pareto_k = _pareto_k_by_patient(tree)
    return Diagnostics(
        rhat_max=max((one.rhat for one in found if one.rhat is not None), default=None),
        ess_bulk_min=min(_per_share((one.ess_bulk, one.share_defined) for one in found), default=None),
        ess_tail_min=min(_per_share((one.ess_tail, one.share_defined) for one in found), default=None),
        divergences=int(diverging.sum()),
        n_draws=int(diverging.size),
        pareto_k_max=max(pareto_k.values(), default=None),
        influential=tuple(
            sorted(((who, k) for who, k in pareto_k.items() if k > MAX_PARETO_K), key=lambda pair: -pair[1])
        ),
    )


def _pareto_k_by_patient(tree: xr.DataTree) -> dict[str, float]:
    """Return the Pareto k of each patient who counts, by id; nothing where a log-likelihood is not finite."""
    counted = counted_log_likelihood(tree)
    found = patients_pareto_k(counted.to_numpy())
    return {} if found is None else dict(zip(map(str, counted["patient_id"].to_numpy()), found.tolist(), strict=True))


def _per_share(pairs: Iterable[tuple[float | None, float]]) -> list[float]:
    return [ess / share for ess, share in pairs if ess is not None]


def refusals(convergence: Iterable[Convergence], diagnostics: Diagnostics) -> tuple[str, ...]:
    """Return why the draws must be refused; none means that they need not be."""
    reasons = [reason for one in convergence for reason in _against(one)]
    share = diagnostics.divergences / diagnostics.n_draws
    if share > MAX_DIVERGENT_SHARE:
        shown = compared_percent(share, MAX_DIVERGENT_SHARE)
        reasons.append(
            f"{diagnostics.divergences} of {diagnostics.n_draws} draws diverged "
            f"({shown.value}, at most {shown.bound} allowed)"
        )
    return tuple(reasons)


def _against(one: Convergence) -> Iterator[str]:
    if not one.finite:
        yield f"{one.name} has draws that are not finite"
    if not one.varying:
        yield f"{one.name} has the same value in all draws"
    if one.rhat is not None and not one.rhat <= MAX_RHAT:
        shown = compared(one.rhat, MAX_RHAT, decimals=3)
        yield f"R-hat of {one.name} is {shown.value} (at most {shown.bound})"
    needed = MIN_ESS * one.share_defined
    for kind, ess in (("bulk", one.ess_bulk), ("tail", one.ess_tail)):
        if ess is not None and not ess >= needed:
            shown = compared(ess, needed, decimals=0, bound_decimals=0)
            yield f"the {kind} effective sample size of {one.name} is {shown.value} (needs {shown.bound})"


def judge(
    convergence: Iterable[Convergence],
    diagnostics: Diagnostics,
    *,
    cohort: Cohort,
    model: ModelFile,
    tree: xr.DataTree,
    curves: Curves,
    windows: Mapping[WindowKind, Window],
    checks: tuple[PredictiveCheck, ...] = (),
) -> Trust:
    """Return the verdict on a fit (science.md §5)."""
    refused = refusals(convergence, diagnostics)
    warned = (
        *_cohort_warnings(cohort, model),
        *_divergence_warning(diagnostics),
        *_conflicts(tree, model),
        *(one.reason for one in borrowed_priors(tree["posterior"].to_dataset(), model) if one.in_conflict),
        *_prior_dominated(windows),
        *effects_against_direction(curves),
        *far_published_limits(model.published, curves),
        *_influential(diagnostics),
        *unlike_data(checks),
    )
    verdict: Verdict = "refuse" if refused else "warn" if warned else "ok"
    return Trust(verdict=verdict, reasons=(*refused, *warned), diagnostics=diagnostics)


def _cohort_warnings(cohort: Cohort, model: ModelFile) -> Iterator[str]:
    """Warnings about the cohort, without those about an endpoint that the model does not look at."""
    absent = {ENDPOINT_COLUMNS[endpoint] for endpoint in ENDPOINTS if endpoint not in model.endpoints}
    for note in check_cohort(cohort):
        if note.code in COHORT_WARNINGS and note.column not in absent:
            yield note.why if note.column is None else f"{note.column}: {note.why}"


def _divergence_warning(diagnostics: Diagnostics) -> Iterator[str]:
    if 0 < diagnostics.divergences <= MAX_DIVERGENT_SHARE * diagnostics.n_draws:
        yield f"{diagnostics.divergences} of {diagnostics.n_draws} draws diverged"


def _conflicts(tree: xr.DataTree, model: ModelFile) -> Iterator[str]:
    """Coefficients of an effect whose posterior median lies in the outer 2.5 % of their prior; robust ones apart."""
    for endpoint in model.endpoints:
        for name in model.outcomes[endpoint].scalar_coefficients:
            if model.scalar_priors[name].family == FAMILY:
                continue
            median = float(np.median(tree["posterior"][name].to_numpy()))
            tail = _tail_share(tree["prior"][name].to_numpy(), median)
            if tail < CONFLICT_TAIL:
                yield (
                    f"prior and data disagree on {name}: its posterior median {short(median)} lies in the outer "
                    f"{tail:.1%} of the prior"
                )


def _tail_share(prior: FloatArray, value: float) -> float:
    return float(min((prior <= value).mean(), (prior >= value).mean()))


def _prior_dominated(windows: Mapping[WindowKind, Window]) -> Iterator[str]:
    """Limits about which the prior said more than the data; of the limits window, the one whose meaning is absolute."""
    window = windows.get("limits")
    if window is None:
        return
    for name in ("lower", "upper"):
        share = window.quantities[name].data_share
        if share is not None and share < MIN_DATA_SHARE:
            yield (
                f"the {name} limit is prior-dominated: {share:.0%} of what is known of the curve there comes from the "
                "data"
            )


def _influential(diagnostics: Diagnostics) -> Iterator[str]:
    if not diagnostics.influential:
        return
    named = listed([f"{shortened(who, limit=30)} ({k:.2f})" for who, k in diagnostics.influential], limit=MOST_NAMED)
    verb = "patient sways" if len(diagnostics.influential) == 1 else "patients sway"
    yield f"{len(diagnostics.influential)} {verb} the posterior strongly (Pareto k above {MAX_PARETO_K}): {named}"
