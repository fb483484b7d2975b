"""`auditor tables check`, `diff` and `export`, as they are called: exit codes, both forms of print, messages."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.cli.main import main
from auditor.reference import Library, import_files
from tests.reference.layouts import mue_text, ptp_text
from tests.review import runs
from tests.review.runs import finding
from tests.twin.product import claim_row, write_claims

ROWS = [
    ("A0001", "B0001", "", "19960101", "*", "1", "x"),
    ("A0001", "B0002", "", "19960101", "*", "1", "x"),
    ("A0001", "B0003", "", "19960101", "*", "1", "x"),
]
AFTER = [(*ROWS[0][:4], "20240714", *ROWS[0][5:]), ROWS[1], ("A0001", "B0004", "", "20240701", "*", "0", "x")]
Run = Callable[..., tuple[int, str, str]]


class Tables:
    """A library with a quarter's pairs as first published and as replaced, and the values of two quarters."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.library = folder, folder / "library"
        self.first = self.take("ccipra-v302r0-f1.txt", ptp_text(ROWS))
        self.second = self.take("ccipra-v302r1-f1.txt", ptp_text(AFTER), dt.date(2024, 8, 20))
        self.q1 = self.take("a_Eff_01-01-2024.csv", mue_text([("97110", 5, "3", "")]))
        self.q3 = self.take("b_Eff_07-01-2024.csv", mue_text([("97110", 6, "3", "")]))

    def file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def take(self, name: str, text: str, published: dt.date | None = None) -> str:
        return import_files(self.library, [self.file(name, text)], published=published)[0].edition.edition_id


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """One library for all tests; what harms it works on a copy."""
    return Tables(tmp_path_factory.mktemp("tables"))


@pytest.fixture
def call(tables: Tables, capsys: pytest.CaptureFixture[str]) -> Run:
    def called(*arguments: object, library: Path | None = None) -> tuple[int, str, str]:
        code = main(["tables", *map(str, arguments), "--library", str(library or tables.library)])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return called


def refused(told: tuple[int, str, str], code: int, *words: str) -> None:
    """The call ended with this code, printed nothing, and said why in one paragraph."""
    assert told[0] == code, told
    assert told[1] == ""
    assert told[2].startswith("auditor: ")
    assert told[2].count("\n") == 1
    for word in words:
        assert word in told[2]


def loaded(told: tuple[int, str, str]) -> object:
    assert (told[0], told[2]) == (0, "")
    return json.loads(told[1])


# ---- list -----------------------------------------------------------------------------------------


def test_list_says_on_what_each_importer_was_tested(call: Run, tables: Tables) -> None:
    code, out, _ = call("list")
    assert code == 0
    titles, *rows = out.splitlines()
    assert "importer tested on" in titles
    assert [row.split()[2] for row in rows] == [tables.q1, tables.q3, tables.first, tables.second]
    assert all("rebuilt file" in row for row in rows)
    told = loaded(call("list", "--format", "json"))
    assert isinstance(told, list)
    assert {e["importer_tested_on"] for e in told} == {"rebuilt file"}


# ---- check ----------------------------------------------------------------------------------------


def test_check_names_gaps_and_age(call: Run) -> None:
    code, out, _ = call("check", "--today", "2025-02-01")
    assert code == 0
    assert "Gap: no edition of ncci_mue_practitioner answers for 2024Q2, between two that do." in out
    assert (
        "Old: the newest ncci_mue_practitioner (2024Q3) is good until 2024-09-30; since then 2 quarters began"
        in out
    )
    assert "Old: the newest ncci_ptp_practitioner (2024Q3)" in out
    assert "Nothing answers for: " in out
    told = loaded(call("check", "--today", "2025-02-01", "--format", "json"))
    assert isinstance(told, dict)
    assert told["gaps"] == [{"table": "ncci_mue_practitioner", "first": "2024Q2", "last": "2024Q2"}]
    assert [(s["table"], s["quarters"]) for s in told["stale"]] == [
        ("ncci_mue_practitioner", 2),
        ("ncci_ptp_practitioner", 2),
    ]
    assert told["needs"] == []
    assert "Old:" not in call("check", "--today", "2024-09-30")[1]


def test_check_as_of_a_day_sees_what_had_been_published(call: Run, tables: Tables) -> None:
    def editions(*options: str) -> list[str]:
        told = loaded(call("check", "--format", "json", *options))
        assert isinstance(told, dict)
        return [answer["edition_id"] for answer in told["answers"]]

    assert editions() == [tables.q1, tables.q3, tables.second]
    assert editions("--as-of", "2024-08-19") == [tables.q1, tables.q3, tables.first]
    assert editions("--as-of", "2024-06-30") == [tables.q1]
    assert editions("--as-of", "2023-12-31") == []


@pytest.mark.slow
def test_check_with_claims_names_what_is_missing(call: Run, tables: Tables, tmp_path: Path) -> None:
    lines = [("2024-05-01", "P1"), ("2024-07-01", "P2"), ("2024-12-01", "P3")]
    rows = [claim_row(claim_id=p, patient_id=p, code="97110", date_from=day) for day, p in lines]
    claims = write_claims(rows, tmp_path / "claims.csv")
    code, out, err = call("check", claims, "--quiet")
    assert (code, err) == (0, "")
    assert "Missing: ncci_mue_practitioner for 2024Q2, 2024Q4 (2 lines; " in out
    assert "Missing: ncci_ptp_practitioner for 2024Q4 (1 lines; " in out
    assert "Missing: ncci_aoc for 2024Q2 to 2024Q4 (3 lines; " in out
    told = loaded(call("check", claims, "--quiet", "--format", "json"))
    assert isinstance(told, dict)
    needed = {
        (n["table"], n["quarter"]): (n["lines"], n["answered"], n["missing"], n["editions"])
        for n in told["needs"]
    }
    assert needed["ncci_mue_practitioner", "2024Q3"] == (1, 1, 0, ["2024Q3"])
    assert needed["ncci_mue_practitioner", "2024Q2"] == (1, 0, 1, [])
    assert {n["paid"] for n in told["needs"]} == {"100.00"}
    carried = call("check", claims, "--quiet", "--carry-forward", "ncci_ptp")[1]
    assert "Missing: ncci_ptp_practitioner" not in carried


def test_check_asks_of_dental_claims_no_edits_and_no_fees(call: Run, tmp_path: Path) -> None:
    row = claim_row(claim_type="dental", code="D0120", line_of_business="commercial")
    out = call("check", write_claims([row], tmp_path / "dental.csv"), "--quiet")[1]
    assert "Missing: pos_codes" in out
    assert not [table for table in ("ncci_", "mpfs_", "coverage") if f"Missing: {table}" in out]


def test_check_of_claims_that_cannot_be_read_is_exit_3(call: Run, tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_text("not,claims\n1,2\n")
    told = call("check", path, "--quiet")
    assert (told[0], told[1]) == (3, "")
    assert told[2].count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "absent.csv"],
        ["check", "--today", "soon"],
        ["check", "--carry-forward", "ncci_mue"],
        ["diff", "only-one"],
        ["diff", "a", "b", "--limit", "-1"],
        ["export", "ncci_ptp_practitioner"],
        ["export", "ncci_ptp_practitioner", "--out", "rows.xlsx"],
        ["export", "nonsense", "--out", "rows.csv"],
        ["export", "ncci_ptp_practitioner", "--out", "rows.csv", "--edition", "nonsense"],
    ],
)
def test_wrong_calls_are_exit_2_in_one_paragraph(call: Run, arguments: list[str]) -> None:
    refused(call(*arguments), 2)


# ---- diff -----------------------------------------------------------------------------------------


def test_diff_of_two_editions_counts_and_tells_the_rows(call: Run, tables: Tables) -> None:
    code, out, err = call("diff", tables.first, tables.second)
    assert (code, err) == (0, "")
    first, counts, *rows = out.splitlines()
    assert first == (
        f"ncci_ptp_practitioner: 2024Q3 ({tables.first}, published 2024-07-01) -> 2024Q3 "
        f"({tables.second}, published 2024-08-20)"
    )
    assert counts == "  1 rows added, 1 removed, 1 changed, 1 the same"
    assert rows[0] == "  A0001 / B0001: deleted - -> 2024-07-14"
    assert [row.split(":")[0].strip() for row in rows] == ["A0001 / B0001", "A0001 / B0003", "A0001 / B0004"]
    assert (
        "  ... and 2 more (--limit, or --out FILE for all)"
        in call("diff", tables.first, tables.second, "--limit", 1)[1]
    )
    assert "and 3 more" in call("diff", tables.first, tables.second, "--limit", 0)[1]


def test_diff_as_json_and_to_a_file(call: Run, tables: Tables, tmp_path: Path) -> None:
    out = tmp_path / "changes" / "rows.csv"
    told = loaded(call("diff", tables.first, tables.second, "--format", "json", "--limit", 2, "--out", out))
    assert isinstance(told, list)
    (one,) = told
    assert (one["added"], one["removed"], one["changed"], one["same"], len(one["rows"])) == (1, 1, 1, 1, 2)
    assert one["rows"][0] == {
        "change": "changed",
        "key": {"column_1": "A0001", "column_2": "B0001"},
        "before": one["rows"][0]["before"] | {"deleted": None},
        "after": one["rows"][0]["before"] | {"deleted": "2024-07-14"},
    }
    assert "findings" not in one
    with out.open(encoding="utf-8", newline="") as source:
        assert [row["change"] for row in csv.DictReader(source)] == ["changed", "removed", "added"]


def test_diff_of_two_files_needs_no_library(call: Run, tables: Tables) -> None:
    one = tables.file("ccipra-v290r0-f1.txt", ptp_text(ROWS[:2]))
    two = tables.file("ccipra-v291r0-f1.txt", ptp_text(ROWS[1:]))
    code, out, _ = call("diff", one, two)
    assert code == 0
    assert "1 rows added, 1 removed, 0 changed, 1 the same" in out
    assert "0 rows added, 1 removed, 0 changed, 2 the same" in call("diff", tables.first, two)[1]
    assert len(Library.open(tables.library).editions()) == 4


def test_diff_with_a_run_says_which_findings_rest_on_changed_rows(
    call: Run, tables: Tables, tmp_path: Path
) -> None:
    edition = next(e for e in Library.open(tables.library).editions() if e.edition_id == tables.first)
    findings = [
        finding("f1", reference_rows=runs.pair("A0001", "B0001")),
        finding("f2", claim_id="C2", premises=["finding f1"]),
        finding("f3", reference_rows=runs.pair("A0001", "B0002")),
    ]
    run = runs.run(tmp_path / "audit", findings, [edition])
    code, out, _ = call("diff", tables.first, tables.second, "--run", run, "--limit", 0)
    assert code == 0
    assert "Findings of audit that rest on changed rows: 2" in out
    assert "the row is not in force on the service date any more" in out
    assert "1 added and 1 changed rows may make findings that this run has not" in out
    assert "did not use" not in out
    told = loaded(call("diff", tables.first, tables.second, "--run", run, "--format", "json", "--limit", 0))
    assert isinstance(told, list)
    assert [(f["finding_id"], f["row"]) for f in told[0]["findings"]] == [
        ("f1", "A0001 / B0001: deleted - -> 2024-07-14"),
        ("f2", None),
    ]
    assert told[0]["rows"] == []


def test_diff_with_a_run_that_used_another_edition_says_so(call: Run, tables: Tables, tmp_path: Path) -> None:
    edition = next(e for e in Library.open(tables.library).editions() if e.edition_id == tables.second)
    run = runs.run(tmp_path / "audit", [], [edition])
    assert (
        f"Note: audit did not use {tables.first}"
        in call("diff", tables.first, tables.second, "--run", run)[1]
    )
    told = loaded(call("diff", tables.second, tables.first, "--run", run, "--format", "json"))
    assert isinstance(told, list)
    assert (told[0]["run_used_a"], told[0]["findings"]) == (True, [])


def test_diff_of_what_is_no_edition_or_of_two_tables_is_exit_2(call: Run, tables: Tables) -> None:
    refused(
        call("diff", tables.first, "2024Q9-nothing"), 2, "2024Q9-nothing is neither an edition", "tables list"
    )
    refused(call("diff", tables.first, tables.q3), 2, "ncci_ptp_practitioner", "ncci_mue_practitioner")
    refused(call("diff", tables.file("notes.txt", "hello\n"), tables.first), 3, "this is no table known here")


def test_diff_with_a_folder_that_is_no_run_is_exit_3(call: Run, tables: Tables, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    told = call("diff", tables.first, tables.second, "--run", tmp_path / "empty")
    assert told[0] == 3
    assert "there is no findings.parquet" in told[2]
    assert told[2].count("\n") == 1


# ---- export ---------------------------------------------------------------------------------------


def test_export_writes_rows_with_their_publication(call: Run, tables: Tables, tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    assert call("export", "ncci_ptp_practitioner", "--out", out)[:2] == (
        0,
        f"3 rows of ncci_ptp_practitioner written to {out}\n",
    )
    with out.open(encoding="utf-8", newline="") as source:
        assert {row["edition_id"] for row in csv.DictReader(source)} == {tables.second}
    for options, rows in (
        (["--as-of", "2024-08-19", "--on", "2024-07-15"], 3),
        (["--on", "2024-07-15"], 2),
        (["--edition", tables.first], 3),
    ):
        assert call("export", "ncci_ptp_practitioner", "--out", tmp_path / "o.parquet", *options)[
            1
        ].startswith(f"{rows} rows")


def test_export_of_nothing_is_exit_3(call: Run, tmp_path: Path) -> None:
    refused(
        call("export", "ncci_aoc", "--out", tmp_path / "rows.csv"), 3, "no edition of ncci_aoc that answers"
    )
    refused(
        call("export", "ncci_ptp_practitioner", "--out", tmp_path / "rows.csv", "--on", "2025-01-01"),
        3,
        "that answers",
    )
    assert not (tmp_path / "rows.csv").exists()


# ---- damaged libraries ----------------------------------------------------------------------------


@pytest.mark.parametrize("harm", ["rows cut short", "rows gone", "manifest cut short"])
def test_a_damaged_library_is_told_in_one_paragraph(
    call: Run, tables: Tables, tmp_path: Path, harm: str
) -> None:
    library = tmp_path / "library"
    shutil.copytree(tables.library, library)
    folder = library / "ncci_ptp_practitioner" / tables.second
    if harm == "rows cut short":
        (folder / "rows.parquet").write_bytes((folder / "rows.parquet").read_bytes()[:100])
    elif harm == "rows gone":
        (folder / "rows.parquet").unlink()
    else:
        (folder / "manifest.json").write_text("{")
    for command in (
        ["diff", tables.first, tables.second],
        ["export", "ncci_ptp_practitioner", "--out", tmp_path / "x.csv"],
    ):
        told = call(*command, library=library)
        refused(told, 3, f"ncci_ptp_practitioner/{tables.second}/", "import its files again")
