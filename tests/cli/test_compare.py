"""`auditor compare` and `audit --previous`, as they are called."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from auditor.cli.main import main
from auditor.reference import Edition, import_files
from tests.reference.layouts import mue_text, ptp_text
from tests.review import runs
from tests.review.runs import finding
from tests.twin.product import claim_row, write_claims

BEFORE = [
    ("A0001", "B0001", "", "19960101", "*", "1", "x"),
    ("A0001", "B0002", "", "19960101", "*", "1", "x"),
]
AFTER = [(*BEFORE[0][:4], "20240714", *BEFORE[0][5:]), BEFORE[1]]
ROW = "row A0001 / B0001: deleted - -> 2024-07-14"


@pytest.fixture
def editions(tmp_path: Path) -> list[Edition]:
    found = []
    for name, rows, day in (("ccipra-v302r0-f1.txt", BEFORE, 1), ("ccipra-v302r1-f1.txt", AFTER, 20)):
        path = tmp_path / name
        path.write_text(ptp_text(rows), encoding="utf-8")
        published = dt.date(2024, 8, day)
        found.append(import_files(tmp_path / "library", [path], published=published)[0].edition)
    return found


@pytest.fixture
def both(tmp_path: Path, editions: list[Edition]) -> tuple[Path, Path]:
    gone = finding("f1", reference_rows=runs.pair("A0001", "B0001"))
    hanging = [
        finding("f2", claim_id="C2", exposure_counted=counted, premises=["finding f1"]) for counted in (1, 2)
    ]
    mine = finding("f3", claim_id="C3")
    one = runs.run(tmp_path / "one", [gone, hanging[0], mine, finding("f4", claim_id="C4")], editions[:1])
    two = runs.run(tmp_path / "two", [hanging[1], finding("f4", claim_id="C4")], editions[1:], rules=[])
    return one, two


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([*map(str, arguments)])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


def test_what_differs_is_told_with_the_row_that_explains_it(tmp_path, capsys, editions, both):
    code, out, err = call(capsys, "compare", *both, "--library", tmp_path / "library")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "Differs: the rules differ",
        f"Tables: ncci_ptp_practitioner 2024Q3 ({editions[0].edition_id}, published 2024-08-01) -> 2024Q3 "
        f"({editions[1].edition_id}, published 2024-08-20): 0 rows added, 0 removed, 1 changed",
        "1 findings are the same, 3 differ; 2 of these by replaced rows of the tables, 1 otherwise.",
        f"  removed: NCCI-PTP-001 claim C1 line 2 of 2024-07-15, fail definite $100.00 -> -; {ROW}",
        "  changed: NCCI-PTP-001 claim C2 line 2 of 2024-07-15, fail definite $100.00 -> fail definite $100.00; "
        "through finding f1",
        "  removed: NCCI-PTP-001 claim C3 line 2 of 2024-07-15, fail definite $100.00 -> -; "
        "not explained by a replaced row",
    ]


def test_a_finding_on_a_provider_is_told_without_a_line(tmp_path, capsys, editions):
    nowhere = {"claim_id": None, "line_no": None, "service_date": None, "patient_id": None}
    risk = finding("f9", rule_id="PROF-001", klass="risk", exposure=0, **nowhere) | {"evidence": []}
    two = runs.run(tmp_path / "one", [], editions), runs.run(tmp_path / "two", [risk], editions)
    out = call(capsys, "compare", *two, "--library", tmp_path / "library")[1]
    assert out.splitlines()[-1] == (
        "  added: PROF-001 on a provider (f9), - -> fail risk $0.00; not explained by a replaced row"
    )
    told = json.loads(call(capsys, "compare", *two, "--library", tmp_path / "library", "--format", "json")[1])
    assert [told["differences"][0][name] for name in ("claim_id", "line_no", "service_date")] == [None] * 3


@pytest.mark.parametrize(("limit", "shown"), [(0, 0), (2, 2), (3, 3)])
def test_at_most_so_many_findings_are_printed(tmp_path, capsys, both, limit, shown):
    out = call(capsys, "compare", *both, "--library", tmp_path / "library", "--limit", limit)[1]
    lines = [line for line in out.splitlines() if line.startswith("  ")]
    told = [line for line in lines if line.startswith("  ... and ")]
    assert len(lines) - len(told) == shown
    assert told == ([] if shown == 3 else [f"  ... and {3 - shown} more (--limit, or --format json for all)"])


def test_json_has_every_difference_whole(tmp_path, capsys, both):
    code, out, err = call(
        capsys, "compare", *both, "--library", tmp_path / "library", "--format", "json", "--limit", 0
    )
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert (told["run_a"], told["run_b"], told["same"], told["conditions"]) == (
        "one",
        "two",
        1,
        ["the rules differ"],
    )
    first, second, third = told["differences"]
    assert (first["change"], first["after"], first["through"], first["explained"]) == (
        "removed",
        None,
        None,
        True,
    )
    assert first["before"] == {
        "verdict": "fail", "class": "definite", "exposure": "100.00", "exposure_counted": "100.00",
    }  # fmt: skip
    assert first["rows"][0]["key"] == {"column_1": "A0001", "column_2": "B0001"}
    assert (first["rows"][0]["before"]["deleted"], first["rows"][0]["after"]["deleted"]) == (
        None,
        "2024-07-14",
    )
    assert (second["through"], second["rows"], second["before"]["exposure_counted"]) == ("f1", [], "1.00")
    assert (third["finding_id"], third["explained"]) == ("f3", False)


def test_a_folder_that_is_no_audit_is_exit_3(tmp_path, capsys, both):
    (tmp_path / "empty").mkdir()
    for order in ((both[0], tmp_path / "empty"), (tmp_path / "empty", both[0])):
        code, out, err = call(capsys, "compare", *order)
        assert (code, out, err.count("\n")) == (3, "", 1)
        assert err.startswith("auditor: empty: there is no run.json of an audit.")


def test_a_library_without_the_editions_is_exit_3_and_names_them(tmp_path, capsys, both, editions):
    code, out, err = call(capsys, "compare", *both, "--library", tmp_path / "another")
    assert (code, out, err.count("\n")) == (3, "", 1)
    assert f"the edition {editions[0].edition_id} of ncci_ptp_practitioner is not in the library" in err
    assert "--library" in err


@pytest.mark.parametrize("arguments", [[], ["absent", "absent"], ["--format", "xml"]])
def test_wrong_calls_are_exit_2_in_one_paragraph(tmp_path, capsys, both, arguments):
    code, out, err = call(capsys, "compare", *([*both] if arguments[:1] == ["--format"] else []), *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)


@pytest.mark.slow
def test_an_audit_says_how_it_differs_from_the_one_before(tmp_path, capsys):
    """By the value that was raised since."""
    path = tmp_path / "m_Eff_07-01-2024.csv"
    made = []
    for limit, day in ((2, dt.date(2024, 7, 1)), (9, dt.date(2024, 8, 20))):
        path.write_text(mue_text([("97110", limit, "2", "")]), encoding="utf-8")
        made += [report.edition for report in import_files(tmp_path / "library", [path], published=day)]
    then = runs.run(tmp_path / "then", [finding("f1", reference_rows=runs.value("97110", 2))], made[:1])
    claims = write_claims([claim_row(code="97110", units=4)], tmp_path / "claims.csv")
    code, out, err = call(
        capsys, "audit", claims, "--library", tmp_path / "library", "--out", tmp_path / "now",
        "--no-reports", "--workers", 1, "--previous", then,
    )  # fmt: skip
    assert code == 0, err
    told = out[out.index("Compared with then:") :].splitlines()
    assert told[1:3] == ["Differs: the inputs differ", "Differs: the rules differ"]
    assert (
        told[-2]
        == "0 findings are the same, 1 differ; 1 of these by replaced rows of the tables, 0 otherwise."
    )
    assert told[-1].endswith("2024-07-15, fail definite $100.00 -> -; row 97110: value 2 -> 9")
