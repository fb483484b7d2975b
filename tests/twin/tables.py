"""The edit tables as the twin sees them: dictionaries of rows with inclusive dates.

The shared Parquet tables hold no effective dates; they are filled in here by the rule that the tool beside
them states, so that both sides of a comparison stand on the same dates.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

OPEN = dt.date(9999, 12, 31)
NCCI_BEGAN = dt.date(1996, 1, 1)
QUARTER = (dt.date(2024, 7, 1), dt.date(2024, 9, 30))


@dataclass(frozen=True)
class Ptp:
    """One row of the pair table: Column 1 is paid, Column 2 is not."""

    effective: dt.date
    deleted: dt.date
    indicator: str

    def in_force(self, day: dt.date) -> bool:
        """The deletion date is the last active day; indicator 9 was never active."""
        return self.indicator != "9" and self.effective <= day <= self.deleted


@dataclass(frozen=True)
class Mue:
    """The value of one code in one quarter."""

    value: int
    mai: str
    first: dt.date = QUARTER[0]
    last: dt.date = QUARTER[1]


@dataclass(frozen=True)
class Addon:
    """One listed primary (or CCCCC) of an add-on code."""

    edit_type: str
    primary: str
    effective: dt.date = NCCI_BEGAN
    deleted: dt.date = OPEN

    def in_force(self, day: dt.date) -> bool:
        """Both ends inclusive."""
        return self.effective <= day <= self.deleted


@dataclass
class Tables:
    """All edits, by setting and code; `ptp_answers` and `addon_answers`: the service dates they speak for."""

    ptp: dict[tuple[str, str, str], list[Ptp]] = field(default_factory=lambda: defaultdict(list))
    mue: dict[tuple[str, str], list[Mue]] = field(default_factory=lambda: defaultdict(list))
    addon: dict[str, list[Addon]] = field(default_factory=lambda: defaultdict(list))
    ptp_answers: tuple[dt.date, dt.date] = (NCCI_BEGAN, QUARTER[1])
    addon_answers: tuple[dt.date, dt.date] = (NCCI_BEGAN, OPEN)

    def pairs_in_force(self, setting: str, column_1: str, column_2: str, day: dt.date) -> list[Ptp]:
        """The rows of the ordered pair that are active on `day`."""
        if not self.ptp_answers[0] <= day <= self.ptp_answers[1]:
            return []
        return [row for row in self.ptp.get((setting, column_1, column_2), ()) if row.in_force(day)]

    def limit(self, setting: str, code: str, day: dt.date) -> Mue | None:
        """The MUE of the quarter in which `day` lies, None where none is published."""
        rows = [row for row in self.mue.get((setting, code), ()) if row.first <= day <= row.last]
        return rows[0] if rows else None

    def addon_rows(self, code: str, day: dt.date) -> list[Addon]:
        """The add-on edits of `code` active on `day`."""
        if not self.addon_answers[0] <= day <= self.addon_answers[1]:
            return []
        return [row for row in self.addon.get(code, ()) if row.in_force(day)]


AOC_BEGINS = dt.date(2024, 4, 1)


def from_parquet(reference: Path, codes: Collection[str]) -> Tables:
    """The 2024Q3 tables of the shared data, cut to pairs and values among `codes`."""
    tables = Tables()
    wanted = pa.array(sorted(codes), type=pa.large_string())
    for setting in ("practitioner", "outpatient_hospital"):
        table = pq.read_table(reference / f"ncci_ptp_{setting}_2024q3.parquet")
        kept = pc.and_(pc.is_in(table["column_1"], wanted), pc.is_in(table["column_2"], wanted))
        table = table.filter(kept)
        names = ("column_1", "column_2", "deletion_date", "modifier_indicator", "rationale")
        rows = sorted(zip(*(table[name].to_pylist() for name in names), strict=True))
        for column_1, column_2, row in with_effective_dates(rows):
            tables.ptp[setting, column_1, column_2].append(row)
    for setting in ("practitioner", "outpatient_hospital", "dme"):
        table = pq.read_table(reference / f"ncci_mue_{setting}_2024q3.parquet")
        for code, value, mai in columns(table, "hcpcs_code", "mue_units", "mue_mai"):
            if code in codes:
                tables.mue[setting, str(code)].append(Mue(int(str(value)), str(mai)))
    table = pq.read_table(reference / "ncci_aoc_2024q2.parquet")
    # The copy holds active edits only, so it cannot say which primaries were acceptable before its quarter.
    tables.addon_answers = (AOC_BEGINS, OPEN)
    for kind, code, primary in columns(table, "aoc_edit_type", "add_on_code", "primary_code"):
        if code in codes:
            tables.addon[str(code)].append(Addon(str(kind), str(primary)))
    return tables


def with_effective_dates(rows: Iterable[tuple[str, str, str, str, str]]) -> Iterable[tuple[str, str, Ptp]]:
    """Rows sorted by pair and deletion date, each with the effective date that the tool gives it.

    The first row of a pair begins on 1996-01-01, a later one the day after the one before it was deleted; a
    row of indicator 9, or one deleted before it could begin, begins on its deletion date.
    """
    pair, earliest = ("", ""), NCCI_BEGAN
    for column_1, column_2, deleted_text, indicator, _ in rows:
        if (column_1, column_2) != pair:
            pair, earliest = (column_1, column_2), NCCI_BEGAN
        deleted = dt.date.fromisoformat(deleted_text)
        begins = deleted if indicator == "9" or deleted < earliest else earliest
        if indicator != "9" and NCCI_BEGAN <= deleted < OPEN:
            earliest = max(earliest, deleted + dt.timedelta(days=1))
        yield column_1, column_2, Ptp(begins, deleted, indicator)


def columns(table: pa.Table, *names: str) -> list[tuple[object, ...]]:
    """The named columns row by row."""
    return list(zip(*(table[name].to_pylist() for name in names), strict=True))
