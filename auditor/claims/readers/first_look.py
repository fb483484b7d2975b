"""A look at the first rows of a table for what would set all of it aside, or make other values of it.

Such a file is refused with what to write into a column map: what its cells seem to be is never taken for granted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from auditor.base.errors import InputRefused
from auditor.claims.mapping.headers import HeaderMap
from auditor.claims.model import BY_NAME

ROWS: Final = 200
_FEWEST: Final = 3
_A_SLIP: Final = 10
"""One cell in so many may be a slip of the keyboard, which sets its row aside and not the file."""
_COMMA: Final = re.compile(r"[-+(]?\d{1,3}(\.\d{3})*,\d{1,2}[-)]?|[-+(]?\d+,\d{1,2}[-)]?")
_POINT: Final = re.compile(r"[-+(]?[\d,]*\.\d{1,2}[-)]?")
_POINTED_THOUSANDS: Final = re.compile(r"[-+(]?[1-9]\d{0,2}(\.\d{3})+[-)]?")
_BELOW_A_THOUSAND: Final = re.compile(r"[-+(]?\d{1,3}[-)]?")
_DASHES: Final = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212")
_LABELLED: Final = re.compile(
    r"(\d{4}[0-9A-Z]|[A-Z]\d{4})( +- +| *[:|] *| +)(?=.*[A-Za-z]{3}).*", re.IGNORECASE
)
_DAY_NUMBER: Final = re.compile(r"[34]\d{4}(\.\d+)?")


def refuse_unlike(rows: Sequence[Sequence[str]], header_map: HeaderMap, where: str) -> None:
    """Raise InputRefused when the first `rows` are written as the map of the columns does not say."""
    for name, places in header_map.columns.items():
        if not places or name in header_map.written:
            continue
        cells = [row[places[0]].strip() for row in rows if places[0] < len(row)]
        kind = BY_NAME[name].kind
        found = [cell for cell in cells if cell and not (kind == "money" and is_accounting_zero(cell))]
        if kind in ("money", "number") and decimal_comma(found):
            raise _unlike(where, name, "is written with a decimal comma", '{column: ..., decimal: ","}')
        if kind == "money" and pointed_thousands(found):
            raise _unlike(
                where, name, "seems to have a point before thousands (1.234 for 1234)", '{column: ..., decimal: ","}'
            )  # fmt: skip
        if name == "code" and (separator := label_separator(found)):
            raise _unlike(
                where, name, "has codes with their descriptions in one cell",
                f'{{column: ..., split: {{separator: "{separator}", part: 1}}}}',
            )  # fmt: skip
        if name == "date_from" and day_numbers(found):
            raise _unlike(
                where, name, "holds a spreadsheet's day numbers instead of dates", "{column: ..., date_format: excel}"
            )  # fmt: skip


def is_accounting_zero(cell: str) -> bool:
    """Whether an amount is the dash that stands for 0 in a spreadsheet: it tells nothing of how others are written."""
    return cell.replace("$", "").strip() in _DASHES


def decimal_comma(cells: Sequence[str]) -> bool:
    """Whether amounts are written with a decimal comma: no few are, and none has a decimal point."""
    bare = [re.sub(r"[\s$€']", "", cell) for cell in cells]
    commas = sum(1 for cell in bare if _COMMA.fullmatch(cell))
    return commas * _A_SLIP > len(bare) and not any(_POINT.fullmatch(cell) for cell in bare)


def pointed_thousands(cells: Sequence[str]) -> bool:
    """Whether whole amounts have a point before their thousands: no few have, the others are all below a thousand."""
    bare = [re.sub(r"[\s$€']", "", cell) for cell in cells]
    pointed = sum(1 for cell in bare if _POINTED_THOUSANDS.fullmatch(cell))
    below = sum(1 for cell in bare if _BELOW_A_THOUSAND.fullmatch(cell))
    return pointed >= _FEWEST and below > 0 and pointed + below == len(bare)


def label_separator(cells: Sequence[str]) -> str:
    """What stands between a code and its description, where nearly all cells hold both; else nothing."""
    found = [match for cell in cells if (match := _LABELLED.fullmatch(cell))]
    if len(found) < _FEWEST or len(found) * 10 < len(cells) * 9:
        return ""
    marks = {match[2] if match[2].strip() else " " for match in found}
    if len(marks) == 1:
        return str(marks.pop())
    return " " if all(mark.startswith(" ") for mark in marks) else ""


def day_numbers(cells: Sequence[str]) -> bool:
    """Whether dates are a spreadsheet's day numbers, as 45413 is 2024-05-01."""
    return len(cells) >= _FEWEST and all(_DAY_NUMBER.fullmatch(cell) for cell in cells)


def _unlike(where: str, name: str, what: str, how: str) -> InputRefused:
    return InputRefused(
        f"the column of {name} {what}",
        where=where,
        why="Read as they stand, these values would be others or none.",
        mend=f"Say so in a column map (--map), as {name}: {how}; `auditor claims map` writes one.",
    )
