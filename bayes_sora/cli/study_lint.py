"""``bayes-sora study lint``: check plan files."""

from __future__ import annotations

import click

from bayes_sora.cli.failure import fail, problem_documents
from bayes_sora.cli.terminal import json_option, print_json, say
from bayes_sora.errors import InputError


@click.command(name="lint", short_help="Check plan files.")
@click.argument("plans", metavar="PLAN...", nargs=-1, required=True)
@json_option
def command(*, plans: tuple[str, ...], as_json: bool) -> None:
    """Check plan files, and the model files that they name, and list every problem of each."""
    from bayes_sora.study import lint_plan  # noqa: PLC0415 - `--help` needs no NumPy

    problems = [problem for plan in plans for problem in lint_plan(plan)]
    if problems:
        fail(InputError(problems), as_json=as_json, beside={"problems": problem_documents(problems)})
    if as_json:
        print_json({"problems": []})
    else:
        say(f"no problem in {len(plans)} plan{'s' if len(plans) > 1 else ''}")
