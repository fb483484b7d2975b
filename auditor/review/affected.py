"""Which findings of a run rest on rows that another edition has otherwise, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from auditor.base.errors import InputRefused
from auditor.reference.diff import RowChange, TableDiff, in_force_on

FINDINGS = "findings.parquet"
# What of a changed row the rules ask: these columns decide, the others (rationale, notes) are told only.
_DECIDING = frozenset({"modifier_indicator", "value", "mai", "edit_type", "requires", "exhaustive"})
_KEYS: Mapping[str, tuple[str, ...]] = {
    "ncci_ptp": ("column_1", "column_2"),
    "ncci_mue": ("code",),
    "ncci_aoc": ("addon",),
    "coverage": ("code",),
}
"""The columns by which findings cite a row of a table of the rules."""


@dataclass(frozen=True)
class Finding:
    """What is asked of a finding here.

    `cited`: (table of the rules, key by column) of the rows it rests on; `lines`: (claim, line) of all its evidence.
    """

    finding_id: str
    rule_id: str
    claim_id: str
    line_no: str
    service_date: date
    verdict: str
    finding_class: str
    exposure: Decimal
    counted: Decimal
    cited: tuple[tuple[str, Mapping[str, str]], ...]
    premises: frozenset[str]
    lines: frozenset[tuple[str, str]] = frozenset()
    values: tuple[Any, ...] = ()

    @property
    def line(self) -> tuple[str, str]:
        """The claim line it flags."""
        return (self.claim_id, self.line_no)


@dataclass(frozen=True)
class Affected:
    """A finding, the row that changed under it (None: it rests on another affected finding), and what becomes of it."""

    finding: Finding
    row: RowChange | None
    effect: str


def read_findings(run: Path) -> list[Finding]:
    """The findings of a run's folder. Raises InputRefused when it has none to read."""
    path = run / FINDINGS
    if not path.is_file():
        raise InputRefused(
            f"there is no {FINDINGS}",
            where=run.name,
            why="It is not the output of an audit",
            mend="Name the folder that `auditor audit --out` wrote",
        )
    query = """
        SELECT finding_id, rule_id, claim_id, line_no::VARCHAR, service_date, verdict, coalesce("class", ''),
               coalesce(exposure, 0), coalesce(exposure_counted, 0), reference_rows, coalesce(premises, []),
               coalesce(evidence, []), direction, exposure_basis, coalesce(suppressed_by, ''), coalesce(reason, '')
        FROM read_parquet(?) ORDER BY finding_id"""
    try:
        rows = duckdb.connect().execute(query, [str(path)]).fetchall()
    except duckdb.Error as error:
        raise InputRefused("the findings cannot be read", where=f"{run.name}/{FINDINGS}") from error
    return [_finding(row) for row in rows]


def _finding(row: tuple[Any, ...]) -> Finding:
    return Finding(
        finding_id=row[0],
        rule_id=row[1],
        claim_id=row[2],
        line_no=row[3],
        service_date=row[4],
        verdict=row[5],
        finding_class=row[6],
        exposure=row[7],
        counted=row[8],
        cited=tuple(_cited(row[9] or ())),
        premises=frozenset(row[10]),
        lines=frozenset((e["claim_id"], str(e["line_no"])) for e in row[11]),
        values=(*row[5:9], *row[12:]),
    )


def key_of(table: str, row: Mapping[str, str]) -> tuple[str, ...] | None:
    """A row's key as findings cite it: table of the rules, then its codes; None for tables that no rule asks."""
    columns = _KEYS.get(_rules_table(table))
    if columns is None or any(column not in row for column in columns):
        return None
    return (_rules_table(table), *(row[column] for column in columns))


def affected(findings: Iterable[Finding], diff: TableDiff, rows: Iterable[RowChange]) -> Iterator[Affected]:
    """Findings that the differences of one table concern: first those on the rows themselves, then what hangs on them.

    `diff` goes from the edition that the run used to another.
    """
    table, setting = diff.before.rules_table, diff.before.setting
    changed: dict[tuple[str, ...], list[RowChange]] = {}
    for row in rows:
        key = key_of(table, row.key)
        if key is not None:
            changed.setdefault(key, []).append(row)
    findings = list(findings)
    seen: set[str] = set()
    for finding in findings:
        for cited_table, cited in finding.cited:
            key = key_of(cited_table, cited)
            if key in changed and setting in ("*", cited.get("setting", setting)):
                row = _nearest(changed[key], finding.service_date)
                seen.add(finding.finding_id)
                yield Affected(finding, row, _effect(row, finding.service_date))
                break
    yield from _hanging(findings, seen)


def _hanging(findings: list[Finding], seen: set[str]) -> Iterator[Affected]:
    """Findings whose premises are affected, however far the chain goes."""
    grown = True
    while grown:
        grown = False
        for finding in findings:
            if finding.finding_id not in seen and finding.premises & seen:
                seen.add(finding.finding_id)
                grown = True
                yield Affected(finding, None, "rests on a finding that is concerned")


def _nearest(rows: list[RowChange], day: date) -> RowChange:
    """Of several changed rows of one key the one in force on the day on either side."""
    return next((r for r in rows if in_force_on(r.before, day) or in_force_on(r.after, day)), rows[0])


def _effect(row: RowChange, day: date) -> str:
    before, after = in_force_on(row.before, day), in_force_on(row.after, day)
    if before and not after:
        return "the row is not in force on the service date any more"
    if after and not before:
        return "another row is in force on the service date"
    if not before:
        return "the row was not in force on the service date and is not"
    asked = [column for column in row.columns if column in _DECIDING]
    if asked:
        return f"the row says otherwise: {', '.join(asked)}"
    return "the row is still in force on the service date; only what is cited of it changes"


def _rules_table(table: str) -> str:
    """`ncci_aoc_code` and the like are forms of one table."""
    return next((name for name in _KEYS if table == name or table.startswith(f"{name}_")), table)


def _cited(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Cited rows with their keys taken apart: `setting practitioner / column_1 45385 / ...`."""
    for row in rows:
        pieces = (piece.partition(" ") for piece in str(row["key"]).split(" / "))
        yield str(row["table"]), {name: value for name, _, value in pieces}
