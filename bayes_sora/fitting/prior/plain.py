"""Which models a cohort can be drawn from without knowing more of its patients than their number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.types import MG

if TYPE_CHECKING:
    from bayes_sora.modelfile.spec import ModelFile

PLAIN_KINDS = frozenset({"binary", "weibull"})


def can_be_replicated(model: ModelFile) -> bool:
    """Say whether patients of the model differ by their exposure alone: no sites, frailties, doses, types or grades."""
    plain = all(block.kind in PLAIN_KINDS for block in model.outcomes.values())
    return (
        plain
        and not model.terms
        and model.exposure.time == "constant"
        and not model.exposure.dated
        and model.drug.unit != MG
    )
