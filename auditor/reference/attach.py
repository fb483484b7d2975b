"""Editions laid before an audit: small tables `ref_*` with the rows that the claims' codes can meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

import duckdb

from auditor.base.errors import InputRefused, UsageError
from auditor.reference.attach_tables import attach_table, spans_of
from auditor.reference.columns import own_columns
from auditor.reference.editions import (
    Answer,
    Edition,
    ReferenceState,
    asked_of,
    is_medicaid,
    of_programme,
    used,
)
from auditor.reference.importers.aoc import CONTRACTOR_DEFINED
from auditor.reference.parts import reaching, sha256_of
from auditor.reference.tables import TABLES

_OPEN = "DATE '9999-12-31'"
_CODES = "_ref_codes"
_AGAIN = "Remove this edition's folder and import its files again"
_CARRIED = {name for name, table in TABLES.items() if table.rules_table == "ncci_ptp"} | {"ncci_ptp"}
_ASKED = frozenset({"ncci_ptp", "ncci_mue", "ncci_aoc", "coverage"})
"""Tables that are laid before every audit; others when a rule asks for them."""

_TABLES_SQL = {
    "ref_ncci_ptp": """row_no BIGINT, edition VARCHAR, setting VARCHAR, column_1 VARCHAR, column_2 VARCHAR,
        effective DATE, deleted DATE, modifier_indicator VARCHAR, rationale VARCHAR""",
    "ref_ncci_mue": """row_no BIGINT, edition VARCHAR, setting VARCHAR, code VARCHAR, "value" INTEGER,
        mai VARCHAR, effective DATE, deleted DATE, rationale VARCHAR""",
    "ref_ncci_aoc": """row_no BIGINT, edition VARCHAR, edit_type VARCHAR, addon VARCHAR, primary_code VARCHAR,
        effective DATE, deleted DATE""",
    "ref_ncci_aoc_code": """row_no BIGINT, edition VARCHAR, edit_type VARCHAR, addon VARCHAR, effective DATE,
        deleted DATE""",
    "ref_ncci_aoc_listed": "addon VARCHAR, primary_code VARCHAR, effective DATE, deleted DATE",
    "ref_coverage": """row_no BIGINT, edition VARCHAR, article VARCHAR, version VARCHAR, policy_key INTEGER,
        code VARCHAR, dx_from VARCHAR, dx_to VARCHAR, dx_group INTEGER, requires VARCHAR, exhaustive BOOLEAN,
        jurisdiction VARCHAR, effective DATE, deleted DATE""",
    "ref_coverage_policy": """row_no BIGINT, edition VARCHAR, policy_key INTEGER, article VARCHAR,
        version VARCHAR, code VARCHAR, jurisdiction VARCHAR, requires VARCHAR, exhaustive BOOLEAN,
        groups INTEGER, effective DATE, deleted DATE""",
    "ref_answers": "table_name VARCHAR, setting VARCHAR, date_from DATE, date_to DATE, edition VARCHAR",
}
_PTP = f"""
    SELECT $edition AS edition, $setting AS setting, column_1, column_2, effective,
           coalesce(deleted, {_OPEN}) AS deleted, modifier_indicator, rationale
    FROM {{rows}}
    WHERE column_1 IN (SELECT code FROM {_CODES}) AND column_2 IN (SELECT code FROM {_CODES})"""
_MUE = f"""
    SELECT $edition AS edition, $setting AS setting, code, "value", mai, $first::DATE AS effective,
           $last::DATE AS deleted, rationale
    FROM {{rows}} WHERE code IN (SELECT code FROM {_CODES})"""
_AOC = f"""
    SELECT $edition AS edition, edit_type, addon, primary_code, effective,
           coalesce(least(addon_deleted, primary_deleted, edit_deleted), {_OPEN}) AS deleted
    FROM {{rows}} WHERE addon IN (SELECT code FROM {_CODES})"""
# Rows that lie day by day next to each other are one interval; gaps stay.
_AOC_CODE = """
    WITH spans AS (
            SELECT DISTINCT edition, edit_type, addon, effective, deleted FROM _ref_aoc
            WHERE effective <= deleted),
         reach AS (
            SELECT *, max(deleted) OVER (PARTITION BY edition, edit_type, addon ORDER BY effective, deleted
                                         ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
            FROM spans),
         islands AS (
            SELECT *, count(*) FILTER (WHERE before IS NULL OR effective > before + 1) OVER (
                PARTITION BY edition, edit_type, addon ORDER BY effective, deleted
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS island
            FROM reach)
    SELECT edition, edit_type, addon, min(effective) AS effective, max(deleted) AS deleted
    FROM islands GROUP BY edition, edit_type, addon, island"""
_COVERAGE = f"""
    SELECT $edition AS edition, $rank::INTEGER AS rank, article, version, code, dx_from, dx_to,
           dx_group, requires, exhaustive, jurisdiction, effective, coalesce(deleted, {_OPEN}) AS deleted
    FROM {{rows}}"""


Days = tuple[date, date] | None


def attach(
    con: duckdb.DuckDBPyConnection,
    answers: Sequence[Answer],
    carry_forward: frozenset[str],
    codes_from: str,
    days: Days = None,
    medicaid: bool = False,
    tables: frozenset[str] = frozenset(),
    by_code: Mapping[str, frozenset[str]] = MappingProxyType({}),
    by_npi: Mapping[str, frozenset[str]] = MappingProxyType({}),
    npis_from: str | None = None,
) -> ReferenceState:
    """Make the tables `ref_*` in `con` (empty where no edition answers), and tell what was used.

    `tables` are further tables that rules ask for, under their own names; a name that is none of the library's is left
    to others. `by_code` are, of such a table, columns that are only ever compared with the codes of lines, and `by_npi`
    with NPIs of lines, which the column `npi` of the relation `npis_from` holds (none: all are taken). Only rows whose
    codes occur in the column `code` of the relation `codes_from` are taken, and, where `days` are given, only
    editions that reach into them, and of PTP only such files of rows. `medicaid`: all claims are of Medicaid. A missing
    deletion date is 9999-12-31 here. Raises InputRefused when rows are not those imported.
    """
    further = sorted(tables & set(own_columns())) if tables else []
    asked = [answer for answer in answers if answer.edition.rules_table in _ASKED.union(further)]
    theirs = frozenset(asked_of(answer) for answer in asked if is_medicaid(answer))
    answers = [answer for answer in of_programme(asked, medicaid=medicaid) if _in_time(answer, days)]
    for answer in answers:
        check_rows(answer.edition, days if answer.edition.rules_table == "ncci_ptp" else None)
    for name, columns in _TABLES_SQL.items():
        con.execute(f"CREATE OR REPLACE TABLE {name} ({columns})")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {_CODES} AS "
        f"SELECT DISTINCT code FROM {codes_from} WHERE code IS NOT NULL"
    )
    by_table: dict[str, list[Answer]] = {}
    for answer in answers:
        by_table.setdefault(answer.edition.rules_table, []).append(answer)
    for name, found in by_table.items():
        con.executemany("INSERT INTO ref_answers VALUES (?, ?, ?, ?, ?)", spans_of(name, found))
    _attach_ptp(con, by_table.get("ncci_ptp", []), days)
    _attach_mue(con, by_table.get("ncci_mue", []))
    _attach_aoc(con, by_table.get("ncci_aoc", []))
    _attach_coverage(con, by_table.get("coverage", []))
    for name in further:
        rows = [(answer, rows_of(answer.edition)) for answer in by_table.get(name, [])]
        wanted = {_CODES: by_code.get(name, frozenset())}
        if npis_from is not None:
            wanted[f"(SELECT npi AS code FROM {npis_from})"] = by_npi.get(name, frozenset())
        attach_table(con, name, rows, wanted)
    con.execute(f"DROP TABLE {_CODES}")
    starter = bool(answers) and all(answer.edition.starter for answer in answers)
    notes = []
    if starter and carry_forward:
        notes.append("the starter edition is not carried forward: it vouches for its own quarter only")
    notes += [
        f"{a.edition.table} {a.edition.edition} is carried forward beyond its quarter"
        for a in answers
        if a.carried_forward
    ]
    return ReferenceState(
        tuple(used(answer) for answer in answers),
        starter,
        tuple(notes),
        medicaid=theirs if medicaid else frozenset(),
        passed_over=frozenset() if medicaid else theirs,
    )


def check_carry_forward(tables: frozenset[str]) -> None:
    """Raises UsageError for a table that cannot answer beyond its dates."""
    for name in sorted(tables - _CARRIED):
        known = name in TABLES or name in {table.rules_table for table in TABLES.values()}
        raise UsageError(
            f"--carry-forward {name}: {'this table cannot be carried forward' if known else 'no such table'}",
            why="MUE values answer for their quarter only, add-on edits and coverage by their rows' dates"
            if known
            else "",
            mend="The table that can be is ncci_ptp",
        )


def _attach_ptp(con: duckdb.DuckDBPyConnection, answers: Sequence[Answer], days: Days) -> None:
    con.execute("CREATE OR REPLACE TEMP TABLE _ref_ptp AS SELECT * EXCLUDE (row_no) FROM ref_ncci_ptp")
    for answer in answers:
        values = {"edition": answer.edition.edition, "setting": answer.edition.setting}
        con.execute("INSERT INTO _ref_ptp " + _PTP.format(rows=rows_of(answer.edition, days)), values)
    order = "setting, column_1, column_2, effective, deleted, modifier_indicator, rationale, edition"
    con.execute(f"INSERT INTO ref_ncci_ptp SELECT row_number() OVER (ORDER BY {order}), * FROM _ref_ptp")
    con.execute("DROP TABLE _ref_ptp")


def _attach_mue(con: duckdb.DuckDBPyConnection, answers: Sequence[Answer]) -> None:
    con.execute("CREATE OR REPLACE TEMP TABLE _ref_mue AS SELECT * EXCLUDE (row_no) FROM ref_ncci_mue")
    for answer in answers:
        values = {
            "edition": answer.edition.edition,
            "setting": answer.edition.setting,
            "first": answer.date_from,
            "last": answer.date_to,
        }
        con.execute("INSERT INTO _ref_mue " + _MUE.format(rows=rows_of(answer.edition)), values)
    order = 'setting, code, effective, "value", mai, edition'
    con.execute(f"INSERT INTO ref_ncci_mue SELECT row_number() OVER (ORDER BY {order}), * FROM _ref_mue")
    con.execute("DROP TABLE _ref_mue")


def _attach_aoc(con: duckdb.DuckDBPyConnection, answers: Sequence[Answer]) -> None:
    """Primaries that no claim has are left out, but not before the add-on's own intervals are taken."""
    con.execute("CREATE OR REPLACE TEMP TABLE _ref_aoc AS SELECT * EXCLUDE (row_no) FROM ref_ncci_aoc")
    for answer in answers:
        con.execute(
            "INSERT INTO _ref_aoc " + _AOC.format(rows=rows_of(answer.edition)),
            {"edition": answer.edition.edition},
        )
    order = "addon, edit_type, effective, deleted, edition"
    con.execute(
        f"INSERT INTO ref_ncci_aoc_code SELECT row_number() OVER (ORDER BY {order}), * FROM ({_AOC_CODE})"
    )
    con.execute(
        f"""INSERT INTO ref_ncci_aoc
            SELECT row_number() OVER (ORDER BY addon, primary_code, edit_type, effective, deleted, edition), *
            FROM _ref_aoc
            WHERE primary_code = '{CONTRACTOR_DEFINED}' OR primary_code IN (SELECT code FROM {_CODES})"""
    )
    con.execute(
        f"INSERT INTO ref_ncci_aoc_listed SELECT DISTINCT addon, primary_code, effective, deleted FROM _ref_aoc "
        f"WHERE primary_code <> '{CONTRACTOR_DEFINED}' AND effective <= deleted ORDER BY ALL"
    )
    con.execute("DROP TABLE _ref_aoc")


def _attach_coverage(con: duckdb.DuckDBPyConnection, answers: Sequence[Answer]) -> None:
    """Of an article that several publications hold, the newest answers whole: a version may be withdrawn."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE _ref_cov AS "
        "SELECT edition, 0 AS rank, * EXCLUDE (row_no, policy_key, edition) FROM ref_coverage"
    )
    for rank, answer in enumerate(answers):
        values = {"edition": answer.edition.edition, "rank": rank}
        con.execute("INSERT INTO _ref_cov BY NAME " + _COVERAGE.format(rows=rows_of(answer.edition)), values)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE _ref_cov_kept AS
            SELECT * EXCLUDE (rank, newest),
                   (dense_rank() OVER (ORDER BY article, version, code, jurisdiction))::INTEGER AS policy_key
            FROM (SELECT *, max(rank) OVER (PARTITION BY article) AS newest FROM _ref_cov)
            WHERE rank = newest AND code IN (SELECT code FROM {_CODES})"""
    )
    con.execute(
        """INSERT INTO ref_coverage
           SELECT row_number() OVER (ORDER BY policy_key, dx_group, dx_from, dx_to NULLS FIRST), edition,
                  article, version, policy_key, code, dx_from, dx_to, dx_group, requires, exhaustive, jurisdiction,
                  effective, deleted
           FROM _ref_cov_kept"""
    )
    con.execute(
        """INSERT INTO ref_coverage_policy
           SELECT policy_key, min(edition), policy_key, min(article), min(version), min(code),
                  min(jurisdiction), min(requires), bool_and(exhaustive), count(DISTINCT dx_group),
                  min(effective), max(deleted)
           FROM _ref_cov_kept GROUP BY policy_key ORDER BY policy_key"""
    )
    con.execute("DROP TABLE _ref_cov")
    con.execute("DROP TABLE _ref_cov_kept")


def _in_time(answer: Answer, days: Days) -> bool:
    """Whether an edition is of use for these days. One that holds the past of its table always is.

    Only those which answer for their own period, and for nothing else, can be passed over: that a history ends
    before the claims do must be known to say so.
    """
    if days is None or TABLES[answer.edition.table].answers not in ("period", "until_next"):
        return True
    return answer.date_from <= days[1] and answer.date_to >= days[0]


def rows_of(edition: Edition, days: Days = None) -> str:
    """The edition's rows as a relation; with `days` only of the files that hold rows in force then.

    Each has `effective` and `deleted`; NULL where the edition alone tells the day.
    """
    parts = reaching(edition.parts, days) or edition.parts[:1]
    names = ", ".join("'" + str(part.path).replace("'", "''") + "'" for part in parts)
    if edition.parts[0].path.suffix == ".parquet":
        rows = f"read_parquet([{names}], hive_partitioning = false)"
    else:
        types = ", ".join(f"'{column}': '{kind}'" for column, kind in edition.csv_columns.items())
        rows = (
            f"read_csv({names}, hive_partitioning = false, header = true, auto_detect = false, "
            f"columns = {{{types}}}, nullstr = '')"
        )
    return rows if edition.columns else _dated(rows, edition)


def _dated(rows: str, edition: Edition) -> str:
    """The starter's rows, and those that came in by manifests of form 1, with the dates that may be missing in them."""
    dates = "SELECT NULL::DATE AS effective, NULL::DATE AS deleted WHERE FALSE"
    ends = "least(addon_deleted, primary_deleted, edit_deleted)" if edition.table == "ncci_aoc" else "deleted"
    return f"(SELECT * REPLACE ({ends} AS deleted) FROM ({dates} UNION ALL BY NAME SELECT * FROM {rows}))"


def check_rows(edition: Edition, days: Days = None) -> None:
    """Raise InputRefused when the rows (with `days`: the files that `rows_of` reads) are not those imported."""
    for part in reaching(edition.parts, days):
        place = f"{edition.table}/{edition.edition_id}/{part.path.name}"
        try:
            if not part.path.is_file():
                raise FileNotFoundError(part.path.name)
            same = sha256_of(part.path) == part.sha256
        except (OSError, ValueError) as error:
            raise InputRefused(
                "the edition's rows cannot be read",
                where=place,
                mend=_AGAIN,
            ) from error
        if not same:
            raise InputRefused(
                "the edition's rows are not those that were imported",
                where=place,
                why="An edition never changes; its manifest holds the hash of its rows",
                mend=_AGAIN,
            )
