"""The workbook: agrees with the document, never a formula from the input, reads back, same bytes, splits."""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter

from auditor.reports import AuditDocument, columns, wording, write_xlsx
from tests.reports.conftest import document_of
from tests.reports.fakes import FINDING_COLUMNS, FakeRun, make_run, write_parquet

SHEETS = [
    "Cover & scope", "Executive summary", "Findings by rule", "Finding lines", "Evidence lines", "Provider scorecards",
    "Trend", "Exposure", "Sample & estimate", "Underpayments", "Not evaluated", "Rule register", "Rule logic",
    "Reference-data register", "Data quality & reconciliation", "Set aside", "Run manifest",
]  # fmt: skip
KEYED = r"IF\('{0}'!\$A\$(\d+)=\$A{1},\1,MATCH\(\$A{1},'{0}'!\$A:\$A,0\)\)"


def book_of(document: AuditDocument, folder: Path, **options: Any) -> Path:
    path = folder / "audit.xlsx"
    write_xlsx(document, path, **options)
    return path


def rows_of(book: Workbook, name: str) -> list[dict[str, Any]]:
    lines = list(book[name].iter_rows(values_only=True))
    return [dict(zip(map(str, lines[0]), line, strict=True)) for line in lines[1:]]


def test_sheets_stand_in_order_and_none_is_hidden(book: Workbook) -> None:
    assert book.sheetnames == SHEETS
    assert {sheet.sheet_state for sheet in book.worksheets} == {"visible"}


def test_findings_sheet_holds_every_finding_in_full(document: AuditDocument, book: Workbook) -> None:
    written = rows_of(book, "Finding lines")
    assert len(written) == len(document.findings)
    for row, finding in zip(written, document.findings, strict=True):
        assert row["Finding ID"] == finding.finding_id
        assert re.fullmatch(rf'=HYPERLINK\("#\'Rule register\'!A\d+","{finding.rule_id}"\)', row["Rule"])
        assert (row["Rule version"], row["Rule hash"]) == (finding.rule_version, finding.rule_hash)
        assert row["Class"] == wording.CLASS_WORDS[finding.cls]
        assert row["Explanation"] == finding.explanation
        counted, amount = row["Exposure counted"], row["Amount under its heading"]
        assert Decimal(str(counted)) == finding.exposure_counted
        assert Decimal(str(amount)) == finding.amount
        assert row["Code"] == (finding.code or None)
        assert row["Rendering NPI"] == finding.rendering_npi and isinstance(row["Rendering NPI"], str)
        assert row["Authority"] and all(c.document in row["Authority"] for c in finding.citations)
        assert (wording.UNVERIFIED in row["Authority"]) == any(not c.verified for c in finding.citations)
        if finding.reference_rows:
            first = finding.reference_rows[0]
            assert (row["Reference key"], row["Reference edition"]) == (first.key, first.edition)
            assert row["Deleted"] in ("open", "2024-12-31")
        if finding.service_date:
            assert isinstance(row["Service date"], datetime)
            assert row["Service date"].date() == finding.service_date
        assert all(row[column.heading] is None for column in columns.REVIEWER)


def test_evidence_sheet_holds_every_line_and_is_linked(document: AuditDocument, book: Workbook) -> None:
    written = rows_of(book, "Evidence lines")
    expected = [(f.finding_id, e.claim_id, e.line_no) for f in document.findings for e in f.evidence]
    assert [(row["Finding ID"], row["Claim"], row["Line"]) for row in written] == expected
    for number, row in enumerate(rows_of(book, "Finding lines"), start=2):
        link = row["Evidence"]
        if link is None:
            continue
        keyed = KEYED.format("Evidence lines", number)
        target = re.fullmatch(rf'=HYPERLINK\("#\'Evidence lines\'!A"&{keyed},"\d+ lines?"\)', link)
        assert target is not None
        assert book["Evidence lines"][f"A{target[1]}"].value == row["Finding ID"]
        back = book["Evidence lines"][f"B{target[1]}"].value
        assert re.search(KEYED.format("Finding lines", target[1]), back) and f"$A${number}=" in back


def test_exposure_shows_constants_beside_live_formulas(
    document: AuditDocument, path: Path, book: Workbook
) -> None:
    shown = load_workbook(path, data_only=True)["Exposure"]
    live = book["Exposure"]
    for line, (name, words) in enumerate(wording.SECTION_WORDS.items(), start=4):
        amount = document.totals[name]
        assert [shown.cell(line, n).value for n in (1, 2, 3)] == [words, amount.findings, amount.findings]
        assert str(live.cell(line, 3).value).startswith("=COUNTIFS(")
        assert shown.cell(line, 5).value == shown.cell(line, 6).value
        if shown.cell(line, 7).value is not None:
            assert (
                Decimal(str(shown.cell(line, 7).value))
                == Decimal(str(shown.cell(line, 8).value))
                == amount.dollars
            )
            assert str(live.cell(line, 8).value).startswith("=SUMIFS(")
            assert shown.cell(line, 9).value == 0


def test_a_reader_that_trusts_the_dimensions_sees_every_row(document: AuditDocument, path: Path) -> None:
    sheet = load_workbook(path, read_only=True)["Finding lines"]
    assert sheet.max_row == len(document.findings) + 1


def test_large_sheets_are_tables_that_freeze_and_print(document: AuditDocument, book: Workbook) -> None:
    for name, rows in (
        ("Finding lines", len(document.findings)),
        ("Evidence lines", document.findings.evidence_lines),
        ("Set aside", len(document.set_aside)),
    ):
        sheet = book[name]
        assert sheet.freeze_panes == "B2"
        (table,) = sheet.tables.values()
        assert table.ref == table.autoFilter.ref == f"A1:{get_column_letter(sheet.max_column)}{rows + 1}"
        assert [column.name for column in table.tableColumns] == [cell.value for cell in sheet[1]]
        assert sheet.auto_filter.ref is None
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.page_setup.fitToWidth == 1 and sheet.page_setup.fitToHeight == 0


@pytest.mark.parametrize(
    "begin", ["=cmd|' /C calc'!A0", "+1", "-1+2", "@SUM(1)", "\t=1", "\r=1", '=HYPERLINK("x")']
)
@pytest.mark.slow
def test_text_of_the_input_is_never_a_formula(tmp_path: Path, begin: str) -> None:
    fake = make_run(tmp_path, 12, seed=5)
    for row in fake.rows:
        for name in ("claim_id", "patient_id", "code", "explanation", "reason", "rendering_npi"):
            row[name] = begin
        for line in row["evidence"]:
            line["claim_id"] = line["code"] = begin
    write_parquet(fake.findings, FINDING_COLUMNS, fake.rows)
    run = {**fake.run, "banners": [begin], "inputs": [{"name": begin}], "options": {"x": begin}}
    document = document_of(FakeRun(run, fake.findings, fake.set_aside, fake.rows))
    book = load_workbook(book_of(document, tmp_path))
    keyed = r"IF\('[\w ]+'!\$A\$\d+=\$A\d+,\d+,MATCH\(\$A\d+,'[\w ]+'!\$A:\$A,0\)\)"
    ours = re.compile(
        rf"=(HYPERLINK\(\"#'[\w &-]+'!A(\d+\"|\"&{keyed}),\"[\w &-]+\"\)|0|[A-Z]\d+-[A-Z]\d+"
        r"|IF\(D\d+=0,\"\",ROUND\(C\d+/D\d+,6\)\)"
        r"|(COUNTIFS|SUMIFS|SUM|SUBTOTAL|ROUND|ROWS|COUNTA)\((\"(finding|confirmed)\"|[^\"])*\))"
    )
    texts = 0
    for sheet in book.worksheets:
        for line in sheet.iter_rows():
            for cell in line:
                if cell.data_type == "f":
                    assert ours.fullmatch(str(cell.value)), (sheet.title, cell.coordinate, cell.value)
                elif cell.value is not None and str(cell.value).strip() == begin.strip():
                    texts += 1
                    assert cell.data_type == "s"
                    assert cell.quotePrefix
    assert texts > 50


def test_control_characters_and_long_texts_are_held(tmp_path: Path) -> None:
    fake = make_run(tmp_path, 3, seed=5)
    fake.rows[0]["explanation"] = "a\x00b\x0b<&>\ufffe]]>" + "x" * 40_000
    fake.rows[1]["title"] = "\x07" * 5
    write_parquet(fake.findings, FINDING_COLUMNS, fake.rows)
    written = rows_of(load_workbook(book_of(document_of(fake), tmp_path)), "Finding lines")
    text = max((str(row["Explanation"]) for row in written), key=len)
    assert len(text) == 32_767
    assert text.startswith("a\ufffdb\ufffd<&>\ufffd]]>x")
    assert "[cut: a cell holds 32,767 characters" in text


@pytest.mark.slow
def test_same_document_same_bytes_without_a_clock(
    document: AuditDocument, path: Path, tmp_path: Path
) -> None:
    assert book_of(document, tmp_path).read_bytes() == path.read_bytes()
    with zipfile.ZipFile(path) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = parts.read("docProps/core.xml").decode()
    assert core.count("1980-01-01T00:00:00Z") == 2
    assert str(date.today().year) not in core


@pytest.mark.slow
def test_sheets_go_on_when_rows_run_out(document: AuditDocument, tmp_path: Path) -> None:
    path = book_of(document, tmp_path, rows_per_sheet=401)
    book, shown = load_workbook(path), load_workbook(path, data_only=True)
    assert [name for name in book.sheetnames if name.startswith("Finding lines")] == [
        "Finding lines",
        "Finding lines 2",
        "Finding lines 3",
    ]
    ids = [
        row["Finding ID"]
        for name in book.sheetnames
        if name.startswith("Finding lines")
        for row in rows_of(book, name)
    ]
    assert ids == [finding.finding_id for finding in document.findings]
    assert (
        max(
            sheet.max_row
            for sheet in book.worksheets
            if sheet.title.startswith(("Finding lines", "Evidence lines"))
        )
        == 401
    )
    formulas = [cell.value for (cell,) in book["Exposure"]["C4:C12"]]
    assert all(str(formula).count("COUNTIFS(") == 3 for formula in formulas)
    assert [len(book[name].tables) for name in ("Finding lines", "Finding lines 2", "Finding lines 3")] == [
        1,
        1,
        1,
    ]
    last = rows_of(book, "Finding lines 3")[0]
    target = re.search(r"IF\('(Evidence lines ?\d*)'!\$A\$(\d+)=", str(last["Evidence"]))
    assert target is not None and shown[target[1]][f"A{target[2]}"].value == last["Finding ID"]


def test_no_banned_word_in_the_workbook(book: Workbook) -> None:
    for sheet in book.worksheets:
        for line in sheet.iter_rows(values_only=True):
            for value in line:
                assert not wording.banned_in(str(value)), (sheet.title, value)


def test_cover_says_what_the_page_says(document: AuditDocument, book: Workbook) -> None:
    values = [
        str(cell)
        for line in book["Cover & scope"].iter_rows(values_only=True)
        for cell in line
        if cell is not None
    ]
    for text in wording.LIMITATIONS:
        assert text in values
    assert str(document.totals["over_definite"].dollars) in values
    assert document.scope.inputs[0].sha256 in values


def test_empty_run(tmp_path: Path) -> None:
    book = load_workbook(book_of(document_of(make_run(tmp_path, 0, set_aside=0)), tmp_path))
    assert book.sheetnames == SHEETS
    assert (
        rows_of(book, "Finding lines") == rows_of(book, "Evidence lines") == rows_of(book, "Set aside") == []
    )


def test_only_set_aside(tmp_path: Path) -> None:
    book = load_workbook(book_of(document_of(make_run(tmp_path, 0, set_aside=8)), tmp_path))
    rows = rows_of(book, "Set aside")
    assert len(rows) == 8
    assert all(row["Reason"] and row["Row in the file"] for row in rows)


@pytest.mark.slow
def test_superseded_lines_stand_on_a_sheet_of_their_own_where_there_are_any(tmp_path: Path) -> None:
    run = make_run(tmp_path, 3)
    assert "Superseded" not in load_workbook(book_of(document_of(run), tmp_path)).sheetnames
    duckdb.connect().sql(
        "SELECT 'C' || n AS claim_id, n::INT AS line_no, 'a.837' AS source_file, 9 - n AS source_pos, "
        "'D' AS by_claim_id, 'replaced' AS reason, CAST(n AS DECIMAL(18,2)) AS paid FROM range(1, 4) t(n)"
    ).write_parquet(str(tmp_path / "superseded.parquet"))
    rows = rows_of(load_workbook(book_of(document_of(run), tmp_path)), "Superseded")
    assert [row["Claim"] for row in rows] == ["C3", "C2", "C1"]
    assert (rows[0]["Row in the file"], rows[0]["Superseded by claim"], rows[0]["Paid"]) == (6, "D", 3)


def test_remittances_stand_with_what_lacks_its_counterpart_where_there_are_any(tmp_path: Path) -> None:
    run = make_run(tmp_path, 3)
    assert not {"Remittances", "Unmatched"} & set(
        load_workbook(book_of(document_of(run), tmp_path)).sheetnames
    )
    duckdb.connect().sql(
        "SELECT 'claim' AS side, 'C' || n AS claim_id, 'no remittance answers the claim' AS why, "
        "'a.837' AS source_file, 9 - n AS source_pos FROM range(1, 4) t(n)"
    ).write_parquet(str(tmp_path / "unmatched.parquet"))
    run.run["remittances"] = {
        "told": [{"says": "Claims that a remittance answers", "figure": "2 of 5 (40.0 %)"}],
        "without_counterpart": [{"side": "claim", "why": "no remittance answers the claim", "count": 3}],
    }
    book = load_workbook(book_of(document_of(run), tmp_path))
    assert [row["Claim"] for row in rows_of(book, "Unmatched")] == ["C3", "C2", "C1"]
    cells = [list(row) for row in book["Remittances"].iter_rows(values_only=True)]
    assert ["Claims that a remittance answers", "2 of 5 (40.0 %)", None] in cells
    assert ["claim", "no remittance answers the claim", 3] in cells
