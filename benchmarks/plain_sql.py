"""The least that DuckDB does for an audit, in plain SQL: load a claims file, find PTP pairs and MUE days.

    python benchmarks/plain_sql.py --claims CLAIMS.csv --library DIR [--threads 2]

Prints one JSON object with the seconds of each part and the rows that it found: professional claims against the
practitioner tables, and institutional ones, where the library has their tables, against the hospital tables. It checks
nothing, explains nothing and writes nothing.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from pathlib import Path

import duckdb

DATES = {"birth_date", "date_from", "date_to", "paid_date", "received_date", "admit_date", "discharge_date"}
MONEY = {"charge", "allowed", "paid"}

# The modifiers that lift an indicator-1 pair (NCCI Policy Manual, chapter I, section E).
ASSOCIATED = (
    *("E1", "E2", "E3", "E4", "FA", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9"),
    *("TA", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "LT", "RT", "LC", "LD", "RC", "LM", "RI"),
    *("24", "25", "57", "58", "78", "79", "27", "59", "91", "XE", "XS", "XP", "XU"),
)

PAIRS = """
CREATE OR REPLACE TABLE {into} AS
WITH line AS (
    SELECT rowid AS line, patient_id, {provider} AS provider, date_from, code, {lifted} AS lifted
    FROM claim WHERE {kind}
), edit AS (
    SELECT column_1, column_2, effective, coalesce(deleted, DATE '9999-12-31') AS deleted, modifier_indicator
    FROM read_parquet(?) WHERE modifier_indicator IN ('0', '1')
)
SELECT first.line AS column_1, second.line AS column_2, edit.modifier_indicator
FROM line AS first
JOIN line AS second ON second.patient_id = first.patient_id AND second.provider = first.provider
    AND second.date_from = first.date_from
JOIN edit ON edit.column_1 = first.code AND edit.column_2 = second.code
WHERE first.date_from BETWEEN edit.effective AND edit.deleted
  AND (edit.modifier_indicator = '0' OR NOT (first.lifted OR second.lifted))
"""

UNITS = """
CREATE OR REPLACE TABLE {into} AS
WITH day AS (
    SELECT patient_id, {provider} AS provider, date_from, code, sum(units) AS units
    FROM claim WHERE {kind} GROUP BY ALL
)
SELECT day.*, mue.value FROM day JOIN read_parquet(?) AS mue USING (code)
WHERE day.units > mue.value
"""


def load(con: duckdb.DuckDBPyConnection, claims: Path) -> list[str]:
    """Load every column of the CSV with its type into table `claim`; the names of the columns.

    Rows with a value that is none of its type are left out: DuckDB's own way to get past them.
    """
    with claims.open(newline="", encoding="utf-8") as stream:
        header = next(csv.reader(stream))
    columns = {name: _type(name) for name in header}
    con.execute(
        "CREATE OR REPLACE TABLE claim AS SELECT * FROM"
        f" read_csv(?, header = true, auto_detect = false, delim = ',', quote = '\"', columns = {columns},"
        " ignore_errors = true)",
        [str(claims)],
    )
    return header


def _type(column: str) -> str:
    if column in DATES:
        return "DATE"
    if column in MONEY:
        return "DECIMAL(18,2)"
    return "DECIMAL(18,3)" if column == "units" else "VARCHAR"


def newest(library: Path, table: str) -> str:
    """The rows of the newest edition of `table`. Raises FileNotFoundError when the library has none."""
    editions = sorted((library / table).glob("*/rows.parquet"))
    if not editions:
        raise FileNotFoundError(2, f"the library has no edition of {table}", str(library))
    return str(editions[-1].with_name("rows*.parquet"))


def measure(claims: Path, library: Path, threads: int) -> dict[str, float | int]:
    """Seconds of load, PTP and MUE, and the rows of each; of the hospital tables nought where there are none."""
    con = duckdb.connect(config={"threads": threads})
    con.execute("SET preserve_insertion_order = false")
    cpu_before = time.process_time()
    clock = [time.perf_counter()]

    header = load(con, claims)
    clock.append(time.perf_counter())

    modifiers = ", ".join(name for name in header if name in {"mod1", "mod2", "mod3", "mod4", "mod5"})
    lifted = f"list_has_any([{modifiers}], {list(ASSOCIATED)})"
    kinds = {"practitioner": ("rendering_npi", "rendering_npi IS NOT NULL")}
    if "facility_npi" in header and (library / "ncci_ptp_hospital").is_dir():
        kinds["hospital"] = ("facility_npi", "rendering_npi IS NULL AND facility_npi IS NOT NULL")
    rows = {"lines": int(con.execute("SELECT count(*) FROM claim").fetchall()[0][0])}
    seconds = {"load": clock[1] - clock[0], "ptp_hospital": 0.0, "mue_hospital": 0.0}
    for table, (provider, kind) in kinds.items():
        suffix = "" if table == "practitioner" else "_hospital"
        for what, into, sql in (("ptp", "pairs", PAIRS), ("mue", "days", UNITS)):
            query = sql.format(into=into, provider=provider, kind=kind, lifted=lifted)
            started = time.perf_counter()
            con.execute(query, [newest(library, f"ncci_{what}_{table}")])
            seconds[what + suffix] = time.perf_counter() - started
            rows[into + suffix] = int(con.execute(f"SELECT count(*) FROM {into}").fetchall()[0][0])
    cpu = time.process_time() - cpu_before
    return {
        **{part: round(value, 3) for part, value in seconds.items()},
        "total": round(sum(seconds.values()), 3),
        "cpu": round(cpu, 3),
        "pairs_hospital": 0,
        "days_hospital": 0,
        **rows,
    }


def main() -> None:
    """Read the arguments, measure once, print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--claims", type=Path, required=True, help="a plain claims file (CSV)")
    parser.add_argument("--library", type=Path, required=True, help="a library with imported tables")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    print(json.dumps(measure(given.claims, given.library, given.threads)))


if __name__ == "__main__":
    main()
