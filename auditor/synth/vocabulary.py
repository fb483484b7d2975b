"""The codes and edits that synthetic claims are made of, read from whichever reference tables are attached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import duckdb
import numpy as np

from auditor.synth.dice import Dice
from auditor.synth.menu import MENU, family_of
from auditor.synth.schedule import Fee

PRACTITIONER = "practitioner"
HOSPITAL = "outpatient_hospital"
SETTINGS = (PRACTITIONER, HOSPITAL)
CONTRACTOR_DEFINED = "CCCCC"
NO_PRIMARY = frozenset((CONTRACTOR_DEFINED, ""))


@dataclass(frozen=True, slots=True)
class Pair:
    """One row of a PTP table. `deleted` is the last day in force, 9999-12-31 when there is none."""

    column_1: str
    column_2: str
    effective: date
    deleted: date
    modifier_indicator: str


@dataclass(frozen=True, slots=True)
class Limit:
    """The MUE of a code: `value` units, judged by `mai` 1 (line), 2 (day, policy) or 3 (day, clinical)."""

    value: int
    mai: str | None


@dataclass(frozen=True, slots=True)
class AddOn:
    """One row of the add-on code table. `primary` is CCCCC where the contractor defines them, '' where unknown."""

    edit_type: str
    addon: str
    primary: str
    effective: date
    deleted: date


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One covered diagnosis range of a policy; codes without a dot, both ends inclusive, no end: one code."""

    article: str
    version: str
    code: str
    dx_from: str
    dx_to: str | None
    dx_group: int
    requires: str
    exhaustive: bool
    jurisdiction: str


@dataclass(frozen=True)
class Vocabulary:
    """What the generator may write and what it must steer round.

    `codes` are those it may bill in the background; `pairs` and `limits` are by setting (`practitioner`,
    `outpatient_hospital`) and complete for `codes` and for each other's codes, so that a line that is clean
    against the vocabulary is clean against the tables it was read from. `fees` is what the fee schedule says of
    codes; where it is empty, claims are written without regard to one.
    """

    codes: tuple[str, ...]
    pairs: Mapping[str, Sequence[Pair]] = field(default_factory=dict)
    limits: Mapping[str, Mapping[str, Limit]] = field(default_factory=dict)
    addons: Sequence[AddOn] = ()
    coverage: Sequence[CoverageRow] = ()
    fees: Mapping[str, Fee] = field(default_factory=dict)


def offer_codes(
    con: duckdb.DuckDBPyConnection, *, seed: int = 0, share: float = 1.0, table: str = "synth_code"
) -> None:
    """Create `table`(code): codes of the families that claims here may hold, whether or not they exist.

    Reference tables attached for these codes hold all rows that a vocabulary needs. Below 1, `share` takes that
    part of the rarer procedures, tests and images, drawn by `seed`: full tables then cost little memory.
    Visits, drugs and everyday codes are always there.
    """
    con.execute(
        f"""CREATE OR REPLACE TABLE {table} AS
        SELECT printf('%05d', n) AS code FROM range(10004, 100000) t(n)
        UNION ALL
        SELECT letter || printf('%04d', n) FROM range(0, 10000) t(n), (VALUES ('G'), ('J'), ('Q')) l(letter)"""
    )
    if share < 1:
        rows = con.execute(f"SELECT code FROM {table} ORDER BY code").fetchall()
        chance = Dice(seed).uniform("offered codes", np.arange(len(rows)))
        always = {"em", "drug"}
        kept = [
            code
            for (code,), drawn in zip(rows, chance, strict=True)
            if drawn < share or code in MENU or family_of(code) in always
        ]
        con.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT unnest($kept) AS code", {"kept": kept})


def read_vocabulary(
    con: duckdb.DuckDBPyConnection, *, seed: int, period: tuple[date, date], size: int = 2400
) -> Vocabulary:
    """The vocabulary of the tables attached to `con` (`ref_ncci_ptp`, `ref_ncci_mue`, `ref_ncci_aoc`, `ref_coverage`,
    `ref_mpfs_rvu`).

    Tables with more than `size` plausible codes are sampled by `seed`: codes billed daily first, then add-ons
    with their primaries, codes with a line-level MUE, codes with a coverage policy, then a draw from each family.
    Rows are those in force at some time, also before `period`: near misses need deleted ones. A table that is
    not attached counts as empty.
    """
    known = {name for (name,) in con.execute("SELECT table_name FROM information_schema.tables").fetchall()}
    limits = _limits(con, period) if "ref_ncci_mue" in known else {setting: {} for setting in SETTINGS}
    addons = _addons(con, period, "ref_ncci_aoc_code" in known) if "ref_ncci_aoc" in known else []
    coverage = _coverage(con, period) if "ref_coverage" in known else []
    paired = _paired_codes(con) if "ref_ncci_ptp" in known else []
    codes = _choose(seed, size, limits, addons, coverage, paired)
    chosen = set(codes)
    return Vocabulary(
        codes=codes,
        pairs=_pairs(con, codes) if paired else dict.fromkeys(SETTINGS, ()),
        limits={s: {c: v for c, v in limits[s].items() if c in chosen} for s in SETTINGS},
        addons=tuple(row for row in addons if row.addon in chosen),
        coverage=tuple(row for row in coverage if row.code in chosen),
        fees=_fees(con, period, chosen) if "ref_mpfs_rvu" in known else {},
    )


def _limits(con: duckdb.DuckDBPyConnection, period: tuple[date, date]) -> dict[str, dict[str, Limit]]:
    rows = con.execute(
        """SELECT setting, code, CAST("value" AS INTEGER), mai FROM ref_ncci_mue
        WHERE effective <= $2 AND deleted >= $1 AND setting IN ('practitioner', 'outpatient_hospital')
        ORDER BY setting, code, effective""",
        list(period),
    ).fetchall()
    limits: dict[str, dict[str, Limit]] = {setting: {} for setting in SETTINGS}
    for setting, code, value, mai in rows:
        limits[setting][code] = Limit(value, mai)
    return limits


def _addons(con: duckdb.DuckDBPyConnection, period: tuple[date, date], by_code: bool) -> list[AddOn]:
    """Rows of add-ons; one whose primaries are all outside the attached codes stands with primary ''."""
    rows = con.execute(
        """SELECT DISTINCT edit_type, addon, primary_code, effective, deleted FROM ref_ncci_aoc
        WHERE effective <= $2 AND deleted >= $1 ORDER BY ALL""",
        list(period),
    ).fetchall()
    if by_code:
        rows += con.execute(
            """SELECT DISTINCT edit_type, addon, '', effective, deleted FROM ref_ncci_aoc_code
            WHERE effective <= $2 AND deleted >= $1 AND addon NOT IN (SELECT addon FROM ref_ncci_aoc) ORDER BY ALL""",
            list(period),
        ).fetchall()
    return [AddOn(str(edit_type), *rest) for edit_type, *rest in rows]


def _coverage(con: duckdb.DuckDBPyConnection, period: tuple[date, date]) -> list[CoverageRow]:
    rows = con.execute(
        """SELECT article, CAST(version AS VARCHAR), code, dx_from, dx_to, dx_group, requires, exhaustive,
            coalesce(jurisdiction, '*') FROM ref_coverage
        WHERE effective <= $1 AND deleted >= $2 ORDER BY ALL""",
        list(period),
    ).fetchall()
    return [CoverageRow(*row) for row in rows]


def _fees(con: duckdb.DuckDBPyConnection, period: tuple[date, date], chosen: set[str]) -> dict[str, Fee]:
    """What the rows of whole services in force in `period` say; the nearest edition's where none is in force."""
    rows = con.execute(
        """SELECT code, list_sort(list(DISTINCT status_code)), list_sort(list(DISTINCT pctc_ind)),
            list_sort(list(DISTINCT glob_days)), list_sort(list(DISTINCT bilat_surg))
        FROM (FROM ref_mpfs_rvu WHERE modifier IS NULL
            QUALIFY rank() OVER (ORDER BY greatest(0, effective - $2, $1 - deleted)) = 1)
        GROUP BY code ORDER BY code""",
        list(period),
    ).fetchall()
    return {
        code: Fee(*(frozenset(value for value in values if value is not None) for values in indicators))
        for code, *indicators in rows
        if code in chosen
    }


def _paired_codes(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute(
        "SELECT column_1 FROM ref_ncci_ptp UNION SELECT column_2 FROM ref_ncci_ptp ORDER BY 1"
    ).fetchall()
    return [code for (code,) in rows]


def _pairs(con: duckdb.DuckDBPyConnection, codes: Sequence[str]) -> dict[str, tuple[Pair, ...]]:
    con.execute(
        "CREATE OR REPLACE TEMP TABLE synth_chosen AS SELECT unnest($codes) AS code", {"codes": list(codes)}
    )
    rows = con.execute(
        """SELECT setting, column_1, column_2, effective, deleted, modifier_indicator FROM ref_ncci_ptp
        WHERE column_1 IN (SELECT code FROM synth_chosen) AND column_2 IN (SELECT code FROM synth_chosen)
        ORDER BY ALL"""
    ).fetchall()
    con.execute("DROP TABLE synth_chosen")
    pairs: dict[str, list[Pair]] = {setting: [] for setting in SETTINGS}
    for setting, column_1, column_2, effective, deleted, indicator in rows:
        pairs[setting].append(Pair(column_1, column_2, effective, deleted, indicator))
    return {setting: tuple(found) for setting, found in pairs.items()}


def _choose(
    seed: int,
    size: int,
    limits: Mapping[str, Mapping[str, Limit]],
    addons: Sequence[AddOn],
    coverage: Sequence[CoverageRow],
    paired: Sequence[str],
) -> tuple[str, ...]:
    """The codes of the vocabulary, sorted."""
    primaries: dict[str, list[str]] = {}
    for row in addons:
        primaries.setdefault(row.addon, []).append(row.primary)
    known = {code for table in limits.values() for code in table} | set(paired) | set(primaries)
    known |= {row.code for row in coverage} | {row.primary for row in addons if row.primary not in NO_PRIMARY}
    plausible = sorted(code for code in known if family_of(code) is not None)
    everyday = sorted(MENU)
    if len(plausible) <= size:
        return tuple(sorted({*plausible, *everyday}))
    chosen: set[str] = {*everyday, *(row.code for row in coverage if family_of(row.code) is not None)}
    rng = Dice(seed).scalar("vocabulary")
    shuffled = sorted(primaries, key=lambda _: rng.random())
    for addon in shuffled[: size // 20]:
        # Long lists of primaries are cut: an add-on stays billable with any one of them.
        options = sorted(primaries[addon], key=lambda _: rng.random())
        chosen.update([addon, *(code for code in options[:4] if code not in NO_PRIMARY)])
    chosen.update(
        c for table in limits.values() for c, limit in table.items() if limit.mai == "1" and family_of(c)
    )
    families: dict[str, list[str]] = {}
    for code in plausible:
        families.setdefault(family_of(code) or "", []).append(code)
    for name, share in SHARES.items():
        codes = sorted(families.get(name, []), key=lambda _: rng.random())
        chosen.update(codes[: int(size * share)])
    return tuple(sorted(code for code in chosen if family_of(code) is not None))


SHARES = {
    "em": 0.04,
    "surgery": 0.3,
    "imaging": 0.12,
    "lab": 0.16,
    "medicine": 0.18,
    "drug": 0.08,
    "service": 0.04,
}
"""Of the sampled codes, the part each family has; the rest are add-ons, primaries and everyday codes."""
