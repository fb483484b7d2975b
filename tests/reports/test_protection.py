"""What a reviewer may change: his columns and the order of the rows, and nothing of the report."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from openpyxl import Workbook, load_workbook

from auditor.reports import AuditDocument, columns

OWN = [column.heading for column in columns.REVIEWER]


def test_every_sheet_is_protected_without_a_password_and_lets_filter_sort_and_widen(book: Workbook) -> None:
    assert book.security.lockStructure and not book.security.workbookPassword
    for sheet in book.worksheets:
        given = sheet.protection
        assert given.sheet and not given.password and not given.hashValue
        # In the file these flags say what is refused.
        assert not (given.autoFilter or given.sort or given.formatColumns or given.formatRows)
        assert given.insertRows and given.deleteRows and given.deleteColumns and given.insertColumns


def test_the_reviewers_cells_are_free_and_all_others_of_the_row_locked(book: Workbook) -> None:
    sheet = book["Finding lines"]
    headings = [str(cell.value) for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2, max_row=20):
        free = [name for name, cell in zip(headings, row, strict=True) if not cell.protection.locked]
        assert free == OWN
    assert headings[0] == "Finding ID" and all(cell.protection.locked for cell in sheet[1])


def test_rows_lie_in_an_open_range_so_that_excel_sorts_them(document: AuditDocument, path: Path) -> None:
    with zipfile.ZipFile(path) as parts:
        opened = {
            name: re.search(
                rb'<sheetProtection [^>]*/><protectedRanges><protectedRange sqref="([^"]+)"', parts.read(name)
            )
            for name in parts.namelist()
            if name.startswith("xl/worksheets/sheet")
        }
    names = load_workbook(path, read_only=True).sheetnames
    found = {names[int(re.sub(r"\D", "", name)) - 1]: one[1].decode() for name, one in opened.items() if one}
    assert found["Finding lines"] == f"A2:BF{len(document.findings) + 1}"
    # Sheets into which others link by row keep their order.
    assert found.keys() == {"Finding lines", "Evidence lines", "Underpayments", "Set aside"}


def test_what_is_typed_is_held_to_the_column(document: AuditDocument, book: Workbook) -> None:
    rules = {rule.type: rule for rule in book["Finding lines"].data_validations.dataValidation}
    last = len(document.findings) + 1
    assert rules["list"].formula1 == '"' + ",".join(columns.DISPOSITIONS) + '"'
    assert len(rules["list"].formula1 or "") <= 255
    assert [str(rules[kind].sqref) for kind in ("list", "decimal", "date")] == [
        f"T2:T{last}",
        f"V2:V{last}",
        f"Y2:Y{last}",
    ]
    refused = rules["custom"]
    assert (refused.formula1, refused.showErrorMessage) == ("FALSE", True)
    assert str(refused.sqref).split() == [f"A2:S{last}", f"AA2:BF{last}"]


def test_drafts_on_findings_by_rule_may_be_written_over(book: Workbook) -> None:
    sheet = book["Findings by rule"]
    free = {
        str(sheet.cell(1, n).value) for n, cell in enumerate(sheet[2], start=1) if not cell.protection.locked
    }
    assert free == {"Cause (draft)", "Recommendation (draft)", "Drafts confirmed by", "Confirmed on"}
