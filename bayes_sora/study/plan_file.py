"""The public door of plan files: find, read, lint and build them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayes_sora.errors import InputError, Problem
from bayes_sora.modelfile import Prior
from bayes_sora.modelfile.content import canonical_json, checked_nesting, content_sha256, parse_toml, read_text
from bayes_sora.modelfile.findings import CONTRADICTION, describe, known_words
from bayes_sora.modelfile.library import is_path
from bayes_sora.modelfile.vocabulary import FAMILIES
from bayes_sora.resources import shipped_folder
from bayes_sora.study.plan import TRUTHS, Method, Plan, Target, TruthPrior
from bayes_sora.study.plan_check import check_plan, in_plan, model_path
from bayes_sora.study.plan_vocabulary import DRAWABLE, WORDS
from bayes_sora.study.truth_check import exposure_mismatch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.modelfile import ModelFile

SUFFIX = ".toml"
UNKNOWN_NAME = "P002"


def load_plan(name_or_path: str | Path) -> Plan:
    """Return the plan called `name_or_path`.

    Parameters
    ----------
    name_or_path : str or Path
        The name of a shipped plan (``"noda26"``), or the path of a file: anything that ends in ``.toml`` or contains a
        path separator. Model files named by path are relative to the plan's folder.

    Raises
    ------
    InputError
        When there is no such plan, or with every problem of the file and of its model files.

    Examples
    --------
    >>> load_plan("noda26").sizes
    (26,)
    """
    path = Path(name_or_path) if is_path(name_or_path) else _shipped_path(str(name_or_path))
    try:
        content = parse_toml(read_text(path), file=path.name)
    except InputError as error:
        raise InputError(map(in_plan, error.problems)) from error
    return _checked_plan(content, file=path.name, stem=path.stem, folder=path.resolve().parent)


def lint_plan(path: str | Path) -> tuple[Problem, ...]:
    """Return every problem of the plan at `path`, or () when there is none; takes names as :func:`load_plan` does."""
    try:
        load_plan(path)
    except InputError as error:
        return error.problems
    return ()


def list_plans() -> tuple[Plan, ...]:
    """Return the shipped plans, by name."""
    return tuple(load_plan(path) for path in _shipped_paths().values())


def parse_plan(text_or_mapping: str | Mapping[str, Any]) -> Plan:
    """Return the plan that `text_or_mapping` says: a TOML text, or the mapping such a text would read as.

    Errors as for :func:`load_plan`; paths of model files are relative to the working folder.
    """
    try:
        if isinstance(text_or_mapping, str):
            content = parse_toml(text_or_mapping, file=None)
        else:
            content = checked_nesting(dict(text_or_mapping), file=None)
    except InputError as error:
        raise InputError(map(in_plan, error.problems)) from error
    return _checked_plan(content, file=None, stem=None, folder=None)


def plan_from_json(text: str, *, models: Mapping[str, str]) -> Plan:
    """Return the plan of a canonical JSON text (:attr:`Plan.text`), as a study folder carries it.

    It was linted before it was written; model files are not looked for, only their hashes are known.

    Parameters
    ----------
    text : str
    models : mapping of method name to str
        SHA-256 of the model files.
    """
    return _build(json.loads(text), models=models, folder=None)


def build_truths(table: dict[str, Any]) -> TruthPrior:
    """Return the prior over truths that a linted [truths] table says."""

    def prior(field: str) -> dict[str, Any] | None:
        part, _, name = field.rpartition(".")
        found: dict[str, Any] | None = (table.get(part, {}) if part else table).get(name)
        return found

    priors = {field: _prior(found) for field in DRAWABLE if (found := prior(field)) is not None}
    return TruthPrior(base=table["base"], priors=priors)


def _checked_plan(content: dict[str, Any], *, file: str | None, stem: str | None, folder: Path | None) -> Plan:
    problems, models = check_plan(content, file=file, stem=stem, folder=folder)
    if problems:
        raise InputError(problems)
    plan = _build(content, models={name: model.sha256 for name, model in models.items()}, folder=folder)
    if mismatches := _mismatches(plan, models, file=file):
        raise InputError(mismatches)
    return plan


def _mismatches(plan: Plan, models: Mapping[str, ModelFile], *, file: str | None) -> list[Problem]:
    """Return a problem for every method whose model file is about other exposures than a truth of the plan."""
    problems = []
    for number, method in enumerate(plan.methods, start=1):
        for scenario in plan.scenarios if method.name in models else ():
            truth = plan.truths if scenario == TRUTHS and plan.truths is not None else scenario
            why = exposure_mismatch(models[method.name], truth)
            if why is not None:
                remedy = f"Name a model file for such troughs, or leave out the truth {scenario}."
                where, value = f"methods[{number}].model", describe(method.model)
                problem = Problem(code=CONTRADICTION, why=why, remedy=remedy, file=file, column=where, value=value)
                problems.append(in_plan(problem))
    return problems


def _build(content: dict[str, Any], *, models: Mapping[str, str], folder: Path | None) -> Plan:
    truths = build_truths(content["truths"]) if "truths" in content else None
    return Plan(
        name=content["name"],
        title=content["title"],
        aims=content.get("aims", ""),
        scenarios=(*content.get("scenarios", []), *([] if truths is None else [TRUTHS])),
        sizes=tuple(content["sizes"]),
        troughs=tuple(content.get("troughs", [1])),
        follow_up_months=tuple(map(float, content.get("follow_up_months", []))) or (None,),
        methods=tuple(_method(table, folder) for table in content["methods"]),
        replicates=content["replicates"],
        seed=content["seed"],
        targets=tuple(Target(**table) for table in content.get("targets", [])),
        truths=truths,
        models=dict(models),
        sha256=_fingerprint(content, models),
        text=canonical_json(content),
    )


def _method(table: dict[str, Any], folder: Path | None) -> Method:
    if folder is None or "model" not in table:
        return Method(**table)
    return Method(**{**table, "model": model_path(table["model"], folder)})


def _prior(table: dict[str, Any]) -> Prior:
    family = table["family"]
    return Prior(
        family=family,
        arguments={name: float(table[name]) for name in FAMILIES[family].arguments},
        unit=table.get("unit", ""),
        source=table.get("source", ""),
        meaning=table.get("meaning", ""),
    )


def _fingerprint(content: dict[str, Any], models: Mapping[str, str]) -> str:
    """Hash what the numbers depend on: a model file counts by its content, wherever it lies."""
    numbers = {key: value for key, value in content.items() if key not in WORDS}
    numbers["methods"] = [
        {**table, "model": models[table["name"]]} if "model" in table else table for table in content["methods"]
    ]
    return content_sha256(canonical_json(numbers))


def _shipped_paths() -> dict[str, Path]:
    return {path.stem: path for path in sorted(shipped_folder("plans").glob(f"*{SUFFIX}"))}


def _shipped_path(name: str) -> Path:
    shipped = _shipped_paths()
    if name in shipped:
        return shipped[name]
    remedy = f"{known_words(name, shipped)} A plan of your own is given by its path."
    why = "there is no shipped plan of that name"
    raise InputError([Problem(code=UNKNOWN_NAME, why=why, remedy=remedy, value=describe(name))])
