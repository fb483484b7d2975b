"""`auditor audit`: options to the pipeline, exit codes, and what is said at the end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.cli.audit import float_free
from auditor.cli.main import main
from auditor.engine import agreement
from tests.claims_csv import pair_of, row, write_claims

QUIET = ("--quiet", "--no-reports", "--workers", "1", "--rules", "NCCI-PTP-001", "--rules", "COV-LIAB-001")


@pytest.fixture(autouse=True)
def no_library_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AUDITOR_LIBRARY", str(tmp_path / "none"))


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    return write_claims(tmp_path / "claims.csv", pair_of("P1"))


def audit(*words: object) -> int:
    return main(["audit", *map(str, words)])


def test_it_says_what_came_of_it_and_where_it_lies(
    claims: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(claims, "--out", tmp_path / "run", "--workers", 1, "--rules", "ptp") == 0
    said = capsys.readouterr().out
    assert "2 claim lines read: 2 audited, 0 superseded, 0 set aside; dollars tie out." in said
    assert "claims-evident: $80.00 in 1 finding." in said and "0 differences" in said
    assert "starter edition" in said
    for name in ("audit.html", "audit.xlsx", "findings.parquet"):
        assert str(tmp_path / "run" / name) in said and (tmp_path / "run" / name).exists()


@pytest.mark.slow
def test_quiet_says_nothing_and_writes_all_the_same(
    claims: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(claims, "--out", tmp_path / "run", *QUIET) == 0
    assert capsys.readouterr() == ("", "")
    assert json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["counts"]["findings"] == {
        "fail": {"definite": 1}
    }
    assert not (tmp_path / "run" / "audit.html").exists()


@pytest.mark.parametrize(
    ("paid", "mod1", "wanted", "code"),
    [
        ("80.00", "", "definite", 1),
        ("80.00", "", "probable", 1),
        ("80.00", "", "risk", 1),
        ("80.00", "GA", "definite", 0),
        ("80.00", "GA", "probable", 1),
        ("0.00", "GA", "probable", 0),
    ],
)
@pytest.mark.slow
def test_fail_on_a_class_or_a_surer_one(tmp_path: Path, paid: str, mod1: str, wanted: str, code: int) -> None:
    """Without a modifier there is a claims-evident pair; else one line with GA, which needs a record if it was paid."""
    rows = [row(mod1=mod1, paid=paid)] if mod1 else pair_of("P1")
    claims = write_claims(tmp_path / "claims.csv", rows)
    assert audit(claims, "--out", tmp_path / "run", *QUIET, "--fail-on", wanted) == code
    assert (tmp_path / "run" / "run.json").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--profile", "everybody"], "--profile"),
        (["--profile", "board", "--previous", "."], "--previous"),
        (["--engine", "spark"], "--engine"),
        (["--previous", "run"], "--previous"),
        (["--key-file", "key"], "--key-file"),
        (["--rules", "NCCI-NONE-001"], "NCCI-NONE-001"),
        (["--carry-forward", "ncci_mue"], "ncci_mue"),
        (["--workers", "0"], "--workers"),
        (["--as-of", "yesterday"], "--as-of"),
        (["--line-of-business", "medicair"], "medicair"),
        (["--fail-on", "anything"], "--fail-on"),
        (["--memory", "plenty"], "memory"),
        (["--no-such-option"], "--no-such-option"),
    ],
)
def test_a_wrong_call_is_exit_2_and_writes_nothing(
    claims: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert audit(claims, "--out", tmp_path / "run", "--quiet", *options) == 2
    told = capsys.readouterr().err.strip()
    assert said in told and "\n" not in told and "Traceback" not in told
    assert not (tmp_path / "run").exists()


def test_claims_and_out_are_needed(claims: Path, tmp_path: Path) -> None:
    assert audit(claims) == 2
    assert audit("--out", tmp_path / "run") == 2


@pytest.mark.parametrize(
    ("name", "content", "options", "said"),
    [
        ("absent.csv", None, [], "absent.csv"),
        ("empty.csv", "", [], "empty.csv"),
        ("other.csv", "a,b\n1,2\n", [], "column"),
        ("claims.csv", None, ["--rulesets", "absent"], "absent"),
        ("claims.csv", None, ["--library", "absent"], "library"),
        ("claims.csv", None, ["--map", "absent.yaml"], "absent.yaml"),
        ("claims.csv", None, ["--map", "claims.csv"], "claims.csv"),
    ],
)
def test_input_that_cannot_be_read_is_exit_3(
    claims: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: str | None,
    options: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert audit(name, "--out", "run", "--quiet", *options) == 3
    told = capsys.readouterr().err.strip()
    assert said in told and "\n" not in told and "Traceback" not in told
    assert not (tmp_path / "run").exists()


def test_a_folder_with_other_files_is_refused(claims: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").write_text("mine", encoding="utf-8")
    assert audit(claims, "--out", tmp_path / "run", *QUIET) == 2
    assert (tmp_path / "run" / "mine.txt").exists()


@pytest.mark.slow
def test_a_failing_audit_leaves_the_previous_result(
    claims: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(claims, "--out", tmp_path / "run", *QUIET) == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    monkeypatch.setattr(agreement, "_by_engine", lambda con, rules: {})
    assert audit(claims, "--out", tmp_path / "run", *QUIET) == 4
    assert "NCCI-PTP-001" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before


@pytest.mark.slow
def test_a_map_names_the_columns_of_another_export(tmp_path: Path) -> None:
    rows = [{("X7 FIELD" if k == "patient_id" else k): v for k, v in item.items()} for item in pair_of("P1")]
    claims = write_claims(tmp_path / "claims.csv", rows)
    (tmp_path / "map.yaml").write_text("patient_id: X7 FIELD\n", encoding="utf-8")
    assert audit(claims, "--out", tmp_path / "run", *QUIET) == 3
    assert (
        audit(
            claims, "--out", tmp_path / "run", *QUIET, "--map", tmp_path / "map.yaml", "--fail-on", "definite"
        )
        == 1
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [("0.00", "0.00"), ("1234567.80", "1,234,567.80"), ("12", "12.00"), ("999.99", "999.99")],
)
def test_dollars_are_shown_in_thousands(text: str, shown: str) -> None:
    assert float_free(text) == shown


@pytest.mark.parametrize(
    ("business", "given", "said"),
    [
        (
            ["", ""],
            "medicaid",
            "The claims do not name a line of business; all lines were taken as Medicaid.",
        ),
        (
            ["medicare", ""],
            "commercial",
            "Not every line names its line of business; those that do not were taken as commercial.",
        ),
    ],
)
@pytest.mark.slow
def test_a_line_of_business_that_was_taken_is_told_as_it_was(
    tmp_path: Path, business: list[str], given: str, said: str
) -> None:
    column = {"line_of_business": business} if any(business) else {}
    rows = [
        line | {name: values[at] for name, values in column.items()} for at, line in enumerate(pair_of("P1"))
    ]
    claims = write_claims(tmp_path / "claims.csv", rows)
    assert audit(claims, "--out", tmp_path / "run", *QUIET, "--line-of-business", given) == 0
    assert said in json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["banners"]


@pytest.mark.slow
def test_it_is_a_banner_that_most_lines_were_set_aside(tmp_path: Path) -> None:
    claims = write_claims(
        tmp_path / "claims.csv", [row(), row(claim_id="C2", patient_id=""), row(claim_id="C3", patient_id="")]
    )
    assert audit(claims, "--out", tmp_path / "run", *QUIET) == 0
    (said,) = [
        text
        for text in json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["banners"]
        if text.startswith("More than half")
    ]
    assert "2 of 3 claim lines" in said


@pytest.mark.slow
def test_a_report_for_others_keeps_its_key_beside(claims: Path, tmp_path: Path) -> None:
    key, told = tmp_path / "key", []
    for name in ("one", "two"):
        options = ("--profile", "external", "--key-file", key)
        assert audit(claims, "--out", tmp_path / name, "--quiet", *options) == 0
        told.append((tmp_path / name / "audit.json").read_bytes())
    assert told[0] == told[1] and key.read_bytes().strip() not in told[0]
    assert json.loads(told[0])["profile"]["name"] == "external"
    assert not (tmp_path / "one" / "key").exists()


@pytest.mark.slow
def test_a_theme_and_the_header_of_counsel(
    claims: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theme = tmp_path / "theme.yaml"
    theme.write_text("organisation: Example Clinic\n", encoding="utf-8")
    out = tmp_path / "run"
    assert audit(claims, "--out", out, "--theme", theme, "--quiet", "--counsel-header=Privileged") == 0
    assert json.loads((out / "run.json").read_text(encoding="utf-8"))["counsel_header"] == "Privileged"
    page = (out / "audit.html").read_text(encoding="utf-8")
    assert "Example Clinic" in page
    assert "Privileged" in page
    theme.write_text("accent: '#ffff00'\n", encoding="utf-8")
    assert audit(claims, "--out", tmp_path / "none", "--theme", theme, "--quiet") == 3
    assert "theme.yaml, line 1" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()
    assert audit("--counsel-header", claims, "--out", tmp_path / "none", claims) == 2
    assert "--counsel-header=TEXT" in capsys.readouterr().err
