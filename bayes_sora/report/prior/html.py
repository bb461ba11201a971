"""The prior page: one HTML file for people, without scripts and without anything from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.report.html import template_environment
from bayes_sora.report.prior_tables import (
    beliefs_table,
    priors_table,
    shares_table,
    statistics_table,
    windows_table,
)
from bayes_sora.report.table import number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.fitting import PriorPredictive
    from bayes_sora.report.images import Image

TEMPLATE = "prior.html"
SECTIONS = {
    "data": "What the priors expect of a cohort",
    "curves": "What the priors believe about the curves",
    "windows": "Where the priors put the windows",
    "priors": "The priors",
    "provenance": "Provenance",
    "not": "What this is not",
}
"""Anchor → heading, in the order of the page."""


def render_prior(prior: PriorPredictive, images: Mapping[str, Image], *, created: str) -> str:
    """Return the prior page as one HTML text that needs no other file, host or script.

    Parameters
    ----------
    prior : PriorPredictive
    images : mapping of key to Image
        ``data``, ``curves`` and ``windows``.
    created : str
        Date and time of the page.
    """
    return (
        template_environment()
        .get_template(TEMPLATE)
        .render(
            prior=prior,
            model=prior.model,
            lead=prior.sentence(),
            sections=SECTIONS,
            images={anchor: [images[anchor]] if anchor in images else [] for anchor in SECTIONS},
            statistics=statistics_table(prior),
            shares=shares_table(prior),
            beliefs=beliefs_table(prior),
            windows=windows_table(prior),
            priors=priors_table(prior),
            model_facts=_model_facts(prior),
            provenance_facts=_provenance_facts(prior, created),
            version=prior.versions.get("bayes-sora", ""),
            created=created,
        )
    )


def _model_facts(prior: PriorPredictive) -> tuple[tuple[str, str], ...]:
    model, unit, span = prior.model, prior.curves.unit, prior.curves.span
    forms = ", ".join(f"{endpoint}: {block.form}" for endpoint, block in model.outcomes.items())
    return (
        ("Model file", f"{model.name}: {model.title}"),
        ("Drug", f"{model.drug.name}; reference exposure {number(model.drug.reference_mg_l / unit.mg_l)} {unit.name}"),
        ("Exposure", "the latent average trough" if model.exposure.form == "latent" else "troughs as measured"),
        ("Effect of log exposure", forms),
        ("Optimisation range", f"{number(span.low / unit.mg_l)} to {number(span.high / unit.mg_l)} {unit.name}"),
    )


def _provenance_facts(prior: PriorPredictive, created: str) -> tuple[tuple[str, str], ...]:
    design = prior.design
    cohort = (
        ()
        if prior.cohort is None
        else (("Cohort", f"{prior.cohort.source.name}, SHA-256 {prior.cohort.source.sha256 or 'none: not a file'}"),)
    )
    return (
        ("Made (UTC)", created),
        ("Model file", f"{prior.model.name}, SHA-256 {prior.model.sha256}"),
        *cohort,
        ("Draws", f"{design.draws:,} of the priors, {design.cohorts:,} cohorts"),
        ("A cohort", f"{design.n_patients} patients, {design.n_troughs} troughs"),
        ("Seed", str(design.seed)),
        ("Packages", ", ".join(f"{name} {version}" for name, version in prior.versions.items())),
    )
