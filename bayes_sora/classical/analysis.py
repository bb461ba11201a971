"""The classical analysis of a cohort in one object: what the paper did, beside which the posterior is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayes_sora.arguments import SEED, check_argument
from bayes_sora.classical.groups import GroupedSurvival, survival_by_group
from bayes_sora.classical.roc import BinaryEndpoint, Roc, roc_analysis
from bayes_sora.classical.text import classical_text, in_unit
from bayes_sora.cohort.door import as_cohort
from bayes_sora.modelfile import as_model
from bayes_sora.types import ExposureUnit, FloatArray

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from bayes_sora.cohort.frames import Frame
    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import ModelFile


@dataclass(frozen=True, kw_only=True)
class Classical:
    """ROC of each 0/1 endpoint and survival by trough group.

    Attributes
    ----------
    roc : mapping of endpoint to Roc
        ``"toxicity"`` and ``"response"``, as far as the cohort has the column.
    survival : GroupedSurvival or None
        None without survival columns.
    unit : ExposureUnit
        The unit of the model file, in which everything is printed.
    """

    roc: Mapping[BinaryEndpoint, Roc]
    survival: GroupedSurvival | None
    unit: ExposureUnit

    def as_dict(self) -> dict[str, object]:
        """Return ``roc``, ``survival_by_group`` and ``logrank_p`` of window.json: plain numbers, None where undefined.

        Cut-offs are in the unit of the model file, times in months.
        """
        groups = self.survival.groups if self.survival else ()
        return {
            "roc": {endpoint: self._roc_dict(roc) for endpoint, roc in self.roc.items()},
            "survival_by_group": [
                {
                    "group": group.label,
                    "n": group.n,
                    "deaths": group.deaths,
                    "median_months": group.median_months,
                    "ci95": list(group.ci95),
                }
                for group in groups
            ],
            "logrank_p": self.survival.logrank_p if self.survival else None,
        }

    def text(self) -> str:
        """Return the analysis as a table for people."""
        return classical_text(self.roc, self.survival, unit=self.unit)

    def _roc_dict(self, roc: Roc) -> dict[str, float | list[float | None] | None]:
        return {
            "cutoff": in_unit(roc.cutoff_mg_l, self.unit),
            "youden": roc.youden,
            "auc": roc.auc,
            "auc_ci95": list(roc.auc_ci95),
            "cutoff_ci95": [in_unit(end, self.unit) for end in roc.cutoff_ci95],
        }


def classical_analysis(
    cohort: Cohort | str | os.PathLike[str] | Frame, model: ModelFile | str | os.PathLike[str], *, seed: int = 0
) -> Classical:
    """Return the paper's own analysis of `cohort`: ROC and Youden cut-offs, survival by trough group, log-rank test.

    The trough of a patient is the geometric mean of the measured ones. One outside the limits of quantification counts
    at its limit: a ROC looks at the order of the troughs only, so it loses no more than the order among the censored.

    Parameters
    ----------
    cohort : Cohort, path or data frame
        Columns it does not have are left out.
    model : ModelFile, or the name or path of one
        Gives the unit and the cut-offs of the groups; without cut-offs, the ends of its first published window serve.
    seed : int
        Seed of the bootstrap; both endpoints are resampled from the same seed.
    """
    model = as_model(model)
    cohort = as_cohort(cohort, molar_mass_g_mol=model.drug.molar_mass_g_mol)
    check_argument("seed", seed, SEED)
    trough = cohort.trough_mg_l
    endpoints: tuple[BinaryEndpoint, ...] = ("toxicity", "response")
    outcomes = {endpoint: _observed(cohort, model, endpoint) for endpoint in endpoints}
    survival = None
    if cohort.os_months is not None and cohort.death is not None:
        survival = survival_by_group(
            trough,
            cohort.os_months,
            cohort.death,
            cuts_mg_l=_group_cuts(model),
            unit=model.drug.unit,
            entry=cohort.entry_months,
        )
    return Classical(
        roc={
            endpoint: roc_analysis(trough, outcome, seed=seed)
            for endpoint, outcome in outcomes.items()
            if outcome is not None
        },
        survival=survival,
        unit=model.drug.unit,
    )


def _observed(cohort: Cohort, model: ModelFile, endpoint: BinaryEndpoint) -> FloatArray | None:
    """Return what the model's curves are about, or the cohort's column where the model has no such endpoint."""
    block = model.outcomes.get(endpoint)
    own: FloatArray | None = getattr(cohort, endpoint)
    return own if block is None else block.observed(cohort)


def _group_cuts(model: ModelFile) -> tuple[float, ...]:
    if model.group_cuts_mg_l or not model.published:
        return model.group_cuts_mg_l
    first = model.published[0]
    return tuple(end for end in (first.lower_mg_l, first.upper_mg_l) if end is not None)
