"""``bayes-sora window``: the answer of a result folder to another question."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bayes_sora.cli.question_options import question_options
from bayes_sora.cli.terminal import json_option

if TYPE_CHECKING:
    from bayes_sora.modelfile.asked import Asked


EXAMPLES = """\b
Examples:
  bayes-sora window DIR --max toxicity=0.3
  bayes-sora window DIR --min response=0.4 --min os=0.5@12
  bayes-sora window DIR --published "our clinic=1.5:3.0\""""


@click.command(name="window", short_help="The answer of a result to another question.", epilog=EXAMPLES)
@click.argument("folder", metavar="DIR", type=Path)
@question_options
@click.option("--force", is_flag=True, help="Print windows also of a fit that is not trustworthy (still exit code 4).")
@json_option
def command(
    *,
    folder: Path,
    asked: Asked,
    force: bool,
    as_json: bool,
) -> None:
    """Print what the result folder DIR answers to another question; nothing is sampled and nothing is written."""
    # xarray and zarr: `--help` must not wait for them.
    from bayes_sora.cli.light_imports import import_arviz_lightly  # noqa: PLC0415

    import_arviz_lightly()
    from bayes_sora.cli.answer import give_answer  # noqa: PLC0415
    from bayes_sora.report import read_result  # noqa: PLC0415

    give_answer(read_result(folder).asked(asked), None, force=force, as_json=as_json)
