"""A cohort wherever one is asked for: taken as it is, or read from a path or a data frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.arguments import Kind, check_argument
from bayes_sora.cohort.consistent import check_meanings
from bayes_sora.cohort.frames import TABLE
from bayes_sora.cohort.read import read_cohort
from bayes_sora.cohort.table import Cohort

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from bayes_sora.cohort.frames import Frame

COHORT = Kind(
    words="a Cohort, a path, or a pandas or polars DataFrame",
    accepts=lambda value: isinstance(value, Cohort) or TABLE.accepts(value),
)


def as_cohort(
    cohort: Cohort | str | os.PathLike[str] | Frame,
    *,
    covariates: Sequence[str] = (),
    molar_mass_g_mol: float | None = None,
) -> Cohort:
    """Return a cohort as it is, or read one with what a model file needs of it.

    Parameters
    ----------
    cohort : Cohort, path or data frame
        A file or frame whose columns must be mapped, or that comes with a second one, goes through
        :func:`~bayes_sora.cohort.read.read_cohort` first.
    covariates : sequence of str
        Columns of a file or frame that are read beside the usual ones.
    molar_mass_g_mol : float, optional
        For troughs in µmol/L.

    Raises
    ------
    UsageError
        When it is neither, or a cohort made by hand with values that mean nothing.
    InputError
        With every problem of the file or frame.
    """
    check_argument("cohort", cohort, COHORT)
    if isinstance(cohort, Cohort):
        check_meanings(cohort)
        return cohort
    return read_cohort(cohort, covariates=covariates, molar_mass_g_mol=molar_mass_g_mol)
