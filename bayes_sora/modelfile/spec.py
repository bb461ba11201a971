"""The model file as frozen values: what a linted TOML file means.

A model file names a drug, the blocks of the joint model with one prior a parameter, the defaults of the windows and
the published windows to score. Nothing in it executes. Units of exposure are those of the file (``drug.unit``); the
values here are already in mg/L and months.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from bayes_sora.modelfile.forms import FORMS
from bayes_sora.modelfile.outcomes import KINDS
from bayes_sora.modelfile.power_prior import bound_weights, patient_weights
from bayes_sora.modelfile.prior import STANDARD_NORMAL, Prior
from bayes_sora.modelfile.terms.term import EXPOSURE_Z, FRAILTY, PatientTerm, RandomEffect, TermBlock, Vector
from bayes_sora.numerics.follow_up import INTERRUPTION_SHARE
from bayes_sora.questions import DEFAULT_QUESTIONS, Questions
from bayes_sora.types import ENDPOINT_GRADE, ENDPOINTS, Endpoint, ExposureUnit, Span, freeze_fields

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from bayes_sora.cohort.expected import Expected
    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.forms import EffectForm
    from bayes_sora.modelfile.outcomes import OutcomeKind
    from bayes_sora.numerics.ops import Array, Ops
    from bayes_sora.types import FloatArray

ExposureForm = Literal["latent", "observed"]
ExposureTime = Literal["constant", "dose"]


@dataclass(frozen=True, kw_only=True)
class ExposureBlock:
    """The exposure model: ``latent`` (measured with error) or ``observed`` (taken as measured).

    `priors` is keyed by parameter name without the block: ``log_median`` and ``sd_between``, ``sd_within`` (latent) or
    ``sd`` (observed). `time` says whether exposure is the same throughout (``constant``) or in proportion to the dose
    of the day (``dose``): C is then that of the starting dose. With `reference_day` exposure declines with time, and
    C is that of this day; with `occasion_days` troughs within so many days of the first of them share a deviation.
    `interruption_share` is what an interruption counts as, over the starting dose.
    """

    form: ExposureForm
    priors: Mapping[str, Prior]
    time: ExposureTime = "constant"
    reference_day: float | None = None
    occasion_days: float | None = None
    interruption_share: float = INTERRUPTION_SHARE

    def __post_init__(self) -> None:
        freeze_fields(self)

    @property
    def dated(self) -> bool:
        """Whether the days of troughs matter: exposure declines, or occasions differ."""
        return self.reference_day is not None or self.occasion_days is not None

    def without_occasions(self) -> ExposureBlock:
        """Return the block without what the troughs of an occasion share."""
        priors = {name: prior for name, prior in self.priors.items() if name != "occasion_sd"}
        return replace(self, priors=priors, occasion_days=None)


@dataclass(frozen=True, kw_only=True)
class OutcomeBlock:
    """One endpoint: its kind, its form and priors.

    `kind` is a key of :data:`bayes_sora.modelfile.outcomes.KINDS`, `form` one of
    :data:`bayes_sora.modelfile.forms.FORMS`. `priors` is keyed by parameter name without the endpoint: what its kind
    has before the exposure effect, such as ``intercept``, or ``median`` and ``shape``, then the coefficients of the
    form. `reference_mg_l` and `span` are those of the drug: an EC50 is in mg/L, x is centred on the reference, splines
    have their knots in the range. `event_grade` is the grade from which toxicity counts in curves and windows.
    `vectors` are parameters with labels, as the kind has them; those of the form are in `effect_vectors`.
    `landmark_months` is when survival starts to count, `follows_dose` whether exposure changes with the dose, and
    `interruption_share` what an interruption counts as; they matter to the kinds with rows. `event_free_months` is the
    window over which response is judged, None where it is taken as recorded. `other` says whether the last of the types
    of event is one that no column records.
    """

    endpoint: Endpoint
    form: str
    priors: Mapping[str, Prior]
    kind: str
    label: str = ""
    reference_mg_l: float = 1.0
    event_grade: int = ENDPOINT_GRADE
    span: Span | None = None
    vectors: tuple[Vector, ...] = ()
    landmark_months: float = 0.0
    follows_dose: bool = False
    event_free_months: float | None = None
    interruption_share: float = INTERRUPTION_SHARE
    other: bool = False

    def __post_init__(self) -> None:
        freeze_fields(self)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Full names of its parameters, such as ``survival_median``."""
        return tuple(f"{self.endpoint}_{name}" for name in self.priors)

    @property
    def outcome(self) -> OutcomeKind:
        """What the endpoint is."""
        return KINDS[self.kind]

    def observed(self, cohort: Cohort) -> FloatArray | None:
        """Return what the curves are about as a cohort has it, 0, 1 or NaN; of survival, the months."""
        own: FloatArray | None = getattr(cohort, "os_months" if self.endpoint == "survival" else self.endpoint)
        if self.outcome.event is None or self.outcome.recorded is None or self.event_grade == ENDPOINT_GRADE:
            return own
        recorded = getattr(cohort, self.outcome.recorded)
        return None if recorded is None else self.outcome.event(recorded, self)

    @property
    def effect_form(self) -> EffectForm:
        """How the endpoint changes with exposure."""
        return FORMS[self.form]

    @property
    def effect_vectors(self) -> tuple[Vector, ...]:
        """The standardised coefficients of the form, such as ``toxicity_spline``; none of most forms."""
        form = self.effect_form
        name = f"{self.endpoint}_{form.vector}"
        return (Vector(name, f"{name}_part", form.labels, STANDARD_NORMAL),) if form.vector else ()

    @property
    def scalar_coefficients(self) -> tuple[str, ...]:
        """Full names of the coefficients of the exposure effect that are one number, such as ("toxicity_slope",)."""
        return tuple(f"{self.endpoint}_{name}" for name in self.effect_form.coefficients(self.endpoint))

    @property
    def coefficients(self) -> tuple[str, ...]:
        """Full names of all coefficients of the exposure effect in their order, entries of vectors among them."""
        return (*self.scalar_coefficients, *(entry for vector in self.effect_vectors for entry in vector.entries))


@dataclass(frozen=True, kw_only=True)
class Drug:
    """The drug and its exposure scale; `reference_mg_l` and `span` in mg/L, printed in `unit`.

    `span` is the optimisation range; None takes it from the cohort (0.75 × smallest to 1.25 × largest trough).
    """

    name: str
    unit: ExposureUnit
    reference_mg_l: float
    molar_mass_g_mol: float | None = None
    span: Span | None = None
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class PublishedWindow:
    """A published window in mg/L; an open end is None and counts as the edge of the range."""

    name: str
    lower_mg_l: float | None
    upper_mg_l: float | None
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """Default sampling: chains × (tune + draws) and the target acceptance of NUTS."""

    chains: int = 4
    tune: int = 1000
    draws: int = 1000
    target_accept: float = 0.9


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """A model file, read and linted.

    Attributes
    ----------
    name : str
        With its version, such as ``"sorafenib_joint.v1"``.
    title, description : str
        For people.
    released : datetime.date or None
        Day from which the file is frozen.
    drug : Drug
    exposure : ExposureBlock
    outcomes : mapping of endpoint to OutcomeBlock
        In the order toxicity, response, survival; at least one.
    questions : Questions
        What is asked of a fit where nothing else is; the table ``[windows]``.
    published : tuple of PublishedWindow
    group_cuts_mg_l : tuple of float
        Cut-offs of the survival groups in mg/L, rising; may be empty.
    sampling : Sampling
    terms : tuple of TermBlock
        What makes parameters differ between patients.
    study_weights : mapping of str to float
        How much a patient of an earlier study counts, from 0 to 1; those of other studies count in full.
    sha256 : str
        Hash of the resolved content (order and comments do not matter).
    text : str
        The resolved file as canonical JSON, so that a result folder can carry it.
    """

    name: str
    title: str
    drug: Drug
    exposure: ExposureBlock
    outcomes: Mapping[Endpoint, OutcomeBlock]
    description: str = ""
    released: dt.date | None = None
    questions: Questions = DEFAULT_QUESTIONS
    published: tuple[PublishedWindow, ...] = ()
    group_cuts_mg_l: tuple[float, ...] = ()
    sampling: Sampling = field(default_factory=Sampling)
    terms: tuple[TermBlock, ...] = ()
    study_weights: Mapping[str, float] = field(default_factory=dict)
    sha256: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        freeze_fields(self)

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints the model has a block for, in the fixed order."""
        return tuple(endpoint for endpoint in ENDPOINTS if endpoint in self.outcomes)

    @property
    def identity(self) -> str:
        """What tells apart two models that are computed with: the content, and the labels a cohort brought."""
        labels = (f"{vector.name}:{'|'.join(vector.labels)}" for vector in self.vectors)
        # What a block has learnt of its cohort, such as the mean of a covariate, is computed with as well.
        return " ".join((self.sha256, *labels, repr(self.terms), repr(self.exposure.occasion_days)))

    @property
    def scalar_priors(self) -> dict[str, Prior]:
        """Prior of every parameter that is one number, under its posterior name, such as ``toxicity_slope``."""
        named = {f"exposure_{name}": prior for name, prior in self.exposure.priors.items()}
        for endpoint in self.endpoints:
            named |= {f"{endpoint}_{name}": prior for name, prior in self.outcomes[endpoint].priors.items()}
        for block in self.terms:
            named |= block.priors()
        return named

    @property
    def vectors(self) -> tuple[Vector, ...]:
        """Parameters with one entry a label, such as the effects of the sites of a cohort."""
        blocks = self.outcomes.values()
        of_outcomes = (vector for block in blocks for vector in (*block.effect_vectors, *block.vectors))
        return (*of_outcomes, *(vector for block in self.terms for vector in block.vectors()))

    @property
    def priors(self) -> dict[str, Prior]:
        """Prior of every number that is estimated: the entries of vectors are called such as ``name[label]``."""
        entries = {entry: vector.prior for vector in self.vectors for entry in vector.entries}
        return self.scalar_priors | entries

    @property
    def patient_terms(self) -> tuple[PatientTerm, ...]:
        """What is added to which parameter of a patient."""
        return tuple(term for block in self.terms for term in block.terms())

    @property
    def random_effects(self) -> tuple[RandomEffect, ...]:
        """What varies in the population beyond exposure."""
        return tuple(effect for block in self.terms for effect in block.random_effects())

    @property
    def has_frailty(self) -> bool:
        """Whether the patients have a latent of their own beside exposure."""
        return any(term.column == FRAILTY for term in self.patient_terms)

    @property
    def has_exposure_terms(self) -> bool:
        """Whether something else of a patient goes with how far the exposure lies from what is expected."""
        return any(term.column == EXPOSURE_Z for term in self.patient_terms)

    @property
    def expected(self) -> Expected:
        """What exposures and times of a cohort are expected, for :func:`bayes_sora.read_cohort`."""
        from bayes_sora.modelfile.expected import expected_of  # noqa: PLC0415 - it needs this module

        return expected_of(self)

    @property
    def covariates(self) -> tuple[str, ...]:
        """The covariates that a cohort must bring."""
        return tuple(dict.fromkeys(name for block in self.terms for name in block.needs()))

    def derived(self, ops: Ops, parameters: Mapping[str, Array]) -> dict[str, Array]:
        """Return the parameters with the factors that the terms compute from them."""
        return dict(parameters) | {
            name: value for block in self.terms for name, value in block.derive(ops, parameters).items()
        }

    def log_entry(
        self,
        ops: Ops,
        x: Array,
        of_patient: Mapping[str, Array],
        data: Mapping[Endpoint, Mapping[str, Array]],
    ) -> Array | None:
        """Return the log probability of living to entry; None where it does not depend on the patient's frailty.

        Parameters
        ----------
        ops : Ops
        x : array
            Centred log exposures.
        of_patient : mapping of name to array
            Parameters with what frailty adds to them.
        data : mapping of endpoint to arrays by name
            What each endpoint is conditioned on.
        """
        acted_on = [term.target for term in self.patient_terms if term.column == FRAILTY]
        for endpoint, block in self.outcomes.items():
            log_entry = block.outcome.log_entry
            if log_entry is not None and any(target.startswith(f"{endpoint}_") for target in acted_on):
                return log_entry(ops, x, of_patient, block, data[endpoint])
        return None

    def patient_columns(self, cohort: Cohort) -> dict[str, FloatArray]:
        """Return what the terms need to know of the patients, each of shape (n_patients,)."""
        return {name: column for block in self.terms for name, column in block.columns(cohort).items()}

    def patient_weights(self, cohort: Cohort) -> FloatArray | None:
        """Return how much each patient's likelihood counts, shape (n_patients,); None where all count in full."""
        return patient_weights(self.study_weights, cohort)


def bind_model(model: ModelFile, cohort: Cohort) -> tuple[ModelFile, tuple[str, ...]]:
    """Return `model` as it is for a cohort, and in words what of it the cohort leaves out or adds.

    The cohort brings the labels of sites, studies and types of event; a hierarchy over a single one collapses, and a
    toxicity of no recorded type adds a type.
    """
    found = [block.bound(cohort) for block in model.terms]
    kept = tuple(block for block in found if not isinstance(block, str))
    outcomes = {endpoint: block.outcome.bind(block, cohort) for endpoint, block in model.outcomes.items()}
    weights, without = bound_weights(model.study_weights, cohort)
    exposure, single = _bound_exposure(model.exposure, cohort)
    bound = replace(model, terms=kept, outcomes=outcomes, study_weights=weights, exposure=exposure)
    notes = (block.outcome.note(block, cohort) for block in outcomes.values())
    brought = tuple(note for note in notes if note is not None)
    return bound, (*(reason for reason in found if isinstance(reason, str)), *without, *single, *brought)


def _bound_exposure(block: ExposureBlock, cohort: Cohort) -> tuple[ExposureBlock, tuple[str, ...]]:
    if not block.dated:
        return block, ()
    from bayes_sora.modelfile.dated import without_single_occasions  # noqa: PLC0415 - SciPy, which reading does without

    return without_single_occasions(block, cohort)
