"""The folder of a study: its plan, one chunk a finished task, and the merged rows once it is complete."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from bayes_sora.errors import UsageError
from bayes_sora.files import read_regular
from bayes_sora.files.budgets import CHUNK_ROWS, RECORD_BYTES
from bayes_sora.places import full_path
from bayes_sora.simulation.truth import package_version
from bayes_sora.study.chunks import (
    chunk_files,
    chunks_of,
    file_sha256,
    is_rows_file,
    is_sound,
    read_chunk,
    read_rows_file,
    task_of,
    write_rows,
)
from bayes_sora.study.plan_record import PLAN, json_bytes, plan_record, read_plan_record
from bayes_sora.study.table import COLUMNS, table_of
from bayes_sora.study.tasks import Blocks, blocks_for, make_tasks
from bayes_sora.study.whole_file import is_leftover, remove_leftovers, write_whole

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bayes_sora.study.plan import Plan
    from bayes_sora.study.tasks import Task

CHUNKS, ROWS, STATUS = "chunks", "rows.parquet", "status.json"


@dataclass(frozen=True, kw_only=True)
class Store:
    """A study folder.

    Attributes
    ----------
    folder : Path
    plan : Plan
    version : str
        Version of the package that began it.
    blocks : Blocks
        How replicates are cut into tasks, as it was begun.
    """

    folder: Path
    plan: Plan
    version: str
    blocks: Blocks

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks of the plan, in its order."""
        return make_tasks(self.plan, version=self.version, blocks=self.blocks)

    @property
    def chunks(self) -> Path:
        """The folder of the chunks."""
        return self.folder / CHUNKS

    def chunk_paths(self) -> dict[str, list[Path]]:
        """Return the chunks that are there, sound or not, by the name of their task."""
        paths: dict[str, list[Path]] = {}
        for path in chunk_files(self.chunks):
            paths.setdefault(task_of(path), []).append(path)
        return paths

    def drop_damaged(self) -> list[str]:
        """Remove every damaged chunk of the plan and return the names of their files."""
        paths = self.chunk_paths()
        own = [path for task in self.tasks for path in paths.get(task.name, ())]
        damaged = [path for path in own if not is_sound(path) and path.exists()]
        for path in damaged:
            path.unlink(missing_ok=True)
        return [path.name for path in damaged]

    def tables(self, *, columns: Sequence[str] = COLUMNS) -> Iterator[tuple[Task, pd.DataFrame]]:
        """Yield the rows of every finished task, in the order of the plan, one task at a time."""
        paths = self.chunk_paths()
        for task in self.tasks:
            listed = paths.get(task.name, [])
            # Of two runs that did the same task one removes a chunk of the other: where it was, another one is now.
            table = _first_sound(listed, columns) if listed else None
            if listed and table is None:
                table = _first_sound(chunks_of(self.chunks, task.name), columns)
            if table is not None:
                yield task, table

    def merge(self) -> None:
        """Write the rows of a complete study as one file, and status.json, which says that it is complete.

        Raises
        ------
        UsageError
            When a chunk is missing.
        """
        sha256, rows_sha256 = write_rows(self.folder / ROWS, self._all_tables())
        status = {"complete": True, "tasks": len(self.tasks), "version": self.version}
        status |= {"plan_sha256": self.plan.sha256, "file_sha256": sha256, "rows_sha256": rows_sha256}
        write_whole(self.folder / STATUS, json_bytes(status))

    def _all_tables(self) -> Iterator[pd.DataFrame]:
        done = 0
        for _, table in self.tables():
            yield table
            done += 1
        if done < len(self.tasks):
            msg = f"chunks went missing from {self.folder.name!r} while they were merged: run the same command again"
            raise UsageError(msg)

    @property
    def is_merged(self) -> bool:
        """Whether the merged rows are there and sound."""
        try:
            status = json.loads(read_regular(self.folder / STATUS, most_bytes=RECORD_BYTES))
            of_plan = bool(status["plan_sha256"] == self.plan.sha256)
            rows, most_rows = self.folder / ROWS, CHUNK_ROWS * len(self.tasks)
            whole = of_plan and bool(status["file_sha256"] == file_sha256(rows))
            return whole and is_rows_file(rows, most_rows=most_rows)
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return False

    def merged_rows(self, *, columns: Sequence[str] = COLUMNS) -> pd.DataFrame:
        """Return the merged rows."""
        return read_rows_file(self.folder / ROWS, columns=columns)


def _first_sound(paths: Sequence[Path], columns: Sequence[str]) -> pd.DataFrame | None:
    tables = (read_chunk(path, columns=columns) for path in paths)
    return next((table for table in tables if table is not None), None)


def open_store(folder: str | os.PathLike[str], plan: Plan) -> Store:
    """Return the study folder of `plan`, made when it is not there.

    Raises
    ------
    UsageError
        When the folder holds another plan, was begun by another version of the package, or holds something else.
    OSError
        When the disk fails.
    """
    path = full_path(folder)
    _check_place(path)
    if not (path / PLAN).exists():
        path.mkdir(parents=True, exist_ok=True)
        write_whole(path / PLAN, plan_record(plan, blocks=blocks_for(plan)))
    # Read back also when just written: another runner may have come first with another plan.
    store = _checked(read_store(path), plan)
    store.chunks.mkdir(exist_ok=True)
    for place in (path, store.chunks):
        remove_leftovers(place)
    return store


def read_store(folder: str | os.PathLike[str]) -> Store:
    """Return the study that a folder holds.

    Raises
    ------
    InputError
        S001 when it is no study folder, S002 when plan.json is damaged, S003 when its layout is another version's.
    """
    path = full_path(folder)
    plan, version, blocks = read_plan_record(path)
    return Store(folder=path, plan=plan, version=version, blocks=blocks)


def read_plan(folder: str | os.PathLike[str]) -> Plan:
    """Return the plan of the study in `folder`; errors as of :func:`read_store`."""
    return read_store(folder).plan


def read_rows(folder: str | os.PathLike[str]) -> pd.DataFrame:
    """Return the rows of the study in `folder`, in the order of its plan, as far as it is done.

    Returns
    -------
    DataFrame
        With the columns of :data:`bayes_sora.study.table.COLUMNS`; a damaged chunk is left out.

    Raises
    ------
    InputError
        When `folder` is no study folder; see :func:`read_store`.
    """
    store = read_store(folder)
    if store.is_merged:
        return store.merged_rows()
    tables = [table for _, table in store.tables()]
    return pd.concat(tables, ignore_index=True) if tables else table_of([])


def _check_place(path: Path) -> None:
    if path.exists() and not path.is_dir():
        msg = f"{path.name!r} is a file. Name a folder for the study"
        raise UsageError(msg)
    if path.is_dir() and not (path / PLAN).exists() and any(not is_leftover(entry) for entry in path.iterdir()):
        msg = f"the folder {path.name!r} holds something other than a study. Name a new folder, or an empty one"
        raise UsageError(msg)


def _checked(store: Store, plan: Plan) -> Store:
    """Return `store` with the words of `plan`, whose numbers must be those of the folder."""
    name = store.folder.name
    if store.version != package_version():
        msg = (
            f"the study in {name!r} was begun with bayes-sora {store.version}, this is {package_version()}: "
            "their numbers may differ. Finish it with that version, or give another --out to begin anew"
        )
        raise UsageError(msg)
    if store.plan.sha256 != plan.sha256:
        msg = (
            f"the folder {name!r} holds the study {store.plan.name!r} by another plan ({_difference(store.plan, plan)} "
            f"differ). Give another --out; what both plans share is not computed again if you copy {CHUNKS}/ there"
        )
        raise UsageError(msg)
    if store.plan.text != plan.text:
        write_whole(store.folder / PLAN, plan_record(plan, blocks=store.blocks))
    return replace(store, plan=plan)


def _difference(stored: Plan, plan: Plan) -> str:
    one, other = json.loads(stored.text), json.loads(plan.text)
    keys = [key for key in dict.fromkeys((*one, *other)) if one.get(key) != other.get(key)]
    if stored.models != plan.models and "methods" not in keys:
        keys.append("model files")
    return ", ".join(keys) or "its numbers"
