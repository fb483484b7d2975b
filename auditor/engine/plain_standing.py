"""Which lines can stand in which roles, by what single columns of them say: most rules end here for most lines.

Rules are hundreds, cases thousands, but the codes, places and modifiers at hand are few and come again. So what the
tests of all rules say of one value of one column is found once and kept as a number with a bit for each role; what a
line can stand for is what its columns leave in common. Read off the rules alone, and weaker than they are, never
stronger: a line that is let through is still held to the whole of the match.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from auditor.engine.plain_case import in_force, of_kind
from auditor.engine.plain_conditions import Holds, Roles
from auditor.engine.plain_near import early
from auditor.engine.plain_rule import PlainRule
from auditor.engine.plain_tables import NO_ROW, Line
from auditor.rules import model as m

FORMS: Final = frozenset("line pair group sum total sequence absent because".split())
"""Forms of match whose every role is one audited line of the patient that has to meet what is said of it alone."""
COLUMNS: Final = (
    "code pos modifiers setting claim_type tob revenue_code frequency_code rendering_specialty mods_truncated"
).split()
"""Columns of which the same values come again and again."""
_KIND: Final = ("denied", "line_of_business", "claim_type", "setting", "payer_id")


class Standing:
    """For the lines of any patient, the roles of the given rules in which each can stand."""

    def __init__(self, rules: Sequence[PlainRule]) -> None:
        self._rules = [asked for asked in rules if asked.match.form in FORMS]
        roles = [(asked, role) for asked in self._rules for role in asked.match.roles]
        self._bit = {(id(asked), role): 1 << place for place, (asked, role) in enumerate(roles)}
        self._all = (1 << len(roles)) - 1
        self._tests: dict[str, list[tuple[int, str, Holds]]] = {}
        for asked, role in roles:
            said = [early(item, {role}, asked.rule.parameters) for item in _said(asked.match)]
            for part in [part for item in said for part in _parts(item)]:
                names = {ref.name for ref in m.fields_read(part)}
                if len(names) == 1 and (name := names.pop()) in COLUMNS:
                    test = (self._bit[id(asked), role], role, asked.ready(part))
                    self._tests.setdefault(name, []).append(test)
            for lookup, needs_row in _rows_of(asked):
                for column, ref in lookup.on:
                    if (ref.role, ref.kind, ref.name) != (role, "line", "code"):
                        continue
                    listed = _listed(asked, lookup, column, role, needs_row)
                    if listed is not None:
                        self._tests.setdefault("code", []).append((self._bit[id(asked), role], role, listed))
        # A code is asked last: most tests are of codes, and most roles are settled by then.
        self._told: dict[str, dict[Any, tuple[int, int]]] = {
            name: {} for name in sorted(self._tests, key=lambda name: name == "code")
        }
        self._of_kind: dict[tuple[Any, ...], int] = {}
        self._in_force: dict[Any, int] = {}

    def bits(self, asked: PlainRule) -> Mapping[str, int]:
        """The bits of a rule's roles; none of a form that is not among :data:`FORMS`."""
        roles = asked.match.roles if asked.match.form in FORMS else ()
        return {role: self._bit[id(asked), role] for role in roles}

    def of(self, line: Line) -> int:
        """The roles in which a line can stand, as the sum of their bits."""
        found = self._kind(line) & self._dates(line)
        for name, told in self._told.items():
            value = line[name]
            if isinstance(value, list):
                value = tuple(value)
            known, held = told.get(value, (0, 0))
            if wanted := found & ~known:
                known, held = known | wanted, held | self._held(name, line, wanted)
                told[value] = known, held
            found &= held
        return found

    def _held(self, name: str, line: Line, wanted: int) -> int:
        """What the tests of one column leave of some roles; they read no other: any line of its value does."""
        out = sum(
            {
                bit
                for bit, role, test in self._tests[name]
                if bit & wanted and not test({role: line}, line["date_from"], {})
            }
        )
        return wanted & ~out

    def _kind(self, line: Line) -> int:
        key = tuple([line[name] for name in _KIND])
        if key not in self._of_kind:
            self._of_kind[key] = sum(
                sum(self.bits(one).values()) for one in self._rules if of_kind(one.rule, line)
            )
        return self._of_kind[key]

    def _dates(self, line: Line) -> int:
        """The flagged line is of the rule's dates, the one beside it may be of any."""
        day = line["date_from"]
        if day not in self._in_force:
            out = sum(self.bits(one)[one.rule.flag] for one in self._rules if not in_force(one.rule, line))
            self._in_force[day] = self._all & ~out
        return self._in_force[day]


def _said(match: m.Match) -> list[m.Condition]:
    """What a match says of its lines: its condition, and which lines count for what it adds up or puts together."""
    blocks = (match.group, match.sum, match.total, match.sequence)
    return [match.when, *(block.where for block in blocks if block is not None)]


def _parts(part: m.Condition) -> Sequence[m.Condition]:
    return [one for item in part.parts for one in _parts(item)] if isinstance(part, m.All) else [part]


def _rows_of(asked: PlainRule) -> list[tuple[m.TableJoin, bool]]:
    """The tables of which a rule asks a row, and whether there must be one."""
    table, lookups = asked.match.table, [(item, False) for item in asked.match.lookups]
    return [(table, True), *lookups] if table is not None else lookups


def _listed(asked: PlainRule, table: m.TableJoin, column: str, role: str, needs_row: bool) -> Holds | None:
    """Whether a table has, for a line's code, a row that the rule can take: of any day, whatever else it asks.

    None where the rule can do without a row.
    """
    alone = m.All(
        tuple(
            part
            for part in _parts(asked.match.when)
            if {ref.role for ref in m.fields_read(part)} == {table.alias} and not m.parameters_of(part)
        )
    )
    holds, rows = asked.ready(alone), asked.tables

    if not needs_row and holds({table.alias: NO_ROW}, date.min, {}):
        return None  # no parameter is asked, so that no day matters

    def listed(roles: Roles, day: date, extra: Mapping[str, Any]) -> bool:
        found = rows.where(table.name, (column,), (roles[role]["code"],))
        return any(holds({table.alias: row}, day, extra) for row in found)

    return listed
