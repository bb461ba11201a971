"""Grades and types of adverse events: likelihoods against SciPy, the engines against each other, the simpler kind."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest
import xarray as xr
from scipy import integrate, stats
from scipy.special import expit

import bayes_sora as bs
from bayes_sora.curves import build_curves
from bayes_sora.errors import InputError
from bayes_sora.inference import build_model
from bayes_sora.inference.likelihood import evaluate_patients
from bayes_sora.modelfile import bind_model, parse_model
from bayes_sora.numerics.priors import prior_log_density
from bayes_sora.study.engine.density import cohort_arrays, make_density
from bayes_sora.types import Span
from tests.inference import oracle

SPAN = Span(0.5, 10.0)
MODELS = {"grades": "sorafenib_grades.v1", "event_types": "sorafenib_event_types.v1"}
OWN = {
    "toxicity_gap_1_2": 0.9,
    "toxicity_gap_2_3": 1.3,
    "toxicity_gap_3_4": 1.7,
    "toxicity_intercept_sd": 0.8,
    "toxicity_slope_sd": 0.6,
}


def cohort(scenario, *, n=9):
    """Return a small cohort with grades or types, some of them not known."""
    drawn = bs.simulate(scenario, n=n, seed=4).cohort
    if drawn.grade is not None:
        grade, toxicity = drawn.grade.copy(), drawn.toxicity.copy()
        grade[:4] = [np.nan, np.nan, np.nan, 5.0]
        toxicity[:4] = [1.0, 0.0, np.nan, 1.0]
        return replace(drawn, grade=grade, toxicity=toxicity)
    types = {name: values.copy() for name, values in drawn.event_types.items()}
    types["diarrhoea"][2] = np.nan
    return replace(drawn, event_types=types)


def bound(scenario, seen):
    """Return the released model file of a scenario for a cohort."""
    return bind_model(bs.load_model(MODELS[scenario]), seen)[0]


def drawn(loaded, *, size, seed=5):
    """Return plausible parameter vectors as dicts of floats and as arrays by name."""
    rng = np.random.default_rng(seed)
    points = []
    for _ in range(size):
        point = oracle.draw_parameters(rng, form="latent") | OWN
        point |= {name: rng.normal() for name in loaded.priors if "_z[" in name}
        points.append({name: point[name] for name in loaded.priors})
    return points, {name: np.array([point[name] for point in points]) for name in loaded.priors}


def p_at_least(at, x, grade):
    """P(grade ≥ g) at x by SciPy's logistic distribution, 1 for g = 0 and 0 for g = 5."""
    cuts = {
        0: np.inf,
        1: at["toxicity_intercept"] + at["toxicity_gap_2_3"] + at["toxicity_gap_1_2"],
        2: at["toxicity_intercept"] + at["toxicity_gap_2_3"],
        3: at["toxicity_intercept"],
        4: at["toxicity_intercept"] - at["toxicity_gap_3_4"],
        5: -np.inf,
    }
    return stats.logistic.cdf(cuts[grade] + at["toxicity_slope"] * x)


def p_grade(at, x, grade, toxicity):
    """P of what is known of a patient's grade."""
    if np.isnan(grade):
        third = p_at_least(at, x, 3)
        return {1.0: third, 0.0: 1.0 - third}.get(float(toxicity), np.ones_like(x))
    top = int(min(grade, 4))
    return p_at_least(at, x, top) - p_at_least(at, x, top + 1)


def p_type(at, x, label):
    """P of one type of event."""
    intercept = at["toxicity_intercept"] + at["toxicity_intercept_sd"] * at[f"toxicity_intercept_z[{label}]"]
    slope = at["toxicity_slope"] + at["toxicity_slope_sd"] * at[f"toxicity_slope_z[{label}]"]
    return stats.logistic.cdf(intercept + slope * x)


def p_seen(at, x, seen, i):
    """P of the toxicities of patient i at centred log exposures x."""
    if seen.grade is not None:
        return p_grade(at, x, seen.grade[i], seen.toxicity[i])
    p = np.ones_like(x)
    for label, values in seen.event_types.items():
        if not np.isnan(values[i]):
            of_type = p_type(at, x, label)
            p = p * (of_type if values[i] else 1.0 - of_type)
    return p


@pytest.mark.parametrize("scenario", MODELS)
def test_log_likelihood_agrees_with_scipy(scenario):
    """A patient's marginal log-likelihood is an integral over exposure of SciPy's probabilities."""
    seen = cohort(scenario)
    loaded = bound(scenario, seen)
    points, arrays = drawn(loaded, size=3)
    found = evaluate_patients(arrays, loaded, seen, rng=np.random.default_rng(0), n_nodes=41)
    for draw, at in enumerate(points):
        for i, patient in enumerate(oracle.patients_of(seen)):
            log_c, density = oracle.exposure_density(at, patient, ("response", "survival"))
            density = density * p_seen(at, log_c - np.log(oracle.REFERENCE), seen, i)
            truth = np.log(integrate.trapezoid(density, log_c))
            assert found.log_likelihood["patient"][draw, i] == pytest.approx(truth, abs=2e-3)


@pytest.mark.parametrize("scenario", MODELS)
def test_the_fast_engine_has_the_same_likelihood(scenario):
    """JAX and NumPy give the same log-likelihood of every patient on the same nodes."""
    seen = cohort(scenario)
    loaded = bound(scenario, seen)
    _, arrays = drawn(loaded, size=3)
    truth = evaluate_patients(arrays, loaded, seen, rng=np.random.default_rng(0), n_nodes=41)
    with jax.enable_x64(new_val=True):
        one = jax.tree.map(lambda array: array[0], cohort_arrays([seen], loaded))
        found = jax.jit(make_density(loaded, n_nodes=41).log_likelihood)(arrays, one)
    np.testing.assert_allclose(np.asarray(found), truth.log_likelihood["patient"].T, atol=1e-9)


@pytest.mark.mcmc
@pytest.mark.parametrize("scenario", MODELS)
def test_density_of_the_pymc_model_is_prior_plus_patients(scenario):
    """PyMC samples the log prior, entries of vectors included, plus the patients' log-likelihood."""
    seen = cohort(scenario)
    loaded = bound(scenario, seen)
    built = build_model(loaded, seen)
    log_density = built.compile_logp(jacobian=False, mode="FAST_COMPILE")
    _, arrays = drawn(loaded, size=2)
    patients = evaluate_patients(arrays, loaded, seen, rng=np.random.default_rng(0), n_nodes=101)
    prior = sum(prior_log_density(arrays[name], p.family, p.arguments) for name, p in loaded.priors.items())
    vectors = {vector.name: vector.entries for vector in loaded.vectors}
    for draw in range(2):
        point = {}
        for variable in built.free_RVs:
            names = vectors.get(variable.name)
            value = arrays[variable.name][draw] if names is None else np.array([arrays[n][draw] for n in names])
            transformed = built.rvs_to_transforms[variable] is not None
            point[built.rvs_to_values[variable].name] = np.log(value) if transformed else value
        truth = prior[draw] + patients.log_likelihood["patient"][draw].sum()
        assert float(log_density(point)) == pytest.approx(truth, abs=5e-3)


def test_grades_known_as_toxicity_alone_are_the_binary_kind():
    """Where only grade ≥ 3 or not is known, the gaps play no part and the likelihood is that of the joint model."""
    drawn_cohort = bs.simulate("moderate", n=9, seed=3).cohort
    seen = replace(drawn_cohort, grade=np.full(9, np.nan))
    loaded, joint = bound("grades", seen), bs.load_model("sorafenib_joint.v1")
    _, arrays = drawn(loaded, size=3)
    found, plain = (
        evaluate_patients(arrays, one, seen, rng=np.random.default_rng(0)).log_likelihood["patient"]
        for one in (loaded, joint)
    )
    np.testing.assert_allclose(found, plain, atol=1e-10)


def test_one_type_without_variation_is_the_binary_kind():
    """One type with both SDs at 0 has the likelihood of toxicity in the joint model."""
    plain_cohort = bs.simulate("moderate", n=9, seed=3).cohort
    seen = replace(plain_cohort, event_types={"any": plain_cohort.toxicity})
    loaded, joint = bound("event_types", seen), bs.load_model("sorafenib_joint.v1")
    _, arrays = drawn(loaded, size=3)
    still = arrays | {"toxicity_intercept_sd": np.zeros(3), "toxicity_slope_sd": np.zeros(3)}
    found, plain = (
        evaluate_patients(still, one, seen, rng=np.random.default_rng(0)).log_likelihood["patient"]
        for one in (loaded, joint)
    )
    np.testing.assert_allclose(found, plain, atol=1e-10)


def curves_of(loaded, at):
    """Build the curves of one draw."""
    draws = xr.Dataset({name: (("chain", "draw"), [[at[name]]]) for name in loaded.priors})
    return build_curves(draws, loaded, span=SPAN, observed_span=SPAN, size=9)


@pytest.mark.parametrize("grade", [1, 2, 3, 4])
def test_windows_may_be_about_another_grade(grade):
    """windows.limits.toxicity_grade moves the curve to P(grade ≥ g), without another fit."""
    limits = {"toxicity_grade": grade}
    asked = {"schema": 1, "name": "g", "title": "g", "extends": MODELS["grades"], "windows": {"limits": limits}}
    loaded = parse_model(asked)
    (at,), _ = drawn(loaded, size=1)
    found = curves_of(loaded, at)
    x = np.log(found.exposure_mg_l / oracle.REFERENCE)
    np.testing.assert_allclose(found.probability("toxicity")[0, 0], p_at_least(at, x, grade), rtol=1e-10)
    nodes = np.linspace(-8.0, 8.0, 4001)
    centre = at["exposure_log_median"] - np.log(oracle.REFERENCE)
    weights = stats.norm.pdf(nodes) * p_at_least(at, centre + at["exposure_sd_between"] * nodes, grade)
    expected = integrate.trapezoid(weights, nodes)
    assert float(found.draws["prevalence_toxicity"][0, 0]) == pytest.approx(expected, abs=1e-6)


def test_the_curve_is_of_any_type():
    """The probability of any event is one less the product of those of none of each type."""
    seen = cohort("event_types")
    loaded = bound("event_types", seen)
    (at,), _ = drawn(loaded, size=1)
    found = curves_of(loaded, at)
    x = np.log(found.exposure_mg_l / oracle.REFERENCE)
    none = np.prod([1.0 - p_type(at, x, label) for label in seen.event_types], axis=0)
    np.testing.assert_allclose(found.probability("toxicity")[0, 0], 1.0 - none, rtol=1e-10)


def test_any_type_of_sites_is_averaged_over_them():
    """With sites the probability of any event is averaged over a shift that all types share."""
    half = {"family": "half_normal", "sd": 0.5}
    text = {"schema": 1, "name": "s", "title": "s", "extends": MODELS["event_types"]}
    seen = replace(cohort("event_types"), site=("A", "B", "C") * 3)
    loaded = bind_model(parse_model({**text, "site": {"toxicity": {"intercept": half}}}), seen)[0]
    rng = np.random.default_rng(2)
    point = oracle.draw_parameters(rng, form="latent") | OWN | {"site_sd_toxicity_intercept": 0.7}
    at = {name: point.get(name, rng.normal()) for name in loaded.priors}
    found = curves_of(loaded, at).probability("toxicity")[0, 0, 4]
    x = np.log(SPAN.log_grid(9)[4] / oracle.REFERENCE)

    def p_any(z):
        shifted = {**at, "toxicity_intercept": at["toxicity_intercept"] + 0.7 * z}
        return 1.0 - np.prod([1.0 - p_type(shifted, x, label) for label in seen.event_types])

    expected = integrate.quad(lambda z: p_any(z) * stats.norm.pdf(z), -8, 8)[0]
    assert float(found) == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize("scenario", MODELS)
def test_a_cohort_that_lacks_the_columns_is_refused(scenario):
    """The error names the column and the remedy."""
    with pytest.raises(InputError, match=r'kind = "binary", such as sorafenib_joint\.v2') as caught:
        build_model(bs.load_model(MODELS[scenario]), bs.simulate("moderate", n=9, seed=1).cohort)
    assert ("grade" if scenario == "grades" else "ae_") in str(caught.value)


def test_other_grades_need_an_ordinal_toxicity():
    """A binary toxicity has no other grade to move to."""
    asked = {"schema": 1, "name": "g", "title": "g", "extends": "sorafenib_joint.v1"}
    with pytest.raises(InputError, match="ordinal"):
        parse_model({**asked, "windows": {"limits": {"toxicity_grade": 2}}})


@pytest.mark.parametrize("scenario", MODELS)
def test_simulated_cohorts_follow_their_truth(scenario):
    """Rates of each grade and type over many patients are those of the scenario's formulas."""
    seen = bs.simulate(scenario, n=40_000, seed=1).cohort
    z = np.linspace(-7.0, 7.0, 2001)
    x = np.log(2.91) + 0.55 * z - np.log(2.91)

    def rate(p):
        return integrate.trapezoid(stats.norm.pdf(z) * p, z)

    if scenario == "grades":
        expected = [rate(expit(0.9 * x + shift)) for shift in (2.2, 1.2, 0.0, -2.0)]
        found = [(seen.grade >= g).mean() for g in (1, 2, 3, 4)]
        np.testing.assert_array_equal(seen.toxicity, seen.grade >= 3)
    else:
        logits = {"hand_foot_skin_reaction": -1.0 + 1.2 * x, "diarrhoea": -1.6 + 0.9 * x, "hypertension": -1.9 + 0 * x}
        expected = [rate(expit(logits[name])) for name in seen.event_types]
        found = [values.mean() for values in seen.event_types.values()]
        np.testing.assert_array_equal(seen.toxicity, np.max(list(seen.event_types.values()), axis=0))
    np.testing.assert_allclose(found, expected, atol=4 * 0.5 / np.sqrt(40_000))


@pytest.mark.parametrize("scenario", MODELS)
def test_written_cohorts_read_back(scenario, tmp_path):
    """Grades and types survive the file."""
    seen = cohort(scenario) if scenario == "event_types" else bs.simulate(scenario, n=9, seed=4).cohort
    bs.write_cohort(seen, tmp_path / "cohort.csv")
    read = bs.read_cohort(tmp_path / "cohort.csv")
    np.testing.assert_array_equal(read.toxicity, seen.toxicity)
    if scenario == "grades":
        np.testing.assert_array_equal(read.grade, seen.grade)
    else:
        assert list(read.event_types) == list(seen.event_types)
        for name, values in seen.event_types.items():
            np.testing.assert_array_equal(read.event_types[name], values)


def test_any_type_is_a_toxicity(tmp_path):
    """Without a column toxicity it is any of the types; with one that says otherwise the row is named."""
    rows = "P1,1.0,1,0\nP2,2.0,0,\nP3,3.0,0,0\nP4,4.0,,1\n"
    (tmp_path / "types.csv").write_text("patient_id,trough_mg_l,ae_rash,ae_pain\n" + rows, encoding="utf-8")
    np.testing.assert_array_equal(bs.read_cohort(tmp_path / "types.csv").toxicity, [1.0, np.nan, 0.0, np.nan])
    rows = "P1,1.0,0,1\nP2,2.0,0,0\nP3,3.0,1,0\nP4,4.0,1,1\n"
    (tmp_path / "both.csv").write_text("patient_id,trough_mg_l,toxicity,ae_rash\n" + rows, encoding="utf-8")
    with pytest.raises(InputError, match="C039") as caught:
        bs.read_cohort(tmp_path / "both.csv")
    assert [problem.patient for problem in caught.value.problems if problem.code == "C039"] == ["P1"]


def test_a_fit_moves_to_another_grade_without_sampling(fake_fit):
    """at_grade changes the curve and nothing of the draws; a binary toxicity has no other grade."""
    seen = cohort("grades")
    loaded = bound("grades", seen)
    (at,), _ = drawn(loaded, size=1)
    draws = xr.Dataset({name: (("chain", "draw"), [[at[name]]]) for name in loaded.priors})
    tree = xr.DataTree.from_dict({"posterior": draws})
    fitted = replace(fake_fit(), cohort=seen, model_file=loaded, posterior=tree)
    third, second = (fitted.at_grade(grade).curves.probability("toxicity") for grade in (3, 2))
    assert third.identical(fitted.curves.probability("toxicity"))
    assert (second > third).all()
    with pytest.raises(bs.UsageError, match="ordinal"):
        fake_fit().at_grade(2)
    with pytest.raises(bs.UsageError, match="grade: expected a whole number from 1 to 4, got 5"):
        fitted.at_grade(5)
