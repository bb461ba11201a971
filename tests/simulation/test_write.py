"""Files of a simulation, and the cohorts that come with the package."""

import hashlib
import json
import tomllib

import numpy as np
import pytest

from bayes_sora.cohort import read_cohort
from bayes_sora.errors import UsageError
from bayes_sora.resources import shipped_folder
from bayes_sora.simulation import SCENARIOS, shipped_cohort, simulate, true_windows, write_simulation
from bayes_sora.simulation.truth import package_version

MANIFEST = shipped_folder("data/simulated") / "manifest.toml"
SHIPPED = {entry["name"]: entry for entry in tomllib.loads(MANIFEST.read_text(encoding="utf-8"))["cohort"]}


def _simulate_again(entry):
    return simulate(
        entry["scenario"],
        n=entry["n"],
        seed=entry["seed"],
        troughs=entry.get("troughs", 1),
        lloq_mg_l=entry.get("lloq_mg_l"),
        history=entry.get("history", False),
    )


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_cohorts_are_drawn_again_bit_by_bit(name, tmp_path):
    """The function gives the bytes that are shipped; a truth may differ in the version that wrote it only."""
    entry = SHIPPED[name]
    for written in write_simulation(_simulate_again(entry), tmp_path / f"{name}.csv"):
        content = written.read_bytes()
        if written.suffix == ".json":
            ours, theirs = (f'"version": "{version}"'.encode() for version in (package_version(), entry["version"]))
            content = content.replace(ours, theirs)
        assert content == (shipped_cohort(name).parent / written.name).read_bytes()


@pytest.mark.parametrize("name", SHIPPED)
def test_manifest_has_the_checksums_and_the_command(name):
    """SHA-256 of each file, and a command that says the same as the fields."""
    entry = SHIPPED[name]
    for file, checksum in entry["sha256"].items():
        assert hashlib.sha256((MANIFEST.parent / file).read_bytes()).hexdigest() == checksum
    options = f"--n {entry['n']} --seed {entry['seed']}"
    if "troughs" in entry:
        options += f" --troughs {entry['troughs']}"
    if "lloq_mg_l" in entry:
        options += f" --lloq {entry['lloq_mg_l']}"
    options += " --history" if entry.get("history") else ""
    assert entry["command"] == f"bayes-sora simulate {entry['scenario']} {options} --out {name}.csv"


def test_manifest_lists_every_shipped_file_and_every_scenario():
    """Nothing is shipped without saying where it came from; there is one cohort of 26 of each scenario."""
    listed = {file for entry in SHIPPED.values() for file in entry["sha256"]}
    assert listed == {path.name for path in MANIFEST.parent.iterdir()} - {MANIFEST.name}
    assert {f"{name}_26" for name in SCENARIOS} < set(SHIPPED)


@pytest.mark.parametrize("troughs", [1, 3])
def test_a_written_cohort_reads_back_as_it_was(troughs, tmp_path):
    """File and memory agree exactly, censored troughs and days included."""
    simulation = simulate("moderate", n=40, seed=3, troughs=troughs, lloq_mg_l=1.5)
    cohort_path, *others = write_simulation(simulation, tmp_path / "cohort.csv")
    names = ["cohort.truth.json"] if troughs == 1 else ["cohort.troughs.csv", "cohort.truth.json"]
    assert [path.name for path in others] == names
    read = read_cohort(cohort_path, troughs=None if troughs == 1 else others[0])
    assert read.patient_id == simulation.cohort.patient_id
    for column in ("toxicity", "response", "os_months", "death"):
        np.testing.assert_array_equal(getattr(read, column), getattr(simulation.cohort, column))
    for column in ("patient", "value_mg_l", "censoring", "day"):
        np.testing.assert_array_equal(getattr(read.troughs, column), getattr(simulation.cohort.troughs, column))
    assert simulation.cohort.troughs.n_censored > 0


def test_truth_says_what_was_asked_and_what_is_true(tmp_path):
    """The JSON carries the arguments, the parameters of the scenario and the windows on both scales."""
    _, truth_path = write_simulation(simulate("literal", n=26, seed=1), tmp_path / "cohort.csv")
    truth = json.loads(truth_path.read_text(encoding="utf-8"))
    assert (truth["scenario"], truth["n"], truth["seed"], truth["lloq_mg_l"]) == ("literal", 26, 1, None)
    assert (truth["parameters"]["driver"], truth["parameters"]["toxicity"]["slope"]) == ("y", 1.6)
    for scale in ("C", "y"):
        exact = true_windows("literal", scale=scale)
        assert truth["windows"][scale]["youden"]["lower"] == pytest.approx(exact.youden.lower, abs=5.1e-5)
        assert truth["windows"][scale]["utility"]["optimum"] == pytest.approx(exact.optimum, abs=5.1e-5)


def test_truth_of_null_is_null_where_undefined():
    """Undefined limits are None, which JSON prints as null."""
    windows = simulate("null", n=3, seed=1).truth.as_dict()["windows"]["C"]
    assert windows["youden"] == {"exists": False, "lower": None, "upper": None, "disconnected": False}
    assert windows["utility"]["optimum"] is None


def test_truth_says_when_the_clock_starts():
    """Where the trough is drawn late, time zero names the month of treatment."""
    assert simulate("landmark", n=3, seed=1).truth.as_dict()["time_zero"].endswith("month 2 of treatment")


def test_truth_is_plain_json_whatever_numbers_were_passed():
    """NumPy integers, such as a study's seeds, end as JSON numbers."""
    truth = simulate("null", n=np.int64(3), seed=np.uint64(2**63), lloq_mg_l=np.float64(1)).truth.as_dict()
    assert json.loads(json.dumps(truth))["seed"] == 2**63


def test_other_formats_are_refused(tmp_path):
    """The name must end in .csv, and nothing is written otherwise."""
    with pytest.raises(UsageError, match=r"expected a name that ends in .csv, got 'cohort.parquet'"):
        write_simulation(simulate("null", n=3, seed=1), tmp_path / "cohort.parquet")
    assert not list(tmp_path.iterdir())


def test_unknown_shipped_cohort_is_refused_with_the_known_names():
    """The message lists what is there."""
    with pytest.raises(
        UsageError, match=r"no shipped cohort is called 'demo'; known: confounded_100, confounded_26, .*literal_26"
    ):
        shipped_cohort("demo")
