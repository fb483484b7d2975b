"""Writing SQL text from model values: literals, field references, scopes, conditions.

Every condition compiles to an expression that is never NULL, in the same meaning as ``engine.plain`` gives it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from auditor.base import marks
from auditor.rules import model as m
from auditor.rules.code_ranges import ranges_sql
from auditor.rules.fields import LINE_FIELDS, LINE_SQL, NPI_VALID, SAID_ONLY
from auditor.rules.operators import OPERATORS
from auditor.rules.parsing import PLACEHOLDER, SHOWN_PARAMETER

KEY_COLUMNS: Mapping[str, str] = {
    "patient_id": "patient_key",
    "provider_id": "provider_key",
    "claim_id": "claim_key",
    "service_date": "date_from",
}
"""Grouping fields that have a dense integer key in the canonical table."""


def literal(value: Any) -> str:
    """A SQL literal for a rule value (text, whole number, decimal, date, flag, or a tuple of them).

    A list is left without a type: so the database gives an empty one, or one of whole numbers and decimals, that of
    the field it is held against.
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, tuple):
        return f"[{', '.join(literal(item) for item in value)}]"
    raise TypeError(f"no SQL literal for {type(value).__name__}")


def key_column(name: str) -> str:
    """The column that stands for a grouping field."""
    return KEY_COLUMNS.get(name, name)


_NAME = re.compile(r"[a-z_][a-z0-9_]*")


@lru_cache(maxsize=4096)
def alias(role: str) -> str:
    """The SQL name of a role or table alias; prefixed, so that an author may call a role ``primary`` or ``order``.

    Raises ValueError for what is no name; the loader refuses it before, and nothing else may stand in a query.
    """
    if not _NAME.fullmatch(role):
        raise ValueError("no name of a role")
    return f"r_{role}"


@dataclass(frozen=True)
class Names:
    """How the roles of one rule are called in one query.

    ``day`` is the SQL of the service day that dates the parameters; ``base`` the alias of the base relation that
    carries pair, sum and absence columns; ``dx_ptr_known`` says whether the feed has diagnosis pointers. ``flag`` is
    the flagged line, by which a parameter's value may be scoped where the field tested is none of a line. ``marked``:
    sentences hold identifiers within marks (``base.marks``).
    """

    day: str
    base: str = "b"
    dx_ptr_known: bool = True
    roles: tuple[str, ...] = ()
    flag: str = ""
    marked: bool = False

    def field(self, ref: m.FieldRef) -> str:
        """The SQL of a field reference."""
        if ref.kind == "line":
            return self._line_field(ref)
        if ref.kind == "pair" and ref.name == "partners":
            return f"{self.base}.pair_partners"
        if ref.kind == "pair" and ref.name == "flagged_is_later":
            return self._later()
        if ref.kind == "pair":
            first, second = alias(self.roles[0]), alias(self.roles[1])
            return {
                "common_modifiers": f"list_intersect({first}.modifiers, {second}.modifiers)",
                "differing_modifiers": (
                    f"list_concat(list_filter({first}.modifiers, lambda x: NOT list_contains({second}.modifiers, x)), "
                    f"list_filter({second}.modifiers, lambda x: NOT list_contains({first}.modifiers, x)))"
                ),
                "all_modifiers": f"list_concat({first}.modifiers, {second}.modifiers)",
                "common_pointed_dx": f"list_intersect({first}.pointed_dx, {second}.pointed_dx)",
                "common_dx_categories": (
                    f"list_intersect(list_transform({first}.pointed_dx, lambda x: x[1:3]), "
                    f"list_transform({second}.pointed_dx, lambda x: x[1:3]))"
                ),
                "split_claim": f"({first}.claim_id <> {second}.claim_id)",
                "shared_day": (
                    f"CASE WHEN {first}.date_from <= {second}.date_to AND {second}.date_from <= {first}.date_to "
                    f"THEN greatest({first}.date_from, {second}.date_from) END"
                ),
            }[ref.name]
        if ref.kind == "sum" and ref.name == "date":
            return f"{self.base}.day"
        if ref.kind in {"sum", "absent", "clock"}:
            return f"{self.base}.{ref.kind}_{ref.name}"
        if ref.name == "primaries":
            return (
                "(SELECT list_sort(list(DISTINCT p.primary_code)) FROM ref_ncci_aoc_listed p WHERE p.addon = "
                f"{alias(ref.role)}.addon AND {self.day} BETWEEN p.effective AND p.deleted)"
            )
        if ref.name == "covered_elsewhere":
            return f"{self.base}.covered_elsewhere"
        return f"{alias(ref.role)}.{ref.name}"

    def _later(self) -> str:
        """SQL: the flagged one of two lines comes after the other, by first day, claim, line."""
        other = next(role for role in self.roles if role != self.flag)
        placed = [
            ", ".join(f"{alias(role)}.{column}" for column in ("date_from", "claim_id", "line_no", "line_id"))
            for role in (self.flag, other)
        ]
        return f"(({placed[0]}) > ({placed[1]}))"

    def _line_field(self, ref: m.FieldRef) -> str:
        role = alias(ref.role)
        if ref.name == "amount":
            return f"coalesce({role}.paid, {role}.allowed, {role}.charge)"
        if ref.name == "no_payment":
            return f"coalesce({role}.paid <= 0 AND coalesce({role}.allowed, 0) <= 0, FALSE)"
        if ref.name == "age":
            return age(f"{role}.birth_date", f"{role}.date_from")
        if ref.name in NPI_VALID:
            return npi_valid(f"{role}.{NPI_VALID[ref.name]}")
        if ref.name == "dx_ptr_known":
            return "TRUE" if self.dx_ptr_known else "FALSE"
        return f"{role}.{LINE_SQL.get(ref.name, ref.name)}"


def npi_valid(npi: str) -> str:
    """The SQL of whether a text has ten digits of which the last is the check digit; NULL for none, or a blank one."""
    number = f"CAST({npi} AS BIGINT)"
    pairs = " + ".join(f"{_CHECKED}[{number} // {100**place} % 100 + 1]" for place in range(5))
    return (
        f"CASE WHEN trim({npi}) = '' THEN NULL WHEN NOT regexp_full_match({npi}, '[0-9]{{10}}') THEN FALSE "
        f"ELSE (24 + {pairs}) % 10 = 0 END"
    )


_CHECKED = str([(2 * (pair // 10) + (pair >= 50) + pair % 10) % 10 for pair in range(100)]).replace(" ", "")
"""What each two digits of an NPI add to its check sum, of which the last digit counts: the first is doubled, and where
that gives two digits these are added."""


def age(birth: str, day: str) -> str:
    """The SQL of full years between two dates; NULL where one is missing or the birth is later."""
    in_year = [f"month({date}) * 100 + day({date})" for date in (day, birth)]
    before = f"CASE WHEN {' < '.join(in_year)} THEN 1 ELSE 0 END"
    return f"CASE WHEN {birth} <= {day} THEN CAST(year({day}) - year({birth}) - {before} AS INTEGER) END"


def condition(part: m.Condition, names: Names, parameters: Mapping[str, m.Parameter]) -> str:
    """The SQL of a condition; never NULL."""
    if isinstance(part, m.All):
        if not part.parts:
            return "TRUE"
        return "(" + " AND ".join(condition(item, names, parameters) for item in part.parts) + ")"
    if isinstance(part, m.AnyOf):
        if not part.parts:
            return "FALSE"
        return "(" + " OR ".join(condition(item, names, parameters) for item in part.parts) + ")"
    if isinstance(part, m.Not):
        return f"(NOT {condition(part.part, names, parameters)})"
    field = names.field(part.field)
    if isinstance(part.value, m.ParameterRef):
        parameter = parameters[part.value.name]
        empty: Any = () if isinstance(parameter.values[0][1], tuple) else None
        otherwise = _operate(part.op, field, empty) if empty is not None else "FALSE"

        def operated(value: Any) -> str:
            return _operate(part.op, field, value)

        return _by_parameter(parameter, names, part.field, operated, otherwise)
    if isinstance(part.value, m.FieldRef):
        return "(" + OPERATORS[part.op].sql(field, names.field(part.value)) + ")"
    if isinstance(part.value, m.Computed):
        tests = [OPERATORS[part.op].sql(field, computed(part.value, part.field, names, parameters))]
        tests += [
            f"{_by_parameter(parameters[item.name], names, part.field, literal, 'NULL')} IS NOT NULL"
            for item in part.value.amounts
            if isinstance(item, m.ParameterRef)
        ]
        return f"({' AND '.join(tests)})"
    return "(" + _operate(part.op, field, part.value) + ")"


def _by_parameter(
    parameter: m.Parameter,
    names: Names,
    asked: m.FieldRef,
    made: Callable[[Any], str],
    otherwise: str,
) -> str:
    """What ``made`` makes of the parameter's value in force on the day, or of one that an override gives the line."""
    whose = asked.role if asked.kind == "line" else names.flag
    scoped = [
        f"WHEN {scoped_sql(item, whose, names)} THEN {made(item.value)}" for item in parameter.scoped if whose
    ]
    dated = [
        f"WHEN {names.day} >= {literal(start)} THEN {made(value)}"
        for start, value in reversed(parameter.values)
    ]
    return f"(CASE {' '.join([*scoped, *dated])} ELSE {otherwise} END)"


def parameter_sql(parameter: m.Parameter, names: Names, code: str = "") -> str:
    """The SQL of a parameter's value on the day, NULL before its first date.

    Of one that names a code for each code the value is that for ``code``, NULL where it names none.
    """

    def made(value: Any) -> str:
        if not isinstance(value, m.CodeMap):
            return literal(value)
        named = " ".join(f"WHEN {literal(one)} THEN {literal(other)}" for one, other in value.codes().items())
        return f"CASE {code} {named} END"

    return _by_parameter(parameter, names, m.FieldRef("", "", "", ""), made, "NULL")


def scoped_sql(item: m.ScopedValue, role: str, names: Names) -> str:
    """Whether an override's value holds for the line in ``role``."""
    tests = [condition(m.about(item.when, role), names, {})]
    day = f"{alias(role)}.date_from"
    if item.effective_from:
        tests.append(f"{day} >= {literal(item.effective_from)}")
    if item.expires:
        tests.append(f"{day} <= {literal(item.expires)}")
    return " AND ".join(tests)


def computed(
    value: m.Computed, tested: m.FieldRef, names: Names, parameters: Mapping[str, m.Parameter]
) -> str:
    """The SQL of a field's value, multiplied, added to or moved in time; NULL where the field is.

    ``tested`` is the field that it is held against, whose line a parameter's value may be scoped by.
    """

    def amount(item: m.Amount) -> str:
        if isinstance(item, m.ParameterRef):
            return _by_parameter(parameters[item.name], names, tested, literal, "NULL")
        return literal(item)

    sql = names.field(value.field)
    if value.field.type != "date":
        exact = "DECIMAL(38,10)"
        if value.times is not None:
            sql = f"(CAST({sql} AS DECIMAL(28,6)) * CAST({amount(value.times)} AS DECIMAL(10,4)))"
        if value.plus is not None:
            sql = f"(CAST({sql} AS {exact}) + CAST({amount(value.plus)} AS {exact}))"
        return sql
    if value.plus_months is not None:
        sql = f"CAST({sql} + to_months(CAST({amount(value.plus_months)} AS INTEGER)) AS DATE)"
    if value.plus_days is not None:
        sql = f"({sql} + CAST({amount(value.plus_days)} AS INTEGER))"
    return sql


def _operate(op: str, field: str, value: Any) -> str:
    if op == "in_ranges":
        return ranges_sql(field, value)
    return OPERATORS[op].sql(field, literal(value))


def kind_of_line(rule: m.Rule, table: str) -> str:
    """The lines a rule is for on any date: not denied, of its lines of business, claim types, settings, payers."""
    tests = [f"NOT {table}.denied"]
    for column in ("line_of_business", "claim_type", "setting", "payer_id"):
        wanted = getattr(rule.scope, column)
        if wanted:
            tests.append(f"{table}.{column} IN ({', '.join(literal(item) for item in wanted)})")
    return " AND ".join(tests)


def scope(rule: m.Rule, table: str, *, unsettled: bool = False) -> str:
    """The lines a rule is for, its effective dates included.

    ``unsettled`` adds the institutional lines without a bill type to those of a rule for outpatient claims.
    """
    tests = [kind_of_line(rule, table)]
    if unsettled and "outpatient_hospital" in rule.scope.setting:
        settled = ", ".join(literal(item) for item in rule.scope.setting)
        open_ = f"{table}.setting IS NULL AND {table}.claim_type = 'institutional'"
        either = f"({table}.setting IN ({settled}) OR ({open_}))"
        tests = [tests[0].replace(f"{table}.setting IN ({settled})", either)]
    if rule.effective_from:
        tests.append(f"{table}.date_from >= {literal(rule.effective_from)}")
    if rule.effective_to:
        tests.append(f"{table}.date_from <= {literal(rule.effective_to)}")
    return " AND ".join(tests)


def scope_of(rule: m.Rule, role: str, table: str) -> str:
    """The lines that a rule is for in one of its roles: its effective dates are asked of the flagged line alone."""
    return scope(rule, table) if role == rule.flag else kind_of_line(rule, table)


def mentions(part: m.Condition, kind: str) -> bool:
    """Whether a condition reads a field of a kind of role."""
    return any(ref.kind == kind for ref in m.fields_read(part))


def fields_of(part: m.Condition) -> frozenset[str]:
    """The names of the fields that a condition reads."""
    return frozenset(ref.name for ref in m.fields_read(part))


MOST_SHOWN = 15
"""Codes of a table's list that a sentence names; further ones are counted."""


def message(
    template: str,
    names: Names,
    field_of: Mapping[str, m.FieldRef],
    parameters: Mapping[str, m.Parameter],
) -> str:
    """The SQL that fills an explanation template with the values of the lines, rows and parameters at hand."""
    parts: list[str] = []
    for at, between in enumerate(SHOWN_PARAMETER.split(template)):
        if at % 2:
            parts.append(_shown_parameter(parameters[between], names))
            continue
        for index, text in enumerate(PLACEHOLDER.split(between)):
            if index % 2:
                parts.append(_shown(field_of[text], names))
            elif text:
                parts.append(literal(text))
    return " || ".join(parts) if parts else "''"


def _shown_parameter(parameter: m.Parameter, names: Names) -> str:
    def shown(value: Any) -> str:
        if not isinstance(value, tuple):
            return literal(str(value))
        more = f" and {len(value) - MOST_SHOWN} more" if len(value) > MOST_SHOWN else ""
        return literal(", ".join(str(item) for item in value[:MOST_SHOWN]) + more)

    return _by_parameter(parameter, names, m.FieldRef("", "", "", ""), shown, literal("not given"))


def _shown(ref: m.FieldRef, names: Names) -> str:
    sql = names.field(ref)
    if ref.type == "money":
        return f"coalesce(CAST(CAST({sql} AS DECIMAL(18,2)) / 100 AS DECIMAL(18,2))::VARCHAR, 'not given')"
    if ref.type == "number":
        whole = f"({sql} = floor({sql}))"
        return (
            f"coalesce(CASE WHEN {whole} THEN CAST({sql} AS BIGINT)::VARCHAR ELSE rtrim(({sql})::VARCHAR, '0') END,"
            " 'not given')"
        )
    if names.marked and ref.type in {"text", "texts"} and (of_line := _of_a_claim(ref)) is not None:
        if ref.type == "text":
            return f"coalesce({marks.marked(of_line, sql)}, 'not given')"
        sql = f"list_transform({sql}, lambda x: {marks.marked(of_line, 'x')})"
    if ref.type in {"texts", "integers"}:
        listed = f"array_to_string({sql}, ', ')"
        if ref.name in SAID_ONLY:
            rest = f"len({sql}) - {MOST_SHOWN}"
            more = f"CASE WHEN {rest} > 0 THEN ' and ' || {rest} || ' more' ELSE '' END"
            listed = f"array_to_string(({sql})[1:{MOST_SHOWN}], ', ') || {more}"
        return f"CASE WHEN coalesce(len({sql}), 0) = 0 THEN 'none' ELSE {listed} END"
    if ref.type == "date":
        return f"coalesce(CASE WHEN {sql} = DATE '9999-12-31' THEN 'open' ELSE ({sql})::VARCHAR END, 'not given')"
    return f"coalesce(({sql})::VARCHAR, 'not given')"


def _of_a_claim(ref: m.FieldRef) -> str | None:
    """The kind of mark of a value that comes from a claim; None for a table's, or one that may stand as it is."""
    of_claim = ref.name in LINE_FIELDS and not ref.kind.startswith("table")
    return marks.kind_of(ref.name) if of_claim or ref.kind == "pair" else None
