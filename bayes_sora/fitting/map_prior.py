"""``bs.map_prior``: from earlier results to a prior that a model file can have."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from bayes_sora.arguments import NUMBER, POSITIVE, TEXT, Kind, check_argument, instance
from bayes_sora.cohort.evidence import EarlierResult, read_evidence
from bayes_sora.cohort.frames import TABLE
from bayes_sora.errors import UsageError
from bayes_sora.fitting.slope_scale import Scale, SlopeScale
from bayes_sora.numerics.meta_analysis import MetaAnalysis, meta_analyse

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from bayes_sora.cohort.frames import Frame

__all__ = ["EarlierResult", "MapPrior", "map_prior"]

QUANTILES = (("q025", 0.025), ("q50", 0.5), ("q975", 0.975))
MEAN_SD = 10.0
"""SD of the prior of the common mean: logits and log hazard ratios are far smaller."""
DIGITS = 3
RESULT = instance("an EarlierResult", EarlierResult)
EVIDENCE = Kind(
    words=f"{TABLE.words}, or a list of EarlierResult",
    accepts=lambda value: TABLE.accepts(value) or RESULT.each().accepts(value),
)


@dataclass(frozen=True, kw_only=True)
class MapPrior:
    """What earlier studies say of a parameter in a new one.

    Attributes
    ----------
    results : tuple of EarlierResult
        On the scale of `slope_scale`.
    analysis : MetaAnalysis
        Random-effects meta-analysis; ``analysis.new_study`` is the meta-analytic-predictive distribution.
    sd_between_scale : float
        Of the half-normal prior of the SD between studies.
    slope_scale : SlopeScale
        Whether slopes are per unit of measured or of average troughs, and the attenuation that was taken out.
    """

    results: tuple[EarlierResult, ...]
    analysis: MetaAnalysis
    sd_between_scale: float
    slope_scale: SlopeScale = field(default_factory=SlopeScale)

    @property
    def mean(self) -> float:
        """Mean for a new study."""
        return self.analysis.new_study.mean

    @property
    def sd(self) -> float:
        """SD for a new study: of a normal with the same mean and variance."""
        return self.analysis.new_study.sd

    @property
    def effective_patients(self) -> float | None:
        r"""How many patients the distribution is worth, None unless every study tells its number.

        :math:`\bar n s^2 / \mathrm{SD}^2` with the mean of :math:`n_j s_j^2` over the studies, the variance that one
        patient would leave.
        """
        sizes = [one.n_patients for one in self.results]
        per_patient = [n * one.standard_error**2 for n, one in zip(sizes, self.results, strict=True) if n is not None]
        if len(per_patient) < len(sizes):
            return None
        return sum(per_patient) / len(per_patient) / self.sd**2

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        distributions = {"common": self.analysis.common, "new_study": self.analysis.new_study}
        return {
            "results": [
                {
                    "study": one.study,
                    "estimate": one.estimate,
                    "standard_error": one.standard_error,
                    "n_patients": one.n_patients,
                    "published_estimate": one.estimate * self.slope_scale.attenuation,
                    "published_standard_error": one.standard_error * self.slope_scale.attenuation,
                }
                for one in self.results
            ],
            **{
                name: {"mean": found.mean, "sd": found.sd, **{key: found.quantile(p) for key, p in QUANTILES}}
                for name, found in distributions.items()
            },
            "sd_between": {key: self.analysis.sd_between_quantile(p) for key, p in QUANTILES},
            "sd_between_scale": self.sd_between_scale,
            "slope_scale": self.slope_scale.as_dict(),
            "effective_patients": self.effective_patients,
        }

    def toml(self, parameter: str, *, weight: float = 0.8, vague_mean: float = 0.0, vague_sd: float = 2.0) -> str:
        """Return the block of a model file: the distribution as a normal, mixed with a vague one.

        Parameters
        ----------
        parameter : str
            Block and name, such as ``toxicity.slope``.
        weight : float
            Of the earlier evidence, strictly between 0 and 1; 1 gives a plain normal.
        vague_mean, vague_sd : float
            Of the other component.

        Raises
        ------
        UsageError
            When the parameter is not written as block and name, a number is out of its range, or attenuation was taken
            out of what is not a slope.
        """
        _check(parameter, weight=weight, vague_mean=vague_mean, vague_sd=vague_sd)
        self.slope_scale.check_parameter(parameter)
        named = ", ".join(one.study for one in self.results).replace("\\", " ").replace('"', "'")
        plain = [f'family = "{"normal" if weight == 1.0 else "robust_normal"}"', f"mean = {self.mean:.{DIGITS}f}"]
        mixed = [f"weight = {weight:g}", f"vague_mean = {vague_mean:g}", f"vague_sd = {vague_sd:g}"]
        source = f"Random-effects meta-analysis of {named}; SD between studies half-normal({self.sd_between_scale:g})."
        if self.slope_scale.scale == "average":
            source += f" {self.slope_scale.words()}"
        lines = [
            f"[{parameter}]",
            *plain,
            f"sd = {self.sd:.{DIGITS}f}",
            *(mixed if weight < 1.0 else []),
            f'source = "{source}"',
        ]
        return "\n".join(lines) + "\n"


def map_prior(
    evidence: Sequence[EarlierResult] | str | os.PathLike[str] | Frame,
    *,
    sd_between_scale: float = 0.5,
    exposure_sd: float = 0.55,
    scale: Scale = "measured",
    sd_within: float = 0.30,
    n_troughs: int = 1,
) -> MapPrior:
    r"""Combine earlier results to the prior of a parameter in a new study (meta-analytic-predictive, MAP).

    Parameters
    ----------
    evidence : sequence of EarlierResult, path or data frame
        A table has one row a study: ``study`` with ``estimate`` and ``standard_error`` of the parameter on its scale in
        the model file (slopes: per unit of log exposure), or with ``events_above``, ``n_above``, ``events_below`` and
        ``n_below``, a 2×2 table about a cut-off of exposure. The log odds ratio of a table is made a slope by the
        difference of mean log exposure between its two groups, to first order.
    sd_between_scale : float
        Scale of the half-normal prior of the SD between studies; > 0. With two or three studies it decides.
    exposure_sd : float
        SD of log exposure between patients on the scale asked for; > 0. The measured scale needs it for tables alone.
    scale : {"measured", "average"}
        What slopes are wanted per unit of. Published ones are per unit of log *measured* trough, as in a model file
        whose exposure is as measured. ``"average"`` is that of a latent exposure: published slopes over their
        attenuation, :mod:`bayes_sora.fitting.slope_scale`.
    sd_within : float
        SD of one measured log trough around the patient's average, for ``"average"``.
    n_troughs : int
        Troughs per patient whose mean the studies took, for ``"average"``.

    Raises
    ------
    InputError
        When the table is faulty.
    UsageError
        When a number is out of its range or there is no evidence.

    Notes
    -----
    A cut-off chosen because it separated best gives a table that flatters the slope. Give such evidence little weight
    in :meth:`MapPrior.toml`.

    Examples
    --------
    >>> import bayes_sora as bs
    >>> found = bs.map_prior([bs.EarlierResult(study="A", estimate=0.45, standard_error=0.39),
    ...                       bs.EarlierResult(study="B", estimate=0.35, standard_error=0.39)])
    >>> f"{found.mean:.2f} {found.sd:.2f}"
    '0.40 0.57'
    """
    check_argument("evidence", evidence, EVIDENCE)
    for name, number in (("sd_between_scale", sd_between_scale), ("exposure_sd", exposure_sd)):
        check_argument(name, number, POSITIVE)
        if not 1e-6 <= number <= 1e6:
            msg = f"{name} must be a positive number, got {number}"
            raise UsageError(msg)
    slope_scale = SlopeScale(scale=scale, exposure_sd=exposure_sd, sd_within=sd_within, n_troughs=n_troughs)
    results: tuple[EarlierResult, ...]
    if isinstance(evidence, list | tuple):
        results = tuple(cast("Sequence[EarlierResult]", evidence))
    else:
        results = read_evidence(cast("str | os.PathLike[str] | Frame", evidence), exposure_sd=slope_scale.measured_sd)
    if not results:
        msg = "there is no earlier result: give one at least"
        raise UsageError(msg)
    results = tuple(_on_scale(one, slope_scale.attenuation) for one in results)
    analysis = meta_analyse(
        [one.estimate for one in results],
        [one.standard_error for one in results],
        sd_between_scale=sd_between_scale,
        mean_sd=MEAN_SD,
    )
    return MapPrior(results=results, analysis=analysis, sd_between_scale=sd_between_scale, slope_scale=slope_scale)


def _on_scale(one: EarlierResult, attenuation: float) -> EarlierResult:
    """Return a result with its attenuation taken out."""
    return replace(one, estimate=one.estimate / attenuation, standard_error=one.standard_error / attenuation)


def _check(parameter: str, *, weight: float, vague_mean: float, vague_sd: float) -> None:
    check_argument("parameter", parameter, TEXT)
    for name, number in (("weight", weight), ("vague_mean", vague_mean), ("vague_sd", vague_sd)):
        check_argument(name, number, NUMBER)
    parts = parameter.split(".")
    if len(parts) != 2 or not all(part.isidentifier() for part in parts):
        msg = f"a parameter is written as block and name, such as toxicity.slope, got {parameter!r}"
        raise UsageError(msg)
    if not 0.0 < weight <= 1.0:
        msg = f"the weight of the earlier evidence must be above 0 and at most 1, got {weight}"
        raise UsageError(msg)
    if not vague_sd > 0.0:
        msg = f"the SD of the vague component must be positive, got {vague_sd}"
        raise UsageError(msg)
