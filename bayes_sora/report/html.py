"""report.html: one file for people, without scripts and without anything from elsewhere."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from bayes_sora.fitting.answer import answer_sentence, leading_window
from bayes_sora.fitting.measure import reworded
from bayes_sora.fitting.prior.plain import can_be_replicated
from bayes_sora.fitting.prior.words import conflict_sentence
from bayes_sora.report.check_tables import checks_table
from bayes_sora.report.fit_tables import diagnostics_table, parameters_table, roc_table, survival_table
from bayes_sora.report.input_tables import attempts_table, cohort_facts, key_facts, model_facts, provenance_facts
from bayes_sora.report.prior_tables import statistics_table
from bayes_sora.report.sensitivity_tables import prior_blocks_table
from bayes_sora.report.table import number, unbroken
from bayes_sora.report.window_tables import borrowing_table, prior_table, published_table, window_cards, windows_table
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
    "prior-check": "Prior predictive check",
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
    "prior-check": ("prior_curves", "prior_data"),
    "sensitivity": ("sensitivity",),
    "roc": ("roc",),
    "checks": ("predictive", "predictive_groups"),
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
    show_windows, replicable = fit.trusted or force, can_be_replicated(fit.model_file)
    page = (
        template_environment()
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
            checks=checks_table(fit),
            prior_blocks=prior_blocks_table(fit),
            borrowing=borrowing_table(fit),
            prior_check=statistics_table(fit.prior_predictive) if replicable else None,
            prior_conflict=conflict_sentence(fit.prior_predictive) if replicable else None,
            roc=roc_table(fit, show_windows=show_windows),
            survival=survival_table(fit),
            diagnostics=diagnostics_table(fit),
            attempts=attempts_table(fit),
            parameters=parameters_table(fit),
            model_facts=model_facts(fit),
            cohort_facts=cohort_facts(fit),
            provenance_facts=provenance_facts(fit),
            scale=fit.curves.scale,
            utility=fit.model_file.questions.utility,
            rule=STARTING_RULE,
            sections=_sections(images, fit, show_windows=show_windows),
            images=_images_by_section(images),
            version=fit.provenance.versions.get("bayes-sora", ""),
            created=fit.provenance.created,
        )
    )
    return reworded(page, fit.curves.unit)


@cache
def template_environment() -> Environment:
    """Return the templates of this package with the filters they use."""
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


def _sections(images: Mapping[str, Image], fit: Fit, *, show_windows: bool) -> dict[str, str]:
    """Return the sections that have something to show."""
    shown = _images_by_section(images)
    with_tables = {"windows", "prior", "diagnostics", "model"}
    with_tables |= {"survival"} if survival_table(fit) is not None else set()
    with_tables |= {"roc"} if roc_table(fit, show_windows=show_windows) is not None else set()
    with_tables |= {"prior-check"} if can_be_replicated(fit.model_file) else set()
    left_out = {anchor for anchor in (*FIGURES, "further") if not shown[anchor]} - with_tables
    if not show_windows:
        left_out |= {"windows", "published", "prior"}
    if published_table(fit) is None:
        left_out.add("published")
    return {anchor: heading for anchor, heading in SECTIONS.items() if anchor not in left_out}
