"""Two audits side by side: which findings differ, and which replaced rows of the tables explain it.

An audit run again with another edition, or as of another day, may differ from the first only where a row that was
replaced bears on a finding: directly, because the finding cites it, or because the finding shares a claim line or a
premise with one that does (precedence, cascades). What could not be evaluated shows no evidence: there it is one of the
same patient and day. Everything else that differs is named as not explained.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from auditor.base.errors import InputRefused
from auditor.reference import Edition, Library
from auditor.reference.diff import RowChange, all_rows, changes, compare_editions
from auditor.reference.tables import TABLES
from auditor.review.affected import (
    Finding,
    bears_on,
    by_key,
    key_of,
    keys_cited,
    read_findings,
    read_run,
    rows_under,
    without_repeats,
)

_SAME = {"inputs": "sha256", "rules": "hash"}


@dataclass(frozen=True)
class Difference:
    """A finding that is not the same in both runs (None: it is in one only), and why.

    `rows` are replaced rows that it rests on; `through` names a finding that rests on one, when it does not itself.
    """

    before: Finding | None
    after: Finding | None
    rows: tuple[RowChange, ...] = ()
    through: str = ""

    @property
    def finding(self) -> Finding:
        """The finding, from the side that has it."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def change(self) -> str:
        """Added, removed or changed."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    @property
    def explained(self) -> bool:
        """Whether a replaced row explains it."""
        return bool(self.rows or self.through)


@dataclass(frozen=True)
class _Replaced:
    """Two editions in which the runs differ, and the rows that differ, by the key under which findings cite them."""

    before: Edition
    after: Edition
    rows: Mapping[tuple[str, ...], list[RowChange]]


@dataclass
class Comparison:
    """What differs between two runs.

    `conditions` are differences of inputs, rules and options, in words; `recited` of the `same` findings cite a row of
    another edition, or with other dates.
    """

    run_before: str
    run_after: str
    conditions: list[str] = field(default_factory=list)
    editions: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    same: int = 0
    recited: int = 0

    @property
    def unexplained(self) -> list[Difference]:
        """Differences that no replaced row explains."""
        return [difference for difference in self.differences if not difference.explained]


def compare_runs(run_before: Path, run_after: Path, library: Library) -> Comparison:
    """Compare two output folders of `auditor audit`; `library` holds the editions that they used.

    Raises InputRefused when a folder is no run, or an edition that they differ in is not in the library.
    """
    told_before, told_after = read_run(run_before), read_run(run_after)
    result = Comparison(told_before["run_id"], told_after["run_id"], _conditions(told_before, told_after))
    before = {finding.finding_id: finding for finding in read_findings(run_before)}
    after = {finding.finding_id: finding for finding in read_findings(run_after)}
    sides = [
        (before.get(finding_id), after.get(finding_id)) for finding_id in sorted(before.keys() | after.keys())
    ]
    differing = [(one, two) for one, two in sides if one is None or two is None or one.values != two.values]
    result.same = len(sides) - len(differing)
    result.recited = sum(
        one is not None and two is not None and one.values == two.values and one.cited != two.cited
        for one, two in sides
    )
    asked = keys_cited(finding for pair in differing for finding in pair if finding is not None)
    replaced = _replaced_rows(told_before, told_after, library, result, asked)
    raw = [Difference(one, two, _rows_behind(one, two, replaced)) for one, two in differing]
    both = {rule["id"] for rule in told_before["rules"]} & {rule["id"] for rule in told_after["rules"]}
    result.differences = _explained(raw, _rules_of(told_before, both) & _rules_of(told_after, both))
    return result


def _conditions(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """In what but the tables the two runs differ."""
    found = [
        f"the {name} differ"
        for name, part in _SAME.items()
        if sorted(e[part] for e in before[name]) != sorted(e[part] for e in after[name])
    ]
    names = before["options"].keys() | after["options"].keys()
    for name in sorted(names):
        first, second = before["options"].get(name), after["options"].get(name)
        if first != second:
            found.append(f"option {name}: {_shown(first)} -> {_shown(second)}")
    if before["versions"] != after["versions"]:
        found.append("the program's or a library's version differs")
    return found


def _replaced_rows(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    library: Library,
    result: Comparison,
    asked: Collection[tuple[str, ...]],
) -> list[_Replaced]:
    """The rows that differ between the editions of the two runs, of the keys `asked`."""
    replaced: list[_Replaced] = []
    for first, second in _pairs(before["tables"], after["tables"]):
        if first is None or second is None:
            alone = _edition(library, first or second or {})
            side = "first" if second is None else "second"
            result.editions.append(
                f"{alone.table} {alone.edition} ({alone.edition_id}): only in the {side} run"
            )
            wanted = partial(_is_asked, alone.rules_table, asked)
            with duckdb.connect(config={"threads": 2}) as con:
                rows = all_rows(con, alone, came=first is None, wanted=wanted)
                replaced.append(_Replaced(alone, alone, by_key(alone, rows)))
            continue
        one, two = _edition(library, first), _edition(library, second)
        with duckdb.connect(config={"threads": 2}) as con:
            diff = compare_editions(con, one, two)
            result.editions.append(
                f"{one.table} {one.edition} ({one.edition_id}, published {one.published}) -> {two.edition} "
                f"({two.edition_id}, published {two.published}): {diff.added:,} rows added, {diff.removed:,} removed, "
                f"{diff.changed:,} changed"
            )
            wanted = partial(_is_asked, one.rules_table, asked)
            replaced.append(_Replaced(one, two, by_key(one, changes(con, diff, wanted=wanted))))
    return replaced


def _is_asked(table: str, asked: Collection[tuple[str, ...]], key: Mapping[str, str]) -> bool:
    return key_of(table, key) in asked


def _pairs(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> list[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]]:
    """The editions in which two runs differ, those of one table and period side by side.

    Of a table whose newest edition answers for all dates (PTP, AOC) also those of two periods. Others (MUE) answer for
    their own period: what stands in one of them only, came or went.
    """
    pairs: list[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]] = []
    ids = {entry["edition_id"] for entry in before} & {entry["edition_id"] for entry in after}
    first = [entry for entry in before if entry["edition_id"] not in ids]
    second = [entry for entry in after if entry["edition_id"] not in ids]
    for same in (("table", "edition"), ("table",)):
        for entry in list(first):
            partner = next((o for o in second if all(o[name] == entry[name] for name in same)), None)
            if partner is not None and ("edition" in same or _has_history(entry["table"])):
                pairs.append((entry, partner))
                first.remove(entry)
                second.remove(partner)
    return [*pairs, *((entry, None) for entry in first), *((None, entry) for entry in second)]


def _has_history(table: str) -> bool:
    return table in TABLES and TABLES[table].answers in ("history", "rows")


def _edition(library: Library, told: Mapping[str, Any]) -> Edition:
    for edition in (*library.editions(), *Library.starter().editions()):
        if (edition.table, edition.edition_id) == (told["table"], told["edition_id"]):
            return edition
    raise InputRefused(
        f"the edition {told['edition_id']} of {told['table']} is not in the library",
        why="Without it nobody can say which of its rows were replaced",
        mend="Name the library that the audits used with --library",
    )


def _rows_behind(
    first: Finding | None, second: Finding | None, replaced: Sequence[_Replaced]
) -> tuple[RowChange, ...]:
    """The replaced rows that bear on a finding on either side."""
    rows: list[RowChange] = []
    for pair in replaced:
        rows += rows_under(first, pair.before, "before", pair.rows) if first is not None else []
        rows += rows_under(second, pair.after, "after", pair.rows) if second is not None else []
    day = next(side.service_date for side in (first, second) if side is not None)
    return tuple(row for row in without_repeats(rows) if bears_on(row, day))


def _rules_of(told: Mapping[str, Any], rules: Collection[str]) -> frozenset[str]:
    """The ids under which these rules find: their own and those of their variants."""
    found: set[str] = set()
    for rule in told["rules"]:
        if rule["id"] in rules:
            found |= {rule["id"], *(variant.get("id", "") for variant in rule.get("variants", ()))}
    return frozenset(found)


def _explained(raw: Sequence[Difference], rules: Collection[str]) -> list[Difference]:
    """Give differences without a row of their own the finding through which a replaced row reaches them.

    `rules` are those that both runs have: what a rule of one run alone finds, no row explains.
    """
    known = {difference.finding.finding_id: difference for difference in raw if difference.rows}
    by_place = {place: d.finding.finding_id for d in known.values() for place in _places(d)}
    open_ = [difference for difference in raw if not difference.rows]
    done: list[Difference] = list(known.values())
    grown = True
    while grown and open_:
        grown = False
        for difference in list(open_):
            through = next((p for p in sorted(_premises(difference)) if p in known), None)
            if difference.change == "changed" or difference.finding.rule_id in rules:
                through = through or next((by_place[p] for p in _asked(difference) if p in by_place), None)
            if through is not None:
                named = Difference(difference.before, difference.after, (), through)
                known[difference.finding.finding_id] = named
                for place in _places(difference):
                    by_place.setdefault(place, difference.finding.finding_id)
                done.append(named)
                open_.remove(difference)
                grown = True
    return sorted([*done, *open_], key=lambda d: (not d.explained, d.finding.rule_id, d.finding.finding_id))


def _places(difference: Difference) -> list[tuple[str, ...]]:
    """All claim lines that the finding flags or shows, in a stable order; then its patient's day, if it has one."""
    return [*_lines(difference), *sorted({_day(side) for side in _sides(difference)} - {()})]


def _asked(difference: Difference) -> list[tuple[str, ...]]:
    """The places at which a finding looks for one that explains it."""
    unshown = {_day(side) for side in _sides(difference) if side.verdict == "not_evaluated"}
    return [*_lines(difference), *sorted(unshown - {()})]


def _lines(difference: Difference) -> list[tuple[str, ...]]:
    return sorted({line for side in _sides(difference) for line in (side.line, *side.lines) if line[0]})


def _day(finding: Finding) -> tuple[str, ...]:
    if not finding.patient_id or finding.service_date is None:
        return ()
    return ("day", finding.patient_id, finding.service_date.isoformat())


def _premises(difference: Difference) -> frozenset[str]:
    return frozenset().union(*(side.premises for side in _sides(difference)))


def _sides(difference: Difference) -> list[Finding]:
    return [side for side in (difference.before, difference.after) if side is not None]


def _shown(value: object) -> str:
    return "-" if value in (None, "", []) else str(value)
