"""Claim lines of a source that is no table, written one by one to a file that DuckDB reads back as one.

Nothing is held in memory but the writer's buffer: a file of any size is read in the same memory.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import duckdb

from auditor.claims.model import BY_NAME, MODIFIER_COLUMNS_OF_A_CLAIM
from auditor.claims.readers.interface import ASIDE, DIAGNOSTICS, Staged
from auditor.claims.words import literal

_serial = itertools.count()
_DATE_OF_CLAIM = "date_of_claim"


class Rows:
    """Lines, rows set aside and diagnostics of one source, as they come.

    `fields` are canonical fields in the order in which `line` is given their values; `date_of_claim` may be one of
    them and is then `true` where the date of the line is the claim's. A value is the text of the source; the canonical
    step judges it. `aside_count` and `line_count` tell what has been written.
    """

    def __init__(self, workspace: Path, fields: Sequence[str]) -> None:
        unknown = [name for name in fields if name not in BY_NAME and name != _DATE_OF_CLAIM]
        if unknown:
            raise ValueError(f"no fields of a claims file: {unknown}")
        self.fields = tuple(fields)
        self.line_count = self.aside_count = self.diagnostic_count = 0
        number = next(_serial)
        self._paths = [workspace / f"{kind}-{number}.csv" for kind in ("lines", "aside", "diagnostics")]
        self._open: list[IO[str]] = [path.open("w", encoding="utf-8", newline="") for path in self._paths]
        lines, aside, diagnostics = (csv.writer(out, lineterminator="\n") for out in self._open)
        self._line, self._aside, self._diagnostic = lines.writerow, aside.writerow, diagnostics.writerow

    def line(self, position: int, values: Sequence[str | None]) -> None:
        """Write a claim line: its place in the source, and a value for each of `fields` (None or "" is missing)."""
        self.line_count += 1
        self._line((position, *values))

    def aside(
        self,
        position: int,
        code: str,
        reason: str,
        *,
        claim_id: str = "",
        line_no: str = "",
        charge: str = "",
        paid: str = "",
    ) -> None:
        """Write a record that is no claim line: why (in words that repeat no value), and its dollars as they stand."""
        self.aside_count += 1
        self._aside((position, code, reason, claim_id, line_no, charge, paid))

    def diagnose(
        self, name: str, severity: str, says: str, position: int, offset: int = 0, claim_id: str = ""
    ) -> None:
        """Write what was noticed: `severity` is note, warning or error; `says` repeats no value of a person."""
        self.diagnostic_count += 1
        self._diagnostic((name, severity, says, position, offset, claim_id))

    def close(self) -> None:
        """End writing; what was written can then be staged."""
        for stream in self._open:
            stream.close()

    def staged(
        self,
        con: duckdb.DuckDBPyConnection,
        format: str,
        *,
        always: frozenset[str] = frozenset(),
        modifier_columns: int | None = None,
        **more: Any,
    ) -> Staged:
        """What was written, staged. Of `fields` those count that some line fills, and those of `always`.

        A field that no line fills is as good as no column: rules that need it are not evaluated.
        """
        self.close()
        lines, aside, diagnostics = self._paths
        relation = _read(lines, [("source_pos", "BIGINT"), *((name, "VARCHAR") for name in self.fields)])
        filled = con.execute(f"SELECT count(COLUMNS(* EXCLUDE source_pos)) FROM {relation}")
        counts = filled.fetchone() or ()
        have = [name for name, count in zip(self.fields, counts, strict=True) if count or name in always]
        of_claim = _DATE_OF_CLAIM in have
        have = [name for name in have if name != _DATE_OF_CLAIM]
        select = [
            "source_pos",
            *have,
            *(["coalesce(date_of_claim = 'true', false) AS date_of_claim"] * of_claim),
        ]
        staged = Staged(
            select=f"SELECT {', '.join(select)} FROM {relation}",
            fields=frozenset(have),
            format=format,
            has_position=True,
            date_of_claim=of_claim,
            modifier_columns=MODIFIER_COLUMNS_OF_A_CLAIM if modifier_columns is None else modifier_columns,
            malformed=self.aside_count,
            malformed_select=f"SELECT * FROM {_read(aside, ASIDE)}" if self.aside_count else "",
            diagnostics_select=f"SELECT * FROM {_read(diagnostics, DIAGNOSTICS)}"
            if self.diagnostic_count
            else "",
        )
        return replace(staged, **more)


def _read(path: Path, columns: Sequence[tuple[str, str]]) -> str:
    """A file of this module as a relation, in the order in which it was written."""
    names = ", ".join(f"'{name}': '{kind}'" for name, kind in columns)
    # Without a size of its own the buffer is sixteen times the longest line: 256 MB for each thread.
    return (
        f"read_csv({literal(path)}, hive_partitioning = false, auto_detect = false, header = false, delim = ',', "
        f"quote = '\"', escape = '\"', nullstr = '', max_line_size = 16777216, buffer_size = 33554432, "
        f"columns = {{{names}}})"
    )
