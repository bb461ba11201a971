r"""Whether the probability of an event falls as exposure rises, against what exposure is given for.

.. math:: P\bigl(p(c_{\max}) < p(c_{\min}) \mid \text{data}\bigr)

between the smallest and the largest observed trough, so that it holds for every form of the effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from bayes_sora.curves import Curves


def p_falling(curves: Curves, endpoint: Literal["toxicity", "response"]) -> float:
    """Return the posterior probability that an endpoint is rarer at the largest observed trough than at the smallest.

    Parameters
    ----------
    curves : Curves
    endpoint : {"toxicity", "response"}
        One that the curves carry. Troughs beyond the range count at its edge.
    """
    observed, grid = curves.observed_span, np.log(curves.exposure_mg_l)
    logits = curves.draws[f"logit_{endpoint}"]
    low, high = (
        logits.isel(exposure=int(np.abs(grid - np.log(end)).argmin())) for end in (observed.low, observed.high)
    )
    return float((high < low).mean())
