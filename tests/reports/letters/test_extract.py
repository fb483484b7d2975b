"""The extract: chosen rows and columns, sums that tie, and hostile texts that stay texts."""

from __future__ import annotations

import csv
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.base.errors import InternalCheckFailed, UsageError
from auditor.reports.document import Amount, Breakdown
from auditor.reports.letters.chosen import Chosen
from auditor.reports.letters.extract import COLUMNS, USUAL, columns_named, guarded, told, write_extract
from auditor.reports.letters.run_folder import RunFolder, read_run_folder
from tests.reports.letters.conftest import written


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("\n=1", "'\n'=1"),
        ("  =1", "'  =1"),
        ("\"=cmd|' /C calc'!A0", "'\"=cmd|' /C calc'!A0"),
        ("'=1", "''=1"),
        ("＝1+1", "'＝1+1"),
        ("a;=1", "a;'=1"),
        ('a;"=1', "a;\"'=1"),
        ("a\n=1", "a\n'=1"),
        ("a|=1", "a|'=1"),
        ("a\x00b\x1bc", "a�b�c"),
        ("29881 (claim 7, line 2) = 1", "29881 (claim 7, line 2) = 1"),
        ("", ""),
        ("2024-07-01", "2024-07-01"),
    ],
)
def test_no_text_begins_a_formula_anywhere(text: str, safe: str) -> None:
    assert guarded(text) == safe


def test_numbers_are_plain_and_not_guarded() -> None:
    assert [told(v) for v in (Decimal("-3.00"), Decimal("1E+3"), -4, None, True, "-3")] == [
        "-3.00", "1000", "-4", "", "true", "'-3",
    ]  # fmt: skip


def test_all_findings_tie_to_the_report(run: RunFolder, tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    assert write_extract(run, path, Chosen(), tuple(COLUMNS)) == len(run.document.findings)
    rows = rows_of(path)
    assert list(rows[0]) == list(COLUMNS)
    over = [row for row in rows if row["heading"] == "Potential overpayment, claims-evident"]
    total = run.document.totals["over_definite"]
    assert sum(Decimal(row["amount"]) for row in over) == total.dollars
    assert len(over) == total.findings


def test_an_extract_that_does_not_tie_is_not_written(run: RunFolder, tmp_path: Path) -> None:
    wrong = Breakdown("", "", {**run.document.totals.sections, "over_definite": Amount(Decimal("0.01"), 1)})
    with pytest.raises(InternalCheckFailed, match="extract"):
        write_extract(
            replace(run, document=replace(run.document, totals=wrong)), tmp_path / "x.csv", Chosen()
        )


def test_filters_choose_rows_and_columns_come_in_the_order_asked_for(run: RunFolder, tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    provider = run.document.by_provider[0].key
    chosen = Chosen(
        rules=frozenset({"NCCI-MUE-001"}), classes=frozenset({"definite"}), verdicts=frozenset({"fail"})
    )
    number = write_extract(
        run, path, chosen, columns_named(["paid", "rule_id", "class", "verdict"]), bom=True
    )
    assert path.read_bytes().startswith(b"\xef\xbb\xbfpaid,rule_id,class,verdict\r\n")
    rows = rows_of(path)
    assert len(rows) == number > 0
    assert {(row["rule_id"], row["class"], row["verdict"]) for row in rows} == {
        ("NCCI-MUE-001", "definite", "fail")
    }
    of_one = write_extract(run, path, Chosen(providers=frozenset({provider})), ("rendering_npi",))
    assert {row["rendering_npi"] for row in rows_of(path)} == {provider}
    assert of_one == sum(amount.findings for amount in run.document.by_provider[0].sections.values())


def test_columns_are_named_strictly() -> None:
    assert columns_named([]) == USUAL
    with pytest.raises(UsageError, match="did you mean claim_id"):
        columns_named(["claim-id"])
    with pytest.raises(UsageError, match="twice"):
        columns_named(["paid", "paid"])


def test_hostile_claims_stay_texts_in_every_cell(tmp_path: Path) -> None:
    hostile = '\n=HYPERLINK("http://x";"y")\t@SUM(1)\r+1,\';|-2'
    written(tmp_path, 40, seed=3, hostile=hostile)
    path = tmp_path / "hostile.csv"
    write_extract(read_run_folder(tmp_path), path, Chosen(), tuple(COLUMNS))
    text = path.read_text(encoding="utf-8")
    numbers = {"units", "charge", "allowed", "paid", "amount", "exposure", "corrected"}
    for row in rows_of(path):
        for name, cell in row.items():
            if name not in numbers:
                assert not cell.lstrip(" \"'").startswith(("=", "+", "-", "@", "\t", "\r")) or cell[0] == "'"
                assert not [part for part in cell.splitlines()[1:] if part.startswith(("=", "+", "-", "@"))]
    assert "HYPERLINK" in text
    assert "\n=HYPERLINK" not in text
