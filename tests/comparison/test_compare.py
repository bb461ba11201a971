"""`bs.compare`: the numbers of a comparison, what may be compared, and its words."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import arviz_stats
import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.comparison.comparable import check_comparable
from bayes_sora.comparison.words import averaged_sentence
from bayes_sora.modelfile.asked import at_most
from bayes_sora.types import ExposureUnit, Span
from tests.comparison.hand_made import constant_refit, no_refit, tame, tame_fit
from tests.conftest import make_fake_fit


@cache
def pair():
    """Return two fits of the same cohort that need no refit."""
    return tame_fit(seed=1), tame_fit(model="sorafenib_literature.v1", seed=2)


@cache
def compared():
    """Return their comparison."""
    return bs.compare(pair(), refit=no_refit)


def fit_of(model, **options):
    """Return a fit made by hand of this model file, from its prior."""
    return make_fake_fit(model=model, draws=120, from_prior=True, **options)


def test_numbers_agree_with_arviz():
    """elpd, its SE and p_loo of every model, and the difference with its SE, paired over patients."""
    fits = {model.name: model.fit for model in compared().models}
    each = {name: arviz_stats.loo(fit.posterior, var_name="patient", reff=1.0) for name, fit in fits.items()}
    for model in compared().models:
        theirs = each[model.name]
        assert (model.elpd, model.se, model.p_loo) == pytest.approx((theirs.elpd, theirs.se, theirs.p), rel=1e-6)
    best, other = compared().models
    difference = (each[other.name].elpd_i - each[best.name].elpd_i).to_numpy()
    se = np.std(difference, ddof=1) * np.sqrt(difference.size)
    assert (other.elpd_diff, other.se_diff) == pytest.approx((difference.sum(), se), rel=1e-6)
    assert (best.elpd_diff, best.se_diff) == (0.0, 0.0)


def test_best_model_comes_first_and_weights_add_up():
    """Whatever the order in which they were given."""
    elpd = [model.elpd for model in compared().models]
    assert elpd == sorted(elpd, reverse=True)
    assert sum(model.weight for model in compared().models) == pytest.approx(1.0)
    turned = bs.compare(pair()[::-1], refit=no_refit)
    assert [model.name for model in turned.models] == [model.name for model in compared().models]


def test_windows_of_all_models_are_those_of_the_first():
    """A second model file with another acceptable toxicity is asked the question of the first."""
    first, second = pair()
    found = bs.compare([first, second.asked(at_most("toxicity", 0.2))], refit=no_refit)
    assert {model.windows["limits"].settings for model in found.models} == {first.windows["limits"].settings}


def test_refits_are_counted_and_heard():
    """Draws of a prior are a bad stand-in for leaving a patient out: those patients get the refit's density."""
    heard = []
    fits = [fit_of("toxicity_only.v1"), fit_of(renamed("toxicity_only.v1"), seed=2)]
    found = bs.compare(fits, refit=constant_refit, force=True, progress=lambda *step: heard.append(step))
    for model in found.models:
        assert model.refitted
        refitted = np.isin(model.fit.cohort.patient_id, model.refitted)
        assert (model.elpd_by_patient[refitted] == -6.0).all()
        assert sum(what.startswith(f"{model.name}: refit") for what, _, _ in heard) == len(model.refitted)
        assert model.as_dict()["n_refit"] == len(model.refitted)


def renamed(name):
    """Return a released model file under another name."""
    return replace(bs.load_model(name), name="another")


def test_table_and_patients():
    """One row a model, one row a patient; columns of the latter add up to elpd."""
    table, by_patient = compared().table(), compared().by_patient()
    assert list(table.index) == [model.name for model in compared().models]
    assert by_patient.sum().to_numpy() == pytest.approx(table["elpd"].to_numpy())
    assert list(by_patient.index) == list(pair()[0].cohort.patient_id)


@pytest.mark.parametrize(
    ("others", "words"),
    [
        (lambda _: (), "at least two fits, got 1"),
        (lambda fit: (replace(fit, cohort=bs.simulate("null", n=26, seed=9).cohort),), "cohorts differ in troughs"),
        (lambda _: (make_fake_fit(bs.simulate("null", n=8, seed=1).cohort, draws=50),), "different patients"),
        (lambda _: (fit_of("toxicity_only.v1"),), "one is of toxicity, response, survival, the other of toxicity"),
        (lambda fit: (replace(fit, cohort=flipped(fit.cohort)),), "cohorts differ in toxicity. Fit both"),
        (lambda fit: (replace(fit, model_file=in_nanogram(fit.model_file)),), "in mg/L and ng/mL"),
    ],
    ids=["alone", "troughs", "patients", "endpoints", "toxicity", "unit"],
)
def test_fits_that_cannot_be_compared_are_refused(others, words):
    """A usage error says in what they differ."""
    fit = tame_fit(seed=1)
    named = {f"fit {i}": one for i, one in enumerate((fit, *others(fit)))}
    with pytest.raises(bs.UsageError, match=words):
        bs.compare(named, refit=no_refit)


def flipped(cohort):
    """Return the cohort with another first toxicity."""
    toxicity = cohort.toxicity.copy()
    toxicity[0] = 1.0 - toxicity[0]
    return replace(cohort, toxicity=toxicity)


def in_nanogram(model):
    """Return a model file that prints in another unit."""
    return replace(model, drug=replace(model.drug, unit=ExposureUnit("ng/mL", 1e-3)))


def test_grades_are_not_compared_with_yes_or_no():
    """The density of a grade is of something else than that of a toxicity."""
    cohort = bs.simulate("grades", n=10, seed=1).cohort
    grades, binary = (fit_of(name, cohort=cohort) for name in ("sorafenib_grades.v1", "sorafenib_joint.v1"))
    with pytest.raises(bs.UsageError, match="one predicts grade, toxicity, response, os_months, death, the other tox"):
        bs.compare([grades, binary])


def test_landmarks_are_compared_with_the_same_landmark_only():
    """Survival from month 3 is predicted of those alive then: another density."""
    cohort = bs.simulate("null", n=10, seed=1).cohort
    from_zero = bs.load_model("survival_only.v1")
    block = from_zero.outcomes["survival"]
    later = replace(from_zero, outcomes={"survival": replace(block, kind="weibull_rows", landmark_months=3.0)})
    rows = replace(from_zero, outcomes={"survival": replace(block, kind="weibull_rows")})
    fits = {name: fit_of(model, cohort=cohort) for name, model in (("a", from_zero), ("b", later), ("c", rows))}
    with pytest.raises(bs.UsageError, match="survival from time zero, the other from month 3"):
        bs.compare({name: fits[name] for name in "ab"})
    check_comparable({name: fits[name] for name in "ac"}, force=True)


def test_late_entry_must_be_counted_by_both():
    """A model that ignores when patients came under observation predicts something else."""
    cohort = bs.simulate("null", n=10, seed=1).cohort
    late = replace(cohort, entry_months=0.1 * cohort.os_months)
    joint = bs.load_model("survival_only.v1")
    rows = replace(joint, outcomes={"survival": replace(joint.outcomes["survival"], kind="weibull_rows")})
    fits = {name: fit_of(model, cohort=late) for name, model in (("a", joint), ("b", rows))}
    with pytest.raises(bs.UsageError, match="the other from entry, deaths known to an interval"):
        bs.compare(fits)


def test_two_fits_of_one_name_need_names():
    """A sequence goes by the names of the model files."""
    fit, _ = pair()
    with pytest.raises(bs.UsageError, match="Give a mapping of names"):
        bs.compare([fit, fit], refit=no_refit)
    found = bs.compare({"a": fit, "b": fit}, refit=no_refit)
    assert [model.weight for model in found.models] == pytest.approx([0.5, 0.5])


def test_refused_fit_needs_force():
    """The error names the model; with force the windows are compared and never identified."""
    refused = tame(make_fake_fit(draws=100, divergences=50))
    fits = {"good": pair()[0], "bad": refused}
    with pytest.raises(bs.TrustError, match="bad: "):
        bs.compare(fits, refit=no_refit)
    found = bs.compare(fits, refit=no_refit, force=True)
    assert not found.trusted
    assert not any(window.identified for window in found.averaged.values())


def test_measured_and_latent_exposure_are_compared_but_not_averaged():
    """Both give the density of the measured troughs; their windows are about different exposures."""
    found = bs.compare([tame_fit(seed=1), tame_fit(model="sorafenib_observed.v1", seed=2)], refit=no_refit)
    assert len(found.models) == 2
    assert found.averaged == {}
    assert "average trough" in found.not_averaged
    assert averaged_sentence(found) == f"Windows are not averaged over the models: {found.not_averaged}."


def test_other_ranges_are_not_averaged():
    """An edge of one range is inside the other."""
    fit, other = pair()
    wider = replace(other.model_file, drug=replace(other.model_file.drug, span=Span(0.2, 20.0)))
    found = bs.compare([fit, replace(other, model_file=wider)], refit=no_refit)
    assert "different ranges" in found.not_averaged


@pytest.mark.parametrize(
    ("difference", "se", "clear"), [(0.0, 0.0, False), (-3.9, 0.5, False), (-4.1, 2.1, False), (-4.1, 2.0, True)]
)
def test_when_a_model_is_clearly_worse(difference, se, clear):
    """By 4 and more, and by two standard errors and more."""
    model = replace(compared().models[1], elpd_diff=difference, se_diff=se)
    assert model.clearly_worse is clear


def test_sentence_tells_apart_what_the_data_do():
    """Models that are clearly worse are named apart from those that are not."""
    best, other = compared().models
    near = replace(other, name="near", elpd_diff=-1.0, se_diff=2.0)
    far = replace(other, name="far", elpd_diff=-30.0, se_diff=5.0)

    def sentence(*models):
        return replace(compared(), models=(best, *models)).sentence()

    start = f"{best.name} predicts a patient it has not seen best"
    assert sentence(near) == f"Of 2 models, {start}, but these 26 patients do not tell it from near."
    assert sentence(far) == f"Of 2 models, {start}, clearly better than far."
    assert sentence(near, far) == f"Of 3 models, {start}, clearly better than far; it is not told from near."


def test_averaged_sentence_gives_the_leading_window():
    """Limits lead; where they are not identified the first reason is given."""
    window = compared().averaged["limits"]
    words = averaged_sentence(compared())
    assert words.startswith("Averaged over the models, no window is identified for toxicity ≤ 50 % and response")
    assert window.why[0] in words
    sure = replace(compared(), averaged={"limits": replace(window, why=())})
    assert "the window of the average trough with toxicity ≤ 50 % and response ≥ 50 % is " in averaged_sentence(sure)
