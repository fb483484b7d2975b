"""Rows of a report that are no claims: totals at its end, remarks, the header once more on every page.

They are told by what they lack (a day of service and a code) and by their first words. A row that has either may be a
claim line, whatever else stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from auditor.claims.model import plain_key

TOTALS: Final = "a row of totals: its dollars are those of the lines and are not counted again"
REMARK: Final = "a remark of the report, no claim line"
HEADER_AGAIN: Final = "the header once more"
CODES: Final[Mapping[str, str]] = {
    TOTALS: "totals_row",
    REMARK: "report_remark",
    HEADER_AGAIN: "header_repeated",
}
"""The code of each reason."""

_TOTALS: Final = re.compile(
    r"[\W_]*((grand|sub|report|page|overall|running|claim|patient|provider|payer|batch|check|final|column|net)[\s-]*)*"
    r"(sub)?totals?\b|[\W_]*sum(me)?\b|[\W_]*(row|record|line|claim)s?\s*(count|total)|[\W_]*count\b|[\W_]*average\b",
    re.IGNORECASE,
)
_REMARK: Final = re.compile(
    r"[\W_]*(page\s+\d+|printed\b|generated\b|created\b|exported\b|report\b|run\s+(date|time|by|on)|end of\b|eof\b|"
    r"filters?\b|criteria\b|confidential\b|copyright\b|©|note[s:]|disclaimer\b|data as of|as of\b|"
    r"(number of\s+)?(records?|rows?|lines?|claims?)\s*(found|returned|printed|exported|selected|:|=)|"
    r"\d+\s+(records?|rows?|lines?|claims?)\b)|\(?\d+ rows? affected\)?|[-=*_ ]{4,}$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Judge:
    """Tells rows that are no claims: `days` and `codes` are the columns of service days and of codes, from 0."""

    headers: tuple[str, ...]
    days: tuple[int, ...]
    codes: tuple[int, ...]

    def reason(self, row: Sequence[str]) -> str | None:
        """Why `row` is no claim line, in words of `CODES`; None where it may be one."""
        if self._has_digit(row, self.days) or self._has_digit(row, self.codes):
            return None
        cells = [cell.strip() for cell in row]
        filled = [cell for cell in cells if cell]
        if not filled:
            return None
        if len(filled) > 1 and self._is_header(cells):
            return HEADER_AGAIN
        if _TOTALS.match(filled[0]):
            return TOTALS
        if _REMARK.match(filled[0]) and len(filled) <= 3:
            return REMARK
        return None

    def _is_header(self, cells: Sequence[str]) -> bool:
        return [plain_key(cell) for cell in cells if cell] == [
            plain_key(header) for header in self.headers if header.strip()
        ]

    @staticmethod
    def _has_digit(cells: Sequence[str], places: Sequence[int]) -> bool:
        return any(any(map(str.isdigit, cells[place])) for place in places if place < len(cells))


def judge_of(headers: Sequence[str], columns: Mapping[str, Sequence[int]]) -> Judge:
    """The judge of a table with these headers, whose fields stand in `columns`."""
    return Judge(
        tuple(headers),
        tuple(columns.get("date_from", ())),
        (*columns.get("code", ()), *columns.get("revenue_code", ())),
    )
