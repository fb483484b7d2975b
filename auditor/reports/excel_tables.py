"""Excel tables: a name, filters in the headings, and bands, over rows that stand or will be streamed in."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.table import Table, TableColumn, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet


def add_table(sheet: Worksheet, name: str, headings: Sequence[str], first: int, rows: int) -> str:
    """Make `rows` rows under the headings in row `first` a table, and return its cells, headings included.

    A table has one row at the least: without rows it holds an empty one. Raises ValueError when a heading is empty
    or stands twice, which Excel would repair by another name.
    """
    if len({heading.casefold() for heading in headings}) < len(headings) or "" in headings:
        raise ValueError(f"the headings of {name} are not distinct")
    cells = f"A{first}:{get_column_letter(len(headings))}{first + max(rows, 1)}"
    table = Table(displayName=name, ref=cells, autoFilter=AutoFilter(ref=cells))
    # Named here: openpyxl would read the headings from the sheet, and make a cell of every place to do so.
    for number, heading in enumerate(headings, start=1):
        table.tableColumns.append(TableColumn(id=number, name=heading))
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
    sheet.add_table(table)
    return cells
