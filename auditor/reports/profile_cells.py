"""Figures of too few patients, taken out of a table so that they cannot be computed from what stays.

A column of a table (one heading by rule, provider or month) shares out the heading's total. Cells of fewer than eleven
patients are put together into one row. Where that row would itself rest on fewer than eleven patients, the smallest of
the cells still shown joins it (complementary suppression), until it does not; where nothing is left to join, the total
itself rests on fewer, and the whole heading is withheld.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import duckdb

from auditor.reports.document import SECTIONS, Amount, Breakdown
from auditor.reports.profile import LEAST_PATIENTS
from auditor.reports.rows import SECTION_SQL
from auditor.reports.totals import APART_SQL, KEYS_SQL
from auditor.reports.wording import SECTION_WORDS

OTHERS: Final = "others"
OTHERS_WORDS: Final = f"Others together (each of fewer than {LEAST_PATIENTS} patients, or hidden with them)"


@dataclass(frozen=True, slots=True)
class Shown:
    """A table as it may be shown: its rows, and the headings that are withheld as a whole."""

    rows: tuple[Breakdown, ...]
    withheld: frozenset[str]


class PatientCounts:
    """How many patients stand behind the cells of a run's findings. Patients are told apart by their number alone.

    Reads the file at `path`; `con` must be able to. A number that two payers give to two persons counts as one patient,
    which hides rather more than less.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, path: Path) -> None:
        self._con = con
        keys = ", ".join(f"{sql} AS k_{name}" for name, sql in KEYS_SQL.items())
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE cell AS SELECT {keys}, section, patient_id, unverified, verdict, "
            f"{APART_SQL} AS apart FROM (SELECT *, {SECTION_SQL} AS section, "
            "len(list_filter(citations, lambda c: NOT coalesce(c.verified, false))) > 0 AS unverified "
            "FROM read_parquet($path, hive_partitioning = false))",
            {"path": str(path)},
        )

    def of_cells(self, by: str) -> dict[tuple[str, str], int]:
        """Patients by (key, section); a finding about a provider has no patient."""
        rows = self._con.execute(
            f"SELECT k_{by}, section, count(DISTINCT patient_id) FROM cell GROUP BY ALL"
        ).fetchall()
        return {(key, section): patients for key, section, patients in rows}

    def together(self, by: str, section: str, keys: Collection[str]) -> int:
        """Patients behind several cells of a heading, each counted once."""
        return self._one(
            f"SELECT count(DISTINCT patient_id) FROM cell WHERE section = ? AND k_{by} IN (SELECT unnest(?))",
            section,
            list(keys),
        )

    def apart(self, section: str, by: str, keys: Collection[str]) -> tuple[int, int]:
        """Patients behind the findings that a heading tells apart, and behind its others."""
        sql = f"SELECT count(DISTINCT patient_id) FROM cell WHERE section = ? AND k_{by} IN (SELECT unnest(?)) AND "
        return self._one(f"{sql} apart", section, list(keys)), self._one(
            f"{sql} NOT apart", section, list(keys)
        )

    def unverified(self) -> tuple[int, int]:
        """Patients behind the findings that cite an authority not verified, and behind the others."""
        sql = "SELECT count(DISTINCT patient_id) FROM cell WHERE verdict = 'fail' AND "
        return self._one(f"{sql} unverified"), self._one(f"{sql} NOT unverified")

    def _one(self, sql: str, *values: object) -> int:
        row = self._con.execute(sql, list(values)).fetchone()
        return int(row[0]) if row else 0


def enough(*patients: int) -> bool:
    """Whether figures of so many patients each may be shown: none, or eleven and more."""
    return all(count == 0 or count >= LEAST_PATIENTS for count in patients)


def pooled(patients: Mapping[str, int], together: Callable[[Collection[str]], int]) -> frozenset[str] | None:
    """The keys of one column whose cells are put together; None where the whole column is withheld.

    `patients` are those of each cell, `together` counts those behind several cells, each once. A cell without patients
    (a finding about a provider) is shown as it is.
    """
    counted = {key: count for key, count in patients.items() if count}
    if not counted:
        return frozenset()
    if together(tuple(counted)) < LEAST_PATIENTS:
        return None
    pool = {key for key, count in counted.items() if count < LEAST_PATIENTS}
    rest = sorted(counted.keys() - pool, key=lambda key: (counted[key], key), reverse=True)
    while pool and together(tuple(pool)) < LEAST_PATIENTS:
        pool.add(rest.pop())
    return frozenset(pool)


def shown_table(entries: Iterable[Breakdown], by: str, counts: PatientCounts) -> Shown:
    """The rows of a table that may be shown, in their order, and last the row of what is put together."""
    listed, patients = list(entries), counts.of_cells(by)
    pools: dict[str, frozenset[str]] = {}
    withheld: set[str] = set()
    for section in SECTIONS:
        column = {e.key: patients.get((e.key, section), 0) for e in listed if section in e.sections}
        pool = pooled(column, lambda keys, section=section: counts.together(by, section, keys))  # type: ignore[misc]
        if pool is None:
            withheld.add(section)
        else:
            pools[section] = pool
    rows, left = [], []
    for entry in listed:
        kept = {
            name: _told_apart(amount, name, by, (entry.key,), counts)
            for name, amount in entry.sections.items()
            if name in pools and entry.key not in pools[name]
        }
        moved = [name for name in SECTIONS if name in entry.sections and entry.key in pools.get(name, ())]
        if kept:
            rows.append(
                replace(entry, sections=kept, label=_labelled(entry.label, moved), pooled=tuple(moved))
            )
        left += moved
    if left:
        rows.append(_together(listed, by, pools, counts))
    return Shown(tuple(rows), frozenset(withheld))


def _together(
    entries: Iterable[Breakdown], by: str, pools: Mapping[str, frozenset[str]], counts: PatientCounts
) -> Breakdown:
    """The row of the cells that are put together."""
    sums: dict[str, Amount] = {}
    for entry in entries:
        for name, amount in entry.sections.items():
            if entry.key in pools.get(name, ()):
                before = sums.get(name, Amount())
                sums[name] = Amount(
                    before.dollars + amount.dollars,
                    before.findings + amount.findings,
                    before.lines + amount.lines,
                    (before.apart or 0) + (amount.apart or 0),
                )
    told = {name: _told_apart(amount, name, by, pools[name], counts) for name, amount in sums.items()}
    return Breakdown(OTHERS, OTHERS_WORDS, told)


def _told_apart(
    amount: Amount, section: str, by: str, keys: Collection[str], counts: PatientCounts
) -> Amount:
    """The figure; what it tells apart only of the whole, and where both parts rest on enough patients.

    Told apart row by row, the one row where it is hidden could be computed from the total.
    """
    if by == "all" and enough(*counts.apart(section, by, keys)):
        return amount
    return replace(amount, apart=None)


def _labelled(label: str, moved: Iterable[str]) -> str:
    words = "; ".join(SECTION_WORDS[name] for name in moved)
    return f"{label} (counted with the others: {words})" if words else label
