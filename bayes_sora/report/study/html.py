"""report.html of a study: findings first, then ADEMP; no scripts, nothing from elsewhere."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from bayes_sora.figures.study import STUDY_FIGURES
from bayes_sora.report.study.findings import lead_sentence, study_findings
from bayes_sora.report.study.tables import failures_table, measure_table, methods_table, truth_table
from bayes_sora.report.table import DASH, Table, number, unbroken
from bayes_sora.simulation.scenarios import SCENARIOS
from bayes_sora.study.performance import MEASURES
from bayes_sora.window import STARTING_RULE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.report.images import Image
    from bayes_sora.report.study.record import StudyRecord

TEMPLATE = "study.html"
SECTIONS = {
    "findings": "Findings",
    "aims": "Aims",
    "mechanisms": "Data-generating mechanisms",
    "estimands": "Estimands",
    "methods": "Methods",
    "performance": "Performance",
    "measures": "How each measure is computed",
    "provenance": "Provenance",
    "not": "What this is not",
}
"""Anchor → heading, in the order of the report."""
PARTS = {
    "declared": "How often is a window declared?",
    "decision": "Decisions: benefit, harm and regret in months",
    "bias": "Bias and error of the limits",
    "coverage": "Intervals: coverage and width",
}
"""Sections of the figures → heading, within Performance."""


class Shown(NamedTuple):
    """A figure with the numbers behind it."""

    image: Image
    numbers: Table | None


def render_study_report(record: StudyRecord, images: Mapping[str, Image], *, created: str) -> str:
    """Return the report of a study as one HTML text that needs no other file, host or script.

    Parameters
    ----------
    record : StudyRecord
    images : mapping of key to Image
        From :func:`bayes_sora.report.study.images.draw_study_images`.
    created : str
        Date and time of the report.
    """
    empty = record.rows.empty
    return (
        _environment()
        .get_template(TEMPLATE)
        .render(
            plan=record.plan,
            record=record,
            lead=lead_sentence(record),
            findings=study_findings(record),
            sections=SECTIONS,
            parts=PARTS,
            shown=_shown(record, images),
            truths=None if empty else truth_table(record),
            methods=None if empty else methods_table(record),
            failures=None if empty else failures_table(record),
            design_facts=_design_facts(record),
            scenario_facts=_scenario_facts(record),
            measure_facts=[(one.label, f"{one.meaning} Column “{one.name}”.") for one in MEASURES.values()],
            provenance_facts=_provenance_facts(record, created),
            rule=STARTING_RULE,
            version=record.versions.get("bayes-sora", ""),
            created=created,
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("bayes_sora.report.study"), PackageLoader("bayes_sora.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    environment.filters["unbroken"] = unbroken
    return environment


def _shown(record: StudyRecord, images: Mapping[str, Image]) -> dict[str, list[Shown]]:
    shown: dict[str, list[Shown]] = {part: [] for part in PARTS}
    for key, image in images.items():
        spec = STUDY_FIGURES[key]
        numbers = measure_table(record.summary, measure=spec.measure, facets=spec.facets) if spec.measure else None
        shown[spec.section].append(Shown(image, numbers))
    return shown


def _design_facts(record: StudyRecord) -> list[tuple[str, str]]:
    plan = record.plan
    follow_up = ["the scenario's own" if one is None else f"{one:g} months" for one in plan.follow_up_months]
    return [
        ("scenarios", ", ".join(plan.scenarios)),
        ("patients a cohort", ", ".join(map(str, plan.sizes))),
        ("troughs a patient", ", ".join(map(str, plan.troughs))),
        ("end of follow-up", ", ".join(follow_up)),
        ("replicates a cell", f"{plan.replicates:,}"),
        ("replicates done", f"{record.n_done:,} of {record.n_planned:,}"),
    ]


def _scenario_facts(record: StudyRecord) -> list[tuple[str, str]]:
    plan = record.plan
    facts = [(name, SCENARIOS[name].meaning) for name in plan.scenarios if name in SCENARIOS]
    if plan.truths is not None:
        drawn = ", ".join(f"{name} ~ {prior}" for name, prior in plan.truths.priors.items())
        facts.append(("truths", f"Drawn anew for every replicate, as {plan.truths.base} but {drawn}."))
    return facts


def _provenance_facts(record: StudyRecord, created: str) -> list[tuple[str, str]]:
    plan = record.plan
    versions = ", ".join(f"{name} {version}" for name, version in record.versions.items())
    return [
        ("plan", plan.name),
        ("SHA-256 of the plan", plan.sha256 or DASH),
        *((f"SHA-256 of the model file of {name}", sha256) for name, sha256 in plan.models.items()),
        ("seed", str(plan.seed)),
        ("replicates", f"{record.n_done:,} of {record.n_planned:,} planned, {plan.replicates:,} a cell"),
        ("versions", versions or DASH),
        ("report written", created),
    ]
