"""From parsed rows to claim versions: which rows belong together, and which stand twice.

A claim version is what shares claim number, patient, payer, line of business, source, frequency, payer's control number
and reference; replacements and voids also their date, because one claim number may be replaced twice. A number alone
is no claim: two practices, or two systems of one, count from 1. Where a payment of a claim number was taken back, where
it was voided, or where its lines stand twice with other dates (denied and billed again, paid and paid again), the date
tells its other versions apart too. Where one number stands for claims of other days, the days do (`reused_numbers`).
Within a version a line number is used once: the first row keeps it (of a denied and a paid one the paid), a later one
with the same content repeats it, one with other content is set aside because findings could not tell the two apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from auditor.base.codes import NPI_ENDS
from auditor.claims import rare
from auditor.claims.amounts.payments import MAY_BE_HEADER_PAID
from auditor.claims.canonical import TEXTS
from auditor.claims.columns import LINE_COLUMNS
from auditor.claims.history import reused_numbers
from auditor.claims.tables import filled
from auditor.claims.words import literal

# The columns that tell versions of a claim number apart.
_IDENTITY = (
    "payer_id", "line_of_business", "source_system", "frequency_code", "payer_icn", "original_ref",
    "reversed", "version_date",
)  # fmt: skip
_NEVER_NULL = ("claim_id", "patient_id")
REPLACING = ("6", "7", "F", "G", "H", "I", "J", "K", "M", "P", "Q")
"""Frequency codes of a claim that stands in place of an earlier one: 7 by the provider, Q beyond the filing limit, the
letters by Medicare (CWF, CMS, contractor, OIG, secondary payer, QIO), 6 and F in older files (ResDAC, CLM_FREQ_CD)."""
VOIDING = "8"
REVISING = (*REPLACING, VOIDING)
_LISTED = ", ".join(map(literal, REVISING))


def make_patients(con: duckdb.DuckDBPyConnection, partitions: int, outline: Outline) -> str:
    """`claim_patient`: patient, payer, line of business; patient_key dense by first appearance, part by hash.

    It holds the patients of all rows without a fault, and stays when the claims are laid out. A crossover stands
    in the feed once for each payer: without a payer's id the line of business tells them apart. A person whom a
    crosswalk names has one key with all payers of a line of business. Returns the condition that joins it, as `t`, to
    `claim_parsed`, as `p`.
    """
    of_key = ("payer_id", "line_of_business")
    keys = ["patient_id", *(name for name in of_key if name in outline.varying)]
    same = "".join(f", {outline.constants[name]} AS {name}" for name in of_key if name not in outline.varying)
    patients = (
        f"SELECT {', '.join(keys)}, min(rowid) AS first FROM claim_parsed WHERE fault IS NULL GROUP BY ALL"
    )
    number = "row_number()"
    if "payer_id" in keys and _persons_across_payers(con):
        person = [
            "CASE WHEN patient_id NOT IN (SELECT patient_id FROM claim_across) THEN payer_id END"
            if name == "payer_id"
            else name
            for name in keys
        ]
        patients = f"SELECT * REPLACE (min(first) OVER (PARTITION BY {', '.join(person)}) AS first) FROM ({patients})"
        number = "dense_rank()"
    con.execute(
        f"CREATE TABLE claim_patient AS SELECT {', '.join(keys)}{same}, "
        f"CAST({number} OVER (ORDER BY first) - 1 AS INTEGER) AS patient_key, "
        f"CAST(hash(patient_id) % {partitions} AS INTEGER) AS part FROM ({patients})"
    )
    return _joined("t", keys)


def _persons_across_payers(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a crosswalk names persons whose lines are put together whoever the payer is (`crosswalk`)."""
    found = con.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'claim_across'").fetchone()
    return found is not None and con.execute("SELECT 1 FROM claim_across LIMIT 1").fetchone() is not None


def make_providers(con: duckdb.DuckDBPyConnection) -> None:
    """`claim_provider`: provider_id, provider_key dense by first appearance, and a row of nulls for lines without."""
    con.execute(
        "CREATE TABLE claim_provider AS SELECT provider_id, "
        "CAST(row_number() OVER (ORDER BY first) - 1 AS INTEGER) AS provider_key "
        "FROM (SELECT provider_id, min(rowid) AS first FROM claim_parsed "
        "WHERE fault IS NULL AND provider_id IS NOT NULL GROUP BY ALL) UNION ALL SELECT NULL, NULL"
    )


def make_codes(con: duckdb.DuckDBPyConnection) -> None:
    """`claim_code`: setting, code and code_key, dense by first appearance, null where one of the two is missing.

    It holds the codes of rows with a fault too, for these may stand beside an audited line.
    """
    con.execute(
        "CREATE TABLE claim_code AS SELECT setting, code, CASE WHEN setting IS NOT NULL AND code IS NOT NULL "
        "THEN CAST(row_number() OVER (ORDER BY setting IS NULL OR code IS NULL, first) - 1 AS INTEGER) END AS code_key "
        "FROM (SELECT setting, code, min(rowid) AS first FROM claim_parsed GROUP BY ALL)"
    )


def make_npis(con: duckdb.DuckDBPyConnection, *, wanted: bool = True) -> None:
    """`claim_npi`: every NPI that stands in a row, in whatever part, also of rows with a fault; else empty."""
    if not wanted:
        con.execute("CREATE TABLE claim_npi (npi VARCHAR)")
        return
    rows = con.execute("SELECT name FROM pragma_table_info('claim_parsed')").fetchall()
    picked = [
        f"SELECT {name} AS npi FROM claim_parsed GROUP BY 1" for (name,) in rows if name.endswith(NPI_ENDS)
    ]
    con.execute(
        f"CREATE TABLE claim_npi AS SELECT DISTINCT npi FROM ({' UNION ALL '.join(picked)}) WHERE npi IS NOT NULL"
    )


def make_versions(con: duckdb.DuckDBPyConnection, outline: Outline) -> tuple[str, str, tuple[str, ...]]:
    """`claim_version`: one row a claim version; its claim_key is the number of its first row.

    Returns the condition that joins it, as `v`, to `claim_parsed`, as `p`; a lighter one that does for the rows without
    a fault: where no claim number has two versions, by the number alone; and notes. Columns that hold one value in the
    whole feed are left out of grouping and join, and figures that only revisions need are left out where there are
    none: they are most of the cost.
    """
    varying = outline.varying
    if outline.revised:
        _date_revised(con)
        varying |= {"version_date"}
    join = _group(con, outline, varying)
    reused = 0
    if _unsure(con):
        if _date_repeated(con, join):
            varying |= {"version_date"}
            join = _group(con, outline, varying)
        if _unsure(con):
            reused = reused_numbers.date_by_service(con, join, REVISING)
    notes: tuple[str, ...] = ()
    if reused:
        join = _group(con, outline, varying | {"version_date"})
        notes = (
            f"{reused:,} claim numbers stand for several claims each; told apart by their days of service",
        )
    return join, join if _numbers_shared(con) else _joined("v", list(_NEVER_NULL[:1])), notes


def _group(con: duckdb.DuckDBPyConnection, outline: Outline, varying: frozenset[str]) -> str:
    """Make `claim_version`, or make it again, of what tells versions apart; returns how rows are joined to it."""
    keys = [*_NEVER_NULL, *(name for name in _IDENTITY if name in varying)]
    con.execute(
        f"CREATE OR REPLACE TABLE claim_version AS SELECT min(rowid) AS claim_key, {', '.join(keys)}, {_LINES_UNSURE}, "
        f"{_FIGURES if outline.revised else _NO_FIGURES}, {MAY_BE_HEADER_PAID} AS may_be_header_paid"
        f"{''.join(f', {outline.constants[name]} AS {name}' for name in _IDENTITY if name not in varying)} "
        f"FROM claim_parsed WHERE fault IS NULL GROUP BY {', '.join(keys)}"
    )
    return _joined("v", keys)


def _unsure(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a version has fewer line numbers than rows."""
    return con.execute("SELECT 1 FROM claim_version WHERE unsure LIMIT 1").fetchone() is not None


def _numbers_shared(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether two claim versions have one claim number. Leaves `claim_number` (claim_id) with such numbers."""
    made = con.execute(
        "CREATE TABLE claim_number AS SELECT claim_id FROM claim_version GROUP BY 1 HAVING count(*) > 1"
    ).fetchone()
    return made is not None and made[0] > 0


def _joined(table: str, keys: list[str]) -> str:
    """The condition that joins `table` to `claim_parsed`, as `p`."""
    return " AND ".join(
        f"{table}.{k} = p.{k}" if k in _NEVER_NULL else f"{table}.{k} IS NOT DISTINCT FROM p.{k}"
        for k in keys
    )


# Line numbers 0 to 61 leave one bit each; a version with fewer bits than lines is looked at closely.
_LINES_UNSURE = (
    "count(*) <> bit_count(bit_or(CASE WHEN line_no < 62 THEN 1::BIGINT << line_no ELSE 0 END)) AS unsure"
)
_FIGURES = (
    "max(received_date) AS received_date, max(paid_date) AS paid_date, sum(paid) AS paid, sum(charge) AS charge, "
    # A void that the payer refused voids nothing. Not `denied`, which a status of `void` sets as well.
    "bool_and(coalesce(status LIKE 'den%' OR status LIKE 'rej%' OR status IN ('d', 'dn', '4'), false)) AS refused"
)
_NO_FIGURES = (
    "NULL::DATE AS received_date, NULL::DATE AS paid_date, NULL::HUGEINT AS paid, NULL::HUGEINT AS charge, "
    "false AS refused"
)
_STAMP = "greatest(received_date, paid_date)"
"""The day of the last step that is known of a row, where one is."""


@dataclass(frozen=True)
class Outline:
    """What the whole feed says of its versions, to leave out work that it does not need."""

    varying: frozenset[str]
    constants: dict[str, str]
    revised: bool


def outline(con: duckdb.DuckDBPyConnection) -> Outline:
    """What `claim_parsed` says of its versions."""
    columns = _IDENTITY
    first = con.execute(
        f"SELECT {', '.join(columns)} FROM claim_parsed WHERE fault IS NULL LIMIT 1"
    ).fetchone()
    types = {"reversed": "BOOLEAN", "version_date": "DATE"}
    values = first or (None,) * len(columns)
    constants = {
        name: f"CAST({'NULL' if value is None else literal(value)} AS {types.get(name, 'VARCHAR')})"
        for name, value in zip(columns, values, strict=True)
    }
    tests = ", ".join(f"bool_or({name} IS DISTINCT FROM {constants[name]})" for name in columns)
    row = con.execute(
        f"SELECT bool_or(reversed OR (frequency_code > '5' AND frequency_code IN ({_LISTED}))), {tests} "
        "FROM claim_parsed WHERE fault IS NULL"
    ).fetchone()
    assert row is not None
    varying = frozenset(name for name, varies in zip(columns, row[1:], strict=True) if varies)
    return Outline(varying, constants, bool(row[0]))


def _date_revised(con: duckdb.DuckDBPyConnection) -> None:
    """Where a payment was taken back or a claim voided, what was there before and what came after share all but a date.

    A claim number may also be replaced twice.
    """
    con.execute(
        f"UPDATE claim_parsed SET version_date = {_STAMP} WHERE version_date IS NULL AND ("
        f"(frequency_code > '5' AND frequency_code IN ({_LISTED})) "
        f"OR claim_id IN (SELECT claim_id FROM claim_parsed WHERE reversed OR frequency_code = '{VOIDING}') "
        f"OR claim_id IN (SELECT original_ref FROM claim_parsed WHERE frequency_code = '{VOIDING}'))"
    )


def _date_repeated(con: duckdb.DuckDBPyConnection, join: str) -> bool:
    """Where a line number of a version is used on two days, the days tell its rows apart; whether there are any."""
    stamp = f"coalesce({_STAMP}, DATE '0001-01-01')"
    con.execute(
        "CREATE TEMP TABLE claim_redated AS SELECT DISTINCT claim_id, patient_id FROM ("
        f"SELECT p.claim_id, p.patient_id FROM (SELECT *, {stamp} AS stamp FROM claim_parsed) p "
        f"JOIN claim_version v ON {join} WHERE p.fault IS NULL AND v.unsure AND p.line_no IS NOT NULL "
        "GROUP BY p.claim_id, p.patient_id, v.claim_key, p.line_no HAVING min(stamp) < max(stamp))"
    )
    changed = con.execute(
        f"UPDATE claim_parsed AS p SET version_date = {_STAMP} FROM claim_redated r "
        "WHERE p.claim_id = r.claim_id AND p.patient_id = r.patient_id AND p.version_date IS NULL"
    ).fetchone()
    con.execute("DROP TABLE claim_redated")
    return changed is not None and changed[0] > 0


def find_shared(con: duckdb.DuckDBPyConnection) -> None:
    """`claim_shared` (claim_key): versions to be audited whose payer, claim number and control number another has.

    Interim bills, for one. What tells their lines apart is the rest of what makes a version. Where the payer answered
    lines of a claim under several numbers (`claim_line_icn`), its number tells no versions of that claim apart.
    """
    con.execute("CREATE TABLE claim_shared (claim_key BIGINT)")
    if not filled(con, "claim_number"):
        return
    con.execute(
        "INSERT INTO claim_shared SELECT claim_key FROM (SELECT claim_key, count(*) OVER "
        "(PARTITION BY payer_id, claim_id, CASE WHEN claim_id NOT IN (SELECT p.claim_id FROM claim_parsed p "
        "JOIN claim_line_icn n ON n.rid = p.rowid) THEN payer_icn END) AS versions FROM claim_version "
        "WHERE claim_id IN (SELECT claim_id FROM claim_number) "
        "AND claim_key NOT IN (SELECT claim_key FROM claim_superseded)) WHERE versions > 1"
    )


def tell_lines_apart(con: duckdb.DuckDBPyConnection, join: str) -> None:
    """`claim_renumbered` (rid, line_no) and `claim_repeat` (rid, first_rid, same), by which `join` as for `_group`.

    Both are empty where every version has as many line numbers as rows, as in most feeds.
    """
    con.execute("CREATE TABLE claim_renumbered (rid BIGINT, line_no INTEGER)")
    con.execute("CREATE TABLE claim_repeat (rid BIGINT, first_rid BIGINT, same BOOLEAN)")
    if _unsure(con):
        _number_lines(con, join)
        _find_repeats(con, join)


def _number_lines(con: duckdb.DuckDBPyConnection, join: str) -> None:
    """Numbers for rows whose own is blank, after the highest given one."""
    con.execute(
        "INSERT INTO claim_renumbered SELECT rid, CAST(highest + row_number() OVER "
        "(PARTITION BY claim_key ORDER BY rid) AS INTEGER) AS line_no FROM ("
        "SELECT p.rowid AS rid, v.claim_key, p.line_no, "
        "coalesce(max(p.line_no) OVER (PARTITION BY v.claim_key), 0) AS highest "
        f"FROM claim_parsed p JOIN claim_version v ON {join} WHERE p.fault IS NULL AND v.unsure) "
        "WHERE line_no IS NULL"
    )


def _find_repeats(con: duckdb.DuckDBPyConnection, join: str) -> None:
    """Rows whose line number an earlier row of the version uses."""
    extra = rare.present(con, "claim_parsed")
    content = ", ".join(
        f"p.{TEXTS.get(column.name, column.name)}"
        for column in LINE_COLUMNS
        if column.carried and (not column.rare or column.name in extra)
    )
    con.execute(
        "INSERT INTO claim_repeat SELECT rid, first_rid, content = first_content AS same FROM ("
        "SELECT rid, first_value(rid) OVER w AS first_rid, content, first_value(content) OVER w AS first_content "
        "FROM (SELECT p.rowid AS rid, v.claim_key, p.denied, coalesce(p.line_no, n.line_no) AS line_no, "
        f"hash(row({content})) AS content FROM claim_parsed p JOIN claim_version v ON {join} "
        "LEFT JOIN claim_renumbered n ON n.rid = p.rowid WHERE p.fault IS NULL AND v.unsure) "
        "WINDOW w AS (PARTITION BY claim_key, line_no ORDER BY denied, rid)) WHERE rid <> first_rid"
    )
