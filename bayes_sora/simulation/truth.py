"""What is true of a simulated cohort, as a value and as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import lru_cache
from importlib.metadata import version

from bayes_sora.simulation.scenarios import SCALES, Scale, Scenario
from bayes_sora.simulation.windows import TrueWindow, TrueWindows, true_windows

SCHEMA = 1
WINDOW_DECIMALS = 4
LATER_FIELDS = ("grade_gaps", "event_types", "sites", "reductions", "recorded", "earlier", "onset", "dated")

Json = dict[str, object]


@lru_cache(maxsize=1)
def package_version() -> str:
    """Return the version of the installed package."""
    return version("bayes-sora")


@dataclass(frozen=True, kw_only=True)
class Truth:
    """Where a simulated cohort came from and what is true of it.

    Attributes
    ----------
    scenario : Scenario
    n, seed, troughs : int
    lloq_mg_l : float or None
    history : bool
        Arguments of the simulation.
    version : str
        Version of the package that drew it.
    """

    scenario: Scenario
    n: int
    seed: int
    troughs: int = 1
    lloq_mg_l: float | None = None
    history: bool = False
    version: str = field(default_factory=package_version)

    def windows(self, scale: Scale = "C") -> TrueWindows:
        """Return the true windows on `scale`, with the released range and settings."""
        return true_windows(self.scenario, scale=scale)

    def as_dict(self) -> Json:
        """Return everything as plain JSON values: exposure in mg/L, time in months, null where undefined."""
        return {
            "schema": SCHEMA,
            "scenario": self.scenario.name,
            "meaning": self.scenario.meaning,
            "n": self.n,
            "seed": self.seed,
            "troughs": self.troughs,
            "lloq_mg_l": self.lloq_mg_l,
            **({"history": True} if self.history else {}),
            "version": self.version,
            "unit": "mg/L",
            "time_zero": "start of treatment" if self.history else _time_zero(self.scenario),
            "parameters": _parameters(self.scenario),
            "windows": {scale: _windows_as_dict(self.windows(scale)) for scale in SCALES},
        }


def _time_zero(scenario: Scenario) -> str:
    when = f", month {scenario.sampling_month:g} of treatment" if scenario.sampling_month else ""
    return f"sampling of the trough{when}"


def _parameters(scenario: Scenario) -> Json:
    # What came later is told only where it matters, so that the truths of older scenarios keep their bytes.
    later = {name for name in LATER_FIELDS if not getattr(scenario, name)}
    return {name: value for name, value in asdict(scenario).items() if name not in {"name", "meaning"} | later}


def _windows_as_dict(windows: TrueWindows) -> Json:
    limits, utility = (asked.as_dict() for asked in (windows.questions.limits, windows.questions.utility))
    return {
        "scale": SCALES[windows.scale],
        "span": [windows.span.low, windows.span.high],
        "limits": {"settings": limits, **_window_as_dict(windows.limits)},
        "youden": _window_as_dict(windows.youden),
        "utility": {"settings": utility, "optimum": _printed(windows.optimum), **_window_as_dict(windows.utility)},
    }


def _window_as_dict(window: TrueWindow) -> Json:
    return {
        "exists": window.exists,
        "lower": _printed(window.lower),
        "upper": _printed(window.upper),
        "disconnected": window.disconnected,
    }


def _printed(exposure_mg_l: float | None) -> float | None:
    """Round far above the error of the root finding, so that the file has the same bytes everywhere."""
    return None if exposure_mg_l is None else round(exposure_mg_l, WINDOW_DECIMALS)
