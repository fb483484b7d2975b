"""The workbook's layout against the one on record: sheets, tables, headings, widths.

Scripts and `review import` go by these names. After a change that is meant, write the record anew with
`python -m tests.reports.test_workbook_layout WORKBOOK` (any workbook of this program) and read the difference.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter, range_boundaries

RECORD = Path(__file__).parent / "gold" / "workbook_layout.json"


def layout(book: Workbook) -> dict[str, Any]:
    """By sheet: the headings of its tables, the widths of its columns, where it is frozen and how it prints."""
    told: dict[str, Any] = {}
    for sheet in book.worksheets:
        tables = {}
        for table in sheet.tables.values():
            _, top, last, _ = range_boundaries(table.ref)
            tables[table.displayName] = [
                sheet.cell(int(top or 0), column).value for column in range(1, int(last or 0) + 1)
            ]
        columns = max(
            1, sum(letter in sheet.column_dimensions for letter in map(get_column_letter, range(1, 80)))
        )
        told[sheet.title] = {
            "tables": tables,
            "widths": [sheet.column_dimensions[get_column_letter(n)].width for n in range(1, columns + 1)],
            "frozen": sheet.freeze_panes,
            "print_titles": sheet.print_title_rows,
            "orientation": sheet.page_setup.orientation,
        }
    return told


def test_the_layout_is_the_one_on_record(book: Workbook) -> None:
    assert layout(book) == json.loads(RECORD.read_text(encoding="utf-8"))


def test_every_sheet_is_one_page_wide_and_says_run_sheet_and_page(book: Workbook) -> None:
    for sheet in book.worksheets:
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
        footer = sheet.oddFooter
        assert str(footer.left.text).startswith("Run ") and footer.right.text == "&P of &N"  # type: ignore[union-attr]


def test_headings_of_a_table_are_distinct_and_tables_do_not_meet(book: Workbook) -> None:
    names = [name for sheet in book.worksheets for name in sheet.tables]
    assert len(set(names)) == len(names)
    for sheet in book.worksheets:
        spans = sorted(range_boundaries(table.ref)[1::2] for table in sheet.tables.values())
        assert all(int(one[1] or 0) < int(two[0] or 0) for one, two in pairwise(spans))
        for table in sheet.tables.values():
            headings = [column.name.casefold() for column in table.tableColumns]
            assert len(set(headings)) == len(headings)


if __name__ == "__main__":
    RECORD.write_text(
        json.dumps(layout(load_workbook(sys.argv[1])), indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
