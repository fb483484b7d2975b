"""How the rows of PTP files are laid out, and whose they are.

Medicare: Column 1, Column 2, flag of edits older than 1996, effective date, deletion date (`*` none), modifier
indicator, rationale (older releases lack the last). Medicaid: the same without the flag, and an open deletion date is
blank (so loaders of the 2026 files read them; such a file itself was not at hand).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from auditor.reference.importers.interface import Part
from auditor.reference.sheets import Workbook
from auditor.reference.text import clean_lines

FIRST_LINES = 200
BLANK, TOTAL = "blank", "total"

_DAY = r"(?:\d{8}|\d{4}-\d\d-\d\d)"
_CODES = r"\s*[0-9A-Z]{5}\s*\t\s*[0-9A-Z]{5}\s*\t"
_MEDICARE = re.compile(rf"{_CODES}\s*\*?\s*\t\s*{_DAY}\s*\t[^\t]*\t\s*[019]\s*(?:\t.*)?")
_MEDICAID = re.compile(rf"{_CODES}\s*{_DAY}\s*\t\s*(?:{_DAY}|\*)?\s*\t\s*[019]\s*(?:\t.*)?")
_DATA = re.compile(_CODES.encode())
_DATED = re.compile(rf"[^\t]*\t[^\t]*\t(?:[^\t]*\t)?\s*{_DAY}\s*\t".encode())

_DATE = """CASE WHEN length({0}) = 8 THEN try_strptime({0}, '%Y%m%d')
                WHEN length({0}) = 10 THEN try_strptime({0}, '%Y-%m-%d') END::DATE"""
_MEDICARE_CELLS = """len(c) AS cells, trim(c[1]) AS column_1, trim(c[2]) AS column_2, trim(c[3]) AS flag,
           trim(c[4]) AS effective_text, trim(c[5]) AS deleted_text, trim(c[6]) AS modifier_indicator,
           coalesce(trim(c[7]), '') AS rationale, trim(array_to_string(c[8:], '')) AS beyond"""
_MEDICAID_CELLS = """len(c) + 1 AS cells, trim(c[1]) AS column_1, trim(c[2]) AS column_2, '' AS flag,
           trim(c[3]) AS effective_text, trim(c[4]) AS deleted_text, trim(c[5]) AS modifier_indicator,
           coalesce(trim(c[6]), '') AS rationale, trim(array_to_string(c[7:], '')) AS beyond"""
_NOT_FIVE = """'{0} is not five characters' || CASE
              WHEN regexp_full_match({1}, '\\d?\\d?\\d?\\d([.]0*)?|\\d+([.]\\d+)?[Ee][+-]?\\d+')
              THEN ' (a number: spoilt by a spreadsheet?)' ELSE '' END"""
_TOTAL_LINE = (
    r"(?i)^\W*((grand )?total|number of|count|records?|rows?|edits?)\b|^[\d,]+ (records?|rows?|edits?|lines?)"
)


def is_data(line: bytes) -> bool:
    """True from the first line that is a row, or would be one but for a fault that must be counted."""
    return _DATA.match(line) is not None or _DATED.match(line) is not None


def is_row(cells: Iterable[str]) -> bool:
    """Whether cells are a row of either programme."""
    line = "\t".join(cells)
    return _MEDICARE.fullmatch(line) is not None or _MEDICAID.fullmatch(line) is not None


def is_medicaid(lines: Iterable[str]) -> bool | None:
    """Whether the rows among these lines have Medicaid's columns; None when there are none to tell by."""
    medicare = medicaid = 0
    for line in lines:
        medicare += _MEDICARE.fullmatch(line) is not None
        medicaid += _MEDICAID.fullmatch(line) is not None
    return medicaid > medicare if medicare or medicaid else None


def first_lines(part: Part) -> list[str]:
    """The first lines of a part, the cells of a sheet joined by tabs."""
    if part.sheet is None:
        return list(islice(clean_lines(part.leaf.path), FIRST_LINES))
    with Workbook(part.leaf.path, part.leaf.place) as book:
        return ["\t".join(row) for row in islice(book.rows(part.sheet), FIRST_LINES)]


def sheets_of(book: Workbook, first: str) -> list[str]:
    """The sheet that was recognised and those after it that go on with the table."""
    later = book.sheets[book.sheets.index(first) + 1 :]
    return [first, *(sheet for sheet in later if any(map(is_row, islice(book.rows(sheet), FIRST_LINES))))]


def rows_of(book: Workbook, sheets: Iterable[str]) -> Iterator[list[str]]:
    """The rows of several sheets, the header of every sheet but the first left out."""
    for number, sheet in enumerate(sheets):
        begun = not number
        for row in book.rows(sheet):
            begun = begun or is_data("\t".join(row).encode())
            if begun:
                yield row


def typed_rows(medicaid: bool) -> str:
    """SQL: the rows of the relation `lines`, typed, with the reason why a row is rejected."""
    columns = "five or six columns" if medicaid else "six or seven columns"
    return f"""
        SELECT *, CASE
         WHEN regexp_matches(column_1, '{_TOTAL_LINE}') THEN '{TOTAL}'
         WHEN column_1 = '' AND coalesce(column_2, '') = '' AND coalesce(effective_text, '') = ''
              THEN '{BLANK}'
         WHEN cells < 6 OR beyond <> '' THEN 'not {columns}'
         WHEN NOT regexp_full_match(column_1, '[0-9A-Z]{{5}}') THEN {_NOT_FIVE.format("Column 1", "column_1")}
         WHEN NOT regexp_full_match(column_2, '[0-9A-Z]{{5}}') THEN {_NOT_FIVE.format("Column 2", "column_2")}
         WHEN effective IS NULL OR year(effective) NOT BETWEEN 1980 AND 2100
              THEN 'effective date is not a date'
         WHEN deleted_text NOT IN ('*', '') AND (deleted IS NULL OR year(deleted) < 1980)
              THEN 'deletion date is neither a date nor *'
         WHEN modifier_indicator NOT IN ('0', '1', '9') THEN 'modifier indicator is not 0, 1 or 9'
         WHEN flag NOT IN ('', '*') THEN 'the flag of edits prior to 1996 is neither blank nor *'
         END AS reason
        FROM (SELECT *, {_DATE.format("effective_text")} AS effective, {_DATE.format("deleted_text")} AS deleted
              FROM (SELECT line, {_MEDICAID_CELLS if medicaid else _MEDICARE_CELLS}
                    FROM (SELECT line, string_split(line, chr(9)) AS c FROM lines WHERE line IS NOT NULL)))"""
