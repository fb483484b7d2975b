"""The plain evaluator's matching: every pair of lines, day and table row of one patient, by walking over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from auditor.engine.plain_case import Case, DaySum, days
from auditor.engine.plain_conditions import Holds, day_units, holds
from auditor.engine.plain_presence import lacking_a_key, may_stand
from auditor.engine.plain_tables import Join, Line, Row, Tables
from auditor.rules import model as m

DAY_NAMES = ("service_day", "service_date")


@dataclass
class Possible:
    """A possible finding before its verdict is known. ``row`` is the table row it rests on."""

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
    verdict: str = ""


class PlainRule:
    """One rule, ready to be asked for its possible findings among a patient's lines."""

    def __init__(self, rule: m.Rule, tables: Tables, dx_ptr_known: bool) -> None:
        assert rule.match is not None
        self.rule, self.match, self.tables = rule, rule.match, tables
        self._dx_ptr_known = dx_ptr_known
        self.kind = repr(rule.scope)
        self.reach = f"{self.kind} {rule.effective_from} {rule.effective_to}"

        def ready(part: m.Condition) -> Holds:
            return holds(part, rule.parameters, dx_ptr_known)

        self._when = ready(self.match.when)
        self._bypass = ready(rule.bypass) if rule.bypass else None
        self._variants = [(item, ready(item.when)) for item in rule.variants]
        self._probable = {
            item.id: [ready(part) for part in item.class_rule.probable_when] for item in rule.all_variants
        }
        self._demoted = ready(rule.class_rule.partner_when)
        self._counted = ready(self.match.sum.where) if self.match.sum else None
        self._sum_name = ""
        if self.match.sum:
            used = sorted(m.parameters_of(self.match.sum.where))
            self._sum_name = repr(
                (self.match.sum, self.match.table, rule.scope, [rule.parameters[name] for name in used])
            )
        self._rows = tables.join(self.match.table) if self.match.table else None
        self._partner_rows: Join | None = None
        self.partner = self.match.absent or self.match.because
        if self.partner is not None:
            if self.partner.table is not None:
                self._partner_rows = tables.join(self.partner.table)
            self._beside_where = ready(self.partner.where)
            self._before_when = ready(self.partner.days_before_when)

    def possible(self, case: Case) -> Iterable[Possible]:
        """All possible findings of the rule among all audited lines of one patient."""
        scoped = case.in_scope(self)
        form = {
            "line": self._lines,
            "pair": self._pairs,
            "sum": self._sums,
            "absent": self._beside,
            "because": self._beside,
            "coverage": self._coverage,
        }[self.match.form]
        return form(scoped, case) if scoped else ()

    def _make(
        self,
        roles: Mapping[str, Any],
        day: date,
        row: Row | None,
        extra: Mapping[str, Any],
        hops: Sequence[Line] = (),
    ) -> Iterator[Possible]:
        rule = self.rule
        if not self._when(roles, day, extra):
            return
        lifted = self._bypass is not None and self._bypass(roles, day, extra)
        variant = rule.base_variant
        if not lifted:
            variant = next((item for item, test in self._variants if test(roles, day, extra)), variant)
        level = m.LEVELS[variant.class_rule.base]
        if level == 1 and any(test(roles, day, extra) for test in self._probable[variant.id]):
            level = 2
        demote = None
        if rule.class_rule.partner and self._demoted(roles, day, extra):
            demote = roles[rule.class_rule.partner]
        partner = next((roles[role] for role in self.match.roles if role != rule.flag), None)
        yield Possible(rule, variant, roles[rule.flag], partner, day, row, lifted, level, demote, hops)

    def _lines(self, scoped: Sequence[Line], _: Case) -> Iterator[Possible]:
        role = self.match.roles[0]
        for line in scoped:
            yield from self._make({role: line}, line["date_from"], None, {})

    def _pairs(self, scoped: Sequence[Line], case: Case) -> Iterator[Possible]:
        table = self.match.table
        assert table is not None and self._rows is not None
        first, second = self.match.roles
        links, fields = self._rows.links(first, second), self._rows.asks(first)
        for one in scoped:
            wanted = links.get(tuple(one[name] for name in fields))
            if wanted is None:
                continue
            for two in case.meeting(self.reach, scoped, self._rows.asks(second), wanted, one):
                if two is one or not same(self.match.same, one, two):
                    continue
                day, roles = max(one["date_from"], two["date_from"]), {first: one, second: two}
                for row in self._rows.judging(roles, day):
                    pair = {
                        "pair.common_modifiers": [x for x in one["modifiers"] if x in two["modifiers"]],
                        "pair.differing_modifiers": differing(one["modifiers"], two["modifiers"]),
                        "pair.all_modifiers": [*one["modifiers"], *two["modifiers"]],
                        "pair.common_pointed_dx": [x for x in one["pointed_dx"] if x in two["pointed_dx"]],
                        "pair.split_claim": one["claim_id"] != two["claim_id"],
                        "pair.shared_day": day,
                    }
                    yield from self._make({**roles, table.alias: row}, day, row, pair)

    def _sums(self, scoped: Sequence[Line], case: Case) -> Iterator[Possible]:
        total, role, table = self.match.sum, self.match.roles[0], self.match.table
        assert total is not None and table is not None
        flagged = {line["line_id"] for line in scoped}
        if self._sum_name not in case.sums:
            case.sums[self._sum_name] = list(self._judged(total, role, case))
        for day, members, rows, extra in case.sums[self._sum_name]:
            for line in members:
                if line["line_id"] in flagged:
                    for row in rows:
                        yield from self._make({role: line, table.alias: row}, day, row, extra)

    def _judged(self, total: m.Sum, role: str, case: Case) -> Iterator[DaySum]:
        """The groups of a day for which the table has a value, with what they add up to."""
        assert self._rows is not None
        for key, members in self._grouped(total, role, case).items():
            day = key[-1]
            rows = self._rows.judging({role: members[0]}, day)  # its columns are among the keys
            if not rows:
                continue
            units = [units for line in members if (units := day_units(line)) is not None]
            yield (
                day,
                members,
                rows,
                {
                    f"{total.alias}.date": day,
                    f"{total.alias}.units": sum(units),
                    f"{total.alias}.lines": len(members),
                    f"{total.alias}.max_units": max(units, default=None),
                    f"{total.alias}.modifiers": list(
                        {x: None for line in members for x in line["modifiers"]}
                    ),
                },
            )

    def _grouped(self, total: m.Sum, role: str, case: Case) -> dict[tuple[Any, ...], list[Line]]:
        """The lines that count for a day sum, by the grouping fields, payer and day; the day stands last."""
        assert self._counted is not None
        names = without_day(total.over)
        groups: dict[tuple[Any, ...], list[Line]] = {}
        for line in case.of_kind(self):
            key = [line[name] for name in names]
            if line["code"] is None or None in key or not self._counted({role: line}, line["date_from"], {}):
                continue
            for day in days(line):
                groups.setdefault((*key, line["payer_id"], line["line_of_business"], day), []).append(line)
        return groups

    def _beside(self, scoped: Sequence[Line], case: Case) -> Iterator[Possible]:
        role, table = self.match.roles[0], self.match.table
        for line in scoped:
            if line["provider_id"] is None:
                continue
            day = line["date_from"]
            rows: Sequence[Row | None] = [None]
            if self._rows is not None:
                rows = self._rows.judging({role: line}, day)
            elif not self._when({role: line}, day, {"absent.unknown": False}):
                rows = []
            beside = self._partners(role, line, case) if rows else []
            if rows and bool(beside) == (self.match.form == "because") and self._untold(role, line, case):
                continue
            for row in rows:
                roles = {role: line} if table is None or row is None else {role: line, table.alias: row}
                if self.match.form == "absent" and not beside:
                    unknown = {"absent.unknown": self._unknown(line, case)}
                    yield from self._make(roles, day, row, unknown)
                elif self.match.form == "because" and beside:
                    yield from self._make(roles, day, row, {}, hops=beside)

    def _partners(self, role: str, line: Line, case: Case) -> list[Line]:
        partner = self.partner
        assert partner is not None
        wanted: Sequence[tuple[Any, ...]] = [()]
        fields: list[str] = []
        if self._partner_rows is not None:
            fields = self._partner_rows.asks(partner.role)
            asked = tuple(line[name] for name in self._partner_rows.asks(role))
            wanted = self._partner_rows.links(role, partner.role).get(asked, ())
        served = case.keep(f"beside {self.rule.id}", lambda: self._may_serve(case))
        start = line["date_from"] - timedelta(days=self._days_before(role, line))
        window = {"date_from": start, "date_to": line["date_to"]}
        return [
            other
            for other in case.meeting(f"beside {self.rule.id}", served, fields, wanted, window)
            if other is not line
            and any(same(without_day(keys), line, other) for keys in partner.any_of)
            and self._serves(role, line, other)
        ]

    def _may_serve(self, case: Case) -> list[Line]:
        """The lines that have what a partner must have."""
        assert self.partner is not None
        role = self.partner.role
        return [line for line in case.lines if self._beside_where({role: line}, line["date_from"], {})]

    def _days_before(self, role: str, line: Line) -> int:
        partner = self.partner
        assert partner is not None
        when = partner.days_before and self._before_when({role: line}, line["date_from"], {})
        return partner.days_before if when else 0

    def _serves(self, role: str, line: Line, other: Line) -> bool:
        """Whether a line has what a partner must have, and the table lists it on the first day both could share."""
        assert self.partner is not None
        if not self._beside_where({self.partner.role: other}, other["date_from"] or line["date_from"], {}):
            return False
        days = [other[name] for name in ("date_from", "date_to") if other[name] is not None]
        day = max(line["date_from"], min(days, default=line["date_from"]))
        roles = {role: line, self.partner.role: other}
        return self._partner_rows is None or bool(self._partner_rows.in_force(roles, day))

    def _untold(self, role: str, line: Line, case: Case) -> bool:
        """Whether something that the keys do not reach may stand beside the line."""
        partner = self.partner
        assert partner is not None
        before = self._days_before(role, line)
        lacking = case.keep(f"lacking {self.rule.id}", lambda: lacking_a_key(partner, case.lines))
        return any(
            may_stand(partner, lambda one, two: self._serves(role, one, two), line, other, before)
            for others in (case.others, lacking)
            for other in others
        )

    def _unknown(self, line: Line, case: Case) -> bool:
        """Whether presence of a partner cannot be told, a key of one of the sets being missing."""
        partner = self.partner
        assert partner is not None
        sets = [without_day(keys) for keys in partner.any_of]
        common = [name for name in sets[0] if all(name in keys for keys in sets)]
        differing = {name for keys in sets for name in keys} - set(common)
        if not differing:
            return False
        if any(line[name] is None for name in differing):
            return True
        served = case.keep(f"beside {self.rule.id}", lambda: self._may_serve(case))
        return any(
            other is not line
            and same([*common, "service_day"], line, other)
            and any(other[name] is None for name in differing)
            for other in served
        )

    def _coverage(self, scoped: Sequence[Line], _: Case) -> Iterator[Possible]:
        item, role = self.match.coverage, self.match.roles[0]
        assert item is not None
        asked = item.dx if self._dx_ptr_known or item.dx != "pointed_dx" else item.elsewhere
        for line in scoped:
            if not line[item.elsewhere]:
                continue
            day = line["date_from"]
            places = {"*", *(line[name] for name in item.jurisdiction if line[name])}
            governing = [
                row
                for row in self.tables.where("coverage_policy", ("code",), (line["code"],))
                if row["jurisdiction"] in places and row["effective"] <= day <= row["deleted"]
            ]
            if not governing or not self.tables.answers_on("coverage_policy", None, day):
                continue
            if any(self._met(row, line[asked], day) for row in governing):
                continue
            first = min(governing, key=lambda row: int(row["row_no"]))
            elsewhere = any(self._met(row, line[item.elsewhere], day) for row in governing)
            extra = {f"{item.alias}.covered_elsewhere": elsewhere}
            yield from self._make({role: line, item.alias: first}, day, first, extra)

    def _met(self, policy: Row, diagnoses: Sequence[str], day: date) -> bool:
        groups = {
            row["dx_group"]
            for row in self.tables.where("coverage", ("policy_key",), (policy["policy_key"],))
            if row["effective"] <= day <= row["deleted"] and any(_covers(row, dx) for dx in diagnoses)
        }
        return len(groups) >= (policy["groups"] if policy["requires"] == "all" else 1)


def same(names: Sequence[str], one: Line, two: Line) -> bool:
    """Equal in every name; ``service_day`` means that they share a day. A patient is of one payer."""
    for name in names:
        if name in DAY_NAMES:
            if one["date_from"] > two["date_to"] or two["date_from"] > one["date_to"]:
                return False
        elif one[name] is None or one[name] != two[name]:
            return False
    return bool((one["payer_id"], one["line_of_business"]) == (two["payer_id"], two["line_of_business"]))


def differing(one: Sequence[str], two: Sequence[str]) -> list[str]:
    """What stands in one of two lists only."""
    return [x for x in [*one, *two] if (x in one) != (x in two)]


def without_day(names: Sequence[str]) -> list[str]:
    """The grouping names that are columns of a line."""
    return [name for name in names if name not in DAY_NAMES]


def _covers(row: Row, dx: str) -> bool:
    if dx == row["dx_from"]:
        return True
    last = row["dx_to"]
    return bool(last is not None and dx >= row["dx_from"] and (dx <= last or dx.startswith(last)))
