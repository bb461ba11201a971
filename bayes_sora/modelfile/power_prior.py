"""``[borrowing.study]``: patients of earlier studies whose likelihood counts in part (a power prior)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_sora.modelfile.findings import MISSING, OUT_OF_RANGE, Findings, is_plain
from bayes_sora.modelfile.vocabulary import WEIGHT, Key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.types import FloatArray

TABLE, STUDY = "borrowing", "study"
LONGEST_LABEL = 80
MOST_STUDIES = 50


def check_borrowing(findings: Findings, table: object) -> None:
    """Note what is wrong with ``[borrowing]``."""
    findings.table(TABLE, table, {}, tables=(STUDY,))
    if not isinstance(table, dict):
        return
    path = f"{TABLE}.{STUDY}"
    weights = table.get(STUDY)
    if not weights and (weights is None or isinstance(weights, dict)):
        remedy = f'Add [{path}] with "Name of the study" = 0.5, or remove [{TABLE}].'
        findings.add(MISSING, path, "names no study", remedy)
        return
    labels = list(weights)[:MOST_STUDIES] if isinstance(weights, dict) else []
    if isinstance(weights, dict) and len(weights) > MOST_STUDIES:
        findings.add(OUT_OF_RANGE, path, f"expected at most {MOST_STUDIES} studies", "Leave some out.")
        weights = {label: weights[label] for label in labels}
    keys = {label: Key(kind="number", meaning="how much a patient of it counts", bounds=WEIGHT) for label in labels}
    findings.table(path, weights, keys)
    for label in labels:
        if not label.strip() or len(label) > LONGEST_LABEL or not all(map(is_plain, label)):
            why = f"expected the name of a study, 1 to {LONGEST_LABEL} characters"
            findings.add(OUT_OF_RANGE, path, why, "Write it as in the column study of the cohort.", value=label)


def read_weights(table: dict[str, Any]) -> dict[str, float]:
    """Return the weight of each study of a table without faults."""
    return {label: float(weight) for label, weight in table.get(STUDY, {}).items()}


def bound_weights(weights: Mapping[str, float], cohort: Cohort) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return the weights of the studies that a cohort has, and in words what is left out."""
    there = set(cohort.study or ())
    kept = {label: weight for label, weight in weights.items() if label in there}
    lacking = "has no column study" if cohort.study is None else "has no patient of it"
    reasons = (f"the cohort {lacking}: the weight of study {label} is left out" for label in weights.keys() - kept)
    return kept, tuple(sorted(reasons))


def patient_weights(weights: Mapping[str, float], cohort: Cohort) -> FloatArray | None:
    r"""Return how much each patient counts, shape (n_patients,); None where all count in full.

    .. math:: \log p(\text{data} \mid θ) = \sum_i a_{s(i)} \log p(\text{patient}_i \mid θ)

    with :math:`a = 1` for studies without a weight (Ibrahim and Chen 2000, Statistical Science 15:46).
    """
    if not weights or cohort.study is None:
        return None
    return np.array([weights.get(label, 1.0) for label in cohort.study])
