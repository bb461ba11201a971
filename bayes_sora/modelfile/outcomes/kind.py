"""The contract of a kind of endpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayes_sora.numerics.ops import Array, Ops

if TYPE_CHECKING:
    import numpy as np

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import OutcomeBlock
    from bayes_sora.types import Endpoint, FloatArray

    Arrays = Callable[[Cohort, OutcomeBlock], dict[str, FloatArray]]
    LogLikelihood = Callable[[Ops, Array, Mapping[str, Array], OutcomeBlock, Mapping[str, Array]], Array]
    Bind = Callable[[OutcomeBlock, Cohort], OutcomeBlock]
    Event = Callable[[FloatArray, OutcomeBlock], FloatArray]
    Contradiction = Callable[[Cohort], str | None]
    Note = Callable[[OutcomeBlock, Cohort], str | None]
    LogitEvent = Callable[[Ops, Array, Mapping[str, Array], OutcomeBlock], Array]
    Draw = Callable[[np.random.Generator, FloatArray, Mapping[str, FloatArray], OutcomeBlock], FloatArray]
    DrawGiven = Callable[
        [np.random.Generator, FloatArray, Mapping[str, FloatArray], OutcomeBlock, Mapping[str, FloatArray]],
        FloatArray,
    ]


def _as_it_is(block: OutcomeBlock, cohort: Cohort) -> OutcomeBlock:  # noqa: ARG001 - as other kinds
    return block


def _nothing(cohort: Cohort) -> None:  # noqa: ARG001 - as other kinds
    return None


def _no_note(block: OutcomeBlock, cohort: Cohort) -> None:  # noqa: ARG001 - as other kinds
    return None


@dataclass(frozen=True, kw_only=True)
class OutcomeKind:
    """A kind of endpoint.

    Attributes
    ----------
    endpoints : tuple of Endpoint
        Which endpoints can be of this kind.
    needs : tuple of str
        Fields of a cohort that must be there.
    parameters : tuple of str
        Before the coefficients of the exposure effect, in the order of the posterior; without the endpoint's name.
    positive : frozenset of str
        Those of them that are positive.
    arrays : callable
        (cohort, block) → what the likelihood is conditioned on, by name, each of shape (n_patients,).
    log_likelihood : callable
        (ops, x, parameters, block, data) → the log-likelihood of every patient at centred log exposures x; everything
        broadcasts against x. Written in operators and :class:`~bayes_sora.numerics.ops.Ops` only.
    draw : callable
        (rng, x, parameters, block) → a replicate of the outcome (survival: uncensored months), of the shape of x.
    logit_event : callable or None
        (ops, x, parameters, block) → logit of the probability that the curves of toxicity and response are of; None
        stands for intercept + effect, as does survival, which has none.
    bind : callable
        (block, cohort) → the block as it is for a cohort, which may bring labels; by default as it is.
    recorded : str or None
        Field of a cohort, and of a replicate, that holds the outcome; None stands for the endpoint's own.
    event : callable or None
        (recorded, block) → the 0/1 that the curves are of, NaN where not evaluable; None where it is what is recorded.
    contradiction : callable
        (cohort) → what in a cohort contradicts the kind, in words; None where nothing does.
    note : callable
        (block, cohort) → what a cohort brought to the block it is bound to, in words; None where nothing.
    settings : tuple of str
        Keys of the block that are no priors, each a field of OutcomeBlock.
    draw_given : callable or None
        As `draw`, with `data` as the likelihood takes it, where a replicate depends on what is known of the patient.
    log_entry : callable or None
        (ops, x, parameters, block, data) → log probability that the patient could enter the cohort at all, by living
        until then; None where everybody can. `log_likelihood` is given that the patient did.
    """

    endpoints: tuple[Endpoint, ...]
    needs: tuple[str, ...]
    parameters: tuple[str, ...]
    positive: frozenset[str] = frozenset()
    arrays: Arrays
    log_likelihood: LogLikelihood
    draw: Draw
    logit_event: LogitEvent | None = None
    bind: Bind = _as_it_is
    recorded: str | None = None
    event: Event | None = None
    contradiction: Contradiction = _nothing
    note: Note = _no_note
    settings: tuple[str, ...] = ()
    draw_given: DrawGiven | None = None
    log_entry: LogLikelihood | None = None


def known(values: FloatArray | None, what: str) -> FloatArray:
    """Return the column of a cohort that has been checked to have it."""
    if values is None:
        msg = f"the cohort has no {what}: check_compatible() comes first"
        raise ValueError(msg)
    return values
