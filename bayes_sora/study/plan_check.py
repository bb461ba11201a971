"""Check the content of a plan file against the vocabulary and against itself; nothing is built here.

The codes are those of model files with another letter: P007 is an unknown key, as M007 is.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayes_sora.errors import InputError, Problem
from bayes_sora.files.budgets import TASKS
from bayes_sora.modelfile import load_model
from bayes_sora.modelfile.findings import (
    BAD_BASE,
    BAD_NAME,
    CONTRADICTION,
    MISSING,
    NOT_OF_THIS_FORM,
    NOT_THIS_FAMILY,
    OUT_OF_RANGE,
    UNKNOWN_WORD,
    WRONG_TYPE,
    Findings,
    joined,
    known_words,
)
from bayes_sora.modelfile.library import is_path
from bayes_sora.modelfile.vocabulary import FAMILIES, PRIOR_WORDS, Key
from bayes_sora.simulation import SCENARIOS
from bayes_sora.study.plan_vocabulary import (
    BASE,
    DRAWABLE,
    MEASURES,
    METHOD,
    NAME_WORDS,
    ONLY_BAYES,
    SCHEMA,
    TABLES,
    TARGET,
    TOP,
    WINDOWS,
)
from bayes_sora.study.truth_check import course_needed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bayes_sora.modelfile import ModelFile

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,70}")
MOST_ENTRIES = 50
REPLICATES_A_TASK = 100
LISTS = ("scenarios", "sizes", "troughs", "follow_up_months")


def in_plan(problem: Problem) -> Problem:
    """Return a problem found by the linter of model files as one of a plan."""
    return replace(problem, code=f"P{problem.code[1:]}")


def check_plan(
    content: dict[str, Any], *, file: str | None, stem: str | None, folder: Path | None
) -> tuple[tuple[Problem, ...], dict[str, ModelFile]]:
    """Return every problem of a plan, and the model files of its methods by method name.

    Parameters
    ----------
    content : dict
    file : str or None
        Name of the file for the messages.
    stem : str or None
        File name without ``.toml``, which the name inside must equal; None when there is no file.
    folder : Path or None
        What the path of a model file is relative to; None is the working folder.
    """
    findings = Findings(file)
    methods = _check_own(findings, content, stem)
    models, of_models = _load_models(findings, methods, folder)
    return (*map(in_plan, findings.problems), *of_models), models


def check_own_content(content: dict[str, Any], *, file: str | None, stem: str | None) -> tuple[Problem, ...]:
    """Return every problem of a plan but those of its model files, which are not looked for; as :func:`check_plan`."""
    findings = Findings(file)
    _check_own(findings, content, stem)
    return tuple(map(in_plan, findings.problems))


def _check_own(findings: Findings, content: dict[str, Any], stem: str | None) -> list[dict[str, Any]]:
    """Check everything that stands in the plan itself, and return the sound values of its methods."""
    _check_top(findings, content, stem)
    methods = _check_methods(findings, content.get("methods"))
    _check_targets(findings, content.get("targets", []))
    if "truths" in content:
        check_truths(findings, content["truths"])
    return methods


def check_truths(findings: Findings, table: object) -> None:
    """Note what is wrong with a [truths] table: a base scenario and the priors of some of its fields."""
    parts = sorted({name.partition(".")[0] for name in DRAWABLE})
    sound = findings.table("truths", table, {"base": BASE}, tables=parts)
    if not isinstance(table, dict):
        return
    if "base" in sound and sound["base"] not in SCENARIOS:
        why, remedy = "is not a released scenario", known_words(sound["base"], SCENARIOS)
        findings.add(UNKNOWN_WORD, "truths.base", why, remedy, value=sound["base"])
    priors = 0
    for part in parts:
        fields = {part: table[part]} if part in DRAWABLE and part in table else _fields(findings, part, table.get(part))
        for name, prior in fields.items():
            _check_prior(findings, name, prior)
        priors += len(fields)
    if not priors:
        findings.add(MISSING, "truths", "no field has a prior", known_words("", DRAWABLE))


def model_path(model: str, folder: Path | None) -> str:
    """Return a released name as it is, and the path of a file relative to the plan's folder."""
    return str((folder or Path()) / model) if is_path(model) else model


def _check_top(findings: Findings, content: dict[str, Any], stem: str | None) -> None:
    top = findings.table("", content, TOP, tables=TABLES)
    if top.get("schema", SCHEMA) != SCHEMA:
        remedy = f"Write schema = {SCHEMA}, or update bayes-sora to read a newer file."
        findings.add(UNKNOWN_WORD, "schema", "this vocabulary is not known", remedy, value=top["schema"])
    name = top.get("name")
    if name is not None and NAME.fullmatch(name) is None:
        findings.add(BAD_NAME, "name", f"expected {NAME_WORDS}", 'Write it as in "noda26".', value=name)
    elif name is not None and stem is not None and name != stem:
        remedy = f'Write name = "{stem}", or rename the file.'
        findings.add(BAD_NAME, "name", "differs from the name of the file", remedy, value=name)
    for key in LISTS:
        _check_list(findings, key, top.get(key))
    _check_tasks(findings, top, with_truths="truths" in content)
    for scenario in top.get("scenarios", []):
        if scenario not in SCENARIOS:
            why, remedy = "is not a released scenario", known_words(scenario, SCENARIOS)
            findings.add(UNKNOWN_WORD, "scenarios", why, remedy, value=scenario)
    if "scenarios" not in content and "truths" not in content:
        remedy = f"Add scenarios or [truths]. {known_words('', SCENARIOS)}"
        findings.add(MISSING, "scenarios", "nothing to simulate is given", remedy)


def _check_tasks(findings: Findings, top: dict[str, Any], *, with_truths: bool) -> None:
    """Refuse a plan of more tasks than a folder should have chunks, before one of them is made."""
    lengths = [len(top.get(key, ())) + (key == "scenarios" and with_truths) for key in LISTS]
    n_tasks = math.prod(max(1, length) for length in lengths) * math.ceil(top.get("replicates", 1) / REPLICATES_A_TASK)
    if n_tasks > TASKS:
        why = f"makes {n_tasks:,} tasks of {REPLICATES_A_TASK} replicates, at most {TASKS:,}"
        findings.add(OUT_OF_RANGE, "replicates", why, "Give fewer replicates or cells, or several plans.")


def _check_list(findings: Findings, key: str, values: list[Any] | None) -> None:
    if values is None:
        return
    if not values:
        findings.add(OUT_OF_RANGE, key, "expected at least one entry", f"Add one: {TOP[key].meaning}.", value=values)
    twice = next((value for value in values if values.count(value) > 1), None)
    if twice is not None:
        findings.add(CONTRADICTION, key, "is given twice", "Give each value once.", value=twice)


def _tables(findings: Findings, path: str, tables: object) -> Iterable[tuple[str, object]]:
    """Yield path and content of each table of an array of tables."""
    if not isinstance(tables, list):
        findings.add(WRONG_TYPE, path, "expected an array of tables", f"Write each as [[{path}]].", value=tables)
        return
    if len(tables) > MOST_ENTRIES:
        findings.add(OUT_OF_RANGE, path, f"expected at most {MOST_ENTRIES} tables", "Leave some out.")
    for number, table in enumerate(tables[:MOST_ENTRIES], start=1):
        yield f"{path}[{number}]", table


def _check_methods(findings: Findings, tables: object) -> list[dict[str, Any]]:
    """Check [[methods]] and return the sound values of each."""
    if tables is None or tables == []:
        findings.add(MISSING, "methods", "no method is given", "Add [[methods]] with name, kind and, for bayes, model.")
        return []
    methods = []
    names: set[str] = set()
    for path, table in _tables(findings, "methods", tables):
        method = findings.table(path, table, METHOD)
        name = method.get("name")
        if name is not None and NAME.fullmatch(name) is None:
            findings.add(BAD_NAME, f"{path}.name", f"expected {NAME_WORDS}", 'Write it as in "joint".', value=name)
        if name in names:
            findings.add(CONTRADICTION, f"{path}.name", "is given twice", "Give each method its own name.", value=name)
        names |= {name} if name is not None else set()
        if isinstance(table, dict) and "kind" in method:
            _check_kind(findings, path, table, method["kind"])
        methods.append({"path": path, **method})
    return methods


def _check_kind(findings: Findings, path: str, table: dict[str, Any], kind: str) -> None:
    if kind == "bayes":
        if "model" not in table:
            findings.add(MISSING, f"{path}.model", "a bayes method needs it", f"Add it: {METHOD['model'].meaning}.")
        return
    for name in ONLY_BAYES:
        if name in table:
            why, remedy = f"a {kind} method has none", f'Remove it, or write kind = "bayes". {METHOD[name].meaning}.'
            findings.add(NOT_OF_THIS_FORM, f"{path}.{name}", why, remedy)


def _load_models(
    findings: Findings, methods: list[dict[str, Any]], folder: Path | None
) -> tuple[dict[str, ModelFile], list[Problem]]:
    models: dict[str, ModelFile] = {}
    problems: list[Problem] = []
    for method in methods:
        if method.get("kind") != "bayes" or "model" not in method:
            continue
        where = f"{method['path']}.model"
        try:
            model = load_model(model_path(method["model"], folder))
        except InputError as error:
            remedy = "Correct it, or name another model file."
            findings.add(BAD_BASE, where, "the model file has faults", remedy, value=method["model"])
            problems += error.problems
            continue
        if model.drug.span is None:
            why, remedy = "has no drug.range, so that its windows have no truth", "Add range to its [drug]."
            findings.add(CONTRADICTION, where, why, remedy, value=method["model"])
        needed = course_needed(model)
        if needed is not None:
            why = f"needs {needed}, which the simulated cohorts of a study do not have"
            findings.add(CONTRADICTION, where, why, "Name a model file without that need.", value=method["model"])
        models[method.get("name", "")] = model
    return models, problems


def _check_targets(findings: Findings, tables: object) -> None:
    for path, table in _tables(findings, "targets", tables):
        target = findings.table(path, table, TARGET)
        if not isinstance(table, dict) or "measure" not in target:
            continue
        needed = MEASURES[target["measure"]]
        for name in needed:
            if name not in table:
                why, remedy = f"{target['measure']} needs it", f"Add it: {TARGET[name].meaning}."
                findings.add(MISSING, f"{path}.{name}", why, remedy)
        for name in table.keys() & (TARGET.keys() - {"measure", "window", *needed}):
            why, remedy = f"{target['measure']} takes no such key", f"Remove it; it takes {', '.join(needed)}."
            findings.add(NOT_OF_THIS_FORM, f"{path}.{name}", why, remedy)
        known = WINDOWS.get(target.get("window", ""), WINDOWS["utility"])
        if target.get("limit", "lower") not in known:
            why = f"the {target['window']} window has no such limit"
            findings.add(CONTRADICTION, f"{path}.limit", why, known_words("", known), value=target["limit"])


def _fields(findings: Findings, part: str, table: object) -> dict[str, object]:
    """Return the priors below ``[truths.part]`` by the name of their field."""
    known = [name.partition(".")[2] for name in DRAWABLE if name.startswith(f"{part}.")]
    if table is None or not known:
        return {}
    findings.table(joined("truths", part), table, {}, tables=known)
    inside = table if isinstance(table, dict) else {}
    return {f"{part}.{name}": inside[name] for name in known if name in inside}


def _check_prior(findings: Findings, name: str, table: object) -> None:
    path = f"truths.{name}"
    if not isinstance(table, dict):
        remedy = f"Write [{path}] with family and its arguments below."
        findings.add(WRONG_TYPE, path, "expected a table with a prior", remedy, value=table)
        return
    fitting = [family for family, one in FAMILIES.items() if one.positive or not DRAWABLE[name]]
    known = Key(kind="text", meaning="prior family", required=True, choices=tuple(fitting))
    family = table.get("family")
    if not isinstance(family, str) or family not in FAMILIES:  # those of both signs have an answer of their own below
        findings.table(path, table, {"family": known}, tables=tuple(table))
        return
    if family not in fitting:
        why = "the field is positive, the family does not fit"
        findings.add(NOT_THIS_FAMILY, f"{path}.family", why, f"Choose one of {', '.join(fitting)}.", value=family)
    arguments = {
        argument: Key(kind="number", meaning=f"argument of {family}", required=True, bounds=bounds)
        for argument, bounds in FAMILIES[family].arguments.items()
    }
    findings.table(path, table, {**arguments, **PRIOR_WORDS}, tables=("family",))
