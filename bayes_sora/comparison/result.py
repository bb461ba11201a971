"""What a comparison found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bayes_sora.questions import Settings, WindowKind
from bayes_sora.types import FloatArray
from bayes_sora.window import Window

if TYPE_CHECKING:
    from bayes_sora.fitting import Fit

SCHEMA = 1
SMALL_DIFFERENCE = 4.0
CLEAR_ERRORS = 2.0


@dataclass(frozen=True, kw_only=True)
class ComparedModel:
    """One of the models.

    Attributes
    ----------
    name : str
    fit : Fit
    elpd_by_patient : FloatArray, shape (n_patients,)
        log p(patient | the others).
    elpd, se : float
        Their sum, and its standard error over patients.
    elpd_diff, se_diff : float
        Difference to the model that predicts best (0 or less), and its standard error, paired over patients.
    p_loo : float
        Effective number of parameters.
    pareto_k : FloatArray, shape (n_patients,)
        Of the importance sampling; large where a refit was needed.
    refitted : tuple of str
        Patients for whom the model was fitted again without them.
    weight : float
        Stacking weight.
    windows : mapping of kind to Window
        All models asked the same question.
    """

    name: str
    fit: Fit
    elpd_by_patient: FloatArray
    elpd: float
    se: float
    elpd_diff: float
    se_diff: float
    p_loo: float
    pareto_k: FloatArray
    refitted: tuple[str, ...]
    weight: float
    windows: dict[WindowKind, Window]

    @property
    def clearly_worse(self) -> bool:
        """Whether the data tell the model from the best: by 4 and more, and by two standard errors."""
        return -self.elpd_diff >= max(SMALL_DIFFERENCE, CLEAR_ERRORS * self.se_diff) and self.elpd_diff < 0.0

    def as_dict(self) -> dict[str, object]:
        """Return plain values, as in comparison.json."""
        return {
            "name": self.name,
            "elpd": self.elpd,
            "se": self.se,
            "elpd_diff": self.elpd_diff,
            "se_diff": self.se_diff,
            "p_loo": self.p_loo,
            "weight": self.weight,
            "n_refit": len(self.refitted),
            "refitted": list(self.refitted),
            "pareto_k_max": float(np.max(self.pareto_k)),
            "trust": self.fit.trust.verdict,
            "reasons": list(self.fit.trust.reasons),
            "windows": {kind: window.as_dict() for kind, window in self.windows.items()},
        }


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Models of one cohort compared; see :func:`bayes_sora.compare`.

    Attributes
    ----------
    models : tuple of ComparedModel
        The one that predicts best first.
    averaged : mapping of kind to Window
        Windows of the mixture of the models by stacking weight; empty where `not_averaged` says why.
    not_averaged : str or None
        Why windows are not averaged.
    settings : tuple of Limits, Youden or Utility
        What was asked of every model: what the first model file given asks for.
    notes : tuple of str
        What is to be said of refits.
    seed : int
        Of the draws of the mixture.
    """

    models: tuple[ComparedModel, ...]
    averaged: dict[WindowKind, Window]
    not_averaged: str | None
    settings: tuple[Settings, ...]
    notes: tuple[str, ...]
    seed: int

    @property
    def patient_id(self) -> tuple[str, ...]:
        """The patients, in the order of `elpd_by_patient`."""
        return self.models[0].fit.cohort.patient_id

    @property
    def kinds(self) -> tuple[WindowKind, ...]:
        """The kinds of window that the endpoints allow."""
        return tuple(self.models[0].windows)

    @property
    def trusted(self) -> bool:
        """Whether none of the fits must be refused."""
        return all(model.fit.trusted for model in self.models)

    def table(self) -> pd.DataFrame:
        """Return one row a model, the best first, with elpd, its differences, refits and weights."""
        rows = [
            {name: value for name, value in model.as_dict().items() if name not in {"windows", "refitted", "reasons"}}
            for model in self.models
        ]
        return pd.DataFrame(rows).set_index("name")

    def by_patient(self) -> pd.DataFrame:
        """Return log p(patient | the others), one row a patient and one column a model."""
        named = {model.name: model.elpd_by_patient for model in self.models}
        return pd.DataFrame(named, index=pd.Index(self.patient_id, name="patient_id"))

    def sentence(self) -> str:
        """Return in one sentence which model predicts best, and whether the others are told from it."""
        from bayes_sora.comparison.words import comparison_sentence  # noqa: PLC0415 - it looks at this class

        return comparison_sentence(self)

    def as_dict(self) -> dict[str, object]:
        """Return plain values, as in comparison.json."""
        return {
            "schema": SCHEMA,
            "n_patients": len(self.patient_id),
            "unit": self.models[0].fit.curves.unit.name,
            "seed": self.seed,
            "sentence": self.sentence(),
            "models": [model.as_dict() for model in self.models],
            "averaged": {kind: window.as_dict() for kind, window in self.averaged.items()},
            "not_averaged": self.not_averaged,
            "notes": list(self.notes),
            "by_patient": [
                {"patient_id": patient, "elpd": {model.name: float(model.elpd_by_patient[i]) for model in self.models}}
                for i, patient in enumerate(self.patient_id)
            ],
        }
