"""The report of a study: ADEMP order, every number with its error, failures and gaps first-class."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bayes_sora.errors import InputError, UsageError
from bayes_sora.figures.study import STUDY_FIGURES
from bayes_sora.figures.study.facets import WINDOW_FACETS, limit_facets
from bayes_sora.report.study import StudyRecord, read_study, write_record, write_study_report
from bayes_sora.report.study import images as study_images
from bayes_sora.report.study import write as study_write
from bayes_sora.report.study.findings import lead_sentence, study_findings
from bayes_sora.report.study.html import SECTIONS, render_study_report
from bayes_sora.report.study.numbers import Number
from bayes_sora.report.study.tables import failures_table, measure_table, methods_table, truth_table
from bayes_sora.study.plan import Method, Plan
from bayes_sora.study.plan_file import parse_plan
from bayes_sora.study.plan_record import plan_record
from bayes_sora.study.summary import summarise
from bayes_sora.study.tasks import FAST_BLOCKS
from tests.study.fake_rows import METHODS, FakePlan, fake_rows

HOSTILE = "<script>alert(1)</script>"
SCENARIOS = ("moderate", "null", "confounded")
KINDS = {"joint": "bayes", "observed": "bayes", "roc": "roc"}


def record(*, replicates: int = 40, title: str = "A study", planned: int | None = None) -> StudyRecord:
    """Return a study of three methods that never ran."""
    plan = Plan(
        name="fake",
        title=title,
        aims="Is a report a report?",
        scenarios=SCENARIOS,
        sizes=(26,),
        methods=tuple(
            Method(name=name, kind=kind, model=f"sorafenib_{name}.v1" if kind == "bayes" else None)
            for name, kind in KINDS.items()
        ),
        replicates=planned or replicates,
        seed=7,
        models={"joint": "0f" * 32},
        sha256="ab" * 32,
    )
    rows = fake_rows(FakePlan(scenarios=SCENARIOS, methods=METHODS[:3], replicates=replicates, seed=2))
    return StudyRecord(plan=plan, rows=rows, versions={"bayes-sora": "0.1.0", "numpy": "2.3.1"})


@pytest.fixture(scope="module")
def study() -> StudyRecord:
    """Return a complete study."""
    return record()


@pytest.fixture(scope="module")
def html(study) -> str:
    """Return its report without figures."""
    return render_study_report(study, {}, created="2026-01-01 00:00 UTC")


def share(study: StudyRecord, scenario: str, method: str, window: str) -> float:
    """Return how often a window was declared, counted by hand."""
    rows = study.rows
    own = rows[(rows["scenario"] == scenario) & (rows["method"] == method) & (rows["window"] == window)]
    return 100.0 * own.loc[own["status"] == "ok", "declared"].mean()


def test_sections_are_in_ademp_order(html):
    """Findings first, then aims, mechanisms, estimands, methods and performance."""
    found = re.findall(r'<section id="(\w+)"', html)
    assert found == list(SECTIONS)
    assert found[:6] == ["findings", "aims", "mechanisms", "estimands", "methods", "performance"]


def test_report_needs_nothing_from_elsewhere(html):
    """No script, no link to another host, no file beside it."""
    assert "<script" not in html
    assert not re.search(r'(?:src|href)="(?!data:|#)', html)
    assert "default-src 'none'" in html


def test_lead_sentence_holds_the_numbers_of_the_rows(study):
    """The first sentence says what was identified and what the ROC found in nothing, as counted by hand."""
    lead = lead_sentence(study)
    assert f"joint identified a limits window in {share(study, 'moderate', 'joint', 'limits'):.1f} %" in lead
    assert f"roc declared a window in {share(study, 'null', 'roc', 'youden'):.1f} %" in lead
    assert lead.count("%") - lead.count("(at ") == lead.count("(MCSE") + lead.count("(at ") == 3


def test_lead_sentence_names_both_readers_of_a_roc(study):
    """Where a study scores a plain and a careful reader, the share of false windows is given for both, by name."""
    plain = study.rows[study.rows["method"] == "roc"]
    careful = plain.assign(method="careful", declared=plain["declared"] & (plain["replicate"] % 2 == 0))
    both = replace(
        study,
        plan=replace(study.plan, methods=(*study.plan.methods, Method(name="careful", kind="roc_fair"))),
        rows=pd.concat([study.rows, careful], ignore_index=True),
    )
    lead = lead_sentence(both)
    assert f"roc declared a window in {share(both, 'null', 'roc', 'youden'):.1f} %" in lead
    assert f"careful declared a window in {share(both, 'null', 'careful', 'youden'):.1f} %" in lead
    told = [str(one) for finding in study_findings(both) for one in finding.sentences]
    kept = [one for one in told if "median careful cut-off" in one]
    assert kept
    assert all("it kept a cut-off in " in one for one in kept)
    assert not any("it kept" in one for one in told if "median roc cut-off" in one)


def test_every_share_in_the_findings_has_its_error(study):
    """After every percentage of a measure stands its MCSE, or a bound where it was 0 or 100 %."""
    for finding in study_findings(study):
        for sentence in finding.sentences:
            for _, told in sentence.by_method:
                assert told.count("%") + told.count("months") >= 1
                numbers = re.findall(r"[\d.]+ (?:%|months)(?! Monte)", told)
                bounds = re.findall(r"\(at (?:most|least) [\d.]+ %\)", told)
                assert len(numbers) - len(bounds) == told.count("(MCSE") + len(bounds)


def test_findings_say_when_false_windows_exceed_five_per_cent(study):
    """The fake joint method declares 30 % of null windows: the finding says that the bound is exceeded, and where."""
    told = [str(one) for finding in study_findings(study) for one in finding.sentences]
    assert any(one.startswith("joint: the upper 95 % Monte Carlo bound of that share exceeds 5 %") for one in told)
    quiet = replace(study, rows=study.rows.assign(declared=False))
    large = replace(quiet, rows=pd.concat([quiet.rows] * 4))
    told = [str(one) for finding in study_findings(large) for one in finding.sentences]
    assert any("joint: the upper 95 % Monte Carlo bound of that share is at most 5 % everywhere" in one for one in told)


def test_failures_are_told_with_their_reasons(study, html):
    """The failed analyses are counted once each, with the reason, in findings, methods and a table."""
    failed = study.rows[study.rows["status"] == "failed"].drop_duplicates(["scenario", "replicate", "method"])
    table = failures_table(study)
    assert table is not None
    assert sum(int(row[-1]) for row in table.rows) == len(failed) > 0
    assert f"{len(failed)} of {3 * 40 * 3} analyses failed" in html
    assert "did not converge" in html
    observed = next(row for row in methods_table(study).rows if row[0] == "observed")
    assert observed[5].startswith(f"{len(failed)} ")


def test_no_failure_is_told_as_such():
    """Where nothing failed the report says so instead of staying silent."""
    one = record(replicates=4)
    whole = replace(one, rows=one.rows[one.rows["method"] != "observed"])
    assert failures_table(whole) is None
    assert "No analysis failed." in render_study_report(whole, {}, created="")


def test_truth_table_is_that_of_the_scenarios(study):
    """The true windows of `moderate` are those of the statistics page, on both scales; `null` has no youden window."""
    rows = {row[:2]: row[2:] for row in truth_table(study).rows}
    assert rows["moderate", "average trough"] == ("2.33–2.91", "1.40–2.91", "1.71–3.91", "2.58")
    assert rows["moderate", "one measured trough"][0] == "2.36–2.91"
    assert rows["null", "average trough"][0] == "none"


def test_drawn_truths_are_told_as_a_range(study):
    """Truths from a prior have no single window: the table gives their middle 95 %."""
    own = study.rows[study.rows["scenario"] == "moderate"]
    drawn = own.assign(scenario="truths", true_upper=np.linspace(2.0, 4.0, len(own)))
    text = truth_table(replace(study, rows=drawn)).rows[0][2]
    assert re.fullmatch(r"2\.33–\[2\.\d\d to 3\.\d\d\]", text)


def test_measure_table_prints_value_and_error(study):
    """A cell is the value with its MCSE in brackets; what is undefined is a dash."""
    table = measure_table(study.summary, measure="bias_log", facets=limit_facets("youden"))
    own = study.summary.query(
        "measure == 'bias_log' and window == 'youden' and limit == 'lower' and method == 'joint' and "
        "scenario == 'moderate'"
    ).iloc[0]
    assert table.header[1].replace("\N{ZERO WIDTH SPACE}", "") == "joint, youden lower"
    assert table.rows[0][1] == f"{own['value']:.3f} ({own['mcse']:.3f})".replace("-", "−")
    assert set(table.rows[1][1:]) == {"–"}
    declared = measure_table(study.summary, measure="declared", facets=WINDOW_FACETS)
    assert len(declared.header) == 1 + 3 + 3 + 1


@pytest.mark.parametrize(
    ("number", "short", "long"),
    [
        (("declared", 0.942, 0.0074, 0.9, 0.96), "94.2 (0.7)", "94.2 % (MCSE 0.7)"),
        (("declared", 0.0, 0.0, 0.0, 0.00368), "0.0 (≤ 0.4)", "0.0 % (at most 0.4 %)"),
        (("declared", 1.0, 0.0, 0.9963, 1.0), "100.0 (≥ 99.6)", "100.0 % (at least 99.6 %)"),
        (("benefit_declared", -0.126, 0.011, -0.15, -0.1), "−0.13 (0.01)", "−0.13 months (MCSE 0.01)"),
        (("bias_log", 0.1, 0.0002, 0.1, 0.1), "0.100 (< 0.001)", "0.100 (MCSE < 0.001)"),
        (("benefit_declared", -1e-12, 0.0, 0.0, 0.0), "0.00 (0)", "0.00 months (MCSE 0)"),
        (("benefit_declared", 0.0, 0.0, 0.0, 0.0), "0.00 (0)", "0.00 months (MCSE 0)"),
        (("fold_95", float("nan"), float("nan"), 0.0, 0.0), "–", "–"),
        (("ess_min", 812.4, float("nan"), 0.0, 0.0), "812", "812"),
    ],
)
def test_numbers_are_printed_with_their_error(number, short, long):
    """Shares in per cent, an error is never printed as zero, 0 and 100 % come with an exact bound."""
    one = Number(*number, n_used=1000, n_total=1000)
    assert (one.short, one.long) == (short, long)


def test_incomplete_study_says_how_much_is_missing():
    """A study that is half done has a banner with what is done and what was planned."""
    half = record(replicates=10, planned=20)
    assert not half.complete
    html = render_study_report(half, {}, created="")
    assert "Incomplete." in html
    assert "30 of 60 replicates are done" in html
    assert "Incomplete." not in render_study_report(record(replicates=4), {}, created="")


def test_study_without_rows_is_reported(study):
    """Before the first block is done there is a report that says so, and no figure."""
    empty = replace(study, rows=study.rows.head(0))
    assert study_findings(empty) == ()
    assert lead_sentence(empty) == "A study"
    assert "No replicate is done yet" in render_study_report(empty, {}, created="")


def test_words_of_the_plan_are_text():
    """A title or a reason of failure is shown, never executed."""
    one = record(replicates=4, title=HOSTILE)
    rows = one.rows.assign(status="failed", failure=HOSTILE)
    html = render_study_report(replace(one, rows=rows), {}, created="")
    assert HOSTILE not in html
    assert "&lt;script&gt;" in html


def test_provenance_names_plan_models_seed_and_versions(html):
    """Whoever wants to repeat the study finds what it takes."""
    for needed in ("ab" * 32, "0f" * 32, "<dd>7</dd>", "numpy 2.3.1", "2026-01-01 00:00 UTC"):
        assert needed in html


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a study folder with a plan and the rows of one block, of two that were planned."""
    plan = parse_plan(
        {
            "schema": 1,
            "name": "two_blocks",
            "title": "Two blocks",
            "scenarios": ["moderate"],
            "sizes": [26],
            "replicates": 4,
            "seed": 1,
            "methods": [{"name": "roc", "kind": "roc"}],
        }
    )
    path = tmp_path_factory.mktemp("study") / "two"
    path.mkdir()
    (path / "plan.json").write_bytes(plan_record(plan, blocks=FAST_BLOCKS))
    return path


def test_report_is_written_into_a_folder(study, tmp_path, monkeypatch):
    """report.html, both summaries and each figure twice are there, the summary equal to that of the rows."""
    few = {key: STUDY_FIGURES[key] for key in ("declared", "bias_youden", "zip_youden", "bias_limits")}
    monkeypatch.setattr(study_images, "STUDY_FIGURES", few)
    small = replace(study, rows=study.rows[study.rows["window"] == "youden"])
    report = write_record(small, tmp_path / "out")
    names = {path.name for path in report.parent.iterdir()}
    assert names == {"report.html", "summary.csv", "summary.parquet", "figures"}
    summary = summarise(small.rows)
    written = pd.read_parquet(report.parent / "summary.parquet")
    pd.testing.assert_frame_equal(written, summary)
    assert written.attrs["plan_sha256"] == "ab" * 32
    assert written.attrs["replicates"] == {"done": 120, "planned": 120}
    assert len(pd.read_csv(report.parent / "summary.csv")) == len(summary)
    pictures = {path.name for path in (report.parent / "figures").iterdir()}
    stems = {name.rsplit(".", 1)[0] for name in pictures}
    assert stems == {"declared", "bias_youden", "zip_youden"}  # no limits window, no figure of it
    assert pictures == {f"{stem}.{ending}" for stem in stems for ending in ("svg", "png")}
    assert report.read_text(encoding="utf-8").count("data:image/svg+xml") == len(stems)
    svg = (report.parent / "figures" / "declared.svg").read_text(encoding="utf-8")
    assert set(re.findall(r"https?://([\w.]+)", svg)) == {"www.w3.org"}


def test_report_of_a_folder_is_written_again_beside_the_study(folder):
    """Nothing of the study is touched, an earlier report is replaced, and no temporary folder stays."""
    plan = (folder / "plan.json").read_bytes()
    for _ in range(2):
        assert write_study_report(folder) == folder.resolve() / "report.html"
    assert (folder / "plan.json").read_bytes() == plan
    assert {path.name for path in folder.iterdir()} == {
        "plan.json",
        "report.html",
        "summary.csv",
        "summary.parquet",
        "figures",
    }
    assert not read_study(folder).complete


def test_failed_write_leaves_the_earlier_report(folder, monkeypatch):
    """When the disk fails half-way the earlier report stays as it was, and the error says so in words."""
    write_study_report(folder)
    before = (folder / "report.html").read_bytes()

    def full(*_given, **_named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(study_write, "render_study_report", full)
    with pytest.raises(UsageError, match="No space left on device"):
        write_study_report(folder)
    assert (folder / "report.html").read_bytes() == before
    assert not [path for path in folder.iterdir() if path.name.startswith(".report")]


def test_folder_of_something_else_is_refused(tmp_path):
    """A folder without a plan is no study."""
    with pytest.raises(InputError, match="is not a study folder"):
        write_study_report(tmp_path)
