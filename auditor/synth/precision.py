"""Precision and recall of an audit by catalogue rule, against the truth of claims that were made to be audited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb


@dataclass(frozen=True, slots=True)
class RuleScore:
    """One catalogue rule. `seeded` lines should have a finding of it, `found` do; `class_differs` in another class.

    `flagged` lines have one, expected or not; `stray` are those of them that the truth says nothing of.
    """

    catalogue_id: str
    seeded: int
    found: int
    class_differs: int
    flagged: int
    stray: int

    @property
    def recall(self) -> float | None:
        """Found of seeded; None where nothing was seeded."""
        return self.found / self.seeded if self.seeded else None

    @property
    def precision(self) -> float | None:
        """Flagged lines that the truth expects, of all flagged; None where nothing was flagged."""
        return (self.flagged - self.stray) / self.flagged if self.flagged else None


@dataclass(frozen=True, slots=True)
class Surprise:
    """A line that the audit and the truth disagree on: `what` is missed, stray, near miss or other class."""

    what: str
    catalogue_id: str
    kind: str
    claim_id: str
    line_no: int
    said: str


@dataclass(frozen=True, slots=True)
class Precision:
    """The outcome: a score a rule, near misses (lines, and of them flagged by any rule), every disagreement."""

    rules: tuple[RuleScore, ...]
    near_misses: int
    near_misses_flagged: int
    surprises: tuple[Surprise, ...]


def measure(truth: Path, findings: Path) -> Precision:
    """Hold `findings.parquet` against `truth.parquet`. A near miss is wrong with any finding of any rule.

    Bypasses, suppressed and not evaluated ones are no findings; a bypass that the truth expects is a seeded one.
    Raises duckdb.Error when a file is not what it should be.
    """
    with duckdb.connect() as con:
        con.execute("SET threads = 2")
        _load(con, truth, findings)
        rules = con.execute(_RULES).fetchall()
        near = con.execute(
            "SELECT count(*), count(*) FILTER (EXISTS (FROM flagged f WHERE f.claim_id = t.claim_id "
            "AND f.line_no = t.line_no AND f.verdict = 'fail')) FROM truth t WHERE verdict = 'none'"
        ).fetchone()
        surprises = con.execute(_SURPRISES).fetchall()
    assert near is not None
    return Precision(
        tuple(RuleScore(*row) for row in rules), near[0], near[1], tuple(Surprise(*row) for row in surprises)
    )


def table(scores: Sequence[RuleScore]) -> str:
    """The scores as a table of text, a rule a row."""
    rows = [("rule", "seeded", "found", "recall", "flagged", "stray", "precision", "other class")]
    rows += [
        (
            item.catalogue_id, f"{item.seeded:,}", f"{item.found:,}", _share(item.recall), f"{item.flagged:,}",
            f"{item.stray:,}", _share(item.precision), f"{item.class_differs:,}",
        )
        for item in scores
    ]  # fmt: skip
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _load(con: duckdb.DuckDBPyConnection, truth: Path, findings: Path) -> None:
    read = "read_parquet($path, hive_partitioning = false)"
    con.execute(
        f'CREATE TABLE truth AS SELECT DISTINCT catalogue_id, kind, verdict, "class", claim_id, line_no FROM {read} '
        "WHERE verdict <> 'set_aside' AND claim_id IS NOT NULL",
        {"path": str(truth)},
    )
    con.execute(
        'CREATE TABLE flagged AS SELECT catalogue_id, verdict, claim_id, CAST(line_no AS INTEGER) AS line_no, "class", '
        f"rule_id FROM {read} WHERE verdict IN ('fail', 'bypassed') AND claim_id IS NOT NULL",
        {"path": str(findings)},
    )


_MET = """f.claim_id = t.claim_id AND f.line_no = t.line_no AND f.catalogue_id = t.catalogue_id
    AND f.verdict = t.verdict"""
_SEEDED = "t.verdict IN ('fail', 'bypassed')"
_RULES = f"""
WITH seeded AS (
    SELECT t.catalogue_id, count(*) AS seeded, count(*) FILTER (hit) AS found,
        count(*) FILTER (hit AND NOT same) AS other
    FROM (SELECT t.catalogue_id, EXISTS (FROM flagged f WHERE {_MET}) AS hit, EXISTS (FROM flagged f WHERE {_MET}
            AND (t."class" IS NULL OR f."class" = t."class")) AS same FROM truth t WHERE {_SEEDED}) t
    GROUP BY ALL),
lines AS (SELECT DISTINCT catalogue_id, claim_id, line_no, verdict FROM flagged WHERE verdict = 'fail'),
flags AS (
    SELECT f.catalogue_id, count(*) AS flagged,
        count(*) FILTER (NOT EXISTS (FROM truth t WHERE {_SEEDED} AND {_MET})) AS stray
    FROM lines f GROUP BY ALL)
SELECT coalesce(s.catalogue_id, g.catalogue_id), coalesce(seeded, 0), coalesce(found, 0), coalesce(other, 0),
    coalesce(flagged, 0), coalesce(stray, 0)
FROM seeded s FULL JOIN flags g ON s.catalogue_id = g.catalogue_id ORDER BY 1"""
_SURPRISES = f"""
SELECT 'missed', t.catalogue_id, t.kind, t.claim_id, t.line_no, t.verdict FROM truth t
WHERE {_SEEDED} AND NOT EXISTS (FROM flagged f WHERE {_MET})
UNION ALL
SELECT 'other class', t.catalogue_id, t.kind, t.claim_id, t.line_no, string_agg(DISTINCT f."class", ' ')
FROM truth t JOIN flagged f ON {_MET} WHERE {_SEEDED} AND t."class" IS NOT NULL GROUP BY ALL
HAVING NOT bool_or(f."class" = t."class")
UNION ALL
SELECT CASE WHEN n.claim_id IS NULL THEN 'stray' ELSE 'near miss' END, f.catalogue_id,
    coalesce(n.kind, (SELECT min(kind) FROM truth t WHERE t.claim_id = f.claim_id), ''), f.claim_id, f.line_no,
    string_agg(DISTINCT f.rule_id, ' ')
FROM flagged f LEFT JOIN (SELECT DISTINCT claim_id, line_no, kind FROM truth WHERE verdict = 'none') n
    ON n.claim_id = f.claim_id AND n.line_no = f.line_no
WHERE f.verdict = 'fail' AND NOT EXISTS (FROM truth t WHERE {_SEEDED} AND {_MET})
GROUP BY ALL
ORDER BY 1, 2, 3, 4, 5"""
