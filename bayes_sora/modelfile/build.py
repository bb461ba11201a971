"""Build a :class:`ModelFile` from content that has been checked: exposures become mg/L, priors get their arguments."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

from bayes_sora.modelfile.content import canonical_json, content_sha256
from bayes_sora.modelfile.outcomes import DEFAULT_KINDS
from bayes_sora.modelfile.power_prior import TABLE as BORROWING
from bayes_sora.modelfile.power_prior import read_weights
from bayes_sora.modelfile.prior import Prior
from bayes_sora.modelfile.spec import (
    Drug,
    ExposureBlock,
    ModelFile,
    OutcomeBlock,
    PublishedWindow,
    Sampling,
)
from bayes_sora.modelfile.terms.registry import TERM_TABLES
from bayes_sora.modelfile.vocabulary import (
    ALWAYS,
    CONCENTRATION_PARAMETERS,
    DEFAULT_LABELS,
    EVENT_FREE,
    EXP_MEAN,
    FAMILIES,
    LOCATIONS,
    LOG_EXPOSURE_PARAMETER,
    RATES,
    SCALES,
    block_forms,
    exposure_parts,
)
from bayes_sora.numerics.follow_up import INTERRUPTION_SHARE
from bayes_sora.questions import Limits, Questions, Utility
from bayes_sora.types import ENDPOINT_GRADE, ENDPOINTS, Endpoint, Span, exposure_unit

if TYPE_CHECKING:
    from collections.abc import Mapping


def build_model(content: dict[str, Any]) -> ModelFile:
    """Return the model file that `content` describes; `content` is resolved and has no problem."""
    drug = _drug(content["drug"])
    windows = content.get("windows", {})
    published = tuple(_published(table, drug) for table in content.get("published", []))
    text = canonical_json(content)
    return ModelFile(
        name=content["name"],
        title=content["title"],
        description=content.get("description", ""),
        released=_date(content.get("released")),
        drug=drug,
        exposure=_exposure(content["exposure"], drug),
        outcomes={endpoint: _outcome(endpoint, content, drug) for endpoint in ENDPOINTS if endpoint in content},
        questions=read_questions(windows),
        published=published,
        group_cuts_mg_l=_group_cuts(content.get("groups"), published, drug),
        sampling=Sampling(**content.get("sampling", {})),
        terms=tuple(
            table.build(content[name], lambda path, prior: _prior(path, prior, drug))
            for name, table in TERM_TABLES.items()
            if name in content
        ),
        study_weights=read_weights(content.get(BORROWING, {})),
        sha256=content_sha256(text),
        text=text,
    )


def _drug(table: dict[str, Any]) -> Drug:
    molar_mass = table.get("molar_mass_g_mol")
    unit = exposure_unit(table["unit"], molar_mass_g_mol=molar_mass)
    span = table.get("range")
    return Drug(
        name=table["name"],
        unit=unit,
        reference_mg_l=table["reference"] * unit.mg_l,
        molar_mass_g_mol=None if molar_mass is None else float(molar_mass),
        span=None if span is None else Span(span[0] * unit.mg_l, span[1] * unit.mg_l),
        source=table.get("source", ""),
    )


def _exposure(table: dict[str, Any], drug: Drug) -> ExposureBlock:
    return ExposureBlock(
        form=table["form"],
        interruption_share=_interruption_share(table),
        priors=_priors("exposure", table, drug),
        time=table.get("time", "constant"),
        reference_day=float(table["reference_day"]) if "reference_day" in table else None,
        occasion_days=float(table["occasion_days"]) if "occasion_days" in table else None,
    )


def _interruption_share(exposure: dict[str, Any]) -> float:
    return float(exposure.get("interruption_share", INTERRUPTION_SHARE))


def read_questions(windows: Mapping[str, Any]) -> Questions:
    """Return the questions of a table such as ``[windows]``, which has been checked; what it leaves out is as usual."""
    limits = dict(windows.get("limits", {}))
    grade = int(limits.pop("toxicity_grade", ENDPOINT_GRADE))
    numbers: dict[str, Any] = _floats(limits)
    return Questions(
        limits=Limits(**numbers), utility=Utility(**_floats(windows.get("utility", {}))), toxicity_grade=grade
    )


def _outcome(endpoint: Endpoint, content: dict[str, Any], drug: Drug) -> OutcomeBlock:
    table = content[endpoint]
    grade = read_questions(content.get("windows", {})).toxicity_grade
    return OutcomeBlock(
        endpoint=endpoint,
        form=table["form"],
        kind=table.get("kind", DEFAULT_KINDS[endpoint]),
        priors=_priors(endpoint, table, drug),
        label=_label(table.get("label", DEFAULT_LABELS[endpoint]), grade if table.get("kind") == "ordinal" else None),
        reference_mg_l=drug.reference_mg_l,
        event_grade=grade,
        follows_dose=content["exposure"].get("time") == "dose",
        interruption_share=_interruption_share(content["exposure"]),
        landmark_months=float(table.get("landmark_months", 0.0)),
        other=table.get("other") == ALWAYS,
        span=drug.span,
        event_free_months=float(table[EVENT_FREE]["months"]) if EVENT_FREE in table else None,
    )


def _label(label: str, grade: int | None) -> str:
    """Return what an endpoint is called, with the grade that windows are about in the place of grade ≥ 3."""
    return label if grade is None else label.replace(f"grade ≥ {ENDPOINT_GRADE}", f"grade ≥ {grade}")


def _priors(block: str, table: dict[str, Any], drug: Drug) -> dict[str, Prior]:
    names = block_forms(block, table.get("kind"))[table["form"]]
    if block == "exposure":
        names = (*names, *exposure_parts(table))
    return {name: _prior(f"{block}.{name}", table[name], drug) for name in names}


def _prior(path: str, table: dict[str, Any], drug: Drug) -> Prior:
    family = table["family"]
    named = dict(table)
    if EXP_MEAN in named:
        named["mean"] = math.log(named[EXP_MEAN])
    unit = named.get("unit", "")
    if path == LOG_EXPOSURE_PARAMETER:  # written in log(drug.unit), kept in log(mg/L)
        named |= {name: named[name] + math.log(drug.unit.mg_l) for name in LOCATIONS[family]}
        unit = "log(mg/L)"
    if path in CONCENTRATION_PARAMETERS:  # written in drug.unit, kept in mg/L
        if family in RATES:
            named[RATES[family]] /= drug.unit.mg_l
        else:
            named[SCALES[family]] *= drug.unit.mg_l
        unit = "mg/L"
    return Prior(
        family=family,
        arguments={argument: float(named[argument]) for argument in FAMILIES[family].arguments},
        unit=unit,
        source=named.get("source", ""),
        meaning=named.get("meaning", ""),
    )


def _published(table: dict[str, Any], drug: Drug) -> PublishedWindow:
    lower, upper = (table[end] * drug.unit.mg_l if end in table else None for end in ("lower", "upper"))
    return PublishedWindow(name=table["name"], lower_mg_l=lower, upper_mg_l=upper, source=table.get("source", ""))


def _group_cuts(groups: dict[str, Any] | None, published: tuple[PublishedWindow, ...], drug: Drug) -> tuple[float, ...]:
    """Cut-offs as written, or the two ends of the first published window, or none."""
    if groups is not None:
        return tuple(cut * drug.unit.mg_l for cut in groups["cuts"])
    ends = (published[0].lower_mg_l, published[0].upper_mg_l) if published else ()
    return tuple(end for end in ends if end is not None) if None not in ends else ()


def _floats(settings: dict[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in settings.items()}


def _date(value: dt.date | str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value
