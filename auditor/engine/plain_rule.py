"""One rule as the plain evaluator asks it: conditions, table and lookups ready, and what makes a finding possible."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any

from auditor.engine.plain_conditions import FLAGGED, MADE, Holds, Roles, Told, holds, parameter_of, reader
from auditor.engine.plain_priced import NOTHING
from auditor.engine.plain_prices import Amount, Difference
from auditor.engine.plain_tables import Line, Lookup, Row, Tables
from auditor.rules import model as m
from auditor.rules.fields import LINE_FIELDS

Key = Callable[[Line], tuple[Any, ...] | None]
LISTS = frozenset({"texts", "integers"})
DAY_NAMES = ("service_day", "service_date")


@dataclass
class Clock:
    """The earlier visits in the window before a visit of a sequence, and how many of them may be payable."""

    near: Sequence[Line]
    limit: int | Decimal


@dataclass
class Possible:
    """A possible finding before its verdict is known. ``row`` is the table row it rests on.

    ``hops`` are the lines that must all fall (a cascade), ``clock`` what a sequence still has to count, ``amount``
    the part of the line at stake where that is a difference of fees.
    """

    rule: m.Rule
    variant: m.Variant
    line: Line
    partner: Line | None
    day: date
    row: Row | None
    lifted: bool
    level: int
    demote: Line | None = None
    hops: Sequence[Line] = ()
    clock: Clock | None = None
    verdict: str = ""
    amount: Amount | None = None


class PlainRule:
    """One rule, ready to be asked about lines. ``kind`` and ``reach`` name the lines that it is for.

    ``bits`` are those of its roles among all rules' (:mod:`plain_standing`), none of most forms.
    """

    def __init__(self, rule: m.Rule, tables: Tables, dx_ptr_known: bool) -> None:
        assert rule.match is not None
        self.rule, self.match, self.tables, self.dx_ptr_known = rule, rule.match, tables, dx_ptr_known
        self.kind = repr(rule.scope)
        self.reach = f"{self.kind} {rule.effective_from} {rule.effective_to}"
        self.rows = tables.join(self.match.table, dx_ptr_known) if self.match.table else None
        self._lookups = [Lookup(tables, item, dx_ptr_known) for item in self.match.lookups]
        self._flag_matters = any(item.scoped for item in rule.parameters.values())
        self._needs_more = bool(self._lookups) or self._flag_matters or bool(self.match.priced)
        self.fees_of: Mapping[int, Mapping[str, Any]] = {}
        self.bits: Mapping[str, int] = {}
        self._when = self.ready(self.match.when)
        self._bypass = self.ready(rule.bypass) if rule.bypass else None
        self._variants = [(item, self.ready(item.when)) for item in rule.variants]
        self._probable = {
            item.id: [self.ready(part) for part in item.class_rule.probable_when]
            for item in rule.all_variants
        }
        self._demoted = {item.id: self.ready(item.class_rule.partner_when) for item in rule.all_variants}

        self._differences = {
            item.id: Difference(rule, item.exposure, tables.fees(), dx_ptr_known)
            for item in rule.all_variants
            if item.exposure.method == "difference"
        }

    def ready(self, part: m.Condition) -> Holds:
        """A condition of the rule as a function."""
        return holds(part, self.rule.parameters, self.dx_ptr_known)

    def parameter(self, name: str) -> Told:
        """A parameter of the rule as the flagged line has it."""
        return parameter_of(self.rule.parameters[name], None, self.dx_ptr_known)

    def value(self, line: Line, name: str) -> Any:
        """A field of a claim line, whether it is a column or made of some; a list as a tuple."""
        found = line[name] if name not in MADE else self._made(line, name)
        return tuple(found) if isinstance(found, list) else found

    def _made(self, line: Line, name: str) -> Any:
        return reader(m.FieldRef("line", name, "line", ""), self.dx_ptr_known)({"line": line}, {})

    def key(self, names: Sequence[str]) -> Key:
        """A function that gives a line's values of fields, with its patient's key, which keeps payers apart.

        It gives None where one of the fields is missing.
        """
        columns = not any(name in MADE or LINE_FIELDS[name] in LISTS for name in names)
        read, asked = itemgetter(*names, "patient_key", "line_of_business"), len(names)

        def of_columns(line: Line) -> tuple[Any, ...] | None:
            found: tuple[Any, ...] = read(line)
            return None if None in found[:asked] else found

        def of(line: Line) -> tuple[Any, ...] | None:
            found = [self.value(line, name) for name in names]
            return None if None in found else (*found, line["patient_key"], line["line_of_business"])

        return of_columns if columns else of

    def with_rows(self, roles: Roles, day: date | None) -> list[tuple[Roles, Row | None]]:
        """The roles once for each row of the rule's table that judges the day; once and alone without a table."""
        table = self.match.table
        if table is None or self.rows is None:
            return [(roles, None)]
        if day is None:
            return []
        return [({**roles, table.alias: row}, row) for row in self.rows.judging(roles, day)]

    def with_lookups(self, roles: Roles, day: date, extra: Mapping[str, Any]) -> Roles:
        """The roles with those of the rule's lookups."""
        found = dict(roles)
        for lookup in self._lookups:
            asked = day_told(lookup.table.in_force_on, found, day, extra)
            found[lookup.table.alias] = lookup.row(found, asked, extra, roles.get(self.rule.flag))
        return found

    def complete(self, roles: Roles, day: date, extra: Mapping[str, Any], flagged: Line) -> Roles:
        """The roles with all that a condition may ask of them."""
        if self._lookups:
            roles = self.with_lookups(roles, day, extra)
        if self.match.priced:
            roles = {**roles, self.match.priced: self.fees_of.get(flagged["line_id"], NOTHING)}
        return {**roles, FLAGGED: flagged} if self._flag_matters else roles

    def is_match(self, roles: Roles, day: date, extra: Mapping[str, Any]) -> bool:
        """Whether the condition of the match holds, of the flagged line among the roles."""
        return self._when(self.complete(roles, day, extra, roles[self.rule.flag]), day, extra)

    def _answers(
        self, table: m.TableJoin, roles: Roles, day: date, extra: Mapping[str, Any], line: Line
    ) -> bool:
        """Whether a publication of the table answers for the day on which a row is looked up."""
        asked = day_told(table.in_force_on, roles, day, extra)
        return asked is not None and self.tables.answers_on(table.name, line["setting"], asked)

    def make(
        self,
        roles: Roles,
        day: date,
        row: Row | None,
        extra: Mapping[str, Any],
        hops: Sequence[Line] = (),
        flagged: Line | None = None,
    ) -> Iterator[Possible]:
        """The possible finding of a match, if its condition holds.

        ``flagged`` is the line where the flagged role is no line (a claim).
        """
        if self._needs_more:
            roles = self.complete(roles, day, extra, roles[self.rule.flag])
        if not self._when(roles, day, extra):
            return
        rule, line = self.rule, flagged or roles[self.rule.flag]
        if self._lookups and not all(
            self._answers(item.table, roles, day, extra, line)
            for item in self._lookups
            if not item.table.optional
        ):
            return
        lifted = self._bypass is not None and self._bypass(roles, day, extra)
        variant = rule.base_variant
        if not lifted:
            variant = next((item for item, test in self._variants if test(roles, day, extra)), variant)
        level = m.LEVELS[variant.class_rule.base]
        if level == 1 and any(test(roles, day, extra) for test in self._probable[variant.id]):
            level = 2
        demote, falling = None, variant.class_rule.partner
        if falling and self._demoted[variant.id](roles, day, extra):
            demote = roles[falling]
        partner = next((roles[role] for role in self.match.roles if role != rule.flag), None)
        difference = self._differences.get(variant.id)
        amount = difference.amount(line, roles, day, extra) if difference is not None else None
        yield Possible(rule, variant, line, partner, day, row, lifted, level, demote, hops, amount=amount)


def day_told(in_force_on: str, roles: Roles, day: date, extra: Mapping[str, Any]) -> date | None:
    """The day for which a row is asked: the day of the match, the pair's shared day, or the first day of a line."""
    role, dot, _ = in_force_on.rpartition(".")
    if not dot:
        return day
    if role == "pair":
        shared: date | None = extra["pair.shared_day"]
        return shared
    if role in roles:
        first: date | None = roles[role]["date_from"]
        return first
    return day


def without_day(names: Sequence[str]) -> list[str]:
    """The grouping names that are columns of a line."""
    return [name for name in names if name not in DAY_NAMES]


def has_day(names: Sequence[str]) -> bool:
    """Whether the grouping names ask for a shared day."""
    return any(name in DAY_NAMES for name in names)


def shared_day(one: Line, two: Line) -> date | None:
    """The first day that the spans of two lines share."""
    first, last = max(one["date_from"], two["date_from"]), min(one["date_to"], two["date_to"])
    found: date | None = first if first <= last else None
    return found


def in_order(line: Line) -> tuple[Any, ...]:
    """By what lines stand in the order of their dates."""
    return (line["date_from"], line["claim_id"], line["line_no"], line["line_id"])
