"""report.html: one file for people, without scripts and without anything from elsewhere."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from bayes_sora.fitting.answer import answer_sentence, leading_window
from bayes_sora.fitting.result import utility_settings
from bayes_sora.report.fit_tables import diagnostics_table, parameters_table, roc_table, survival_table
from bayes_sora.report.input_tables import attempts_table, cohort_facts, key_facts, model_facts, provenance_facts
from bayes_sora.report.table import number, unbroken
from bayes_sora.report.window_tables import prior_table, published_table, window_cards, windows_table
from bayes_sora.window import STARTING_RULE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.fitting import Fit
    from bayes_sora.report.images import Image

TEMPLATE = "report.html"
MOST_REASONS = 6

SECTIONS = {
    "windows": "Windows",
    "published": "Published windows",
    "exposure-response": "Exposure and response",
    "survival": "Survival",
    "probability": "How probable is each exposure?",
    "prior": "Prior against posterior",
    "sensitivity": "Sensitivity to the weight of a toxicity",
    "roc": "ROC analysis beside the posterior",
    "checks": "Does the model describe the data?",
    "further": "Further figures",
    "diagnostics": "Diagnostics",
    "model": "Model and priors",
    "cohort": "Cohort",
    "provenance": "Provenance",
    "glossary": "Glossary",
    "not": "What this is not",
}
"""Anchor → heading, in the order of the report."""

FIGURES: dict[str, tuple[str, ...]] = {
    "windows": ("windows",),
    "exposure-response": ("toxicity", "response"),
    "survival": ("survival", "survival_exposure"),
    "probability": (
        "window_probability",
        "covariates",
    ),
    "prior": ("prior_posterior",),
    "sensitivity": ("sensitivity",),
    "roc": ("roc",),
    "checks": ("predictive",),
    "diagnostics": ("diagnostics",),
    "model": ("parameters",),
}
"""Anchor → figures shown there; the answer is at the top, and a figure without a place goes to "further"."""


def render_report(fit: Fit, images: Mapping[str, Image], *, force: bool = False) -> str:
    """Return the report of a fit as one HTML text that needs no other file, host or script.

    Parameters
    ----------
    fit : Fit
    images : mapping of key to Image
        The figures to show, from :func:`bayes_sora.report.images.draw_images`.
    force : bool
        Print windows also of a fit that must be refused, under a banner.
    """
    show_windows = fit.trusted or force
    return (
        _template_environment()
        .get_template(TEMPLATE)
        .render(
            answer=answer_sentence(fit, force=force),
            cohort=fit.cohort,
            model=fit.model_file,
            trust=fit.trust,
            most_reasons=MOST_REASONS,
            forced=force and not fit.trusted,
            show_windows=show_windows,
            leading=leading_window(fit),
            answer_image=images.get("answer"),
            key_facts=key_facts(fit, show_windows=show_windows),
            windows=windows_table(fit),
            cards=window_cards(fit),
            published=published_table(fit),
            prior=prior_table(fit),
            roc=roc_table(fit, show_windows=show_windows),
            survival=survival_table(fit),
            diagnostics=diagnostics_table(fit),
            attempts=attempts_table(fit),
            parameters=parameters_table(fit),
            model_facts=model_facts(fit),
            cohort_facts=cohort_facts(fit),
            provenance_facts=provenance_facts(fit),
            scale=fit.curves.scale,
            utility=utility_settings(fit.model_file),
            rule=STARTING_RULE,
            sections=_sections(images, show_windows=show_windows, scored=published_table(fit) is not None),
            images=_images_by_section(images),
            version=fit.provenance.versions.get("bayes-sora", ""),
            created=fit.provenance.created,
        )
    )


@cache
def _template_environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bayes_sora.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    environment.filters["unbroken"] = unbroken
    return environment


def _images_by_section(images: Mapping[str, Image]) -> dict[str, list[Image]]:
    placed = {anchor: [images[key] for key in keys if key in images] for anchor, keys in FIGURES.items()}
    with_place = {key for keys in FIGURES.values() for key in keys} | {"answer"}
    return placed | {"further": [image for key, image in images.items() if key not in with_place]}


def _sections(images: Mapping[str, Image], *, show_windows: bool, scored: bool) -> dict[str, str]:
    """Return the sections that have something to show."""
    shown = _images_by_section(images)
    with_tables = {"windows", "survival", "roc", "prior", "diagnostics", "model"}
    left_out = {anchor for anchor in (*FIGURES, "further") if not shown[anchor]} - with_tables
    if not show_windows:
        left_out |= {"windows", "published", "prior"}
    if not scored:
        left_out.add("published")
    return {anchor: heading for anchor, heading in SECTIONS.items() if anchor not in left_out}
