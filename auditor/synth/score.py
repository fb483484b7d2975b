"""How well an audit did on synthetic claims: what was found, missed, and flagged though nothing is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb


@dataclass(frozen=True)
class KindScore:
    """One catalogue id: truth rows (lines, or providers) seeded and found; `class_differs` in another class."""

    catalogue_id: str
    verdict: str
    seeded: int
    found: int
    class_differs: int


@dataclass(frozen=True)
class Miss:
    """A truth row that the audit did not meet, or a near miss that it flagged."""

    case_id: str
    kind: str
    catalogue_id: str
    verdict: str
    claim_id: str | None
    line_no: int | None
    rendering_npi: str | None
    note: str


@dataclass(frozen=True)
class Score:
    """The outcome of one comparison.

    `kinds` by catalogue id and verdict; `missed` the seeded rows not found; `near_misses` how many lines look
    wrong and are not, `wrongly_flagged` those that got a finding of the family all the same. `unexpected` counts
    findings (fail or bypassed) on lines that no truth row mentions, by catalogue id. `set_aside_scored` is False
    when no set_aside.parquet was there to compare with.
    """

    kinds: tuple[KindScore, ...]
    missed: tuple[Miss, ...]
    near_misses: int
    wrongly_flagged: tuple[Miss, ...]
    unexpected: Mapping[str, int]
    set_aside_scored: bool

    @property
    def seeded(self) -> int:
        """Truth rows that should be found."""
        return sum(kind.seeded for kind in self.kinds)

    @property
    def found(self) -> int:
        """Truth rows that were found."""
        return sum(kind.found for kind in self.kinds)

    def sentence(self) -> str:
        """One sentence for people."""
        text = f"{self.found:,} of {self.seeded:,} seeded errors were found"
        wrong = len(self.wrongly_flagged)
        return f"{text}; of {self.near_misses:,} near misses, {wrong:,} {'was' if wrong == 1 else 'were'} flagged."


def score(truth_path: Path, findings_path: Path, set_aside_path: Path | None = None) -> Score:
    """Compare `truth.parquet` with an audit's `findings.parquet`.

    A failed line counts as found when a finding of its catalogue id and verdict stands on that line; a bypass when a
    bypassed finding of its family does; a provider when a failed finding of its id names the rendering NPI.
    Rows to be set aside are looked up in `set_aside_path` (default: set_aside.parquet beside the findings).
    Raises duckdb.Error when a file is not what it should be.
    """
    beside = set_aside_path or findings_path.parent / "set_aside.parquet"
    with duckdb.connect() as con:
        con.execute("SET threads = 2")
        _load(con, truth_path, findings_path, beside if beside.exists() else None)
        kinds = con.execute(
            """SELECT catalogue_id, verdict, count(*), count(*) FILTER (hit), count(*) FILTER (hit AND NOT class_met)
            FROM outcome WHERE verdict <> 'none' GROUP BY ALL ORDER BY ALL"""
        ).fetchall()
        return Score(
            kinds=tuple(KindScore(*row) for row in kinds),
            missed=_misses(con, "verdict <> 'none' AND NOT hit"),
            near_misses=_count(con, "SELECT count(*) FROM outcome WHERE verdict = 'none'"),
            wrongly_flagged=_misses(con, "verdict = 'none' AND hit"),
            unexpected=dict(_unexpected(con)),
            set_aside_scored=beside.exists(),
        )


def _load(con: duckdb.DuckDBPyConnection, truth: Path, findings: Path, set_aside: Path | None) -> None:
    """Create `truth`, `found` (findings by line or provider) and `outcome` (truth rows with hit and class_met)."""
    con.execute(
        "CREATE TABLE truth AS SELECT row_number() OVER () AS row, * "
        f"FROM read_parquet('{_quoted(truth)}', hive_partitioning = false)"
    )
    con.execute(
        f"""CREATE TABLE found AS
        SELECT catalogue_id, split_part(catalogue_id, '-', 1) AS family, verdict, "class", claim_id,
            CAST(line_no AS INTEGER) AS line_no, CASE WHEN claim_id IS NULL THEN rendering_npi END AS npi
        FROM read_parquet('{_quoted(findings)}', hive_partitioning = false) WHERE verdict IN ('fail', 'bypassed')"""
    )
    if set_aside is None:
        con.execute("DELETE FROM truth WHERE verdict = 'set_aside'")
    else:
        con.execute(
            f"""INSERT INTO found SELECT 'SET-ASIDE', 'SET', 'set_aside', NULL, claim_id, TRY_CAST(line_no AS INTEGER),
            NULL FROM read_parquet('{_quoted(set_aside)}', hive_partitioning = false)"""
        )
    # A near miss is wrong with any finding of its family, fail or bypass; a bypass may be named by any rule of it.
    con.execute(
        """CREATE TABLE outcome AS
        SELECT t.*, count(f.family) > 0 AS hit,
            coalesce(bool_or(t."class" IS NULL OR f."class" IS NULL OR f."class" = t."class"), false) AS class_met
        FROM truth t LEFT JOIN found f
            ON (f.claim_id = t.claim_id AND f.line_no = t.line_no OR t.claim_id IS NULL AND f.npi = t.rendering_npi)
            AND CASE t.verdict
                WHEN 'none' THEN f.family = split_part(t.catalogue_id, '-', 1)
                WHEN 'bypassed' THEN f.verdict = 'bypassed' AND f.family = split_part(t.catalogue_id, '-', 1)
                ELSE f.verdict = t.verdict AND f.catalogue_id = t.catalogue_id END
        GROUP BY ALL"""
    )


def _unexpected(con: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    rows: list[tuple[str, int]] = con.execute(
        """SELECT catalogue_id, count(*) FROM found f
        WHERE verdict <> 'set_aside' AND NOT EXISTS (FROM truth t
            WHERE t.claim_id = f.claim_id AND t.line_no = f.line_no
            OR t.claim_id IS NULL AND t.rendering_npi = f.npi AND t.catalogue_id = f.catalogue_id)
        GROUP BY 1 ORDER BY 1"""
    ).fetchall()
    return rows


def _misses(con: duckdb.DuckDBPyConnection, where: str) -> tuple[Miss, ...]:
    rows = con.execute(
        f"""SELECT case_id, kind, catalogue_id, verdict, claim_id, line_no, rendering_npi, note FROM outcome
        WHERE {where} ORDER BY case_id, claim_id, line_no, catalogue_id"""
    ).fetchall()
    return tuple(Miss(*row) for row in rows)


def _count(con: duckdb.DuckDBPyConnection, query: str) -> int:
    row = con.execute(query).fetchone()
    return int(row[0]) if row else 0


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
