r"""Simulated truths: declarative values, eleven of them released under a name.

Everything obeys

.. math:: \log C = \log(\text{median}) + 0.55 z_b, \qquad \log y = \log C + 0.29 z_w

with C the average trough and y a measured one (mg/L). Outcomes obey the scenario's *driver*, one of the two.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from bayes_sora.arguments import check_argument, instance
from bayes_sora.errors import UsageError
from bayes_sora.simulation.courses import DatedTroughs, ToxicityOnset

if TYPE_CHECKING:
    from collections.abc import Mapping

Scale = Literal["C", "y"]
SCALES: Mapping[Scale, str] = MappingProxyType({"C": "average trough", "y": "one measured trough"})


@dataclass(frozen=True, kw_only=True)
class TrueProbability:
    r"""Probability of an event, :math:`a + b\,\mathrm{expit}(α + β \log(c / c_0) + γ Z)`.

    Attributes
    ----------
    intercept, slope : float
        α, and β per unit of log exposure (0 where exposure has no effect).
    center_mg_l : float
        c₀ in mg/L.
    floor, height : float
        a and b, with 0 ≤ a and a + b ≤ 1.
    covariate_slope : float
        γ per standard deviation of the covariate Z.
    """

    intercept: float = 0.0
    slope: float = 0.0
    center_mg_l: float = 2.91
    floor: float = 0.0
    height: float = 1.0
    covariate_slope: float = 0.0

    def __post_init__(self) -> None:
        if not (self.floor >= 0.0 and self.height >= 0.0 and self.floor + self.height <= 1.0):
            msg = f"expected floor and height of a probability within [0, 1], got {self.floor} and {self.height}"
            raise ValueError(msg)


@dataclass(frozen=True, kw_only=True)
class TrueSurvival:
    r"""Weibull survival from the start of the clock, by its median; the log hazard ratio is :math:`β u + h u^2 + γ Z`.

    Attributes
    ----------
    median_months : float
        Median at c₀ (and Z = 0) in months.
    center_mg_l : float
        c₀ in mg/L; :math:`u = \log(c / c_0)`.
    linear, curvature, covariate_slope : float
        β and h per unit of log exposure, γ per standard deviation of Z.
    shape : float
        Weibull shape k.
    """

    median_months: float = 12.0
    center_mg_l: float = 2.91
    linear: float = 0.0
    curvature: float = 0.0
    covariate_slope: float = 0.0
    shape: float = 1.25


@dataclass(frozen=True, kw_only=True)
class DoseReductions:
    """Doses that are lowered again and again in whoever lives to see it.

    Attributes
    ----------
    gap_months : float
        Mean of the exponential time from one reduction to the next.
    factor : float
        What a reduction leaves of the dose, in (0, 1).
    most : int
        Reductions a patient can have.
    """

    gap_months: float
    factor: float
    most: int


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One simulated truth.

    Attributes
    ----------
    name, meaning : str
        The released name (it enters the seed) and one sentence for a reader.
    toxicity, response : TrueProbability
    survival : TrueSurvival
    driver : {"C", "y"}
        What exposure effects obey: the average trough, or the first measured one.
    exposure_median_mg_l, exposure_sd_between, exposure_sd_within : float
        Median of C in mg/L; standard deviations of log C between and of log y within patients.
    covariate_correlation : float or None
        Correlation of the covariate Z ~ N(0, 1) (worse = higher) with log C; None when there is no covariate.
    grade_gaps : tuple of float
        Where given, the logits of grade ≥ 1, ≥ 2 and ≥ 3 less those of the next grade: grades are recorded.
    event_types : tuple of (str, TrueProbability)
        Where given, toxicity is any of these types of event, independent given the driver; `toxicity` is not used.
    sites : int
        Where above 0, Z is that of the patient's site, of which there are so many, equally large.
    recorded : bool
        Whether the cohort tells Z: as ``age`` in years, 62 + 9 Z, not known of one patient in 25, beside ``sex``, on
        which nothing depends.
    sampling_month : float
        Month of treatment at which the (first) trough is drawn; 0 stands for early in treatment.
    dose_cut_after_toxicity : float
        Factor on C, before sampling, of a patient who had toxicity.
    alive_at_sampling : bool
        Patients who died before `sampling_month` are not in the cohort. Time zero is then the sampling of the trough:
        deaths and end of follow-up are drawn on the clock of treatment and recorded from `sampling_month`.
    response_alive_month : float or None
        Response is 1 only in patients alive at this month of treatment.
    reductions : DoseReductions or None
        Doses fall with time; the trough is then that of the last day of follow-up.
    earlier : float
        Share of the patients, the first of the cohort, who are of an earlier study and have Z = 1. What is true is
        true of the others, who have Z = 0.
    dated : DatedTroughs or None
        The days of troughs matter; a cohort can have at most as many as there are days.
    onset : ToxicityOnset or None
        The month in which toxicity began is recorded; `survival` is that before any toxicity.
    """

    name: str
    meaning: str
    toxicity: TrueProbability
    response: TrueProbability
    survival: TrueSurvival
    driver: Scale = "C"
    exposure_median_mg_l: float = 2.91
    exposure_sd_between: float = 0.55
    exposure_sd_within: float = 0.29
    covariate_correlation: float | None = None
    grade_gaps: tuple[float, ...] = ()
    event_types: tuple[tuple[str, TrueProbability], ...] = ()
    sites: int = 0
    recorded: bool = False
    sampling_month: float = 0.0
    dose_cut_after_toxicity: float = 1.0
    alive_at_sampling: bool = False
    response_alive_month: float | None = None
    reductions: DoseReductions | None = None
    earlier: float = 0.0
    dated: DatedTroughs | None = None
    onset: ToxicityOnset | None = None

    def __post_init__(self) -> None:
        if self.sites and self.covariate_correlation != 0.0:
            msg = f"scenario {self.name!r}: what is of the site is not of the patient's exposure"
            raise ValueError(msg)
        selective = self.alive_at_sampling or self.response_alive_month is not None
        if selective and (self.driver != "C" or self.covariate_correlation is not None):
            msg = f"scenario {self.name!r}: selection by survival needs the driver 'C' and no covariate"
            raise ValueError(msg)
        if self.response_alive_month is not None and self.response_alive_month < self.sampling_month:
            msg = f"scenario {self.name!r}: response is judged before the trough is drawn"
            raise ValueError(msg)
        if self.reductions is not None and (
            selective or self.driver != "C" or self.dose_cut_after_toxicity != 1.0 or self.sampling_month != 0.0
        ):
            msg = f"scenario {self.name!r}: doses that fall with time need the driver 'C' and a trough at the end"
            raise ValueError(msg)
        if not 0.0 <= self.earlier < 1.0 or (self.earlier and self.covariate_correlation is not None):
            msg = (
                f"scenario {self.name!r}: an earlier study is a part of the patients, and has the place of a covariate"
            )
            raise ValueError(msg)
        if self.onset is not None and (selective or self.reductions is not None or self.event_types or self.grade_gaps):
            msg = f"scenario {self.name!r}: the onset of toxicity goes with plain toxicity and no selection by survival"
            raise ValueError(msg)
        if self.driver != "C" and self.dose_cut_after_toxicity != 1.0:
            msg = f"scenario {self.name!r}: a trough drawn after a dose cut cannot drive the toxicity that caused it"
            raise ValueError(msg)


_TOXICITY = TrueProbability(slope=0.9, center_mg_l=2.91)
_SHIFTED_TOXICITY = TrueProbability(intercept=-0.7, slope=0.9, center_mg_l=2.91)
_FLAT_TOXICITY = TrueProbability(intercept=-0.85)
_RESPONSE = TrueProbability(slope=3.0, center_mg_l=1.4)
_FLAT_RESPONSE = TrueProbability(intercept=0.6)
_HUMP = TrueSurvival(median_months=14.0, center_mg_l=2.9, curvature=0.45)
_FLAT_SURVIVAL = TrueSurvival(median_months=12.0)
_SURVIVAL_BY_Z = TrueSurvival(median_months=12.0, covariate_slope=0.8)

_RELEASED = (
    Scenario(
        name="literal",
        meaning="Reproduces the published abstract: outcomes follow one measured trough, steeply.",
        driver="y",
        toxicity=TrueProbability(slope=1.6, center_mg_l=2.91),
        response=TrueProbability(slope=7.0, center_mg_l=1.25),
        survival=TrueSurvival(median_months=20.3, center_mg_l=2.70, curvature=1.76),
    ),
    Scenario(
        name="moderate",
        meaning="Plausible slopes on the average trough, survival best in the middle.",
        toxicity=_TOXICITY,
        response=_RESPONSE,
        survival=_HUMP,
    ),
    Scenario(
        name="moderate_shift",
        meaning="As moderate, with lower troughs and rarer toxicity, so that no limit equals the reference exposure.",
        exposure_median_mg_l=2.4,
        toxicity=_SHIFTED_TOXICITY,
        response=_RESPONSE,
        survival=_HUMP,
    ),
    Scenario(
        name="monotone",
        meaning="As moderate, but survival keeps improving with exposure.",
        toxicity=_TOXICITY,
        response=_RESPONSE,
        survival=TrueSurvival(median_months=11.0, center_mg_l=2.91, linear=-0.5),
    ),
    Scenario(
        name="step",
        meaning="Toxicity and response change abruptly, at 3.45 and 1.15 mg/L.",
        toxicity=TrueProbability(slope=8.0, center_mg_l=3.45, floor=0.28, height=0.57),
        response=TrueProbability(slope=8.0, center_mg_l=1.15),
        survival=_HUMP,
    ),
    Scenario(
        name="null",
        meaning="Exposure changes nothing: any window found is false.",
        toxicity=_FLAT_TOXICITY,
        response=_FLAT_RESPONSE,
        survival=_FLAT_SURVIVAL,
    ),
    Scenario(
        name="confounded",
        meaning="Exposure changes nothing; sicker patients have lower troughs and die earlier.",
        covariate_correlation=-0.5,
        toxicity=_FLAT_TOXICITY,
        response=_FLAT_RESPONSE,
        survival=_SURVIVAL_BY_Z,
    ),
    Scenario(
        name="confounded_response",
        meaning="Exposure causes toxicity only; sicker patients have lower troughs, respond less and die earlier.",
        covariate_correlation=-0.5,
        toxicity=_SHIFTED_TOXICITY,
        response=TrueProbability(intercept=0.6, covariate_slope=-1.0),
        survival=_SURVIVAL_BY_Z,
    ),
    Scenario(
        name="reverse",
        meaning="Toxicity lowers the trough: it is drawn at month 2, after a toxic patient's exposure was halved.",
        toxicity=_TOXICITY,
        response=_RESPONSE,
        survival=_FLAT_SURVIVAL,
        sampling_month=2.0,
        dose_cut_after_toxicity=0.5,
    ),
    Scenario(
        name="landmark",
        meaning="The trough is drawn at month 2 in those alive, and response needs survival to month 3.",
        toxicity=_TOXICITY,
        response=_RESPONSE,
        survival=_HUMP,
        sampling_month=2.0,
        alive_at_sampling=True,
        response_alive_month=3.0,
    ),
    Scenario(
        name="immortal",
        meaning="The longer a patient lives the lower the dose; the trough is the last one, low in survivors.",
        toxicity=_TOXICITY,
        response=_RESPONSE,
        survival=_FLAT_SURVIVAL,
        reductions=DoseReductions(gap_months=6.0, factor=0.5, most=2),
    ),
)
SCENARIOS: Mapping[str, Scenario] = MappingProxyType({scenario.name: scenario for scenario in _RELEASED})
"""The scenarios of the studies."""

_OF_BLOCKS = (
    Scenario(
        name="sites",
        meaning="As moderate, at five sites that differ in toxicity, response and survival.",
        covariate_correlation=0.0,
        sites=5,
        toxicity=TrueProbability(slope=0.9, center_mg_l=2.91, covariate_slope=0.5),
        response=TrueProbability(slope=3.0, center_mg_l=1.4, covariate_slope=-0.5),
        survival=TrueSurvival(median_months=14.0, center_mg_l=2.9, curvature=0.45, covariate_slope=0.4),
    ),
    Scenario(
        name="grades",
        meaning="As moderate, with the worst grade of toxicity recorded.",
        toxicity=_TOXICITY,
        response=_RESPONSE,
        survival=_HUMP,
        grade_gaps=(1.0, 1.2, 2.0),
    ),
    Scenario(
        name="event_types",
        meaning="As moderate, with toxicity of three types, two of which rise with exposure.",
        toxicity=_TOXICITY,
        response=_RESPONSE,
        survival=_HUMP,
        event_types=(
            ("hand_foot_skin_reaction", TrueProbability(intercept=-1.0, slope=1.2)),
            ("diarrhoea", TrueProbability(intercept=-1.6, slope=0.9)),
            ("hypertension", TrueProbability(intercept=-1.9, slope=0.0)),
        ),
    ),
    Scenario(
        name="frailty",
        meaning="As moderate, with patients who are worse off on every endpoint, whatever their exposure.",
        covariate_correlation=0.0,
        toxicity=TrueProbability(slope=0.9, center_mg_l=2.91, covariate_slope=0.8),
        response=TrueProbability(slope=3.0, center_mg_l=1.4, covariate_slope=-0.8),
        survival=TrueSurvival(median_months=14.0, center_mg_l=2.9, curvature=0.45, covariate_slope=0.8),
    ),
    Scenario(
        name="decline",
        meaning="As moderate, with exposure that declines over months and four troughs, two of them a day apart.",
        toxicity=_TOXICITY,
        response=_RESPONSE,
        survival=_HUMP,
        exposure_sd_within=0.2,
        dated=DatedTroughs(
            days=(14, 15, 60, 120), decline_size=0.6, decline_months=3.0, reference_day=30, occasion_sd=0.2
        ),
    ),
    Scenario(
        name="earlier",
        meaning="As moderate, with half of the patients of an earlier study in which toxicity was commoner.",
        earlier=0.5,
        toxicity=TrueProbability(slope=0.9, center_mg_l=2.91, covariate_slope=0.8),
        response=_RESPONSE,
        survival=_HUMP,
    ),
    Scenario(
        name="onset",
        meaning="As moderate, and toxicity, which begins within six weeks, raises the hazard of death from then on.",
        toxicity=_TOXICITY,
        response=_RESPONSE,
        survival=_HUMP,
        onset=ToxicityOnset(window_months=1.5, log_hazard=0.6),
    ),
    Scenario(
        name="covariates",
        meaning="As moderate, but the older have lower troughs, respond less and die earlier; age is recorded.",
        covariate_correlation=-0.5,
        recorded=True,
        toxicity=TrueProbability(slope=0.9, center_mg_l=2.91, covariate_slope=0.4),
        response=TrueProbability(slope=3.0, center_mg_l=1.4, covariate_slope=-0.6),
        survival=TrueSurvival(median_months=14.0, center_mg_l=2.9, curvature=0.45, covariate_slope=0.6),
    ),
)
BLOCK_SCENARIOS: Mapping[str, Scenario] = MappingProxyType({scenario.name: scenario for scenario in _OF_BLOCKS})
"""Further ones, each with what one block of a model file is for."""
ALL_SCENARIOS: Mapping[str, Scenario] = MappingProxyType({**SCENARIOS, **BLOCK_SCENARIOS})


def find_scenario(scenario: str | Scenario) -> Scenario:
    """Return the released scenario called `scenario`; a :class:`Scenario` of one's own is returned as it is.

    Raises
    ------
    UsageError
        When no released scenario has that name; the known names are listed.
    """
    check_argument("scenario", scenario, instance("a Scenario, or the name of one", Scenario, str))
    if isinstance(scenario, Scenario):
        return scenario
    if scenario in ALL_SCENARIOS:
        return ALL_SCENARIOS[scenario]
    nearest = difflib.get_close_matches(scenario, ALL_SCENARIOS, n=1)
    hint = f"did you mean {nearest[0]!r}? " if nearest else ""
    msg = f"unknown scenario {scenario!r}: {hint}known: {', '.join(ALL_SCENARIOS)}"
    raise UsageError(msg)
