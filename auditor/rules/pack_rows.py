"""The rows of a pack's own table: a CSV file read strictly, every refusal with its line."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from auditor.base.dates import OPEN_BEGIN, OPEN_END
from auditor.rules.fields import FieldType
from auditor.rules.shapes import nearest
from auditor.rules.unseen import unseen_at
from auditor.rules.yaml_strict import refuse

KINDS: Final[Mapping[FieldType, str]] = {
    "text": "VARCHAR",
    "integer": "INTEGER",
    "number": "DECIMAL(18,6)",
    "money": "BIGINT",
    "date": "DATE",
    "flag": "BOOLEAN",
}
"""The types that a column may have, and what they are in SQL; money is kept in cents."""
DAYS: Final = ("effective", "deleted")
MOST_ROWS: Final = 500_000
_LONGEST = 2_000
_WHOLE = re.compile(r"-?[0-9]{1,9}\Z")
_NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?\Z")
_MONEY = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,2})?\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_CODE = re.compile(r"(?:[0-9]{4}[0-9A-Z]|[A-Z][0-9]{4})\Z")
_SPOILT = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]+\Z", re.IGNORECASE)
_SHORTENED = re.compile(r"[0-9]{1,4}\Z|[0-9](?:\.[0-9]+)?E[0-9]+\Z|[0-9]+\.0*\Z", re.IGNORECASE)
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}


class _Fault(ValueError):
    """Why a cell is refused, and how to mend it."""

    def __init__(self, why: str, mend: str) -> None:
        super().__init__(why)
        self.mend = mend


def read_rows(
    path: Path, content: bytes, columns: Mapping[str, FieldType], key: Sequence[str], code_column: str
) -> list[tuple[Any, ...]]:
    """Values by row: those of ``columns`` in their order, then first and last day in force. None where a cell is blank.

    Raises InputRefused for a header other than the columns with ``effective`` and ``deleted``, for a cell of another
    type, a blank key, a spoilt code, days that end before they begin, and rows of one key that share a day.
    """
    records = _records(path, content)
    line, header = next(records, (1, []))
    places = _places(path, line, [cell.strip() for cell in header], [*columns, *DAYS])
    readers = {name: _CELLS[kind] for name, kind in columns.items()}
    rows: list[tuple[Any, ...]] = []
    seen: dict[tuple[Any, ...], list[tuple[date, date, int]]] = {}
    for line, cells in records:
        if len(cells) != len(header):
            raise refuse(
                path, line, "row refused", f"it has {len(cells)} cells and the header {len(header)}",
                "put a text with a comma in it in quotes",
            )  # fmt: skip
        if len(rows) == MOST_ROWS:
            raise refuse(
                path, line, "table refused", f"it has more than {MOST_ROWS:,} rows", "make two of it"
            )
        values: dict[str, Any] = {}
        for name, place in places.items():
            cell = cells[place].strip()
            try:
                value = (_day if name in DAYS else readers[name])(cell) if cell else None
                if name == code_column:
                    _check_code(cell)
                if value is None and name in key:
                    raise _Fault("it is part of the key", "fill it in")
            except _Fault as fault:
                what = f"{name} `{cell}` refused" if cell else f"{name} is blank"
                raise refuse(path, line, what, str(fault), fault.mend) from fault
            values[name] = value
        first, last = values["effective"] or OPEN_BEGIN, values["deleted"] or OPEN_END
        if first > last:
            raise refuse(
                path, line, "row refused", f"it ends on {last} before it begins on {first}",
                "`deleted` is the last day in force",
            )  # fmt: skip
        seen.setdefault(tuple(values[name] for name in key), []).append((first, last, line))
        rows.append((*(values[name] for name in columns), first, last))
    _check_overlaps(path, key, seen)
    return rows


def _records(path: Path, content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Records with the line each begins on; blank lines are passed over."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise refuse(path, line, "table refused", "it is not UTF-8 text", "save it as CSV UTF-8") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begin = 1
    while True:
        try:
            record = next(reader, None)
        except csv.Error as error:
            raise refuse(
                path, begin, "table refused", "a quote that opens here is not closed, or stands amid a cell",
                "save it as CSV again",
            ) from error  # fmt: skip
        if record is None:
            return
        if any(cell.strip() for cell in record):
            yield begin, record
        begin = reader.line_num + 1


def _places(path: Path, line: int, header: Sequence[str], wanted: Sequence[str]) -> dict[str, int]:
    """The place of every column, in the order wanted."""
    if not header:
        raise refuse(path, 1, "table refused", "it is empty", f"begin with the line `{','.join(wanted)}`")
    for place, name in enumerate(header):
        if name in header[:place]:
            raise refuse(
                path, line, f"column `{name}` stands twice", "which one is meant?", "remove one of them"
            )
        if name not in wanted:
            mend = nearest(name, [other for other in wanted if other not in header])
            if len(header) == 1 and any(mark in name for mark in ";\t|"):
                mend = "part the columns by commas: save it as CSV UTF-8 (comma delimited)"
            raise refuse(
                path, line, f"column `{name}` is not known", "the table's .yaml does not name it", mend
            )
    for name in wanted:
        if name not in header:
            raise refuse(
                path, line, f"column `{name}` is missing",
                "every row says from when until when it is in force" if name in DAYS else "the table's .yaml names it",
                f"add it to the header, as in `{','.join(wanted)}`",
            )  # fmt: skip
    return {name: header.index(name) for name in wanted}


def _check_overlaps(
    path: Path, key: Sequence[str], seen: Mapping[tuple[Any, ...], list[tuple[date, date, int]]]
) -> None:
    for values, spans in seen.items():
        if len(spans) == 1:
            continue
        spans.sort()
        for (first, last, line), (begins, ends, later) in itertools.pairwise(spans):
            if begins > last:
                continue
            named = ", ".join(f"{name} {value}" for name, value in zip(key, values, strict=True))
            twice = (first, last) == (begins, ends)
            raise refuse(
                path, max(line, later), "row refused",
                f"{named} stands on line {min(line, later)} too, "
                + ("for the same days" if twice else "and both are in force on " + begins.isoformat()),
                "remove one of the two" if twice else "end the earlier one the day before the later one begins",
            )  # fmt: skip


def _check_code(cell: str) -> None:
    if _CODE.match(cell):
        return
    if _CODE.match(cell.upper()):
        raise _Fault("codes are written in capitals", f"write {cell.upper()}")
    if _SHORTENED.match(cell):
        raise _Fault("a spreadsheet took the code for a number", 'write it in full, as in "00100"')
    raise _Fault("it is not of the form of a CPT or HCPCS code", "five characters, as in 00100 or J1885")


def _text(cell: str) -> str:
    if unseen_at(cell) >= 0:
        raise _Fault("it has characters in it that are not seen", "write it again")
    if _SPOILT.match(cell):
        raise _Fault("a spreadsheet took it for a number and shortened it", "write it in full")
    if len(cell) > _LONGEST:
        raise _Fault(f"it is longer than {_LONGEST:,} characters", "say it shorter")
    return cell


def _whole(cell: str) -> int:
    if not _WHOLE.match(cell):
        raise _Fault("it is no whole number", "digits only, as in 12")
    return int(cell)


def _number(cell: str) -> Decimal:
    if not _NUMBER.match(cell):
        raise _Fault("it is no number", "digits and a point, as in 1.5, with six decimals at most")
    return Decimal(cell)


def _money(cell: str) -> int:
    if not _MONEY.match(cell):
        raise _Fault("it is no amount in dollars", "digits and a point, without $ or commas, as in 1250.00")
    return int(Decimal(cell) * 100)


def _day(cell: str) -> date:
    try:
        if not _DATE.match(cell):
            raise ValueError(cell)
        found = date.fromisoformat(cell)
    except ValueError as error:
        raise _Fault(
            "it is no date", "write it as 2024-07-01, and leave it blank where it is open"
        ) from error
    if not OPEN_BEGIN <= found <= OPEN_END:
        raise _Fault(f"it lies before {OPEN_BEGIN.year}", "leave it blank where it is open")
    return found


def _flag(cell: str) -> bool:
    found = _FLAGS.get(cell.lower())
    if found is None:
        raise _Fault("it is neither true nor false", "write true or false")
    return found


_CELLS: Mapping[FieldType, Callable[[str], Any]] = {
    "text": _text,
    "integer": _whole,
    "number": _number,
    "money": _money,
    "date": _day,
    "flag": _flag,
}
