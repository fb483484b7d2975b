"""The plain evaluator's matching: the possible findings of a rule among one patient's lines, by walking over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from auditor.engine.plain_beside import Beside
from auditor.engine.plain_case import Case
from auditor.engine.plain_claims import Claims
from auditor.engine.plain_near import early
from auditor.engine.plain_pairs import Groups, Pairs, differing
from auditor.engine.plain_rule import PlainRule, Possible
from auditor.engine.plain_sequence import Visits
from auditor.engine.plain_sums import DaySums, Totals
from auditor.engine.plain_tables import Line, Row, Tables
from auditor.rules import model as m

__all__ = ["Finder", "Matching", "differing"]


class Finder(Protocol):
    """What finds the possible findings of one form of match."""

    def possible(self, scoped: Sequence[Line], case: Case) -> Iterable[Possible]:
        """The possible findings among a patient's lines; ``scoped`` are those that the rule is for."""
        ...


class Matching:
    """A rule and what finds its possible findings.

    ``stands`` are the bits of its roles (:mod:`plain_standing`): a case that lacks one of them has no finding of it.
    """

    def __init__(self, rule: m.Rule, tables: Tables, dx_ptr_known: bool) -> None:
        self.asked = PlainRule(rule, tables, dx_ptr_known)
        finders: dict[str, type[Finder]] = {
            "line": Lines,
            "pair": Pairs,
            "group": Groups,
            "sum": DaySums,
            "total": Totals,
            "absent": Beside,
            "because": Beside,
            "sequence": Visits,
            "coverage": Coverage,
            "claim": Claims,
        }
        self.stratum = rule.stratum
        self.stands = 0
        self._finder = finders[self.asked.match.form](self.asked)  # type: ignore[call-arg]

    def possible(self, case: Case) -> Iterable[Possible]:
        """All possible findings of the rule among all audited lines of one patient."""
        if self.asked.match.priced:
            self.asked.fees_of = case.fees(self.asked.tables.fees())
        scoped = case.in_scope(self.asked)
        return self._finder.possible(scoped, case) if scoped else ()


class Lines:
    """Single lines, perhaps with the rows of a table in force on their first day."""

    def __init__(self, asked: PlainRule) -> None:
        self._asked, (self._role,) = asked, asked.match.roles
        match = asked.match
        by_line = early(match.when, {self._role}, asked.rule.parameters)
        self._early = (
            asked.ready(by_line) if match.table is not None or match.lookups or match.priced else None
        )

    def possible(self, scoped: Sequence[Line], case: Case) -> Iterator[Possible]:
        """The possible findings of the lines that the rule is for."""
        bit = self._asked.bits[self._role]
        for line in scoped:
            if not case.stands[line["line_id"]] & bit:
                continue
            day, alone = line["date_from"], {self._role: line}
            if self._early is not None and not self._early(alone, day, {}):
                continue
            if self._asked.rows is None:
                yield from self._asked.make(alone, day, None, {})
                continue
            for roles, row in self._asked.with_rows(alone, day):
                yield from self._asked.make(roles, day, row, {})


class Coverage:
    """Lines whose diagnoses meet none of the coverage policies of their code and place."""

    def __init__(self, asked: PlainRule) -> None:
        self._asked, (self._role,) = asked, asked.match.roles

    def possible(self, scoped: Sequence[Line], _: Case) -> Iterator[Possible]:
        """The possible findings of lines that have diagnoses and a policy."""
        item, tables = self._asked.match.coverage, self._asked.tables
        assert item is not None
        asked = item.dx if self._asked.dx_ptr_known or item.dx != "pointed_dx" else item.elsewhere
        for line in scoped:
            if not line[item.elsewhere]:
                continue
            day = line["date_from"]
            places = {"*", *(line[name] for name in item.jurisdiction if line[name])}
            governing = [
                row
                for row in tables.where("coverage_policy", ("code",), (line["code"],))
                if row["jurisdiction"] in places and row["effective"] <= day <= row["deleted"]
            ]
            if not governing or not tables.answers_on("coverage_policy", None, day):
                continue
            # A line that points to nothing, in a feed that has pointers, is for any diagnosis of its claim.
            if any(_met(tables, row, line[asked] or line[item.elsewhere], line) for row in governing):
                continue
            first = min(governing, key=lambda row: int(row["row_no"]))
            elsewhere = any(_met(tables, row, line[item.elsewhere], line) for row in governing)
            extra = {f"{item.alias}.covered_elsewhere": elsewhere}
            yield from self._asked.make({self._role: line, item.alias: first}, day, first, extra)


def _met(tables: Tables, policy: Row, diagnoses: Sequence[str], line: Line) -> bool:
    day = line["date_from"]
    groups = {
        row["dx_group"]
        for row in tables.where("coverage", ("policy_key",), (policy["policy_key"],))
        if row["effective"] <= day <= row["deleted"] and any(_covers(row, dx) for dx in diagnoses)
    }
    return len(groups) >= (policy["groups"] if policy["requires"] == "all" else 1)


def _covers(row: Row, dx: str) -> bool:
    if dx == row["dx_from"]:
        return True
    last = row["dx_to"]
    return bool(last is not None and dx >= row["dx_from"] and (dx <= last or dx.startswith(last)))
