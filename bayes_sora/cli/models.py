"""``bayes-sora models``: the model library."""

from __future__ import annotations

import json
from pathlib import Path

import click

import bayes_sora as bs
from bayes_sora.cli.failure import fail, problem_documents
from bayes_sora.cli.terminal import aligned, json_option, print_json, say
from bayes_sora.digits import short
from bayes_sora.errors import InputError


@click.group(name="models", short_help="The model library.")
def command() -> None:
    """List, show and check model files."""


@command.command(name="list")
@json_option
def list_command(*, as_json: bool) -> None:
    """List the released model files."""
    models = bs.list_models()
    if as_json:
        named = [{"name": one.name, "title": one.title, "endpoints": list(one.endpoints)} for one in models]
        print_json({"models": named})
    else:
        say("\n".join(aligned([(one.name, one.title, ", ".join(one.endpoints)) for one in models])))


@command.command(name="show")
@click.argument("name", metavar="NAME|PATH")
@json_option
def show_command(*, name: str, as_json: bool) -> None:
    """Show a model file with everything that it takes over from another."""
    model = bs.load_model(name)
    if as_json:
        print_json(json.loads(model.text))
        return
    say(f"{model.name}: {model.title}", bold=True)
    say("\n".join(_model_lines(model)))


@command.command(name="lint")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=Path)
@json_option
def lint_command(*, files: tuple[Path, ...], as_json: bool) -> None:
    """Check model files and list every problem of each."""
    problems = [problem for path in files for problem in bs.lint_model(path)]
    if problems:
        error = InputError(problems)
        fail(error, as_json=as_json, beside={"problems": problem_documents(problems)})
    if as_json:
        print_json({"problems": []})
    else:
        say(f"no problem in {len(files)} file{'s' if len(files) > 1 else ''}")


def _model_lines(model: bs.ModelFile) -> list[str]:
    """Return drug, forms and priors, one line a parameter: name, prior, meaning (unit), source."""
    drug, size = model.drug, model.drug.unit.mg_l
    lines = [model.description.strip(), ""] if model.description.strip() else []
    lines.append(
        f"drug: {drug.name}, reference exposure {short(drug.reference_mg_l / size, digits=4)} {drug.unit.name}"
    )
    if drug.span is not None:
        low, high = (short(end / size, digits=4) for end in (drug.span.low, drug.span.high))
        lines.append(f"range of windows: {low} to {high} {drug.unit.name}")
    lines.append(f"exposure: {model.exposure.form}")
    lines += [f"{endpoint}: {block.label}, {block.form}" for endpoint, block in model.outcomes.items()]
    priors = [(name, str(prior), f"{prior.meaning} ({prior.unit})") for name, prior in model.priors.items()]
    lines += ["", *aligned(priors)]
    sampling = model.sampling
    lines += ["", f"sampling: {sampling.chains} × ({sampling.tune} + {sampling.draws})", f"sha256: {model.sha256}"]
    return lines
