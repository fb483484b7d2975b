"""A patient reading of delimited text for files in which some rows are no rows.

The fast reader gives up a whole stretch at an open quote and tells nothing of the rows inside. This one goes line
by line, keeps what can be kept, names each row that cannot, and writes the rest as a clean copy. It holds one
record in memory. It is several times slower and used only for files in which the fast reader met an error.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from auditor.claims.sources.sniff import Dialect

# A quoted value may hold line ends; past this many the quote is taken as never closed.
_LINES_IN_A_RECORD = 50
# The fast reader, which reads the clean copy, takes no row of two megabytes; no claim line comes near this.
_CHARACTERS_OF_A_ROW = 400_000


Cut = Callable[[Iterator[str], str, int], Iterator["list[str] | str"]]
"""Cuts lines of text at a delimiter into records of a width, as :func:`records` does."""


def rewrite(
    path: Path,
    sound: Path,
    malformed: Path,
    dialect: Dialect,
    nulls: Sequence[str],
    cut: Cut | None = None,
) -> int:
    """Write the sound rows of `path` to `sound`, the row's number as last value, and the others to `malformed`.

    Both are comma-separated text with a header; `malformed` has the row's number and the reason, never its content.
    Blank lines are not counted as rows. `cut` is :func:`records` where none is given. Returns the number of malformed
    rows.
    """
    width = len(dialect.headers)
    missing = frozenset(nulls)
    count = 0
    with (
        path.open(encoding="utf-8-sig", newline="") as stream,
        sound.open("w", encoding="utf-8", newline="") as out,
        malformed.open("w", encoding="utf-8", newline="") as aside,
    ):
        rows = (cut or records)(stream, dialect.delimiter, width)
        next(rows, None)
        writer, rejected = csv.writer(out, lineterminator="\n"), csv.writer(aside, lineterminator="\n")
        rejected.writerow(["source_pos", "reason"])
        writer.writerow([*(f"c{n}" for n in range(width)), "source_pos"])
        for position, row in enumerate(rows, start=1):
            if isinstance(row, str):
                rejected.writerow([position, row])
                count += 1
            else:
                writer.writerow([*("" if value in missing else value for value in row), position])
    return count


def records(lines: Iterator[str], delimiter: str, width: int) -> Iterator[list[str] | str]:
    """Every record of `lines` as its `width` values, or as the reason why it is none."""
    ahead: deque[str] = deque()
    while True:
        line = ahead.popleft() if ahead else next(lines, None)
        if line is None:
            return
        if not line.strip("\r\n"):
            continue
        if '"' not in line:
            yield _of_width(line.rstrip("\r\n").split(delimiter), width)
            continue
        row = _parse(line, delimiter)
        if row is None:
            row = _joined(line, lines, ahead, delimiter, width)
        yield row if isinstance(row, str) else _of_width(row, width)


def _joined(
    line: str, lines: Iterator[str], ahead: deque[str], delimiter: str, width: int
) -> list[str] | str:
    """The record that begins with `line` and goes on, or the reason why `line` alone is set aside."""
    text, taken = line, 0
    while taken < _LINES_IN_A_RECORD:
        if taken == len(ahead):
            following = next(lines, None)
            if following is None:
                break
            ahead.append(following)
        text += ahead[taken]
        taken += 1
        row = _parse(text, delimiter)
        if row is None:
            continue
        if isinstance(row, list) and isinstance(_of_width(row, width), list):
            for _ in range(taken):
                ahead.popleft()
            return row
        break
    return "a quoted value is not closed"


def _parse(text: str, delimiter: str) -> list[str] | str | None:
    """The values of one record, the reason why it is none, or None when a quote is still open."""
    try:
        lines = io.StringIO(text, newline="")
        rows = list(csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True))
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            return None
        return (
            "a quoted value goes on after its closing quote" if "expected after" in str(error) else str(error)
        )
    return rows[0] if len(rows) == 1 else "a quoted value is not closed"


def _of_width(row: list[str], width: int) -> list[str] | str:
    """`row` with blank surplus values cut off, or the reason when it is not of the header's width or far too long."""
    while len(row) > width and not row[-1].strip():
        row = row[:-1]
    if len(row) != width:
        return f"the row has {len(row)} values, the header {width}"
    if sum(map(len, row)) > _CHARACTERS_OF_A_ROW:
        return f"the row is longer than {_CHARACTERS_OF_A_ROW:,} characters"
    return row
