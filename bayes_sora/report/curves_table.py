"""curves.csv: the curves over exposure as numbers, one row an exposure, the unit in every column name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bayes_sora.window import acceptable_probability, applicable
from bayes_sora.window.summary import QUANTILES

if TYPE_CHECKING:
    import xarray as xr

    from bayes_sora.fitting import Fit
    from bayes_sora.types import FloatArray

SIGNIFICANT = "%.6g"


def curves_table(fit: Fit, *, force: bool = False) -> pd.DataFrame:
    """Return mean and 2.5, 25, 50, 75 and 97.5 % quantiles of every curve on the whole grid.

    Parameters
    ----------
    fit : Fit
    force : bool
        Give the probability of being acceptable, on which the limits rest, also of a fit that must be refused.

    Returns
    -------
    pandas.DataFrame
        ``exposure_<unit>``; ``p_toxicity_mean``, ``p_toxicity_q025`` …; ``p_response_…``; ``os_median_months_…``;
        ``rmst_24_months_…`` (restricted mean survival, months, by the horizon of the model file); ``p_acceptable``
        (of the limits). Curves that the model lacks have no column.
    """
    curves = fit.curves
    columns: dict[str, FloatArray] = {f"exposure_{curves.unit.suffix}": curves.exposure_mg_l / curves.unit.mg_l}
    for endpoint in ("toxicity", "response"):
        if curves.has(endpoint):
            columns |= _summarised(f"p_{endpoint}", curves.probability(endpoint))
    if curves.has("survival"):
        tau = fit.model_file.questions.utility.tau_months
        columns |= _summarised("os_median_months", curves.median_survival())
        columns |= _summarised(f"rmst_{tau:g}_months", curves.restricted_mean_survival(tau))
    limits = fit.model_file.questions.limits
    if applicable(limits, curves) is None and (fit.trusted or force):
        columns["p_acceptable"] = acceptable_probability(curves, limits).to_numpy()
    return pd.DataFrame(columns)


def curves_csv(fit: Fit, *, force: bool = False) -> str:
    """Return :func:`curves_table` as CSV text; numbers only, so no cell can be taken for a formula."""
    return curves_table(fit, force=force).to_csv(index=False, float_format=SIGNIFICANT, lineterminator="\n")


def _summarised(name: str, curve: xr.DataArray) -> dict[str, FloatArray]:
    draws = curve.to_numpy().reshape(-1, curve.sizes["exposure"])
    quantiles = np.quantile(draws, list(QUANTILES.values()), axis=0)
    rows = dict(zip(QUANTILES, quantiles, strict=True))
    return {f"{name}_mean": draws.mean(axis=0)} | {f"{name}_{label}": row for label, row in rows.items()}
