"""A fitted joint model: the one object that ties cohort, model file, posterior, curves and windows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import xarray as xr

from bayes_sora.arguments import check_argument, whole
from bayes_sora.classical import Classical, classical_analysis
from bayes_sora.curves import GRID_SIZE, Curves, build_curves
from bayes_sora.errors import UsageError
from bayes_sora.fitting.answer import answer_sentence
from bayes_sora.fitting.borrowing import BorrowedPrior, BorrowedStudy, borrowed_priors, borrowed_studies
from bayes_sora.fitting.power_scaling import PowerScaling, power_scaling
from bayes_sora.fitting.predictive_checks import PredictiveCheck, predictive_checks, replicated_patients
from bayes_sora.fitting.provenance import Provenance
from bayes_sora.fitting.trust import Trust, diagnose_fit, judge, summarise_diagnostics
from bayes_sora.inference.labels import flat_parameters
from bayes_sora.modelfile.asked import Asked
from bayes_sora.modelfile.spec import ModelFile
from bayes_sora.questions import SETTINGS, Settings, WindowKind
from bayes_sora.types import Span
from bayes_sora.window import (
    PublishedAcceptance,
    PublishedScore,
    Window,
    applicable,
    make_window,
    population_span,
    published_acceptance,
    score_published,
)

if TYPE_CHECKING:
    import pymc as pm

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.fitting.covariate_effects import LimitRatio
    from bayes_sora.fitting.prior.result import PriorPredictive
    from bayes_sora.inference.diagnose import Convergence

GRADES = (1, 2, 3, 4)
POPULATION_GRID = 129


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A fitted joint model.

    Attributes
    ----------
    cohort : Cohort
    model_file : ModelFile
    posterior : xarray.DataTree
        Everything sampled and computed: groups ``posterior``, ``sample_stats``, ``log_likelihood``, ``log_prior``,
        ``prior``, ``posterior_predictive``, ``observed_data``, ``constant_data``. Every ArviZ function works on it.
    provenance : Provenance
        Inputs by hash, versions, seed, engine, durations.
    """

    cohort: Cohort
    model_file: ModelFile
    posterior: xr.DataTree
    provenance: Provenance

    def __repr__(self) -> str:
        patients, draws = self.cohort.n_patients, self.parameters.sizes["chain"] * self.parameters.sizes["draw"]
        return f"<Fit of {patients} patients by {self.model_file.name}: {draws:,} draws, trust {self.trust.verdict}>"

    def sentence(self) -> str:
        """Return the answer of the leading window in one sentence for people."""
        return answer_sentence(self)

    def __getstate__(self) -> dict[str, object]:
        """Travel to another process with all that was found, but without the PyMC model, which is built again."""
        return {name: value for name, value in self.__dict__.items() if name != "model"}

    @property
    def pymc_model(self) -> pm.Model:
        """The ``pymc.Model`` that was sampled; also called ``model``."""
        return self.model

    @cached_property
    def model(self) -> pm.Model:
        """The ``pymc.Model`` that was sampled (built again on first use)."""
        from bayes_sora.inference import build_model  # noqa: PLC0415 - PyMC takes seconds, and a report needs none

        return build_model(self.model_file, self.cohort)

    @cached_property
    def curves(self) -> Curves:
        """Posterior draws of the curves over exposure."""
        return self._curves(self.parameters)

    @cached_property
    def prior_curves(self) -> Curves:
        """Prior draws of the same curves."""
        return self._curves(flat_parameters(self.posterior["prior"].to_dataset(), self.model_file))

    def _curves(self, parameters: xr.Dataset, *, span: Span | None = None, size: int = GRID_SIZE) -> Curves:
        return build_curves(
            parameters,
            self.model_file,
            span=span or optimisation_span(self.model_file, self.cohort),
            observed_span=observed_span(self.cohort),
            size=size,
        )

    @cached_property
    def parameters(self) -> xr.Dataset:
        """Posterior draws of every number that was estimated, over (chain, draw)."""
        return flat_parameters(self.posterior["posterior"].to_dataset(), self.model_file)

    def window(self, settings: Settings | None = None) -> Window:
        """Return the window asked for, from the draws at hand.

        Parameters
        ----------
        settings : Limits, Youden or Utility
            Default: the first window of the model file that its endpoints allow.

        Raises
        ------
        UsageError
            When the model lacks an endpoint without which the window has no meaning.
        """
        check_argument(
            "settings", settings, SETTINGS.or_none(), remedy="Write bs.Limits(), bs.Youden() or bs.Utility()"
        )
        if settings is None:
            return next(iter(self.windows.values()))
        return make_window(self.curves, settings, prior_curves=self.prior_curves, trusted=self.trusted)

    def at_grade(self, grade: int) -> Fit:
        """Return the same fit with curves and windows on P(grade ≥ `grade`), from the draws at hand.

        Parameters
        ----------
        grade : int
            1 to 4; the model's toxicity must be of kind ordinal.

        Raises
        ------
        UsageError
            When it is not, or there is no such grade.
        """
        check_argument("grade", grade, whole(GRADES[0], GRADES[-1]))
        toxicity = self.model_file.outcomes.get("toxicity")
        if toxicity is None or toxicity.kind != "ordinal":
            name = self.model_file.name
            msg = f"grade {grade} needs a model file whose toxicity is of kind ordinal, and {name} has none"
            raise UsageError(msg)
        return self.asked(Asked(limits={"toxicity_grade": int(grade)}))

    def asked(self, asked: Asked) -> Fit:
        """Return the same fit with other questions, answered from the draws at hand.

        Parameters
        ----------
        asked : Asked
            What is asked in place of the model file's own questions.

        Raises
        ------
        InputError
            When a question makes no sense for the model.
        """
        return replace(self, model_file=asked.of(self.model_file))

    @cached_property
    def windows(self) -> dict[WindowKind, Window]:
        """The windows with the settings of the model file that its endpoints allow, by kind."""
        if self.trusted:
            return self._windows_as_if_trusted
        return {kind: self.window(window.settings) for kind, window in self._windows_as_if_trusted.items()}

    @cached_property
    def _windows_as_if_trusted(self) -> dict[WindowKind, Window]:
        settings = [asked for asked in self.model_file.questions.all if applicable(asked, self.curves) is None]
        return {asked.kind: make_window(self.curves, asked, prior_curves=self.prior_curves) for asked in settings}

    @cached_property
    def predictive_checks(self) -> tuple[PredictiveCheck, ...]:
        """What the data show beside what the fitted model gives, group by group; () without replicated data."""
        replicates = replicated_patients(self.posterior, self.model_file)
        return predictive_checks(replicates, self.cohort, self.model_file, seed=self.provenance.seed)

    @cached_property
    def convergence(self) -> tuple[Convergence, ...]:
        """R-hat and ESS of everything that is judged."""
        return diagnose_fit(self.parameters, self.curves, self._windows_as_if_trusted)

    @cached_property
    def trust(self) -> Trust:
        """The verdict on the draws, with reasons."""
        return judge(
            self.convergence,
            summarise_diagnostics(self.convergence, self.posterior),
            cohort=self.cohort,
            model=self.model_file,
            tree=self.posterior,
            curves=self.curves,
            windows=self._windows_as_if_trusted,
            checks=self.predictive_checks,
        )

    @property
    def trusted(self) -> bool:
        """Whether the verdict is other than refuse."""
        return self.trust.verdict != "refuse"

    @cached_property
    def power_scaling(self) -> dict[WindowKind, dict[str, PowerScaling]]:
        """How much each limit moves when prior or likelihood count a little more or less, by window and limit."""
        return power_scaling(self._windows_as_if_trusted, self.posterior, self.model_file)

    @cached_property
    def borrowed(self) -> tuple[BorrowedPrior, ...]:
        """What the cohort made of the robust priors of the model file; () where there are none."""
        return borrowed_priors(self.parameters, self.model_file)

    @cached_property
    def borrowed_studies(self) -> tuple[BorrowedStudy, ...]:
        """The earlier studies whose patients count in part; () where all count in full."""
        return borrowed_studies(self.cohort, self.model_file)

    @cached_property
    def covariate_effects(self) -> tuple[LimitRatio, ...]:
        """How far each covariate moves the limits of the leading window; () without covariates."""
        from bayes_sora.fitting.covariate_effects import covariate_effects  # noqa: PLC0415 - it needs this module

        return covariate_effects(self)

    @cached_property
    def published(self) -> tuple[PublishedScore, ...]:
        """The published windows of the model file, scored by its utility; none without survival."""
        settings = self.model_file.questions.utility
        if applicable(settings, self.curves) is not None:
            return ()
        return score_published(self.curves, self.model_file.published, settings, population=self._population_curves())

    def _population_curves(self) -> Curves:
        """Return the curves on a range that holds the population as well, coarser: only averages are taken of them."""
        span = population_span(self.curves)
        return (
            self.curves if span == self.curves.span else self._curves(self.parameters, span=span, size=POPULATION_GRID)
        )

    @cached_property
    def published_acceptance(self) -> tuple[PublishedAcceptance, ...]:
        """The published windows held against the conditions, where there is no utility to score them by."""
        limits, _, utility = self.model_file.questions.all
        scored = applicable(utility, self.curves) is None
        if scored or applicable(limits, self.curves) is not None:
            return ()
        return published_acceptance(self.curves, self.model_file.published, limits)

    @cached_property
    def prior_predictive(self) -> PriorPredictive:
        """What the priors expected of these patients, and where they lie in it."""
        from bayes_sora.fitting.prior.run import fitted_prior  # noqa: PLC0415 - it needs the defaults below

        return fitted_prior(
            self.posterior["prior"].to_dataset(),
            self.model_file,
            self.cohort,
            curves=self.prior_curves,
            windows={kind: window.prior for kind, window in self._windows_as_if_trusted.items() if window.prior},
            seed=self.provenance.seed,
        )

    @cached_property
    def classical(self) -> Classical:
        """The paper's own analysis of the same cohort: ROC cut-offs and survival by group."""
        return classical_analysis(self.cohort, self.model_file, seed=self.provenance.seed)


def observed_span(cohort: Cohort) -> Span:
    """Return the smallest to the largest average of a patient's measured troughs, in mg/L."""
    troughs = cohort.trough_mg_l
    return Span(float(troughs.min()), float(troughs.max()))


def optimisation_span(model: ModelFile, cohort: Cohort) -> Span:
    """Return the range of the model file or, without one, 0.75 × the smallest to 1.25 × the largest trough, in mg/L."""
    if model.drug.span is not None:
        return model.drug.span
    observed = observed_span(cohort)
    return Span(0.75 * observed.low, 1.25 * observed.high)
