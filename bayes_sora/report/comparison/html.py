"""report.html of a comparison: the answer first; no scripts, nothing from elsewhere."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from bayes_sora.comparison.result import CLEAR_ERRORS, SMALL_DIFFERENCE
from bayes_sora.comparison.words import averaged_sentence
from bayes_sora.fitting.measure import reworded
from bayes_sora.report.comparison.tables import key_facts, models_table, provenance_facts, window_tables
from bayes_sora.report.table import number, unbroken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.comparison import Comparison
    from bayes_sora.report.images import Image

SECTIONS = {
    "models": "How well does each model predict?",
    "windows": "Windows side by side",
    "reading": "How to read this",
    "provenance": "Provenance",
    "not": "What this is not",
}
"""Anchor → heading, in the order of the page."""


def render_comparison(comparison: Comparison, images: Mapping[str, Image], *, created: str) -> str:
    """Return the page of a comparison as one HTML text that needs no other file, host or script."""
    fit = comparison.models[0].fit
    page = (
        _environment()
        .get_template("comparison.html")
        .render(
            comparison=comparison,
            cohort=fit.cohort,
            lead=comparison.sentence(),
            averaged=averaged_sentence(comparison),
            key_facts=key_facts(comparison),
            models=models_table(comparison),
            windows=window_tables(comparison),
            images=images,
            sections=SECTIONS,
            small=SMALL_DIFFERENCE,
            errors=CLEAR_ERRORS,
            provenance_facts=provenance_facts(comparison, created),
            scale=fit.curves.scale,
            version=fit.provenance.versions.get("bayes-sora", ""),
            created=created,
        )
    )
    return reworded(page, fit.curves.unit)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("bayes_sora.report.comparison"), PackageLoader("bayes_sora.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    environment.filters["unbroken"] = unbroken
    return environment
