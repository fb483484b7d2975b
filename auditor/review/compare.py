"""Two audits side by side: which findings differ, and which replaced rows of the tables explain it.

An audit run again with another edition, or as of another day, may differ from the first only where a row that was
replaced bears on a finding: directly, because the finding cites it, or because the finding shares a claim line or a
premise with one that does (precedence, cascades). Everything else that differs is named as not explained.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from auditor.base.errors import InputRefused
from auditor.reference import Edition, Library
from auditor.reference.diff import RowChange, changes, compare_editions
from auditor.review.affected import Finding, key_of, read_findings

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


@dataclass
class Comparison:
    """What differs between two runs. `conditions` are differences of inputs, rules and options, in words."""

    run_before: str
    run_after: str
    conditions: list[str] = field(default_factory=list)
    editions: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    same: int = 0

    @property
    def unexplained(self) -> list[Difference]:
        """Differences that no replaced row explains."""
        return [difference for difference in self.differences if not difference.explained]


def compare_runs(run_before: Path, run_after: Path, library: Library) -> Comparison:
    """Compare two output folders of `auditor audit`; `library` holds the editions that they used.

    Raises InputRefused when a folder is no run, or an edition that they differ in is not in the library.
    """
    told_before, told_after = _run(run_before), _run(run_after)
    result = Comparison(told_before["run_id"], told_after["run_id"], _conditions(told_before, told_after))
    replaced = _replaced_rows(told_before, told_after, library, result)
    before = {finding.finding_id: finding for finding in read_findings(run_before)}
    after = {finding.finding_id: finding for finding in read_findings(run_after)}
    raw: list[Difference] = []
    for finding_id in sorted(before.keys() | after.keys()):
        first, second = before.get(finding_id), after.get(finding_id)
        if first is not None and second is not None and first.values == second.values:
            result.same += 1
        else:
            rows = _rows_behind(first, second, replaced)
            raw.append(Difference(first, second, rows))
    result.differences = _explained(raw)
    return result


def _run(folder: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        if "run_id" not in told or "tables" not in told:
            raise ValueError
    except (OSError, ValueError) as error:
        raise InputRefused(
            "there is no run.json of an audit",
            where=folder.name,
            mend="Name the folder that `auditor audit --out` wrote",
        ) from error
    return told


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
    before: Mapping[str, Any], after: Mapping[str, Any], library: Library, result: Comparison
) -> dict[tuple[str, ...], list[RowChange]]:
    """Rows that differ between the editions of the two runs, by the key under which findings cite them."""
    replaced: dict[tuple[str, ...], list[RowChange]] = {}
    for first, second in _pairs(before["tables"], after["tables"]):
        if first is None or second is None:
            told = (first or second or {}).get
            result.editions.append(
                f"{told('table')} {told('edition')}: only in the {'first' if second is None else 'second'} run"
            )
            continue
        one, two = _edition(library, first), _edition(library, second)
        with duckdb.connect(config={"threads": 2}) as con:
            diff = compare_editions(con, one, two)
            result.editions.append(
                f"{one.table} {one.edition} ({one.edition_id}, published {one.published}) -> {two.edition} "
                f"({two.edition_id}, published {two.published}): {diff.added:,} rows added, {diff.removed:,} removed, "
                f"{diff.changed:,} changed"
            )
            for row in changes(con, diff):
                key = key_of(one.table if one.rules_table == one.table else one.rules_table, row.key)
                if key is not None:
                    replaced.setdefault((*key, one.setting), []).append(row)
    return replaced


def _pairs(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> list[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]]:
    """The editions in which two runs differ, those of one table and period (or of one table) side by side."""
    pairs: list[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]] = []
    ids = {entry["edition_id"] for entry in before} & {entry["edition_id"] for entry in after}
    first = [entry for entry in before if entry["edition_id"] not in ids]
    second = [entry for entry in after if entry["edition_id"] not in ids]
    for same in (("table", "edition"), ("table",)):
        for entry in list(first):
            partner = next((o for o in second if all(o[name] == entry[name] for name in same)), None)
            if partner is not None:
                pairs.append((entry, partner))
                first.remove(entry)
                second.remove(partner)
    return [*pairs, *((entry, None) for entry in first), *((None, entry) for entry in second)]


def _edition(library: Library, told: Mapping[str, Any]) -> Edition:
    for edition in library.editions():
        if (edition.table, edition.edition_id) == (told["table"], told["edition_id"]):
            return edition
    raise InputRefused(
        f"the edition {told['edition_id']} of {told['table']} is not in the library",
        why="Without it nobody can say which of its rows were replaced",
        mend="Name the library that the audits used with --library",
    )


def _rows_behind(
    first: Finding | None, second: Finding | None, replaced: Mapping[tuple[str, ...], list[RowChange]]
) -> tuple[RowChange, ...]:
    """The replaced rows that a finding cites on either side."""
    rows: list[RowChange] = []
    for finding in (first, second):
        for table, cited in finding.cited if finding is not None else ():
            key = key_of(table, cited)
            if key is not None:
                for setting in (cited.get("setting", "*"), "*"):
                    rows += [row for row in replaced.get((*key, setting), ()) if row not in rows]
    return tuple(rows)


def _explained(raw: Sequence[Difference]) -> list[Difference]:
    """Give differences without a row of their own the finding through which a replaced row reaches them."""
    known = {difference.finding.finding_id: difference for difference in raw if difference.rows}
    by_line = {line: d.finding.finding_id for d in known.values() for line in _lines(d)}
    open_ = [difference for difference in raw if not difference.rows]
    done: list[Difference] = list(known.values())
    grown = True
    while grown and open_:
        grown = False
        for difference in list(open_):
            through = next((p for p in sorted(_premises(difference)) if p in known), None)
            through = through or next((by_line[line] for line in _lines(difference) if line in by_line), None)
            if through is not None:
                named = Difference(difference.before, difference.after, (), through)
                known[difference.finding.finding_id] = named
                for line in _lines(difference):
                    by_line.setdefault(line, difference.finding.finding_id)
                done.append(named)
                open_.remove(difference)
                grown = True
    return sorted([*done, *open_], key=lambda d: (not d.explained, d.finding.rule_id, d.finding.finding_id))


def _lines(difference: Difference) -> list[tuple[str, str]]:
    """All claim lines that the finding flags or shows, in a stable order."""
    sides = (difference.before, difference.after)
    return sorted({line for side in sides if side is not None for line in (side.line, *side.lines)})


def _premises(difference: Difference) -> frozenset[str]:
    sides = (difference.before, difference.after)
    return frozenset().union(*(side.premises for side in sides if side is not None))


def _shown(value: object) -> str:
    return "-" if value in (None, "", []) else str(value)
