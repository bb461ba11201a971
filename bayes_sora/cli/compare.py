"""``bayes-sora compare``: models of one cohort by leave-one-patient-out, and their windows averaged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

import bayes_sora as bs
from bayes_sora.cli.inputs import (
    CohortFiles,
    read_inputs,
    reading_options,
)
from bayes_sora.cli.question_options import question_options
from bayes_sora.cli.terminal import Progress, json_option, say_notes
from bayes_sora.errors import InputError, Problem, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bayes_sora.modelfile.asked import Asked

FEWEST = 2


@click.command(name="compare", short_help="Compare models of one cohort and average their windows.")
@click.argument("inputs", metavar="COHORT|DIR...", nargs=-1, required=True, type=Path)
@click.option("--model", "models", multiple=True, metavar="NAME|PATH", help="Model file; give two or more of them.")
@click.option("--out", type=Path, required=True, metavar="DIR", help="Folder of the comparison.")
@click.option("--overwrite", is_flag=True, help="Replace an earlier comparison.")
@click.option("--seed", type=int, default=1, show_default=True, help="Everything random follows from it.")
@click.option("--draws", type=int, help="Draws a chain.  [default: each model file's, 1000]")
@click.option("--tune", type=int, help="Tuning steps a chain.  [default: each model file's, 1000]")
@click.option("--chains", type=int, help="Chains.  [default: each model file's, 4]")
@click.option("--engine", default=None, metavar="NAME", help="Sampler: nutpie or pymc.  [default: nutpie]")
@reading_options
@click.option("--no-refit", is_flag=True, help="Do not fit again without the patients that sway a fit most.")
@click.option("--force", is_flag=True, help="Compare also fits that are not trustworthy (still exit code 4).")
@question_options
@json_option
def command(
    *,
    inputs: tuple[Path, ...],
    asked: Asked,
    models: tuple[str, ...],
    out: Path,
    overwrite: bool,
    seed: int,
    draws: int | None,
    tune: int | None,
    chains: int | None,
    engine: str | None,
    columns: Path | None,
    troughs: Path | None,
    doses: Path | None,
    drop_incomplete: bool,
    no_refit: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Compare models by how well they predict a patient they have not seen, and average their windows.

    Give a COHORT and two or more --model, which are fitted, or two or more result folders (DIR) that `fit` wrote for
    the same cohort. Where importance sampling cannot be relied on, a model is fitted again without the patient.
    """
    # PyMC, xarray and matplotlib: `--help` must not wait for them.
    from bayes_sora.cli.compare_answer import give_comparison  # noqa: PLC0415
    from bayes_sora.cli.light_imports import import_arviz_lightly  # noqa: PLC0415
    from bayes_sora.report.comparison import check_comparison_destination, write_comparison  # noqa: PLC0415

    check_comparison_destination(out, overwrite=overwrite)
    progress = Progress()
    folders = [path for path in inputs if path.is_dir()]
    if folders:
        sampling = {"model": models, "draws": draws, "tune": tune, "chains": chains, "engine": engine}
        reading = {"columns": columns, "troughs": troughs, "doses": doses, "drop-incomplete": drop_incomplete}
        _check_folders(inputs, folders, given=[name for name, value in (*sampling.items(), *reading.items()) if value])
        import_arviz_lightly()
        fits = {name: fit.asked(asked) for name, fit in _read(folders, progress).items()}
    else:
        _check_cohort(inputs, models)
        files = CohortFiles(
            cohort=inputs[0], columns=columns, troughs=troughs, doses=doses, drop_incomplete=drop_incomplete
        )
        cohort, model_files = _read_inputs(files, models)
        say_notes(cohort.notes)
        import_arviz_lightly()
        fits = {
            name: bs.fit(
                cohort,
                model=asked.of(model),
                seed=seed,
                draws=draws,
                tune=tune,
                chains=chains,
                engine=engine or "nutpie",
                progress=_prefixed(progress, name),
            )
            for name, model in model_files.items()
        }
    refits = {"refit": None} if no_refit else {}
    comparison = bs.compare(fits, seed=seed, force=force, progress=progress, **refits)
    progress("writing the comparison", 0, 1)
    write_comparison(comparison, out, overwrite=overwrite)
    progress.finish()
    give_comparison(comparison, out, as_json=as_json)


def _check_folders(inputs: Sequence[Path], folders: Sequence[Path], *, given: Sequence[str]) -> None:
    files = [path.name for path in inputs if path not in folders]
    if files:
        msg = f"give either one cohort or result folders, not both: {files[0]!r} is not a folder"
        raise UsageError(msg)
    if given:
        msg = f"--{given[0]} is about fitting, and result folders are fitted already. Leave it out, or give the cohort"
        raise UsageError(msg)
    if len(folders) < FEWEST:
        msg = f"a comparison needs at least two result folders, got {len(folders)}"
        raise UsageError(msg)


def _check_cohort(inputs: Sequence[Path], models: Sequence[str]) -> None:
    if len(inputs) > 1:
        missing = next((path.name for path in inputs if not path.exists()), None)
        why = f"there is no {missing!r}" if missing else "they are files"
        msg = f"expected one cohort, or result folders of `bayes-sora fit`; got {len(inputs)} paths, and {why}"
        raise UsageError(msg)
    if len(set(models)) < FEWEST:
        msg = f"a comparison needs at least two different models, got {len(set(models))}. Give --model twice or more"
        raise UsageError(msg)


def _read(folders: Sequence[Path], progress: Progress) -> dict[str, bs.Fit]:
    """Return the fits of result folders by the name of the model; of two of the same name, by that of the folder."""
    fits = []
    for done, folder in enumerate(folders):
        progress("reading result folders", done, len(folders))
        fits.append(bs.read_result(folder))
    names = [fit.model_file.name for fit in fits]
    if len(set(names)) < len(names):
        names = [folder.name for folder in folders]
    if len(set(names)) < len(names):
        msg = "two of the folders have the same name and the same model. Rename one of them"
        raise UsageError(msg)
    return dict(zip(names, fits, strict=True))


def _read_inputs(files: CohortFiles, models: Sequence[str]) -> tuple[bs.Cohort, dict[str, bs.ModelFile]]:
    """Read the cohort, with the molar mass of the first model, and every model file, and see that they compare."""
    from bayes_sora.comparison.comparable import ToFit, check_same_data  # noqa: PLC0415
    from bayes_sora.modelfile import bind_model  # noqa: PLC0415

    problems: list[Problem] = []
    found: dict[str, bs.ModelFile] = {}
    for name in dict.fromkeys(models):
        try:
            model = bs.load_model(name)
        except InputError as error:
            problems += error.problems
            continue
        if model.name in found:
            msg = f"two of the models are called {model.name}. Rename one of the files"
            raise UsageError(msg)
        found[model.name] = model
    if problems:
        raise InputError(problems)
    cohort, _ = read_inputs(files, model_name=models[0])
    check_same_data(
        {name: ToFit(cohort=cohort, model_file=bind_model(model, cohort)[0]) for name, model in found.items()}
    )
    return cohort, found


def _prefixed(progress: Progress, name: str) -> Callable[[str, int, int], None]:
    return lambda what, done, in_all: progress(f"{name}: {what}", done, in_all)
