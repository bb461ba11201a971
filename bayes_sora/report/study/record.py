"""A study as its report needs it: plan, rows, summary, and how much of it is done."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bayes_sora.study.plan_record import PLAN
from bayes_sora.study.store import read_rows, read_store
from bayes_sora.study.summary import CELL, summarise

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    import pandas as pd

    from bayes_sora.study.plan import Method, Plan


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyRecord:
    """What a study planned and what it has found so far.

    Attributes
    ----------
    plan : Plan
    rows : DataFrame
        Of the replicates that are done, with the columns of :data:`bayes_sora.study.table.COLUMNS`.
    versions : mapping of str to str
        Of the package and of what it computed with.
    """

    plan: Plan
    rows: pd.DataFrame
    versions: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Every performance measure, see :func:`bayes_sora.study.summary.summarise`."""
        return summarise(self.rows)

    @property
    def n_planned(self) -> int:
        """Replicates the plan asks for, over all cells."""
        return len(self.plan.cells) * self.plan.replicates

    @cached_property
    def n_done(self) -> int:
        """Replicates whose rows are there."""
        return len(self.rows[[*CELL, "replicate"]].drop_duplicates())

    @property
    def complete(self) -> bool:
        """Whether every replicate is done."""
        return self.n_done == self.n_planned

    @property
    def methods(self) -> dict[str, Method]:
        """The methods of the plan that have rows, by name."""
        present = set(self.rows["method"])
        return {one.name: one for one in self.plan.methods if one.name in present}

    def has_rule(self, method: str) -> bool:
        """Say whether a method declares a window by the rule of "identified", rather than whatever it finds."""
        return self.methods[method].kind == "bayes"


def read_study(folder: str | os.PathLike[str]) -> StudyRecord:
    """Return the study in `folder`, as far as it is done.

    Raises
    ------
    InputError
        When `folder` is no study folder, or its plan is damaged.
    """
    store = read_store(folder)
    record = json.loads((Path(store.folder) / PLAN).read_bytes())
    versions = {"bayes-sora": store.version, **{name: str(one) for name, one in record.get("made_with", {}).items()}}
    return StudyRecord(plan=store.plan, rows=read_rows(folder), versions=versions)
