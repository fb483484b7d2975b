"""Which findings of a run rest on rows that another edition has otherwise, and what becomes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import duckdb

from auditor.base.errors import InputRefused
from auditor.reference import Edition
from auditor.reference.diff import RowChange, TableDiff, in_force_on

FINDINGS = "findings.parquet"
_TOLD = {"run_id": str, "tables": list, "options": dict, "versions": dict, "inputs": list, "rules": list}
"""What of run.json is asked here."""
_RESTS_ON = "finding "
"""What a premise that is a finding begins with; others are numbers in words."""
# What of a changed row the rules ask: these columns decide, the others (rationale, notes) are told only.
_DECIDING = frozenset({"modifier_indicator", "value", "mai", "edit_type", "requires", "exhaustive"})
Side = Literal["before", "after"]
_KEYS: Mapping[str, tuple[str, ...]] = {
    "ncci_ptp": ("column_1", "column_2"),
    "ncci_mue": ("code",),
    "ncci_aoc": ("addon",),
    "coverage": ("code",),
}
"""The columns by which findings cite a row of a table of the rules."""


@dataclass(frozen=True)
class Cited:
    """A row that a finding rests on: table of the rules, label of its edition, key by column, first day in force."""

    table: str
    edition: str
    key: Mapping[str, str]
    effective: date | None = None

    def is_from(self, edition: Edition) -> bool:
        """Whether it stands in this edition, or in another publication of the same period."""
        return self.edition == edition.edition and self.key.get("setting", edition.setting) == edition.setting

    def is_row(self, row: Mapping[str, Any] | None) -> bool:
        """Whether it is this row of a pair of codes. Other tables' rows are not told apart by their first day."""
        if row is None or self.effective is None or not {"column_1", "effective"} <= row.keys():
            return False
        return bool(row["effective"] == self.effective.isoformat())


@dataclass(frozen=True)
class Finding:
    """What is asked of a finding here.

    `cited` are the rows it rests on, `premises` the ids of findings it rests on, `lines` (claim, line) of all its
    evidence. A finding on a provider has no claim, line, date or patient.
    """

    finding_id: str
    rule_id: str
    claim_id: str
    line_no: str
    service_date: date | None
    verdict: str
    finding_class: str
    exposure: Decimal
    counted: Decimal
    cited: tuple[Cited, ...]
    premises: frozenset[str]
    lines: frozenset[tuple[str, str]] = frozenset()
    patient_id: str = ""
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
               coalesce(evidence, []), patient_id, direction, exposure_basis, coalesce(suppressed_by, ''),
               coalesce(reason, '')
        FROM read_parquet(?, hive_partitioning = false) ORDER BY finding_id"""
    try:
        rows = duckdb.connect().execute(query, [str(path)]).fetchall()
    except duckdb.Error as error:
        raise InputRefused("the findings cannot be read", where=f"{run.name}/{FINDINGS}") from error
    return [_finding(row) for row in rows]


def read_run(folder: Path) -> dict[str, Any]:
    """What run.json says of an audit. Raises InputRefused when the folder has none."""
    try:
        told: Any = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        if not isinstance(told, dict) or not all(isinstance(told.get(n), kind) for n, kind in _TOLD.items()):
            raise ValueError
    except (OSError, ValueError) as error:
        raise InputRefused(
            "there is no run.json of an audit",
            where=folder.name,
            mend="Name the folder that `auditor audit --out` wrote",
        ) from error
    return dict(told)


def _finding(row: tuple[Any, ...]) -> Finding:
    return Finding(
        finding_id=row[0],
        rule_id=row[1],
        claim_id=row[2] or "",
        line_no=row[3] or "",
        service_date=row[4],
        verdict=row[5],
        finding_class=row[6],
        exposure=row[7],
        counted=row[8],
        cited=tuple(_cited(row[9] or ())),
        premises=frozenset(p.removeprefix(_RESTS_ON) for p in row[10] if p.startswith(_RESTS_ON)),
        lines=frozenset((e["claim_id"], str(e["line_no"])) for e in row[11]),
        patient_id=row[12] or "",
        values=(*row[5:9], *row[13:]),
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
    findings = list(findings)
    asked = keys_cited(findings)
    changed = by_key(diff.before, (row for row in rows if key_of(diff.before.rules_table, row.key) in asked))
    seen: set[str] = set()
    for finding in findings:
        under = rows_under(finding, diff.before, "before", changed)
        if under and finding.service_date is not None:
            seen.add(finding.finding_id)
            yield Affected(finding, under[0], _told_effect(under, finding.service_date))
    yield from _hanging(findings, seen)


def keys_cited(findings: Iterable[Finding]) -> frozenset[tuple[str, ...]]:
    """The keys of all rows that findings cite."""
    keys = (key_of(cited.table, cited.key) for finding in findings for cited in finding.cited)
    return frozenset(key for key in keys if key is not None)


def by_key(edition: Edition, rows: Iterable[RowChange]) -> dict[tuple[str, ...], list[RowChange]]:
    """Changed rows of a table by the key under which findings cite them; none of tables that no rule asks."""
    changed: dict[tuple[str, ...], list[RowChange]] = {}
    for row in rows:
        key = key_of(edition.rules_table, row.key)
        if key is not None:
            changed.setdefault(key, []).append(row)
    return changed


def rows_under(
    finding: Finding, edition: Edition, side: Side, changed: Mapping[tuple[str, ...], list[RowChange]]
) -> list[RowChange]:
    """The changed rows that bear on a finding made with `edition`, which is on `side` of the changes.

    Those are the row that it cites, then others of its codes that are in force on the service date before or after.
    A pair of codes has a row for each time it was in force: the one cited is told by its first day.
    """
    found: list[RowChange] = []
    day = finding.service_date
    for cited in finding.cited if day is not None else ():
        key = key_of(cited.table, cited.key)
        rows = changed.get(key, []) if key is not None and cited.is_from(edition) else []
        of_day = [
            row for row in rows if day and (in_force_on(row.before, day) or in_force_on(row.after, day))
        ]
        own = [row for row in rows if cited.is_row(row.before if side == "before" else row.after)]
        found += [*own, *of_day]
    return without_repeats(found)


def without_repeats(rows: Iterable[RowChange]) -> list[RowChange]:
    """Each row once, in the order of their first."""
    kept: list[RowChange] = []
    for row in rows:
        if row not in kept:
            kept.append(row)
    return kept


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


def bears_on(row: RowChange, day: date | None) -> bool:
    """Whether a changed row can change what is found on a day.

    It cannot when it is in force then on both sides and says the same of what rules ask.
    """
    if day is None:
        return True
    before, after = in_force_on(row.before, day), in_force_on(row.after, day)
    return not (before and after) or any(column in _DECIDING for column in row.columns)


def _told_effect(rows: list[RowChange], day: date) -> str:
    """What becomes of a finding; of an add-on code's rows only what may, for its primaries of the day are not known."""
    effect = _effect(rows, day)
    if "addon" in rows[0].key and bears_on(rows[0], day):
        return f"if that primary code stands on the day: {effect}"
    return effect


def _effect(rows: list[RowChange], day: date) -> str:
    """What becomes of a finding on the first of these rows, which may have another in its place."""
    row = rows[0]
    before, after = in_force_on(row.before, day), in_force_on(row.after, day)
    if not after and any(in_force_on(other.after, day) for other in rows):
        return "another row is in force on the service date"
    if before and not after:
        return "the row is not in force on the service date any more"
    if after and not before:
        return "another row is in force on the service date"
    if not before:
        return "the row is in force on another day of the service"
    asked = [column for column in row.columns if column in _DECIDING]
    if asked:
        return f"the row says otherwise: {', '.join(asked)}"
    return "the row is still in force on the service date; only what is cited of it changes"


def _rules_table(table: str) -> str:
    """`ncci_aoc_code` and the like are forms of one table."""
    return next((name for name in _KEYS if table == name or table.startswith(f"{name}_")), table)


def _cited(rows: Iterable[Mapping[str, Any]]) -> Iterator[Cited]:
    """Cited rows with their keys taken apart: `setting practitioner / column_1 45385 / ...`."""
    for row in rows:
        pieces = (piece.partition(" ") for piece in str(row["key"]).split(" / "))
        key = {name: value for name, _, value in pieces}
        yield Cited(str(row["table"]), str(row["edition"]), key, row["effective"])
