"""The bundle of a cohort: the JSON of window.json, units, missing columns and the text table."""

import json

import numpy as np
import pytest

from bayes_sora.classical import classical_analysis
from bayes_sora.cohort.table import Cohort, Troughs
from bayes_sora.modelfile.spec import Drug, ExposureBlock, ModelFile, PublishedWindow
from bayes_sora.types import MASS_UNITS, MG_L


def make_cohort(trough, **columns):
    """Return a cohort with one measured trough a patient."""
    trough = np.asarray(trough, dtype=float)
    n = trough.size
    return Cohort(
        patient_id=tuple(f"P{i:02d}" for i in range(n)),
        troughs=Troughs(
            patient=np.arange(n), value_mg_l=trough, censoring=np.zeros(n, dtype=int), day=np.full(n, np.nan)
        ),
        **{name: np.asarray(values, dtype=float) for name, values in columns.items()},
    )


def make_model(*, unit=MG_L, cuts=(1.40, 3.45), published=()):
    """Return a model file with what the classical analysis reads."""
    return ModelFile(
        name="test.v1",
        title="Test",
        drug=Drug(name="drug", unit=unit, reference_mg_l=2.91),
        exposure=ExposureBlock(form="latent", priors={}),
        outcomes={},
        group_cuts_mg_l=cuts,
        published=published,
    )


@pytest.fixture
def cohort():
    """Twenty-six patients with all three endpoints and one blank response."""
    rng = np.random.default_rng(20)
    n = 26
    trough = np.round(np.exp(np.log(2.91) + 0.62 * rng.standard_normal(n)), 2)
    response = (trough > 1.5).astype(float)
    response[3] = np.nan
    return make_cohort(
        trough,
        toxicity=rng.random(n) < 0.5,
        response=response,
        os_months=rng.exponential(14.0, n),
        death=rng.random(n) < 0.8,
    )


def test_document(cohort):
    """The document has the keys of window.json and is plain JSON without NaN."""
    document = classical_analysis(cohort, make_model(), seed=1).as_dict()
    assert set(document) == {"roc", "survival_by_group", "logrank_p"}
    assert set(document["roc"]) == {"toxicity", "response"}
    assert set(document["roc"]["toxicity"]) == {"cutoff", "youden", "auc", "auc_ci95", "cutoff_ci95"}
    assert [group["group"] for group in document["survival_by_group"]] == ["< 1.40", "1.40–3.45", "≥ 3.45"]
    assert set(document["survival_by_group"][0]) == {"group", "n", "deaths", "median_months", "ci95"}
    assert sum(group["n"] for group in document["survival_by_group"]) == 26
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_unit_of_the_model_file(cohort):
    """In ng/mL cut-offs are a thousand times larger, and nothing else changes."""
    mg_l, ng_ml = (
        classical_analysis(cohort, make_model(unit=unit), seed=1).as_dict() for unit in (MG_L, MASS_UNITS["ng/mL"])
    )
    for endpoint in ("toxicity", "response"):
        assert ng_ml["roc"][endpoint]["cutoff"] == pytest.approx(1000 * mg_l["roc"][endpoint]["cutoff"])
        assert ng_ml["roc"][endpoint]["cutoff_ci95"] == pytest.approx(
            [1000 * end for end in mg_l["roc"][endpoint]["cutoff_ci95"]]
        )
        assert ng_ml["roc"][endpoint]["auc"] == mg_l["roc"][endpoint]["auc"]
    assert ng_ml["logrank_p"] == mg_l["logrank_p"]
    assert ng_ml["survival_by_group"][1]["group"] == "1400–3450"


def test_missing_columns():
    """What the cohort has no column for is absent or empty."""
    analysis = classical_analysis(make_cohort([1.0, 2.0, 4.0], toxicity=[0, 1, 1]), make_model())
    assert analysis.as_dict()["survival_by_group"] == []
    assert analysis.as_dict()["logrank_p"] is None
    assert set(analysis.roc) == {"toxicity"}
    bare = classical_analysis(make_cohort([1.0, 2.0]), make_model())
    assert bare.as_dict() == {"roc": {}, "survival_by_group": [], "logrank_p": None}
    assert "nothing to analyse" in bare.text()


def test_nobody_toxic():
    """An endpoint of one class is all null in the document and has its reason in the text."""
    analysis = classical_analysis(make_cohort([1.0, 2.0], toxicity=[0, 0]), make_model())
    document = analysis.as_dict()["roc"]["toxicity"]
    assert document == {
        "cutoff": None,
        "youden": None,
        "auc": None,
        "auc_ci95": [None, None],
        "cutoff_ci95": [None, None],
    }
    assert "toxicity: not defined, no evaluable patient had the event" in analysis.text()


def test_groups_fall_back_on_the_published_window(cohort):
    """Without cut-offs of its own the model file's first published window makes the groups, open ends left out."""
    dpog = PublishedWindow(name="DPOG target", lower_mg_l=3.75, upper_mg_l=None)
    noda = PublishedWindow(name="Noda 2020", lower_mg_l=1.40, upper_mg_l=3.45)
    labels = [
        [group.label for group in classical_analysis(cohort, make_model(cuts=(), published=windows)).survival.groups]
        for windows in ((dpog, noda), (noda,), ())
    ]
    assert labels == [["< 3.75", "≥ 3.75"], ["< 1.40", "1.40–3.45", "≥ 3.45"], ["all"]]


def test_repeated_troughs_count_once():
    """A patient with two troughs enters once, with their geometric mean."""
    cohort = Cohort(
        patient_id=("A", "B"),
        troughs=Troughs(
            patient=np.array([0, 0, 1]),
            value_mg_l=np.array([1.0, 4.0, 4.0]),
            censoring=np.zeros(3, dtype=int),
            day=np.full(3, np.nan),
        ),
        toxicity=np.array([0.0, 1.0]),
    )
    roc = classical_analysis(cohort, make_model()).roc["toxicity"]
    assert roc.n == 2
    assert roc.cutoff_mg_l == pytest.approx(3.0)


def test_text(cohort):
    """The table names the unit, both endpoints and every group, and warns of optimism."""
    text = classical_analysis(cohort, make_model(), seed=1).text()
    for words in ("cut-offs in mg/L", "toxicity", "response", "1.40–3.45", "log-rank test: p", "optimistic"):
        assert words in text
    assert all(line == line.rstrip() for line in text.splitlines())
