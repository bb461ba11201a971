"""Formulas of covariates: what is allowed is understood, and what could execute never gets near formulaic."""

from __future__ import annotations

import pandas as pd
import pytest
from formulaic import Formula as Formulaic
from hypothesis import given
from hypothesis import strategies as st

from bayes_sora.modelfile import lint_model, parse_model
from bayes_sora.modelfile.terms.count import MOST_COLUMNS, count_columns
from bayes_sora.modelfile.terms.formula import FormulaError, Reference, parse_formula

SOUND = ["age", "age + ecog", "age*C(ecog)", "(a + b + c) ** 2 - a:b", " x1 ", "C(site):age + C_reactive", "C + c"]
REFUSED = {
    "": "ends where",
    "1": "stands where",
    "0 + age": "stands where",
    "age - 1": "stands where",
    "age +": "ends where",
    "+ age": "stands where",
    "I(age ** 2)": r"I\(…\) is not allowed",
    "{age + 1}": "'{' is not allowed",
    "exp(age)": r"exp\(…\) is not allowed",
    "C(age, contr.treatment)": "',' is not allowed",
    "C(exp(age))": r"C\(…\) is not allowed",
    "C()": r"C\(…\) is not allowed",
    "np.log(age)": "'.' is not allowed",
    "__import__('os')": "'_' is not allowed",
    "age[0]": r"'\[' is not allowed",
    "`age`": "'`' is not allowed",
    "age ~ ecog": "'~' is not allowed",
    "age | ecog": r"'\|' is not allowed",
    "age / ecog": "'/' is not allowed",
    "age % ecog": "'%' is not allowed",
    "'age'": "is not allowed",
    ".": "'.' is not allowed",
    "age ** 9": "a power must be",
    "age ** x": "a power must be",
    "age ** 2 ** 2": "is not expected there",
    "(age": "not closed",
    "age)": "is not expected there",
    "age ecog": "is not expected there",
    "(age)(ecog)": "is not expected there",
    "é": "is not allowed",
    "(" * 20 + "age" + ")" * 20: "inside each other",
    "age + " * 200 + "age": "longer than",
}


@pytest.mark.parametrize("text", SOUND)
def test_sound_formulas_are_read(text):
    """Names, sums, products, powers, parentheses and C(name) are what a formula may have."""
    assert parse_formula(text).references


@pytest.mark.parametrize("text", REFUSED)
def test_everything_else_is_refused(text):
    """Calls, quotes, brackets, attributes, numbers and operators beyond the four are named as what they are."""
    with pytest.raises(FormulaError, match=REFUSED[text]):
        parse_formula(text)


def test_references_are_rewritten_without_a_call():
    """What formulaic is given has plain names only."""
    formula = parse_formula("age*C(ecog) + age")
    names = {Reference("age", categorical=False): "v0", Reference("ecog", categorical=True): "v1"}
    assert formula.written(names) == "v0 * v1 + v0"
    assert formula.references == tuple(names)


def content(**covariates):
    """Return a model file with this table of covariates."""
    return {"schema": 1, "name": "f.v1", "title": "f", "extends": "survival_only.v1", "covariates": covariates}


NORMAL = {"family": "normal", "mean": 0.0, "sd": 0.5}
HORSESHOE = {"family": "regularised_horseshoe"}
FAULTS = [
    ({"formulas": {"survival": "I(age)"}, "coefficient": NORMAL}, ["M017"]),
    ({"formulas": {"survival": "age", "exposure": "grade"}, "coefficient": NORMAL}, ["M017"]),
    ({"formulas": {"survival": "trough_mg_l"}, "coefficient": NORMAL}, ["M017"]),
    ({"formulas": {"survival": 1}, "coefficient": NORMAL}, ["M009"]),
    ({"formulas": {"toxicity": "age"}, "coefficient": NORMAL}, ["M007"]),
    ({"coefficient": NORMAL}, ["M008"]),
    ({"formulas": {"survival": "age"}}, ["M008"]),
    ({"formulas": {"survival": "age"}, "coefficient": NORMAL, "shrinkage": HORSESHOE}, ["M016"]),
    ({"formulas": {"survival": "age"}, "shrinkage": {"family": "lasso"}}, ["M011"]),
    ({"formulas": {"survival": "age"}, "shrinkage": HORSESHOE | {"global_scale": 0.0}}, ["M010"]),
    ({"formulas": {"survival": "age"}, "coefficient": NORMAL, "covariate": 1}, ["M007"]),
]


@pytest.mark.parametrize(("table", "codes"), FAULTS)
def test_the_linter_gives_each_fault_its_code(table, codes, tmp_path):
    """A formula is judged with the rest of the file, before anything is built from it."""
    path = tmp_path / "f.v1.toml"
    path.write_text(_toml(table), encoding="utf-8")
    assert [problem.code for problem in lint_model(path)] == codes


def _toml(table):
    lines = ["schema = 1", 'name = "f.v1"', 'title = "f"', 'extends = "survival_only.v1"', "[covariates]"]
    lines += [f"{name} = {value}" for name, value in table.items() if not isinstance(value, dict)]
    for name, inner in table.items():
        if isinstance(inner, dict):
            lines.append(f"[covariates.{name}]")
            lines += [f"{key} = {value!r}" for key, value in inner.items()]
    return "\n".join(lines)


def test_a_model_says_which_covariates_it_needs():
    """Each name once, in the order of the blocks and their formulas."""
    model = parse_model(content(formulas={"survival": "C(sex) + age", "exposure": "age:weight"}, coefficient=NORMAL))
    assert model.covariates == ("age", "weight", "sex")
    assert not model.vectors


BOMBS = [
    "*".join(f"a{i}" for i in range(30)),
    "(" + "+".join(f"a{i}" for i in range(30)) + ")**4",
    "(a+b+c+d+e+f+g+h+i+j)**2:(k+l+m+n+o+p)",
    "(" * 9 + "a*b" + "".join(f")*{name}" for name in "cdefghijk"),
]


@pytest.mark.parametrize("text", BOMBS)
def test_products_that_explode_are_refused_before_they_are_written_out(text):
    """Terms are counted, so that a short formula with millions of them costs nothing; the remedy says what helps."""
    with pytest.raises(FormulaError, match="more than 200 terms") as refused:
        parse_formula(text)
    assert "instead of *" in refused.value.remedy


@given(
    st.recursive(
        st.sampled_from(["a", "b", "c", "C(d)", "e"]),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["+", "-", ":", "*"]), inner).map(" ".join),
            st.tuples(inner, st.sampled_from(["2", "3"])).map(lambda pair: f"({pair[0]})**{pair[1]}"),
            inner.map("({})".format),
        ),
        max_leaves=6,
    )
)
def test_terms_and_columns_are_those_of_formulaic(text):
    """The terms counted here are those that formulaic writes out, and the columns those of its full-rank matrix."""
    formula = parse_formula(text)
    plain = formula.written({one: one.name for one in formula.references})
    written_out = [frozenset(map(str, term.factors)) for term in Formulaic(f"1 + {plain}")]
    expected = set(written_out) - {frozenset("1")}
    assert {frozenset(one.name for one in term) for term in formula.terms} == expected
    levels = {"d": ("p", "q", "r"), "e": ("u", "v")}
    numbers = {"a": [1.0, 2.0, 5.0], "b": [0.0, 1.0, 3.0], "c": [2.0, 1.0, 7.0]}
    frame = pd.DataFrame({**numbers, "d": list("pqr"), "e": list("uvu")})
    matrix = Formulaic(f"1 + {plain}").get_model_matrix(frame)
    assert count_columns(formula, levels) == matrix.shape[1] - 1


@pytest.mark.parametrize("n", [8, 30])
def test_interactions_of_many_levels_are_counted_without_being_made(n):
    """An interaction of n covariates of two levels spans 2ⁿ − 1 columns: more than allowed, and known at once."""
    names = [f"a{i}" for i in range(n)]
    assert count_columns(parse_formula(":".join(names)), dict.fromkeys(names, ("no", "yes"))) == MOST_COLUMNS + 1
