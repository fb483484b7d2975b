"""What it costs to ask for the row in force on a day, over asking for the row alone; see README.md in this folder.

    python benchmarks/lookup_in_force.py --library DIR [--questions 10000000] [--repeat 5]

Both joins run in turn in one process, on the same rows and questions, and write their results to a table.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from statistics import median

import duckdb

from auditor.reference import Library
from auditor.reference.editions import Answer
from auditor.reference.lookup import in_force

TABLE = "ncci_ptp_practitioner"
SEED = 0.5


def make_questions(con: duckdb.DuckDBPyConnection, number: int) -> None:
    """`question`: pairs drawn from the table `row`, each with a day between 1996 and the end of 2024."""
    con.execute("SELECT setseed(?)", [SEED])
    con.execute(
        f"""CREATE TABLE question AS
            WITH drawn AS (SELECT (random() * (SELECT count(*) - 1 FROM "row"))::BIGINT AS at,
                                  DATE '1996-01-01' + (random() * 10591)::INTEGER AS day FROM range({number}))
            SELECT column_1, column_2, day FROM drawn JOIN "row" ON "row".rowid = drawn.at"""
    )


def measure(library: Path, number: int, repeat: int) -> dict[str, object]:
    """Seconds of both joins, how many rows each gave, and how many questions had no answer."""
    answers = [a for a in Library.open(library).answers() if a.edition.table == TABLE]
    con = duckdb.connect(config={"threads": 2})
    con.execute("SET preserve_insertion_order = false")
    dated = _dated(con, answers)
    undated = (
        'SELECT q.*, r.* EXCLUDE (column_1, column_2) FROM question q JOIN "row" r USING (column_1, column_2)'
    )
    make_questions(con, number)
    seconds: dict[str, list[float]] = {"without dates": [], "in force": []}
    for _ in range(repeat + 1):
        for name, query in (("without dates", undated), ("in force", dated)):
            started = time.perf_counter()
            con.execute(f'CREATE OR REPLACE TABLE "{name}" AS {query}')
            seconds[name].append(time.perf_counter() - started)
    medians = {name: median(values[1:]) for name, values in seconds.items()}  # the first round warms up
    rows = {name: con.execute(f'SELECT count(*) FROM "{name}"').fetchall()[0][0] for name in seconds}
    none = con.execute('SELECT count(*) FROM "in force" WHERE effective IS NULL').fetchall()[0][0]
    return {
        "questions": number,
        "rows": rows,
        "not in force": none,
        "seconds": {name: round(value, 3) for name, value in medians.items()},
        "ratio": round(medians["in force"] / medians["without dates"], 2),
    }


def _dated(con: duckdb.DuckDBPyConnection, answers: list[Answer]) -> str:
    """The product's query. Both sides read Parquet once, before they are timed: what is measured is the join."""
    query = in_force(answers, TABLE, "question")
    rows = query[query.index("LEFT JOIN (") + len("LEFT JOIN (") : query.index(") r ON")]
    con.execute(f'CREATE TABLE "row" AS {rows}')
    return query.replace(f"({rows})", '"row"')


def main() -> None:
    """Read the arguments, measure, print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=10_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    given = parser.parse_args()
    print(json.dumps(measure(given.library, given.questions, given.repeat), indent=1))


if __name__ == "__main__":
    main()
