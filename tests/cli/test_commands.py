"""The commands that do not sample: simulate, roc, check, models."""

from __future__ import annotations

import json
import shlex
import tomllib
from pathlib import Path

import pytest

import bayes_sora as bs
from bayes_sora.resources import shipped_folder
from tests.cohort.tables import CASES

SHIPPED = shipped_folder("data/simulated")
MANIFEST = tomllib.loads((SHIPPED / "manifest.toml").read_text(encoding="utf-8"))["cohort"]


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["name"])
def test_command_of_the_manifest_writes_the_shipped_files_again(call, entry):
    """In an empty folder, byte for byte."""
    program, *arguments = shlex.split(entry["command"])
    assert program == "bayes-sora"
    assert call(*arguments).exit_code == 0
    written = {path.name: path.read_bytes() for path in Path().iterdir()}
    assert written == {name: (SHIPPED / name).read_bytes() for name in entry["sha256"]}


def test_simulate_prints_the_true_windows(call):
    """The numbers of the science notes, to people and to programmes."""
    text = call("simulate", "literal", "--n", "5", "--out", "a.csv").stdout
    assert "2.025 to 2.910" in text
    assert "1.699 to 2.910" in text
    document = json.loads(call("simulate", "literal", "--n", "5", "--out", "b.csv", "--json").stdout)
    assert document["files"] == ["b.csv", "b.truth.json"]
    assert document["truth"]["windows"]["C"]["youden"]["lower"] == pytest.approx(2.025, abs=5e-4)


def test_simulate_does_not_replace_files_unasked(call):
    """A truth in the way is enough; with --overwrite both are new."""
    Path("a.truth.json").write_text("mine", encoding="utf-8")
    done = call("simulate", "null", "--n", "5", "--out", "a.csv")
    assert done.exit_code == 2
    assert "a.truth.json" in done.stderr
    assert not Path("a.csv").exists()
    assert call("simulate", "null", "--n", "5", "--out", "a.csv", "--overwrite").exit_code == 0
    assert json.loads(Path("a.truth.json").read_text(encoding="utf-8"))["scenario"] == "null"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["cube", "--out", "a.csv"], "literal"),
        (["null", "--out", "a.xlsx"], "ends in .csv"),
        (["null", "--out", "", "--n", "5"], "ends in .csv"),
        (["null", "--n", "0", "--out", "a.csv"], "from 1 to 1,000,000"),
        (["null", "--out", "no/such/folder/a.csv"], "No such file or directory"),
        (["null"], "--out"),
    ],
)
def test_simulate_says_what_is_wrong_with_a_call(call, arguments, words):
    """Exit code 2 and nothing written."""
    done = call("simulate", *arguments)
    assert done.exit_code == 2
    assert words in done.stderr
    assert list(Path().iterdir()) == []


def test_check_counts_what_a_cohort_holds(call, literal):
    """Counts and unit as JSON are those of `describe_cohort`; as text, a line each; notes go to stderr."""
    document = json.loads(call("check", literal, "--json").stdout)
    model = bs.load_model("sorafenib_joint.v2")
    described = bs.describe_cohort(bs.read_cohort(literal, expected=model.expected)).as_dict()
    assert document == described | {"model": model.name, "model_unit": "mg/L", "molar_mass_g_mol": 464.8}
    assert (document["n_patients"], document["trough_unit"]) == (26, "mg/L")
    done = call("check", literal)
    assert "toxicities: 10 of 26" in done.stdout
    assert "note" not in done.stdout
    assert done.stderr.count("note C0") == 2


def test_check_of_several_files_lists_them(call, literal):
    """Several files are one JSON object."""
    document = json.loads(call("check", literal, bs.shipped_cohort("null_26"), "--json").stdout)
    assert [one["name"] for one in document["cohorts"]] == ["literal_26.csv", "null_26.csv"]


def test_check_reads_repeated_troughs_and_other_names(call, tmp_path):
    """--troughs and --columns reach the reader."""
    cohort = bs.shipped_cohort("moderate_100")
    assert call("check", cohort).exit_code == 3
    troughs = cohort.with_suffix(".troughs.csv")
    assert json.loads(call("check", cohort, "--troughs", troughs, "--json").stdout)["n_troughs"] == 300
    columns = tmp_path / "columns.toml"
    columns.write_text('[columns]\ntoxicity = "dlt"\n', encoding="utf-8")
    table = tmp_path / "cohort.csv"
    table.write_text("patient_id,trough_mg_l,dlt\nA,1,0\nB,2,1\nC,3,0\n", encoding="utf-8")
    assert json.loads(call("check", table, "--columns", columns, "--json").stdout)["n_toxicity"] == 1


def test_roc_is_the_classical_analysis(call, literal):
    """Its JSON has exactly the three keys of the contract, its numbers those of the library."""
    document = json.loads(call("roc", literal, "--seed", "3", "--json").stdout)
    expected = bs.classical_analysis(bs.read_cohort(literal), bs.load_model("sorafenib_joint.v1"), seed=3)
    assert document == json.loads(json.dumps(expected.as_dict()))
    assert list(document) == ["roc", "survival_by_group", "logrank_p"]
    assert call("roc", literal, "--seed", "3").stdout == expected.text() + "\n"


def test_models_list_names_every_released_model(call):
    """Name, title and endpoints, as the contract says."""
    models = json.loads(call("models", "list", "--json").stdout)["models"]
    assert {"name", "title", "endpoints"} == set(models[0])
    assert [one["name"] for one in models] == [model.name for model in bs.list_models()]
    text = call("models", "list").stdout
    assert all(one["title"] in text for one in models)


def test_models_show_gives_the_resolved_model(call):
    """What a model file takes over from another is in it; people see each prior with its meaning and unit."""
    model = bs.load_model("sorafenib_joint_cv20.v1")
    document = json.loads(call("models", "show", "sorafenib_joint_cv20", "--json").stdout)
    assert bs.parse_model(document).sha256 == model.sha256
    text = call("models", "show", model.name).stdout
    assert [name for name, prior in model.priors.items() if f"{name} " not in text or str(prior) not in text] == []
    assert "reference exposure 2.91 mg/L" in text


def test_models_lint_praises_good_files(call):
    """No problem: exit code 0 and an empty list."""
    paths = sorted(shipped_folder("models").glob("*.toml"))
    done = call("models", "lint", *paths, "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {"problems": []}
    assert f"no problem in {len(paths)} files" in call("models", "lint", *paths).stdout


def test_models_show_of_a_stranger_is_bad_input(call):
    """Exit code 3, the known names on stderr."""
    done = call("models", "show", "sorafenib_joined", "--json")
    assert done.exit_code == 3
    assert "sorafenib_joint" in done.stderr
    assert json.loads(done.stdout)["error"]["problems"][0]["code"] == "M002"


def test_unknown_command_answers_in_json_when_asked(call):
    """Also what cannot be parsed ends with one JSON object and exit code 2."""
    done = call("fitt", "--json")
    assert done.exit_code == 2
    assert json.loads(done.stdout)["error"]["code"] == "usage"


@pytest.mark.parametrize("command", ["check", "roc", "compare", "prior", "confounding"])
def test_every_reading_option_of_fit_is_one_of_every_command_that_reads(call, command):
    """A cohort that `fit` reads with some options is read by the others with the same ones."""
    reading = {"--columns", "--troughs", "--doses", "--drop-incomplete"}
    shown = call(command, "--help").stdout
    assert [option for option in reading if option not in shown] == []
    assert [option for option in reading if option not in call("fit", "--help").stdout] == []


def test_check_leaves_out_incomplete_patients_when_asked(call, literal):
    """The option that C023 advises is one of `check`, and the patient is counted."""
    text = literal.read_text(encoding="utf-8").splitlines()
    cells = text[1].split(",")
    cells[text[0].split(",").index("trough_mg_l")] = ""
    Path("cohort.csv").write_text("\n".join([text[0], ",".join(cells), *text[2:]]), encoding="utf-8")
    assert call("check", "cohort.csv").exit_code == 3
    document = json.loads(call("check", "cohort.csv", "--drop-incomplete", "--json").stdout)
    assert (document["n_patients"], document["n_dropped"]) == (25, 1)


def test_check_prints_the_unit_and_the_molar_mass_of_the_model(call):
    """Troughs are shown in the unit of the model file that the cohort is held against."""
    done = call("check", CASES / "tacro_ng.csv", "--model", CASES / "tacro.toml")
    assert done.exit_code == 0
    assert "median 6.7 ng/mL" in done.stdout
    assert "no molar mass" in done.stdout
    assert "molar mass 464.8 g/mol" in call("check", CASES / "longfu_days.csv").stdout
