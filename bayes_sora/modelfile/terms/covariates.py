r"""Covariates: what is known of a patient before treatment and changes exposure or outcomes.

.. math:: θ_i = θ + \sum_j β_j x_{ij}

with θ the intercept of toxicity or response, the log hazard, or the log median exposure, and x the columns of a
formula. Numbers are centred and divided by their SD in the cohort, so that one prior serves every β. A number that is
missing is a parameter itself, N(0, 1) on that scale: missing at random, given nothing else. With
``[covariates.shrinkage]`` the coefficients have a regularised horseshoe prior [1]_,

.. math:: β_j = τ \tilde λ_j z_j, \quad \tilde λ_j^2 = \frac{c^2 λ_j^2}{c^2 + τ^2 λ_j^2}, \quad
          λ_j \sim C^+(0, 1), \quad τ \sim C^+(0, τ_0), \quad c^2 \sim \text{Inv-Gamma}(ν/2, ν s^2/2)

each half-Cauchy being a half-normal over the root of a gamma, which samples without heavy tails.

References
----------
.. [1] Piironen J, Vehtari A (2017). Sparsity information and regularization in the horseshoe and other shrinkage
       priors. Electronic Journal of Statistics 11:5018-5051.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bayes_sora.modelfile.check_blocks import check_prior
from bayes_sora.modelfile.findings import CONTRADICTION, FORMULA, MISSING, Findings
from bayes_sora.modelfile.prior import STANDARD_NORMAL, Prior
from bayes_sora.modelfile.terms.design import (
    Design,
    as_levels,
    column_name,
    make_design,
    missing_name,
    patient_columns,
    profile_columns,
    substituted_columns,
)
from bayes_sora.modelfile.terms.formula import Formula, FormulaError, parse_formula
from bayes_sora.modelfile.terms.table import INTERCEPTS, TermTable
from bayes_sora.modelfile.terms.term import PatientTerm, RandomEffect, Vector
from bayes_sora.modelfile.vocabulary import POSITIVE, Key

if TYPE_CHECKING:
    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.terms.table import ReadPrior
    from bayes_sora.modelfile.terms.term import Latent
    from bayes_sora.numerics.ops import Array, Ops
    from bayes_sora.types import FloatArray

TARGETS: Mapping[str, str] = MappingProxyType(
    {"exposure": "exposure_log_median", **{name: f"{name}_{intercept}" for name, intercept in INTERCEPTS.items()}}
)
"""What the formula of a block adds to."""
OUTCOME_COLUMNS = ("patient_id", "toxicity", "response", "death", "cnsr", "grade", "day", "blq")
OUTCOME_PREFIXES = ("trough_", "lloq_", "os_", "ae_")
SHRINKAGE: Mapping[str, Key] = MappingProxyType(
    {
        "family": Key(kind="text", meaning="how", required=True, choices=("regularised_horseshoe",)),
        "global_scale": Key(kind="number", meaning="τ0, scale of the SD of all coefficients", bounds=POSITIVE),
        "slab_scale": Key(kind="number", meaning="s, SD of a coefficient that is not small", bounds=POSITIVE),
        "slab_df": Key(kind="number", meaning="ν, degrees of freedom of the slab", bounds=POSITIVE),
        "source": Key(kind="text", meaning="where the scales come from"),
    }
)
HALF_NORMAL = Prior(family="half_normal", arguments={"sd": 1.0}, unit="1")
HALF_GAMMA = Prior(family="gamma", arguments={"shape": 0.5, "rate": 0.5}, unit="1")
"""A half-normal over the root of it is half-Cauchy."""
GLOBAL, GLOBAL_PRECISION, SLAB_PRECISION = (
    "covariates_global",
    "covariates_global_precision",
    "covariates_slab_precision",
)
EXAMPLE_LEVELS = 3
EXAMPLE_MISSING_EVERY = 20


class Shrinkage(NamedTuple):
    """The scales of a regularised horseshoe: τ0, s and ν."""

    global_scale: float = 0.1
    slab_scale: float = 1.0
    slab_df: float = 4.0


@dataclass(frozen=True, kw_only=True)
class Covariates:
    """The formulas of a model file, and what they mean for a cohort.

    Attributes
    ----------
    formulas : mapping of str to Formula
        By block.
    coefficient : Prior or None
        Of every coefficient; None with `shrinkage`.
    shrinkage : Shrinkage or None
    design : Design or None
        None before the block is bound to a cohort.
    """

    formulas: Mapping[str, Formula]
    coefficient: Prior | None
    shrinkage: Shrinkage | None = None
    design: Design | None = None

    def needs(self) -> tuple[str, ...]:
        """Return the names of the covariates."""
        references = (one for formula in self.formulas.values() for one in formula.references)
        return tuple(dict.fromkeys(one.name for one in references))

    def bound(self, cohort: Cohort) -> Covariates:
        """Return the block with the cohort's columns; raises where the cohort lacks a covariate."""
        design = make_design(self.formulas, cohort)
        return replace(self, design=replace(design, population=patient_columns(design, cohort)))

    def at(self, values: Mapping[str, float | str | None]) -> Covariates:
        """Return the bound block for a population of patients who are all alike: see :func:`profile_columns`."""
        design = self._design()
        return replace(self, design=replace(design, population=profile_columns(design, values)))

    def given(self, values: Mapping[str, float | str], cohort: Cohort) -> Covariates:
        """Return the bound block for the cohort's patients with the values of one: see :func:`substituted_columns`."""
        design = self._design()
        return replace(self, design=replace(design, population=substituted_columns(design, cohort, values)))

    def priors(self) -> dict[str, Prior]:
        """Return the priors of the scales that all coefficients share; none without shrinkage."""
        if self.shrinkage is None:
            return {}
        half = 0.5 * self.shrinkage.slab_df
        slab = Prior(family="gamma", arguments={"shape": half, "rate": half * self.shrinkage.slab_scale**2}, unit="1")
        return {GLOBAL: HALF_NORMAL, GLOBAL_PRECISION: HALF_GAMMA, SLAB_PRECISION: slab}

    def vectors(self) -> tuple[Vector, ...]:
        """Return the coefficients of every block, and the numbers that are missing."""
        if self.design is None:
            return ()
        found: list[Vector] = []
        for block, columns in self.design.columns.items():
            labels = tuple(column.label for column in columns)
            found += [
                Vector(name, f"{block}_covariate", labels, prior, top_level=self.coefficient is not None)
                for name, prior in self._coefficients(block)
            ]
        for name, patients in self.design.missing.items():
            if patients:
                prior = replace(STANDARD_NORMAL, meaning="", unit="SD")
                found.append(Vector(f"covariate_missing_{name}", f"{name}_missing_in", patients, prior))
        return tuple(found)

    def _coefficients(self, block: str) -> list[tuple[str, Prior]]:
        name = f"{block}_covariates"
        if self.coefficient is not None:
            return [(name, replace(self.coefficient, meaning=""))]
        standard = replace(STANDARD_NORMAL, meaning="")
        return [(f"{name}_z", standard), (f"{name}_local", HALF_NORMAL), (f"{name}_local_precision", HALF_GAMMA)]

    def terms(self) -> tuple[PatientTerm, ...]:
        """Return β·x of every column, and β·x·z of a patient in whom a number is missing."""
        if self.design is None:
            return ()
        found: list[PatientTerm] = []
        for block, columns in self.design.columns.items():
            for column in columns:
                coefficient = f"{block}_covariates[{column.label}]"
                found.append(PatientTerm(TARGETS[block], (coefficient,), column_name(column)))
                found += [
                    PatientTerm(
                        TARGETS[block],
                        (coefficient, *(f"covariate_missing_{name}[{patient}]" for name in names)),
                        missing_name(column, patient),
                    )
                    for patient, names in self.design.incomplete(column)
                ]
        return tuple(found)

    def columns(self, cohort: Cohort) -> dict[str, FloatArray]:
        """Return the columns of a cohort, standardised as in the cohort that the block is bound to."""
        return {} if self.design is None else patient_columns(self.design, cohort)

    def derive(self, ops: Ops, parameters: Mapping[str, Array]) -> dict[str, Array]:  # noqa: ARG002 - roots are powers
        """Return the coefficients where shrinkage makes them from other parameters."""
        if self.shrinkage is None or self.design is None:
            return {}
        tau = self.shrinkage.global_scale * parameters[GLOBAL] / parameters[GLOBAL_PRECISION] ** 0.5
        slab = 1.0 / parameters[SLAB_PRECISION]
        found: dict[str, Array] = {}
        for block, columns in self.design.columns.items():
            name = f"{block}_covariates"
            for label in (column.label for column in columns):
                local = parameters[f"{name}_local[{label}]"] ** 2 / parameters[f"{name}_local_precision[{label}]"]
                regularised = (slab * local / (slab + tau**2 * local)) ** 0.5
                found[f"{name}[{label}]"] = parameters[f"{name}_z[{label}]"] * tau * regularised
        return found

    def population(self) -> Mapping[str, FloatArray]:
        """Return the columns of the patients of the cohort."""
        return {} if self.design is None else self.design.population

    def random_effects(self) -> tuple[RandomEffect, ...]:
        """Return nothing: curves are averaged over the patients themselves."""
        return ()

    def example_columns(self, n: int, rng: np.random.Generator) -> Mapping[str, object]:
        """Return standard normal numbers, one in twenty missing from the first, and three levels."""
        made: dict[str, FloatArray] = {}
        references = (one for formula in self.formulas.values() for one in formula.references)
        categorical = {one.name for one in references if one.categorical}
        for name in self.needs():
            levels, numbers = (np.arange(n) % EXAMPLE_LEVELS).astype(float), rng.standard_normal(n)
            made[name] = levels if name in categorical else numbers
        for name in self.needs()[:1]:
            made[name][EXAMPLE_MISSING_EVERY - 1 :: EXAMPLE_MISSING_EVERY] = np.nan
        return {"covariates": made}

    def draw_shifts(
        self,
        truth: Mapping[str, float],
        cohort: Cohort,
        rng: np.random.Generator,  # noqa: ARG002 - covariates are known, or in the truth
        *,
        given: Latent | None = None,  # noqa: ARG002 - nor does a latent matter
    ) -> dict[str, FloatArray]:
        """Return the product of formulaic's own matrix and the coefficients."""
        import pandas as pd  # noqa: PLC0415 - half a second
        from formulaic import Formula as Formulaic  # noqa: PLC0415

        from bayes_sora.numerics.numpy_ops import NUMPY  # noqa: PLC0415 - SciPy, which reading a model file does without

        design = self._design()
        levels = {
            f"{name}_level": pd.Categorical(as_levels(cohort.covariates[name]), design.levels[name])
            for name in design.levels
        }
        numbers = {
            name: (np.asarray(cohort.covariates[name]) - scale.centre) / scale.sd
            for name, scale in design.scales.items()
        }
        frame = pd.DataFrame(levels | numbers)
        for name, patients in design.missing.items():
            for patient in patients:
                row = cohort.patient_id.index(patient)
                frame.loc[row, name] = truth[f"covariate_missing_{name}[{patient}]"]
        known = {**truth, **self.derive(NUMPY, truth)}
        shifts: dict[str, FloatArray] = {}
        for block, formula in self.formulas.items():
            plain = formula.written(
                {
                    one: f"{one.name}_level" if one.categorical or one.name not in numbers else one.name
                    for one in formula.references
                }
            )
            matrix = Formulaic(plain).get_model_matrix(frame, context={}).drop(columns="Intercept")
            coefficients = [known[f"{block}_covariates[{column.label}]"] for column in design.columns[block]]
            shifts[TARGETS[block]] = np.asarray(matrix.to_numpy() @ np.array(coefficients), dtype=float)
        return shifts

    def _design(self) -> Design:
        if self.design is None:
            msg = "the covariates are not bound to a cohort: bind_model() comes first"
            raise ValueError(msg)
        return self.design


def _check(findings: Findings, name: str, table: object, content: Mapping[str, Any], drug: dict[str, Any]) -> None:
    findings.table(name, table, {}, tables=("formulas", "coefficient", "shrinkage"))
    if not isinstance(table, dict):
        return
    _check_formulas(findings, f"{name}.formulas", table.get("formulas"), content)
    given = [key for key in ("coefficient", "shrinkage") if key in table]
    if not given:
        findings.add(MISSING, f"{name}.coefficient", "the coefficients have no prior", f"Add [{name}.coefficient].")
    if len(given) > 1:
        remedy = f"Keep [{name}.coefficient] or [{name}.shrinkage]; extend no file that has the other."
        findings.add(CONTRADICTION, name, "the coefficients have two priors", remedy)
    if "coefficient" in table:
        check_prior(findings, f"{name}.coefficient", table["coefficient"], drug, positive=False)
    if "shrinkage" in table:
        findings.table(f"{name}.shrinkage", table["shrinkage"], SHRINKAGE)


def _check_formulas(findings: Findings, path: str, table: object, content: Mapping[str, Any]) -> None:
    if not table:
        findings.add(MISSING, path, "no formula is given", f'Add [{path}] with lines such as toxicity = "age".')
        return
    blocks = [block for block in TARGETS if block in content]
    keys = {block: Key(kind="text", meaning="covariates that add to the block") for block in blocks}
    for block, text in findings.table(path, table, keys).items():
        try:
            formula = parse_formula(text)
        except FormulaError as fault:
            findings.add(FORMULA, f"{path}.{block}", str(fault), fault.remedy, value=text)
            continue
        for one in formula.references:
            if one.name in OUTCOME_COLUMNS or one.name.startswith(OUTCOME_PREFIXES):
                why = f"{one.name} is measured or happens under treatment"
                findings.add(FORMULA, f"{path}.{block}", why, "Name what is known before treatment.", value=one.name)


def _build(table: dict[str, Any], read_prior: ReadPrior) -> Covariates:
    shrinkage = table.get("shrinkage")
    scales = {name: float(shrinkage[name]) for name in Shrinkage._fields if name in shrinkage} if shrinkage else {}
    return Covariates(
        formulas={block: parse_formula(table["formulas"][block]) for block in TARGETS if block in table["formulas"]},
        coefficient=read_prior("", table["coefficient"]) if "coefficient" in table else None,
        shrinkage=None if shrinkage is None else Shrinkage(**scales),
    )


TABLE = TermTable(check=_check, build=_build)
