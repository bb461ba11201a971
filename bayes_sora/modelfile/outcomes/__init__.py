"""What an endpoint is: one module a kind, all of one signature, and the registry of them.

A kind says which parameters stand before the exposure effect, which arrays of a cohort it is conditioned on, its
log-likelihood (written once for NumPy, PyTensor and JAX), and how a replicate is drawn.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from bayes_sora.modelfile.outcomes.binary import BINARY
from bayes_sora.modelfile.outcomes.bounded import BOUNDED
from bayes_sora.modelfile.outcomes.event_types import EVENT_TYPES
from bayes_sora.modelfile.outcomes.kind import OutcomeKind
from bayes_sora.modelfile.outcomes.ordinal import ORDINAL
from bayes_sora.modelfile.outcomes.rows import ROWS, ROWS_ONSET
from bayes_sora.modelfile.outcomes.weibull import WEIBULL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.types import Endpoint

__all__ = ["DEFAULT_KINDS", "KINDS", "OutcomeKind"]

KINDS: Mapping[str, OutcomeKind] = MappingProxyType(
    {
        "binary": BINARY,
        "bounded": BOUNDED,
        "ordinal": ORDINAL,
        "event_types": EVENT_TYPES,
        "weibull": WEIBULL,
        "weibull_rows": ROWS,
        "weibull_onset": ROWS_ONSET,
    }
)
DEFAULT_KINDS: Mapping[Endpoint, str] = MappingProxyType(
    {"toxicity": "binary", "response": "binary", "survival": "weibull"}
)
