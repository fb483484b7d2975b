"""What differs between the findings before and after: by finding, by heading, by rule, by provider.

A finding is the same one on both sides when its id is. Its outcome is what ``auditor compare`` compares too; a finding
with the same outcome that is told otherwise (explanation, title, citations, priority) counts as reworded.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from duckdb import DuckDBPyConnection

from auditor.findings.model import COLUMNS
from auditor.findings.store import dollars_by_class, quoted
from auditor.reports.rows import SECTION_SQL
from auditor.reports.wording import SECTION_WORDS
from auditor.workbench.impact_model import KINDS, Amounts, Difference, Share, Side
from auditor.workbench.impact_run import EarlierRun

OUTCOME: Final = (
    "verdict", "class", "exposure", "exposure_counted", "direction", "exposure_basis", "suppressed_by", "reason",
)  # fmt: skip
"""What `review.compare` holds against each other."""
_NOT_COMPARED: Final = frozenset({"finding_id", "rule_version", "rule_hash"})
_WORDS: Final = tuple(name for name in COLUMNS if name not in {*_NOT_COMPARED, *OUTCOME})
_PROVIDER: Final = "coalesce(nullif(rendering_npi, ''), nullif(billing_npi, ''), '')"
_DOLLARS: Final[Mapping[str, tuple[str, ...]]] = {
    "over_definite": ("over_definite",),
    "over_probable": ("over_probable",),
    "under": ("under_definite", "under_probable"),
    "at_risk": ("at_risk",),
    "no_amount": ("no_amount",),
    "bypassed": ("bypassed",),
    "suppressed": ("suppressed",),
    "not_evaluated": ("not_evaluated",),
}
"""The headings, in the order of the report, each with the sections of single findings under it."""
HEADINGS: Final[Mapping[str, str]] = {
    name: "Potential underpayment" if name == "under" else SECTION_WORDS[name] for name in _DOLLARS
}
MOST_PROVIDERS: Final = 10


def find_differences(con: DuckDBPyConnection) -> None:
    """Make ``difference`` from ``finding_before`` and ``finding_after``: one row a finding that is not the same."""
    outcome = " OR ".join(_differ(name) for name in OUTCOME)
    words = " OR ".join(_differ(name) for name in _WORDS)
    con.execute(f"""
CREATE OR REPLACE TABLE difference AS
SELECT CASE WHEN b.finding_id IS NULL THEN 'added' WHEN a.finding_id IS NULL THEN 'removed'
            WHEN {outcome} THEN 'changed' WHEN {words} THEN 'reworded' END AS kind,
       CASE WHEN b.finding_id IS NOT NULL THEN b END AS before,
       CASE WHEN a.finding_id IS NOT NULL THEN a END AS after, coalesce(a.finding_id, b.finding_id) AS finding_id,
       coalesce(a.rule_id, b.rule_id) AS rule_id, coalesce(a.title, b.title) AS title,
       coalesce(a.claim_id, b.claim_id) AS claim_id, coalesce(a.line_no, b.line_no) AS line_no,
       coalesce(a.service_date, b.service_date) AS service_date, coalesce(a.code, b.code) AS code,
       coalesce(a.provider, b.provider) AS provider
  FROM ({_numbered("finding_before")}) b FULL JOIN ({_numbered("finding_after")}) a
    ON a.finding_id = b.finding_id AND a.nth = b.nth
 WHERE b.finding_id IS NULL OR a.finding_id IS NULL OR {outcome} OR {words}
""")


def _differ(name: str) -> str:
    return f'a."{name}" IS DISTINCT FROM b."{name}"'


def _numbered(table: str) -> str:
    return (
        f"SELECT *, {_PROVIDER} AS provider, {SECTION_SQL} AS section, row_number() OVER (PARTITION BY finding_id "
        f"ORDER BY patient_id, payer_id, claim_id, line_no) AS nth FROM {table}"
    )


def counts(con: DuckDBPyConnection) -> dict[Any, int]:
    """Differences by kind, every kind named."""
    found = dict(con.execute("SELECT kind, count(*) FROM difference GROUP BY 1").fetchall())
    return {kind: found.get(kind, 0) for kind in KINDS}


def amounts(con: DuckDBPyConnection, run: EarlierRun | None) -> tuple[Amounts, ...]:
    """Findings and dollars by heading on both sides: of the whole ``run``, or with None of the lines replayed."""
    before, after = _figures(con, "finding_before"), _figures(con, "finding_after")
    whole = before
    if run is not None:
        whole = _figures(con, f"read_parquet({quoted(run.findings)}, hive_partitioning = false)")
    rows = []
    for name, words in HEADINGS.items():
        findings, money = whole[name]
        gained = after[name][0] - before[name][0]
        later = None if money is None else money + (after[name][1] or 0) - (before[name][1] or 0)
        rows.append(Amounts(words, findings, findings + gained, money, later))
    return tuple(rows)


def _figures(con: DuckDBPyConnection, source: str) -> dict[str, tuple[int, Decimal | None]]:
    """Findings and dollars of the findings in ``source``, by heading."""
    con.execute(f"CREATE OR REPLACE TEMP VIEW finding AS SELECT * FROM {source}")
    sections = dict(
        con.execute(f"SELECT {SECTION_SQL} AS section, count(*) FROM finding GROUP BY 1").fetchall()
    )
    money = dollars_by_class(con)
    con.execute("DROP VIEW finding")
    return {
        name: (sum(sections.get(section, 0) for section in parts), money.get(name))
        for name, parts in _DOLLARS.items()
    }


def shares(con: DuckDBPyConnection, by: str, most: int | None = None) -> tuple[Share, ...]:
    """The differences by ``rule_id`` or by ``provider``, those most affected first: by dollars moved, then findings."""
    kinds = ", ".join(f"count(*) FILTER (kind = '{kind}')" for kind in KINDS)
    sections = {
        "definite": "over_definite", "probable": "over_probable", "under": "under_%", "at_risk": "at_risk",
    }  # fmt: skip
    gained = ", ".join(
        f"sum({_amount('after', section)} - {_amount('before', section)})" for section in sections.values()
    )
    moved = " + ".join(
        f"abs({_amount('after', section)} - {_amount('before', section)})" for section in sections.values()
    )
    rows = con.execute(
        f"SELECT coalesce({by}, ''), min(title), {kinds}, {gained}, sum({moved}) AS moved FROM difference GROUP BY 1 "
        f"ORDER BY moved DESC, count(*) DESC, 1 {f'LIMIT {most}' if most else ''}"
    ).fetchall()
    return tuple(
        Share(key, title if by == "rule_id" else "", dict(zip(KINDS, found[:4], strict=True)), *found[4:])
        for key, title, *found in rows
    )


def _amount(side: str, section: str) -> str:
    """SQL of what a finding adds under a section, on one side; at risk its exposure, which may overlap others'."""
    amount = "exposure" if section == "at_risk" else "exposure_counted"
    return (
        f"CAST(CASE WHEN {side}.section LIKE '{section}' THEN coalesce({side}.{amount}, 0) ELSE 0 END "
        "AS DECIMAL(18,2))"
    )


def providers(con: DuckDBPyConnection) -> int:
    """How many providers have a finding that differs."""
    row = con.execute("SELECT count(DISTINCT provider) FROM difference").fetchone()
    return int(row[0]) if row else 0


_SIDE: Final = (
    "verdict", "class", "direction", "at_risk", "exposure", "exposure_counted", "exposure_basis", "suppressed_by",
    "reason", "explanation", "premises",
)  # fmt: skip
_TOLD: Final = "kind finding_id rule_id title claim_id line_no service_date code provider".split()


def listed(con: DuckDBPyConnection, where: str = "TRUE", order: str = "") -> list[Difference]:
    """The differences, or those ``where``, by kind, rule, claim and line."""
    sides = [f'{side}."{name}"' for side in ("before", "after") for name in _SIDE]
    rows = con.execute(
        f"SELECT {', '.join([*_TOLD, *sides])} FROM difference WHERE {where} ORDER BY {order} "
        f"list_position({list(KINDS)}, kind), rule_id, claim_id NULLS LAST, line_no, finding_id"
    ).fetchall()
    return [_difference(row) for row in rows]


def _difference(row: tuple[Any, ...]) -> Difference:
    kind, id_, rule, title, claim, line, day, code, provider = row[:9]
    own, other = row[9 : 9 + len(_SIDE)], row[9 + len(_SIDE) :]
    return Difference(
        kind=kind, finding_id=id_, rule_id=rule, title=title or "", claim_id=claim or "", line_no=line,
        service_date=day, code=code or "", provider=provider or "",
        before=None if kind == "added" else _side(own), after=None if kind == "removed" else _side(other),
    )  # fmt: skip


def _side(values: tuple[Any, ...]) -> Side:
    verdict, cls, direction, at_risk, exposure, counted, basis, override, reason, explanation, premises = (
        values
    )
    return Side(
        verdict, cls or "", direction or "", bool(at_risk), exposure or Decimal(0), counted or Decimal(0),
        basis or "", override or "", reason or "", explanation or "", tuple(premises or ()),
    )  # fmt: skip
