"""The counts that `check` prints."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from bayes_sora.cohort import describe_cohort, read_cohort
from tests.cohort.tables import TROUGH_MG_L, sound_columns


def test_counts_of_a_cohort():
    """Each number is counted by hand from the table."""
    columns = sound_columns() | {"name": ["x"] * 12}
    columns["toxicity"][0] = None
    columns["trough_mg_l"] = ["<0.5", *map(str, TROUGH_MG_L[1:-1]), ">8"]
    description = describe_cohort(read_cohort(pd.DataFrame(columns)))
    assert (description.n_patients, description.n_troughs, description.n_blq, description.n_above_uloq) == (
        12,
        12,
        1,
        1,
    )
    assert (description.n_toxicity, description.n_toxicity_evaluable) == (6, 11)
    assert (description.n_response, description.n_response_evaluable) == (9, 12)
    assert description.n_deaths == 9
    np.testing.assert_allclose(description.median_os_time, 11.6)
    np.testing.assert_allclose(
        [description.median_trough_mg_l, description.min_trough_mg_l, description.max_trough_mg_l], [3.015, 0.5, 8.0]
    )
    text = "\n".join(description.text())
    for line in ("toxicities: 6 of 11 (1 not evaluable)", "events: 9 of 12 died", "1 below, 1 above", "note C017"):
        assert line in text
    plain = json.loads(json.dumps(description.as_dict(), allow_nan=False))
    assert plain["n_deaths"] == 9
    assert plain["notes"][0]["code"] == "C017"
    assert type(description.as_dict()["notes"][0]["code"]) is str


def test_absent_endpoints_are_none():
    """A cohort with toxicity alone has no counts of response or survival, and no lines about them."""
    columns = {name: sound_columns()[name] for name in ("patient_id", "trough_mg_l", "toxicity")}
    description = describe_cohort(read_cohort(pd.DataFrame(columns)))
    assert (description.n_response, description.n_deaths, description.median_os_time) == (None, None, None)
    assert not any(word in line for line in description.text() for word in ("responders", "events"))
