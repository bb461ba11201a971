"""What a fit asks of the sampler, held against the vocabulary of a model file and the memory of the machine.

Beyond them samplers do not fail in a way that could be caught: they abort the process, or never return.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.arguments import whole_number
from bayes_sora.errors import UsageError
from bayes_sora.modelfile.vocabulary import CHAINS, COUNT
from bayes_sora.processes import memory_bytes, processors

if TYPE_CHECKING:
    from bayes_sora.inference import SamplingPlan
    from bayes_sora.modelfile import ModelFile

MAX_SEED = 2**32 - 1
MOST_CORES = 4096
LEAST = {"chains": 2, "tune": 100, "draws": 100}
MOST = {"chains": int(CHAINS.high), "tune": int(COUNT.high), "draws": int(COUNT.high)}
# Measured at the peak of a fit, while curves and windows are judged: numbers that are held for each draw.
NUMBERS_A_DRAW, NUMBERS_A_DRAW_AND_PATIENT, BYTES_A_NUMBER = 5000, 16, 8


def plan_sampling(
    model: ModelFile,
    *,
    seed: int,
    draws: int | None = None,
    tune: int | None = None,
    chains: int | None = None,
    cores: int | None = None,
) -> SamplingPlan:
    """Return the plan of a fit; what is None is the model file's own, or all processors.

    Raises
    ------
    UsageError
        When one of them is no whole number or out of bounds.
    """
    from bayes_sora.inference import SamplingPlan  # noqa: PLC0415 - PyMC

    default = model.sampling
    asked = {"chains": chains, "tune": tune, "draws": draws}
    found = {name: _count(name, getattr(default, name) if value is None else value) for name, value in asked.items()}
    own = processors() if cores is None else whole_number("cores", cores, least=1, most=MOST_CORES)
    return SamplingPlan(
        **found,
        target_accept=default.target_accept,
        cores=min(found["chains"], own),
        seed=whole_number("seed", seed, least=0, most=MAX_SEED),
    )


def check_memory(plan: SamplingPlan, *, n_patients: int) -> None:
    """Raise UsageError when the draws of `plan` need more memory than there is."""
    needed, there = needed_bytes(plan, n_patients=n_patients), memory_bytes()
    if there is not None and needed > there:
        msg = (
            f"{plan.chains} chains of {plan.draws:,} draws of {n_patients:,} patients need about "
            f"{_gib(needed)} of memory, and there are {_gib(there)}. Give fewer draws, or a part of the cohort"
        )
        raise UsageError(msg)


def fits_memory(plan: SamplingPlan, *, n_patients: int) -> bool:
    """Whether the draws of `plan` can be held beside those of a first attempt, which had half of them."""
    there = memory_bytes()
    return there is None or 1.5 * needed_bytes(plan, n_patients=n_patients) <= there


def needed_bytes(plan: SamplingPlan, *, n_patients: int) -> int:
    """Return about how much memory a fit needs at its peak."""
    numbers = NUMBERS_A_DRAW + NUMBERS_A_DRAW_AND_PATIENT * n_patients
    return plan.chains * plan.draws * numbers * BYTES_A_NUMBER


def _count(name: str, value: object) -> int:
    if isinstance(value, int) and 0 <= value < LEAST[name]:
        msg = f"{name} = {value} is too few to judge convergence: give at least {LEAST[name]}"
        raise UsageError(msg)
    return whole_number(name, value, least=LEAST[name], most=MOST[name])


def _gib(n_bytes: int) -> str:
    return f"{n_bytes / 2**30:,.1f} GiB"
