"""The worksheet as a workbook: dates to enter, formulas that say what the arithmetic in Python says."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl import Workbook

from auditor.reports.dress import COUNSEL, UNDRESSED, Dress
from auditor.reports.letters import clock as c
from auditor.reports.letters.clock import Entered, clock, look_back
from auditor.reports.letters.run_folder import RunFolder, read_run_folder
from auditor.reports.letters.sixty_day import sixty_day_worksheet
from auditor.reports.letters.sixty_day_book import (
    GROUPS,
    LINES,
    formulas,
    look_back_formula,
    write_worksheet_book,
)
from tests.reports.letters.conftest import written

D = date
HEADINGS = [column.heading for column in GROUPS]


def opened(path: Path, *, data_only: bool = False) -> Any:
    """The workbook at `path`; openpyxl's types tell of cells more than any has."""
    return openpyxl.load_workbook(path, data_only=data_only)


def cell_of(sheet: Any, heading: str, row: int) -> Any:
    return sheet.cell(row, HEADINGS.index(heading) + 1).value


def first_row(sheet: Any) -> int:
    return next(row for row in range(1, 30) if sheet.cell(row, 1).value == "Group") + 1


def test_it_is_blank_by_default_and_ties_to_the_report(run: RunFolder, tmp_path: Path) -> None:
    path = tmp_path / "sheet.xlsx"
    sheet = sixty_day_worksheet(run, Entered())
    write_worksheet_book(sheet, path, UNDRESSED)
    book = opened(path)
    assert book.sheetnames == ["Groups", "Lines", "Refunds", "How it is computed"]
    groups = book["Groups"]
    values = opened(path, data_only=True)["Groups"]
    row = first_row(groups)
    assert cell_of(groups, "Identified", row) is None
    assert cell_of(groups, "Day 60", row).startswith("=IF(")
    assert cell_of(values, "Report and return by", row) in (None, "")
    assert cell_of(values, "Remark", row) == c.NOT_ENTERED
    last = row + len(sheet.groups)
    assert [groups.cell(last, place).value for place in (1, 2)] == ["All", "checked"]
    for place, total in ((5, sheet.over_definite), (6, sheet.over_probable)):
        assert Decimal(str(groups.cell(last, place).value)) == total
        assert groups.cell(last + 1, place).value.startswith("=SUM(")
        assert Decimal(str(values.cell(last + 1, place).value)) == total
    lines = book["Lines"]
    assert lines.max_row - first_row(lines) + 1 == len(sheet.lines)


def test_dates_that_are_entered_stand_in_every_group_with_what_follows(
    run: RunFolder, tmp_path: Path
) -> None:
    path = tmp_path / "sheet.xlsx"
    entered = Entered(D(2026, 1, 5), D(2026, 2, 2), D(2026, 2, 14), D(2026, 3, 17), D(2026, 3, 31))
    write_worksheet_book(sixty_day_worksheet(run, entered), path, UNDRESSED)
    values = opened(path, data_only=True)["Groups"]
    row = first_row(values)
    assert cell_of(values, "Identified", row) == datetime(2026, 2, 2)
    assert cell_of(values, "Report and return by", row) == datetime(2026, 5, 4)
    assert cell_of(values, "Days left", row) == 48


def test_hostile_texts_are_texts_and_formulas_are_the_programs_own(tmp_path: Path) -> None:
    written(tmp_path / "run", 60, seed=4, hostile='=HYPERLINK("http://x","y")')
    sheet = sixty_day_worksheet(read_run_folder(tmp_path / "run"), Entered())
    evil = tuple(
        replace(line, finding=replace(line.finding, claim_id=f"=1+{place}", code="@SUM(A1)"))
        for place, line in enumerate(sheet.lines)
    )
    cause = tuple(replace(group, cause="=cmd|' /C calc'!A0") for group in sheet.groups)
    write_worksheet_book(replace(sheet, lines=evil, groups=cause), tmp_path / "sheet.xlsx", UNDRESSED)
    book = opened(tmp_path / "sheet.xlsx")
    own = {"Look-back", *HEADINGS[HEADINGS.index("Day 60") :]}
    for name, columns in (("Groups", GROUPS), ("Lines", LINES)):
        cells = [cell for row in book[name].iter_rows() for cell in row if cell.data_type == "f"]
        assert cells
        for cell in cells:
            text = str(cell.value)
            assert columns[cell.column - 1].heading in own or text.startswith("=SUM(")
            assert "cmd" not in text
            assert "HYPERLINK" not in text
    line = first_row(book["Lines"])
    assert book["Lines"].cell(line, 5).value.startswith("=1+")
    assert book["Lines"].cell(line, 5).data_type == "s"


def test_the_header_of_counsel_is_printed_on_every_sheet(run: RunFolder, tmp_path: Path) -> None:
    sheet = sixty_day_worksheet(run, Entered())
    write_worksheet_book(sheet, tmp_path / "sheet.xlsx", Dress(counsel="For A&B, counsel"))
    for page in opened(tmp_path / "sheet.xlsx").worksheets:
        assert page.oddHeader.center.text == "For A&&B, counsel"
        assert page.cell(1, 1).value == "For A&B, counsel"
    write_worksheet_book(sheet, tmp_path / "plain.xlsx", UNDRESSED)
    assert COUNSEL not in str(opened(tmp_path / "plain.xlsx")["Groups"].oddHeader.center.text)


def test_the_same_worksheet_gives_the_same_bytes(run: RunFolder, tmp_path: Path) -> None:
    sheet = sixty_day_worksheet(run, Entered(identified=D(2026, 2, 2)))
    for name in ("a.xlsx", "b.xlsx"):
        write_worksheet_book(sheet, tmp_path / name, UNDRESSED)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_no_text_within_a_formula_is_longer_than_excel_takes() -> None:
    assert all(len(text) < 255 and '"' not in text for text in c.REMARKS)
    assert all(len(formula) < 8_192 for formula in formulas(1_000_000).values())


CASES = [
    Entered(),
    Entered(D(2026, 1, 5)),
    Entered(D(2026, 1, 5), None, D(2026, 1, 10), D(2026, 2, 1), D(2026, 5, 31)),
    Entered(identified=D(2028, 1, 1)),
    Entered(identified=D(2028, 2, 29)),
    Entered(identified=D(2024, 12, 20)),
    Entered(D(2026, 3, 1), D(2026, 2, 2)),
    Entered(None, D(2026, 2, 2), D(2026, 1, 20), D(2026, 3, 3)),
    Entered(None, D(2026, 2, 2), D(2026, 2, 14), D(2026, 3, 17)),
    Entered(None, D(2026, 2, 2), D(2026, 2, 14), D(2026, 12, 31)),
    Entered(None, D(2026, 2, 2), D(2026, 2, 2)),
    Entered(None, D(2026, 2, 2), D(2026, 4, 3), D(2026, 4, 20)),
    Entered(None, D(2026, 2, 2), D(2026, 4, 4), D(2026, 4, 20)),
    Entered(None, D(2026, 2, 2), D(2026, 4, 4)),
    Entered(None, D(2026, 2, 2), D(2026, 1, 2), D(2026, 1, 20)),
    Entered(None, D(2026, 2, 2), D(2026, 2, 20), D(2026, 2, 10)),
    Entered(None, D(2026, 2, 2), None, D(2026, 2, 10)),
    Entered(None, D(2026, 2, 2), None, None, D(2026, 5, 31)),
    Entered(None, D(2026, 2, 2), D(2026, 2, 14), None, D(2027, 5, 31)),
    Entered(D(2026, 3, 1), D(2024, 2, 2), D(2024, 2, 14), D(2026, 5, 31), D(2024, 3, 31)),
]
BACK = [
    (D(2030, 7, 1), D(2024, 7, 1), None), (D(2030, 7, 2), D(2024, 7, 1), D(2024, 7, 2)),
    (D(2030, 3, 1), D(2024, 2, 29), None), (D(2030, 3, 2), D(2024, 2, 29), None), (D(2030, 7, 1), None, D(2024, 7, 1)),
    (D(2030, 7, 2), None, D(2024, 7, 1)), (D(2030, 7, 2), None, None), (None, D(2024, 7, 1), D(2024, 7, 1)),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.libreoffice
def test_the_formulas_say_what_the_arithmetic_says(tmp_path: Path) -> None:
    """Every case is computed by LibreOffice from the formulas alone, and held against `clock` and `look_back`."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed (package libreoffice-calc)")
    book = Workbook()
    groups = book.worksheets[0]
    groups.title = "Groups"
    lines = book.create_sheet("Lines")
    entries = (
        "credible_information",
        "identified",
        "investigation_start",
        "investigation_end",
        "cost_report_due",
    )
    begin = HEADINGS.index("Credible information") + 1
    backs = [Entered(identified=known) for known, _, _ in BACK]
    for row, entered in enumerate([*CASES, *backs], start=2):
        groups.cell(row, 1).value = f"G{row}"
        for place, name in enumerate(entries):
            groups.cell(row, begin + place).value = getattr(entered, name)
        for heading, formula in formulas(row).items():
            groups.cell(row, HEADINGS.index(heading) + 1).value = formula
    for row, (_, received, service) in enumerate(BACK, start=2):
        lines.cell(row, 1).value = f"G{row + len(CASES)}"
        lines.cell(row, 7).value, lines.cell(row, 10).value = service, received
        lines.cell(row, 11).value = look_back_formula(row)
    source = tmp_path / "cases.xlsx"
    book.save(source)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run(
        [office, profile, "--headless", "--convert-to", "xlsx", "--outdir", tmp_path / "out", source],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    read = opened(tmp_path / "out" / "cases.xlsx", data_only=True)
    for row, entered in enumerate(CASES, start=2):
        made = clock(entered)
        expected = {
            "Day 60": made.day_60, "Day 180": made.day_180, "Stands still from": made.suspended_from,
            "Stands still to": made.suspended_to, "Days left": made.days_left, "Report and return by": made.deadline,
            "Remark": " ".join(made.remarks),
        }  # fmt: skip
        told = {name: _plain(cell_of(read["Groups"], name, row)) for name in expected}
        assert told == {name: _plain(value) for name, value in expected.items()}, entered
    for row, (known, received, service) in enumerate(BACK, start=2):
        assert (read["Lines"].cell(row, 11).value or "") == look_back(known, received, service)


def _plain(value: Any) -> str:
    """A value of a cell as text: dates in ISO, whatever kind of number they came as."""
    if value is None:
        return ""
    if isinstance(value, (int, float)) and value > 40_000:
        value = date.fromordinal(int(value) + date(1899, 12, 30).toordinal())
    if isinstance(value, datetime):
        value = value.date()
    return value.isoformat() if isinstance(value, date) else str(value)
