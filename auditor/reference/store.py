"""The library: a folder of editions, each complete from the moment it can be seen.

    <library>/<table>/<edition_id>/rows.parquet          the rows; of large tables those in force, and
                                   rows-ended-2003.parquet   one file for each year in which rows ended
                                   manifest.json

What was in force is told by the rows' own dates, what was published when by the manifests: together they answer for
any service date as of any day. Editions come in by `importing.py`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

import duckdb

from auditor.base.errors import InputRefused
from auditor.reference import attach as attaching
from auditor.reference import manifest, starter
from auditor.reference.descriptors import attach_descriptors
from auditor.reference.editions import Answer, Edition, ReferenceState, choose, used
from auditor.reference.tables import TABLES


@dataclass(frozen=True)
class Library:
    """An opened library: its editions, and how they are laid before an audit."""

    _editions: tuple[Edition, ...]
    is_starter: bool = False

    @classmethod
    def open(cls, path: Path, *, only: str | None = None) -> Library:
        """The library in a folder; a missing folder is an empty one. Raises InputRefused for a damaged one.

        `only`: the one table to look at.
        """
        if path.exists() and not path.is_dir():
            raise InputRefused(
                "the library is not a folder", where=path.name, mend="Name the library's folder"
            )
        folders = [path / table for table in TABLES if only in (None, table) and (path / table).is_dir()]
        found = [
            manifest.read(entry) for folder in folders for entry in sorted(folder.iterdir()) if entry.is_dir()
        ]
        return cls(tuple(sorted(found, key=lambda edition: (edition.table, edition.newest))))

    @classmethod
    def starter(cls) -> Library:
        """The small edition that comes with the program. It answers only for the quarter that it cites."""
        return cls(starter.editions(), is_starter=True)

    def editions(self) -> list[Edition]:
        """All editions, by table and from the oldest to the newest."""
        return list(self._editions)

    def answers(
        self, *, as_of: date | None = None, carry_forward: frozenset[str] = frozenset()
    ) -> tuple[Answer, ...]:
        """Which editions answer for which service dates. Raises UsageError for a table not to be carried."""
        attaching.check_carry_forward(carry_forward)
        return choose(self._editions, as_of=as_of, carry_forward=carry_forward)

    def attach(
        self,
        con: duckdb.DuckDBPyConnection,
        *,
        as_of: date | None = None,
        carry_forward: frozenset[str] = frozenset(),
        codes_from: str = "claim_line",
        days: tuple[date, date] | None = None,
        medicaid: bool = False,
        tables: frozenset[str] = frozenset(),
        by_code: Mapping[str, frozenset[str]] = MappingProxyType({}),
        by_npi: Mapping[str, frozenset[str]] = MappingProxyType({}),
        npis_from: str | None = None,
    ) -> ReferenceState:
        """Make the tables `ref_*` in `con`, with the rows whose codes occur in `codes_from`.code.

        `tables`: further tables that rules ask for (`rules.reading.tables_read`); of each, `by_code` are the columns
        that are only ever compared with the codes of lines, and `by_npi` with their NPIs, in `npis_from`.npi.
        `as_of`: only what had been published by that day. `carry_forward`: tables (ncci_ptp, or one of its
        stored tables) whose newest edition answers beyond its quarter. `days`: first and last service day in the
        claims; editions and rows of other times are not read. `medicaid`: all claims are Medicaid's, so its own edits
        answer where the library has them. Raises InputRefused when an edition's rows are not
        those of its manifest, UsageError for a table that cannot be carried forward.
        """
        answers = self.answers(as_of=as_of, carry_forward=carry_forward)
        state = attaching.attach(
            con, answers, carry_forward, codes_from, days, medicaid, tables, by_code, by_npi, npis_from
        )
        taken, private = attach_descriptors(con, answers, f"(SELECT code FROM {codes_from})")
        used_too = tuple(used(answer) for answer in taken if used(answer) not in state.tables)
        return replace(state, tables=(*state.tables, *used_too), cpt_descriptors=private)


def default_library(environment: Mapping[str, str] | None = None) -> Path:
    """Where a user's library lies: AUDITOR_LIBRARY, else the system's folder for application data."""
    values = os.environ if environment is None else environment
    named = values.get("AUDITOR_LIBRARY")
    if named:
        return Path(named)
    if sys.platform == "win32":
        base = Path(values.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(values.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "auditor" / "library"
