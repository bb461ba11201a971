"""Remission times in weeks of 42 children with leukaemia (Freireich et al., Blood 1963;21:699–716).

The textbook example of survival analysis: median 23 weeks on 6-mercaptopurine against 8 on placebo, log-rank
χ² = 16.79.
"""

import numpy as np

MERCAPTOPURINE_WEEKS = np.array(
    [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35], dtype=float
)
MERCAPTOPURINE_RELAPSE = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], dtype=float)
PLACEBO_WEEKS = np.array([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], dtype=float)
PLACEBO_RELAPSE = np.ones(21)
