"""Read a prior over truths from a file of its own: the [truths] table of a plan, without the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.errors import InputError
from bayes_sora.modelfile.content import parse_toml, read_text
from bayes_sora.modelfile.findings import MISSING, Findings
from bayes_sora.study.plan_check import check_truths, in_plan
from bayes_sora.study.plan_file import build_truths

if TYPE_CHECKING:
    from pathlib import Path

    from bayes_sora.study.plan import TruthPrior


def load_truths(path: Path) -> TruthPrior:
    """Return the prior over truths in the file at `path`.

    Parameters
    ----------
    path : Path
        A TOML file with a ``[truths]`` table, written as in a plan; a plan itself will do, its other tables are not
        looked at.

    Raises
    ------
    InputError
        With every problem of the table.
    """
    try:
        content = parse_toml(read_text(path), file=path.name)
    except InputError as error:
        raise InputError(map(in_plan, error.problems)) from error
    findings = Findings(path.name)
    if "truths" in content:
        check_truths(findings, content["truths"])
    else:
        remedy = 'Write [truths] with base = "moderate", and below [truths.toxicity.slope] and the like with a prior.'
        findings.add(MISSING, "truths", "is missing", remedy)
    if findings.problems:
        raise InputError(map(in_plan, findings.problems))
    return build_truths(content["truths"])
