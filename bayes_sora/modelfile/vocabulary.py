"""The closed vocabulary of a model file, declared once: linter, builder and docs/model-files.md all follow it.

Prior families are declared here by name, so that reading a model file needs no SciPy; a test ties them to
:mod:`bayes_sora.numerics.priors`.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, cast

from bayes_sora.modelfile.forms import FORMS
from bayes_sora.modelfile.outcomes import DEFAULT_KINDS, KINDS
from bayes_sora.types import ENDPOINTS, Endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = 1
CONCENTRATION_UNITS = ("mg/L", "µg/mL", "ug/mL", "ng/mL", "µmol/L", "umol/L", "mg")
DOSE_UNIT = "mg"
MOLAR_UNITS = frozenset({"µmol/L", "umol/L"})


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The numbers a key takes: from `low` to `high`, without the ends when `open_ends`."""

    low: float
    high: float
    words: str
    open_ends: bool = False

    def hold(self, value: float) -> bool:
        """Say whether `value` lies inside; NaN and infinities never do, integers of any size compare exactly."""
        return self.low < value < self.high if self.open_ends else self.low <= value <= self.high


ANY = Bounds(low=-1e9, high=1e9, words="a finite number from −1e9 to 1e9")
POSITIVE = Bounds(low=1e-9, high=1e9, words="a number above 0 (1e-9 to 1e9)")
NOT_NEGATIVE = Bounds(low=0.0, high=1e9, words="a number from 0 to 1e9")
PROBABILITY = Bounds(low=0.0, high=1.0, words="a probability strictly between 0 and 1", open_ends=True)
WEIGHT = Bounds(low=0.0, high=1.0, words="a number from 0 to 1")
SHARE = Bounds(low=0.001, high=1.0, words="a share from 0.001 to 1")
GRADE = Bounds(low=1, high=4, words="a grade from 1 to 4")
COUNT = Bounds(low=1, high=1_000_000, words="a whole number from 1 to 1,000,000")
CHAINS = Bounds(low=1, high=64, words="a whole number from 1 to 64")

Kind = Literal["text", "number", "integer", "date", "texts", "numbers", "integers"]


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key of a table: what it means and what it takes.

    Attributes
    ----------
    kind : {"text", "number", "integer", "date", "texts", "numbers", "integers"}
        The plurals are arrays of texts, numbers, and whole numbers.
    meaning : str
        One line, as in docs/model-files.md.
    required : bool
    bounds : Bounds
        Of a number or an integer, or of each entry of their arrays.
    choices : tuple of str
        The texts that are known, also of each entry of texts; () takes any.
    longest : int
        Most characters of a text, most entries of an array.
    """

    kind: Kind
    meaning: str
    required: bool = False
    bounds: Bounds = ANY
    choices: tuple[str, ...] = ()
    longest: int = 4000


Keys = MappingProxyType[str, Key]


def _positive(meaning: str, *, required: bool = False) -> Key:
    return Key(kind="number", meaning=meaning, required=required, bounds=POSITIVE)


def _probability(meaning: str) -> Key:
    return Key(kind="number", meaning=meaning, bounds=PROBABILITY)


TOP: Keys = MappingProxyType(
    {
        "schema": Key(kind="integer", meaning="version of this vocabulary, 1", required=True, bounds=ANY),
        "name": Key(kind="text", meaning="the file's name without .toml", required=True, longest=80),
        "title": Key(kind="text", meaning="one line for lists and reports", required=True, longest=200),
        "description": Key(kind="text", meaning="what the model assumes and when to use it"),
        "released": Key(kind="date", meaning="day from which the file is frozen"),
        "extends": Key(kind="text", meaning="name of the model file this one changes", longest=80),
    }
)
IDENTITY = frozenset({"schema", "name", "title", "description", "released"})  # a file never inherits these

DRUG: Keys = MappingProxyType(
    {
        "name": Key(kind="text", meaning="the drug", required=True, longest=200),
        "unit": Key(
            kind="text", meaning="unit of every exposure in this file", required=True, choices=CONCENTRATION_UNITS
        ),
        "molar_mass_g_mol": _positive("molar mass in g/mol, needed for µmol/L"),
        "reference": _positive("reference exposure c_ref, where x = log(C/c_ref) = 0", required=True),
        "range": Key(
            kind="numbers",
            meaning="[low, high] of the search for windows; from the cohort when absent",
            bounds=POSITIVE,
            longest=2,
        ),
        "source": Key(kind="text", meaning="where reference and range come from"),
    }
)
LIMITS: Keys = MappingProxyType(
    {
        "max_toxicity": _probability("π_T, the largest acceptable probability of toxicity"),
        "toxicity_grade": Key(
            kind="integer",
            meaning="the grade from which toxicity counts, 1 to 4; other than 3 needs kind ordinal",
            bounds=GRADE,
        ),
        "min_response": _probability("π_R, the smallest acceptable probability of response"),
        "min_survival": _probability("π_S, the smallest acceptable survival; no condition when absent"),
        "survival_months": _positive("t*, the time of that survival in months"),
    }
)
UTILITY: Keys = MappingProxyType(
    {
        "tau_months": _positive("τ, the horizon of the restricted mean survival time"),
        "toxicity_cost_months": Key(kind="number", meaning="w, what one toxicity costs in months", bounds=NOT_NEGATIVE),
        "tolerance_months": _positive("δ, how far below the best a window may fall"),
    }
)
PUBLISHED: Keys = MappingProxyType(
    {
        "name": Key(kind="text", meaning="as printed in the report", required=True, longest=80),
        "lower": _positive("lower limit; open when absent"),
        "upper": _positive("upper limit; open when absent"),
        "source": Key(kind="text", meaning="the publication"),
    }
)
GROUPS: Keys = MappingProxyType(
    {
        "cuts": Key(
            kind="numbers",
            meaning="rising cut-offs of the survival groups; those of the first published window when absent",
            required=True,
            bounds=POSITIVE,
            longest=8,
        )
    }
)
SAMPLING: Keys = MappingProxyType(
    {
        "chains": Key(kind="integer", meaning="number of chains", bounds=CHAINS),
        "tune": Key(kind="integer", meaning="warm-up draws a chain", bounds=COUNT),
        "draws": Key(kind="integer", meaning="kept draws a chain", bounds=COUNT),
        "target_accept": _probability("target acceptance of NUTS"),
    }
)

# Blocks: the parameters of each form, in the order of the posterior.
EXPOSURE_FORMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"latent": ("log_median", "sd_between", "sd_within"), "observed": ("log_median", "sd")}
)
EXPOSURE_PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"reference_day": ("decline_size", "decline_months"), "occasion_days": ("occasion_sd",)}
)
"""What a latent exposure has besides, by the setting that switches it on."""
CONCENTRATION_PARAMETERS = frozenset(  # written in drug.unit
    f"{endpoint}.{name}" for form in FORMS.values() for endpoint in form.endpoints for name in form.concentrations
)
POSITIVE_PARAMETERS = (
    frozenset({"exposure.sd_between", "exposure.sd_within", "exposure.sd"})
    | {"exposure.decline_months", "exposure.occasion_sd"}
    | CONCENTRATION_PARAMETERS
    | {f"{endpoint}.{name}" for form in FORMS.values() for endpoint in form.endpoints for name in form.positive}
    | {f"{endpoint}.{name}" for kind in KINDS.values() for endpoint in kind.endpoints for name in kind.positive}
)
EXPOSURE_TIME = Key(
    kind="text",
    meaning="whether exposure stays the same (constant) or follows the dose of the day (dose)",
    choices=("constant", "dose"),
)
EXPOSURE_SETTINGS: Keys = MappingProxyType(
    {
        "time": EXPOSURE_TIME,
        "reference_day": Key(
            kind="number", meaning="day that the average trough is of; exposure declines with time", bounds=NOT_NEGATIVE
        ),
        "occasion_days": Key(
            kind="number",
            meaning="troughs within so many days are of one occasion; occasions differ",
            bounds=NOT_NEGATIVE,
        ),
        "interruption_share": Key(
            kind="number",
            meaning="what a dose of 0 mg counts as, over the starting dose; 0.1 when absent",
            bounds=SHARE,
        ),
    }
)
WHEN_SEEN, ALWAYS = "when seen", "always"
SETTINGS: Keys = MappingProxyType(
    {
        "landmark_months": Key(
            kind="number", meaning="survival counts from here on, in those alive then", bounds=NOT_NEGATIVE
        ),
        "other": Key(
            kind="text",
            meaning="whether a type of event that no column records enters when a patient has one, or always",
            choices=(WHEN_SEEN, ALWAYS),
        ),
    }
)
EVENT_FREE = "requires_event_free"
EVENT_FREE_KEYS: Keys = MappingProxyType(
    {
        "endpoint": Key(
            kind="text", meaning="whose event ends the window", required=True, choices=("survival",), longest=80
        ),
        "months": _positive("months over which response is judged", required=True),
    }
)
"""Of ``requires_event_free`` in [response]: death before the end of the window is no response."""
LOG_EXPOSURE_PARAMETER = "exposure.log_median"  # its prior is written in drug.unit and shifts with it
LABEL = Key(kind="text", meaning="the endpoint in words, for figures and reports", longest=80)
DEFAULT_LABELS: Mapping[Endpoint, str] = MappingProxyType(
    {"toxicity": "toxicity", "response": "response", "survival": "overall survival"}
)


def kinds_of(endpoint: Endpoint) -> tuple[str, ...]:
    """Return the kinds an endpoint can be of, the default first."""
    default = DEFAULT_KINDS[endpoint]
    return default, *(name for name, kind in KINDS.items() if endpoint in kind.endpoints and name != default)


def settings_of(endpoint: Endpoint) -> tuple[str, ...]:
    """Return the settings of the kinds an endpoint can be of."""
    return tuple(dict.fromkeys(name for kind in kinds_of(endpoint) for name in KINDS[kind].settings))


def block_forms(block: str, kind: str | None = None) -> dict[str, tuple[str, ...]]:
    """Return the parameters of every form of `block`, in the order of the posterior; `kind` of an endpoint's block."""
    if block == "exposure":
        return dict(EXPOSURE_FORMS)
    endpoint = cast("Endpoint", block)
    base = KINDS[kind or DEFAULT_KINDS[endpoint]].parameters
    return {name: (*base, *form.coefficients(endpoint)) for name, form in FORMS.items() if endpoint in form.endpoints}


def block_parameters(block: str) -> tuple[str, ...]:
    """Return every parameter of `block` in any of its forms and kinds, in the order of the posterior."""
    kinds = (None,) if block == "exposure" else kinds_of(cast("Endpoint", block))
    found = [name for kind in kinds for names in block_forms(block, kind).values() for name in names]
    parts = EXPOSURE_PARTS.values() if block == "exposure" else ()
    return tuple(dict.fromkeys([*found, *(name for names in parts for name in names)]))


def exposure_parts(table: Mapping[str, object]) -> tuple[str, ...]:
    """Return the parameters that the settings of an exposure block switch on, in the order of the posterior."""
    return tuple(name for setting, names in EXPOSURE_PARTS.items() if setting in table for name in names)


BLOCKS = ("exposure", *ENDPOINTS)


# Priors.
@dataclass(frozen=True, kw_only=True)
class Family:
    """A prior family: its arguments, and whether it takes positive values only."""

    arguments: Mapping[str, Bounds]
    positive: bool


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "normal": Family(arguments={"mean": ANY, "sd": POSITIVE}, positive=False),
        "student_t": Family(arguments={"df": POSITIVE, "location": ANY, "scale": POSITIVE}, positive=False),
        "half_normal": Family(arguments={"sd": POSITIVE}, positive=True),
        "log_normal": Family(arguments={"median": POSITIVE, "sd_log": POSITIVE}, positive=True),
        "exponential": Family(arguments={"mean": POSITIVE}, positive=True),
        "gamma": Family(arguments={"shape": POSITIVE, "rate": POSITIVE}, positive=True),
        "robust_normal": Family(
            arguments={"mean": ANY, "sd": POSITIVE, "weight": PROBABILITY, "vague_mean": ANY, "vague_sd": POSITIVE},
            positive=False,
        ),
    }
)
# What a change of unit shifts.
LOCATIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"normal": ("mean",), "student_t": ("location",), "robust_normal": ("mean", "vague_mean")}
)
# What a change of unit multiplies, and divides, in the prior of a concentration.
SCALES = MappingProxyType({"half_normal": "sd", "log_normal": "median", "exponential": "mean"})
RATES = MappingProxyType({"gamma": "rate"})
EXP_MEAN = "exp_mean"  # of a normal, instead of mean = log(exp_mean)
PRIOR_WORDS: Keys = MappingProxyType(
    {
        "unit": Key(kind="text", meaning="unit of the parameter", longest=80),
        "source": Key(kind="text", meaning="where the prior comes from"),
        "meaning": Key(kind="text", meaning="what the parameter means"),
    }
)


def argument_keys(family: str) -> dict[str, Key]:
    """Return the numeric keys a prior of `family` takes, ``exp_mean`` among those of a normal."""
    arguments = FAMILIES[family].arguments
    keys = {
        name: Key(kind="number", meaning=f"argument of {family}", required=True, bounds=bounds)
        for name, bounds in arguments.items()
    }
    if family == "normal":
        keys["mean"] = Key(kind="number", meaning="mean; this or exp_mean", bounds=ANY)
        keys[EXP_MEAN] = _positive("exp of the mean, for a parameter on a log scale")
    return keys
