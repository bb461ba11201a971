"""The verdict: which quantities of a model file an engine gives with the spread and the place that they should have."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bayes_sora.study.calibration.uniformity import CELLS, Band, ecdf, holm, uniform_band, uniformity_p_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bayes_sora.modelfile.spec import ModelFile
    from bayes_sora.study.calibration.trial import Ranked
    from bayes_sora.study.plan import EngineName
    from bayes_sora.types import FloatArray

LEVEL, INTERVAL = 0.99, 0.95
UNIFORM_MEAN, UNIFORM_SD = 0.5, float(np.sqrt(1.0 / 12.0))


@dataclass(frozen=True, kw_only=True)
class Design:
    """What is run.

    Attributes
    ----------
    n : int
        Patients a cohort.
    replications : int
    engine : {"fast", "nuts"}
    seed : int
        Everything random follows from it, whatever the number of workers.
    """

    n: int = 26
    replications: int = 500
    engine: EngineName = "fast"
    seed: int = 1


@dataclass(frozen=True, kw_only=True, eq=False)
class QuantityCalibration:
    """The ranks of one quantity and what they say.

    Attributes
    ----------
    name : str
        As in :func:`bayes_sora.study.calibration.evaluate_quantities`.
    ranks : FloatArray, shape (n_defined,)
        Normalised ranks of the truth, of the replications whose truth defines the quantity.
    p_value : float
        Of uniform ranks; see :func:`bayes_sora.study.calibration.uniformity_p_value`.
    p_adjusted : float
        Adjusted by Holm for all quantities of the run.
    """

    name: str
    ranks: FloatArray
    p_value: float
    p_adjusted: float

    @property
    def inside_band(self) -> bool:
        """Whether the ECDF stays inside its own simultaneous 99 % band."""
        return self.p_value > 1.0 - LEVEL

    @property
    def calibrated(self) -> bool:
        """Whether it does so too when all quantities are judged at once."""
        return self.p_adjusted > 1.0 - LEVEL

    @property
    def band(self) -> Band:
        """The simultaneous 99 % band of this number of ranks."""
        return uniform_band(self.ranks.size, level=LEVEL)

    @property
    def ecdf(self) -> FloatArray:
        """The ECDF of the ranks at the points of the band."""
        return ecdf(self.ranks, cells=CELLS)

    @property
    def shift(self) -> float:
        """Mean rank less one half: below 0 the posterior lies above the truth, on average."""
        return float(self.ranks.mean()) - UNIFORM_MEAN

    @property
    def spread(self) -> float:
        """SD of the ranks over that of uniform ones: above 1 the posterior is too narrow."""
        return float(self.ranks.std()) / UNIFORM_SD

    @property
    def coverage(self) -> float:
        """Share of the replications whose truth lies inside the central 95 % of the posterior draws."""
        return float((np.abs(self.ranks - 0.5) <= 0.5 * INTERVAL).mean())

    def as_dict(self) -> dict[str, object]:
        """Return plain JSON values."""
        return {
            "name": self.name,
            "replications": int(self.ranks.size),
            "p_value": self.p_value,
            "p_adjusted": self.p_adjusted,
            "inside_band": self.inside_band,
            "calibrated": self.calibrated,
            "shift": self.shift,
            "spread": self.spread,
            "coverage_95": self.coverage,
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class Calibration:
    """The calibration of one engine on one model file.

    Attributes
    ----------
    model, model_sha256 : str
    design : Design
    ranked : tuple of Ranked
        Every replication, in order.
    quantities : tuple of QuantityCalibration
    """

    model: str
    model_sha256: str
    design: Design
    ranked: tuple[Ranked, ...]
    quantities: tuple[QuantityCalibration, ...]

    @property
    def calibrated(self) -> bool:
        """Whether every quantity is."""
        return all(quantity.calibrated for quantity in self.quantities)

    @property
    def miscalibrated(self) -> tuple[str, ...]:
        """Names of the quantities that are not."""
        return tuple(quantity.name for quantity in self.quantities if not quantity.calibrated)

    @property
    def fitted_by(self) -> Mapping[str, int]:
        """Replications by the engine that drew their posterior; those without one are not in it."""
        return Counter(one.engine for one in self.ranked if one.engine)

    @property
    def failed(self) -> int:
        """Replications whose posterior no engine could be trusted with."""
        return sum(not one.engine for one in self.ranked)

    @property
    def distinct_draws(self) -> float:
        """Mean number of distinct draws among those that ranks are taken among."""
        counts = [one.distinct for one in self.ranked if one.engine]
        return float(np.mean(counts)) if counts else float("nan")

    def ranks_table(self) -> pd.DataFrame:
        """Return one row a replication: ``replication``, ``engine``, and the normalised rank of every quantity."""
        rows = [{"replication": one.index, "engine": one.engine, **one.ranks} for one in self.ranked]
        return pd.DataFrame(rows)

    def as_dict(self) -> dict[str, object]:
        """Return plain JSON values, without the ranks."""
        return {
            "model": self.model,
            "model_sha256": self.model_sha256,
            "n_patients": self.design.n,
            "engine": self.design.engine,
            "seed": self.design.seed,
            "replications": self.design.replications,
            "fitted_by": dict(self.fitted_by),
            "failed": self.failed,
            "distinct_draws": self.distinct_draws if self.quantities else None,
            "level": LEVEL,
            "calibrated": self.calibrated,
            "quantities": [quantity.as_dict() for quantity in self.quantities],
        }


def judge_ranks(ranked: Sequence[Ranked], *, model: ModelFile, design: Design) -> Calibration:
    """Return the verdict on the ranks of a run.

    Quantities that no replication defines (youden's lower limit of a model without response) are left out.
    """
    by_name: dict[str, list[float]] = {}
    for one in ranked:
        for name, rank in one.ranks.items():
            by_name.setdefault(name, []).append(rank)
    defined = {name: np.asarray(ranks)[~np.isnan(ranks)] for name, ranks in by_name.items()}
    defined = {name: ranks for name, ranks in defined.items() if ranks.size}
    p_values = [uniformity_p_value(ranks) for ranks in defined.values()]
    return Calibration(
        model=model.name,
        model_sha256=model.sha256,
        design=design,
        ranked=tuple(ranked),
        quantities=tuple(
            QuantityCalibration(name=name, ranks=ranks, p_value=p_value, p_adjusted=p_adjusted)
            for (name, ranks), p_value, p_adjusted in zip(defined.items(), p_values, holm(p_values), strict=True)
        ),
    )
