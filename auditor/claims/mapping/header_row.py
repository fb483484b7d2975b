"""Where the header of a table stands: below titles and filters of a report, on one row or on two.

A row is a header by the fields that its cells name. Everything above it is a preamble and no claims.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from auditor.claims.mapping.headers import field_of
from auditor.claims.model import plain_key

ROWS_LOOKED_AT: Final = 60
"""Rows among which a header is looked for."""
_PLENTY: Final = 5
"""Fields named by the first row, and by half its cells, for which no other row is looked at."""
_CELLS_OF_A_CLAIM: Final = 5
"""Cells that are filled in any claim line; a title has fewer."""
_KNOWN: Final = 3
"""Cells that name a field and so make a header of a row that is not the first."""


@dataclass(frozen=True)
class HeaderRow:
    """The header found: its `headers`, the index of its first row, how many rows it takes, fields it names."""

    headers: tuple[str, ...]
    row: int
    rows: int
    known: int


def find_header(rows: Sequence[Sequence[str]], names: Collection[str] = ()) -> HeaderRow | None:
    """The header among the first `rows` of a table, which hold blank ones too; None where all are blank.

    `names` are columns that the user's map names. Where no row names three fields it is the first that is not blank,
    for a later step to say what it lacks. A header of two rows is taken only where both together name more fields than
    either alone, with the upper one's words carried on over the blanks to their right or not.
    """
    own = frozenset(map(plain_key, names))
    first = next((place for place, row in enumerate(rows) if any(cell.strip() for cell in row)), None)
    if first is None:
        return None
    best = max(_candidates(rows, first, own), key=lambda found: found.known)
    if best.known >= _PLENTY and best.known * 2 >= sum(1 for cell in best.headers if cell.strip()):
        return best
    for place in range(first, min(len(rows), ROWS_LOOKED_AT)):
        for found in _candidates(rows, place, own):
            if found.known >= _KNOWN and found.known > best.known and _titles(rows[first:place], found):
                best = found
    return best


def _candidate(rows: Sequence[Sequence[str]], place: int, own: Collection[str]) -> HeaderRow:
    headers = _bare(rows[place])
    return HeaderRow(headers, place, 1, _known(headers, own))


def _candidates(rows: Sequence[Sequence[str]], place: int, own: Collection[str]) -> Iterable[HeaderRow]:
    yield _candidate(rows, place, own)
    if place + 1 >= len(rows) or not any(cell.strip() for cell in rows[place + 1]):
        return
    upper, lower = rows[place], rows[place + 1]
    width = max(len(upper), len(lower))
    if not own and not any(map(str.strip, upper)):
        return
    lows = [cell.strip() for cell in (*lower, *[""] * (width - len(lower)))]
    ups = [cell.strip() for cell in (*upper, *[""] * (width - len(upper)))]
    carried: list[str] = []
    for cell in ups:
        carried.append(cell or (carried[-1] if carried else ""))
    alone = _known(_bare(lower), own)
    for tops in (ups, carried):
        headers = tuple(
            joined if _names(joined, own) or not _names(low, own) else low
            for top, low in zip(tops, lows, strict=True)
            for joined in (f"{top} {low}".strip(),)
        )
        known = _known(headers, own)
        if known > alone and not holds_values(lower):
            yield HeaderRow(headers, place, 2, known)


def _bare(row: Sequence[str]) -> tuple[str, ...]:
    return tuple(row)


@lru_cache(maxsize=1 << 14)
def _key_and_field(header: str) -> tuple[str, str | None]:
    return plain_key(header), field_of(header)


def _names(header: str, own: Collection[str]) -> bool:
    if header.isdecimal() or not header:
        return False
    key, held = _key_and_field(header)
    return held is not None or key in own


def _known(headers: Sequence[str], own: Collection[str]) -> int:
    """How many cells name a field or a column of the map; two that name one count once."""
    found = set()
    for header in headers:
        if _names(header, own):
            key, held = _key_and_field(header)
            found.add(held or key)
    return len(found)


def _titles(above: Sequence[Sequence[str]], header: HeaderRow) -> bool:
    """Whether the rows above a header may be titles: a full row of values there is a claim, and would be lost."""
    least = max(_CELLS_OF_A_CLAIM, sum(1 for cell in header.headers if cell.strip()) / 2)
    return not any(sum(1 for cell in row if cell.strip()) >= least and holds_values(row) for row in above)


def holds_values(row: Sequence[str]) -> bool:
    """Whether a row under a header may be claims: headers have few digits."""
    cells = [cell.strip() for cell in row if cell.strip()]
    return sum(1 for cell in cells if cell[:1].isdigit()) * 4 >= len(cells)


def split_lines(lines: Sequence[str], delimiter: str) -> list[tuple[list[str], int]]:
    """The first records of a text, each with the number of lines up to its end; what cannot be cut ends them."""
    found: list[tuple[list[str], int]] = []
    reader = csv.reader(io.StringIO("".join(lines), newline=""), delimiter=delimiter)
    try:
        for record in reader:
            found.append((record, reader.line_num))
            if len(found) >= ROWS_LOOKED_AT + 1:
                break
    except csv.Error:
        pass
    return found
