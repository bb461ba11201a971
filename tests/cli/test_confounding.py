"""``bayes-sora confounding`` hands its options on and prints what comes back."""

from __future__ import annotations

import json

from click.testing import CliRunner

import bayes_sora as bs
from bayes_sora import fitting
from bayes_sora.cli.main import main
from bayes_sora.fitting import ConfoundedAnswer


def test_the_table_is_printed_and_the_options_are_heard(monkeypatch):
    """As text and as JSON, with one row an assumption and undefined limits named as such."""
    asked = []

    def made(cohort, **options):
        asked.append((cohort.n_patients, options["correlations"], options["effects"], options["seed"]))
        one = ConfoundedAnswer(
            correlation=-0.3,
            effect=0.6,
            optimum=(1.0, 2.0, 3.0),
            utility_lower=None,
            utility_upper=None,
            limits_lower=None,
            limits_upper=(2.5, 3.0, 4.0),
            survival_slope=(-0.5, -0.125, 0.25),
            verdict="ok",
        )
        return (one,)

    monkeypatch.setattr(fitting, "confounding_sensitivity", made)
    arguments = ["confounding", str(bs.shipped_cohort("confounded_26")), "--correlation", "-0.3", "--effect", "0.6"]
    text = CliRunner().invoke(main, [*arguments, "--seed", "5"])
    assert text.exit_code == 0
    assert "2.00 (1.00 to 3.00)" in text.stdout
    assert "undefined" in text.stdout
    document = json.loads(CliRunner().invoke(main, [*arguments, "--json"]).stdout)
    assert document["unit"] == "mg/L"
    assert document["answers"][0]["survival_slope"] == [-0.5, -0.125, 0.25]
    assert asked == [(26, (-0.3,), (0.6,), 5), (26, (-0.3,), (0.6,), 1)]
