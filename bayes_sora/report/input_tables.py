"""What the report says about where a fit came from: the cohort, and the record of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.cohort import describe_cohort
from bayes_sora.fitting.answer import leading_window, probability_text
from bayes_sora.report.table import DASH, Table, data_share, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.cohort import CohortDescription
    from bayes_sora.fitting import Fit
    from bayes_sora.modelfile import ModelFile

Facts = tuple[tuple[str, str], ...]
PARTS = {"compile": "compiling the model", "sample": "sampling", "complete": "likelihoods and predictions"}


def key_facts(fit: Fit, *, show_windows: bool) -> Facts:
    """Return the few facts without which the answer cannot be read."""
    seen = describe_cohort(fit.cohort)
    facts = [
        ("Patients", str(seen.n_patients)),
        *_counted("Toxicities", seen.n_toxicity, seen.n_toxicity_evaluable),
        *_counted("Responders", seen.n_response, seen.n_response_evaluable),
        *_counted("Deaths", seen.n_deaths, seen.n_patients),
        ("Measured troughs", _troughs(fit)),
    ]
    if show_windows:
        leading = leading_window(fit)
        shares = " and ".join(data_share(one.data_share) for one in (leading.lower, leading.upper))
        facts += [
            ("P(window exists)", f"{probability_text(leading.p_exists)} ({leading.kind})"),
            ("The data said", f"{shares} of what is known about the lower and upper limit; the rest is prior"),
        ]
    return tuple(facts)


def cohort_facts(fit: Fit) -> Facts:
    """Return what was read and how."""
    seen = describe_cohort(fit.cohort)
    facts = [
        ("Source", seen.name),
        ("SHA-256", seen.sha256 or "not read from a file"),
        ("Patients", f"{seen.n_patients}" + (f"; {seen.n_dropped} left out as incomplete" if seen.n_dropped else "")),
        ("Troughs", f"{seen.n_troughs}: {_troughs(fit)}; read in {seen.trough_unit}"),
        ("Outside the limits of quantification", f"{seen.n_blq} below, {seen.n_above_uloq} above"),
    ]
    if seen.median_os_time is not None:
        follow_up = f"median {number(seen.median_os_time)} months, deaths and censored alike; read in {seen.time_unit}"
        facts.append(("Follow-up", follow_up))
    return (*facts, *_course(seen))


def _course(seen: CohortDescription) -> Facts:
    """Return what is known of the course of treatment."""
    told = (
        ("Entered after time zero", seen.n_late_entries, "patients"),
        ("Deaths known to an interval", seen.n_interval_deaths, ""),
        ("Changes of dose", seen.n_dose_changes, "after day 0"),
    )
    return tuple((what, f"{count} {of}".strip()) for what, count, of in told if count is not None)


def model_facts(fit: Fit) -> Facts:
    """Return the model file in words."""
    model, unit = fit.model_file, fit.curves.unit
    span = fit.curves.span
    forms = [f"{endpoint}: {block.form}" for endpoint, block in model.outcomes.items()]
    return (
        ("Model file", f"{model.name}: {model.title}"),
        ("SHA-256", model.sha256),
        ("Drug", f"{model.drug.name}; reference exposure {number(model.drug.reference_mg_l / unit.mg_l)} {unit.name}"),
        ("Exposure", _exposure(model)),
        ("Effect of log exposure", ", ".join(forms)),
        ("Optimisation range", f"{number(span.low / unit.mg_l)} to {number(span.high / unit.mg_l)} {unit.name}"),
    )


def _exposure(model: ModelFile) -> str:
    words = "the latent average trough" if model.exposure.form == "latent" else "troughs as measured"
    return words + (" at the starting dose; it follows the dose of the day" if model.exposure.time == "dose" else "")


def attempts_table(fit: Fit) -> Table:
    """Return every run of the sampler and why it was not the last."""
    rows = tuple(
        (
            str(at),
            f"{one.chains} × ({one.tune} + {one.draws})",
            f"{one.target_accept:g}",
            number(one.seconds),
            _shortened_list(one.repeated_because) if one.repeated_because else "kept",
        )
        for at, one in enumerate(fit.provenance.attempts, start=1)
    )
    return Table(
        caption="Runs of the sampler.",
        header=("Run", "Chains × (tune + draws)", "Target acceptance", "Time (s)", "Outcome"),
        rows=rows,
        text=frozenset({4}),
    )


def provenance_facts(fit: Fit) -> Facts:
    """Return inputs, seed, engine, versions and durations."""
    made = fit.provenance
    inputs = [
        (f"Input: {role}", f"{made.names.get(role) or DASH}, SHA-256 {digest or 'none: not from a file'}")
        for role, digest in made.inputs.items()
        if digest or made.names.get(role)
    ]
    seconds = ", ".join(f"{PARTS.get(part, part)} {number(value)} s" for part, value in made.seconds.items())
    return (
        ("Made (UTC)", made.created),
        *inputs,
        ("Seed", str(made.seed)),
        ("Engine", _pairs(made.engine)),
        ("Packages", _pairs(made.versions)),
        ("Python and platform", f"{made.python}, {made.platform}"),
        ("Time", seconds),
    )


def _troughs(fit: Fit) -> str:
    seen, unit = describe_cohort(fit.cohort), fit.curves.unit
    middle, low, high = (
        number(value / unit.mg_l) for value in (seen.median_trough_mg_l, seen.min_trough_mg_l, seen.max_trough_mg_l)
    )
    return f"median {middle} {unit.name}, range {low} to {high} {unit.name}"


def _counted(what: str, n: int | None, of: int | None) -> Facts:
    return () if n is None else ((what, f"{n} of {of}"),)


def _pairs(mapping: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in mapping.items())


def _shortened_list(reasons: tuple[str, ...], *, limit: int = 3) -> str:
    more = len(reasons) - limit
    return "repeated: " + "; ".join(reasons[:limit]) + (f"; and {more} more" if more > 0 else "")
