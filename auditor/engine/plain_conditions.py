"""Conditions of the rule language as plain Python functions, each operator in its plain form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from auditor.base.codes import npi_check_digit
from auditor.engine.plain_dates import plus_days, plus_months
from auditor.rules import model as m
from auditor.rules.fields import NPI_VALID
from auditor.rules.operators import OPERATORS

Roles = Mapping[str, Any]
Holds = Callable[[Roles, date, Mapping[str, Any]], bool]
"""(roles, day, values of the pair, sum or absence by ``role.name``) -> whether the condition holds."""
Read = Callable[[Roles, Mapping[str, Any]], Any]
Told = Callable[[Roles, date], Any]
"""(roles, day) -> a parameter's value; an empty tuple where it has none."""
FLAGGED = ""
"""The role under which the flagged line stands where an override gives some lines a parameter of their own."""
EXTRA = frozenset({"pair", "sum", "clock", "absent"})
"""Kinds of roles that are neither lines nor rows: their fields are handed over by ``role.name``."""
MADE = frozenset(
    {"age", "amount", "no_payment", "day_units", "dx_ptr_known", "service_date", "service_day"}
) | {*NPI_VALID}
"""Fields of a claim line that are no columns of it."""


def day_units(line: Mapping[str, Any]) -> Decimal | None:
    """Units of one day: the line's own, or a span's divided by its days and rounded half up (SEMANTICS, MUE 1)."""
    units: Decimal | None = line["units"]
    first: date | None = line["date_from"]
    last: date | None = line["date_to"]
    if units is None or first is None or last is None or first == last:
        return units
    return (Decimal(units) / ((last - first).days + 1)).quantize(Decimal(1), rounding=ROUND_HALF_UP)


def age(line: Mapping[str, Any]) -> int | None:
    """Full years on the line's first day; None where a date is missing or the birth is later."""
    birth: date | None = line["birth_date"]
    day: date | None = line["date_from"]
    if birth is None or day is None or birth > day:
        return None
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def npi_valid(npi: str | None) -> bool | None:
    """Whether an NPI has ten digits and the right one last (45 CFR 162.406); None where there is none."""
    if npi is None or not npi.strip(" "):
        return None
    return len(npi) == 10 and npi.isascii() and npi.isdigit() and npi_check_digit(npi[:9]) == int(npi[9])


def reader(ref: m.FieldRef, dx_ptr_known: bool) -> Read:
    """A function that reads a field."""
    role, name, key = ref.role, ref.name, str(ref)
    if ref.kind in EXTRA or name == "covered_elsewhere":
        return lambda roles, extra: extra[key]
    if ref.kind == "line":
        if name == "amount":
            return lambda roles, extra: next(
                (roles[role][k] for k in ("paid", "allowed", "charge") if roles[role][k] is not None), None
            )
        if name == "age":
            return lambda roles, extra: age(roles[role])
        if name == "no_payment":
            return lambda roles, extra: (
                roles[role]["paid"] is not None
                and roles[role]["paid"] <= 0
                and (roles[role]["allowed"] or 0) <= 0
            )
        if name in NPI_VALID:
            return lambda roles, extra: npi_valid(roles[role][NPI_VALID[name]])
        if name == "day_units":
            return lambda roles, extra: day_units(roles[role])
        if name == "dx_ptr_known":
            return lambda roles, extra: dx_ptr_known
        if name in {"service_date", "service_day"}:
            return lambda roles, extra: roles[role]["date_from"]
    return lambda roles, extra: roles[role][name]


def holds(part: m.Condition, parameters: Mapping[str, m.Parameter], dx_ptr_known: bool) -> Holds:
    """A function that tells whether a condition holds."""
    if isinstance(part, m.All | m.AnyOf):
        # None has an effect, so their order has none.
        cheapest_first = sorted(_flat(part, type(part)), key=_cost)
        return _every(
            [holds(item, parameters, dx_ptr_known) for item in cheapest_first], isinstance(part, m.All)
        )
    if isinstance(part, m.Not):
        inner = holds(part.part, parameters, dx_ptr_known)
        return lambda roles, day, extra: not inner(roles, day, extra)
    operator, read, value = OPERATORS[part.op], reader(part.field, dx_ptr_known), part.value
    plain, role, name = operator.plain, part.field.role, part.field.name
    as_it_stands = is_column(part.field)  # most tests are of such a field, and reading it here is cheaper
    if isinstance(value, m.ParameterRef):
        parameter, is_list = parameters[value.name], operator.value == "list"
        told = parameter_of(parameter, part.field, dx_ptr_known) if parameter.scoped else None

        def dated(roles: Roles, day: date, extra: Mapping[str, Any]) -> bool:
            now = told(roles, day) if told else parameter.on(day)
            asked = roles[role][name] if as_it_stands else read(roles, extra)
            return (is_list or now != ()) and plain(asked, now)

        return dated
    if isinstance(value, m.Computed):
        changed = _computed(value, part.field, parameters, dx_ptr_known)

        def held(roles: Roles, day: date, extra: Mapping[str, Any]) -> bool:
            now = changed(roles, day, extra)
            return now != () and plain(read(roles, extra), now)

        return held
    if isinstance(value, m.FieldRef):
        other = reader(value, dx_ptr_known)
        return lambda roles, day, extra: plain(read(roles, extra), other(roles, extra))
    if as_it_stands and part.op == "in_ranges":
        known: dict[str | None, bool] = {}  # codes come again, and many ranges are asked one by one

        def ranged(roles: Roles, day: date, extra: Mapping[str, Any]) -> bool:
            code = roles[role][name]
            if code not in known:
                known[code] = plain(code, value)
            return known[code]

        return ranged
    if as_it_stands:
        return lambda roles, day, extra: plain(roles[role][name], value)
    return lambda roles, day, extra: plain(read(roles, extra), value)


def parameter_of(parameter: m.Parameter, ref: m.FieldRef | None, dx_ptr_known: bool) -> Told:
    """A function that gives a parameter's value on a day.

    What an override says holds for the line that the tested field ``ref`` is of, else for the flagged line; the first
    override that holds for it wins over the dated values.
    """
    if not parameter.scoped:
        return lambda roles, day: parameter.on(day)
    scoped = [(item, holds(item.when, {}, dx_ptr_known)) for item in parameter.scoped]
    role = ref.role if ref is not None and ref.kind == "line" else FLAGGED

    def told(roles: Roles, day: date) -> Any:
        line: Mapping[str, Any] = roles.get(role, {})
        for item, when in scoped if line else ():
            if _within(item, line["date_from"]) and when({"line": line}, line["date_from"], {}):
                return item.value
        return parameter.on(day)

    return told


def _within(item: m.ScopedValue, day: date | None) -> bool:
    """Whether a line's first day lies in the dates of an override."""
    if day is None:
        return item.effective_from is None and item.expires is None
    return (item.effective_from is None or item.effective_from <= day) and (
        item.expires is None or day <= item.expires
    )


def _computed(
    value: m.Computed, tested: m.FieldRef, parameters: Mapping[str, m.Parameter], dx_ptr_known: bool
) -> Callable[[Roles, date, Mapping[str, Any]], Any]:
    """A function that gives a field's value, changed; None without a value, empty where a parameter has none."""
    read = reader(value.field, dx_ptr_known)

    def amount(item: m.Amount | None) -> Told:
        if isinstance(item, m.ParameterRef):
            return parameter_of(parameters[item.name], tested, dx_ptr_known)
        return lambda roles, day: item

    times, plus, months, days = map(amount, (value.times, value.plus, value.plus_months, value.plus_days))

    def changed(roles: Roles, day: date, extra: Mapping[str, Any]) -> Any:
        told = [one(roles, day) for one in (times, plus, months, days)]
        if () in told:
            return ()
        found = read(roles, extra)
        if isinstance(found, date):
            found = found if told[2] is None else plus_months(found, told[2])
            return found if told[3] is None else plus_days(found, told[3])
        if found is not None and told[0] is not None:
            found = Decimal(found) * Decimal(told[0])
        return found if found is None or told[1] is None else Decimal(found) + Decimal(told[1])

    return changed


def _flat(part: m.Condition, kind: type[m.All | m.AnyOf]) -> Iterator[m.Condition]:
    """The parts of a condition, with those of each that is of the same kind in its place."""
    for item in part.parts if isinstance(part, kind) else ():
        if isinstance(item, kind):
            yield from _flat(item, kind)
        else:
            yield item


def _cost(part: m.Condition) -> int:
    """How dear a condition is to test, roughly."""
    if isinstance(part, m.All | m.AnyOf):
        return 2 + sum(map(_cost, part.parts))
    if isinstance(part, m.Not):
        return 1 + _cost(part.part)
    return 1 + isinstance(part.value, m.ParameterRef | m.FieldRef | m.Computed) + (not is_column(part.field))


def is_column(ref: m.FieldRef) -> bool:
    """Whether a field is a column of the line or table row that fills its role."""
    if ref.kind in EXTRA or ref.name == "covered_elsewhere":
        return False
    return ref.kind != "line" or ref.name not in MADE


def _every(parts: list[Holds], wanted: bool) -> Holds:
    """All of the parts (``wanted`` true), or any of them."""
    if len(parts) == 1:
        return parts[0]
    if len(parts) == 2:
        one, two = parts
        if wanted:
            return lambda roles, day, extra: one(roles, day, extra) and two(roles, day, extra)
        return lambda roles, day, extra: one(roles, day, extra) or two(roles, day, extra)

    def all_of(roles: Roles, day: date, extra: Mapping[str, Any]) -> bool:
        for part in parts:  # noqa: SIM110  # a generator would cost more than most parts do
            if not part(roles, day, extra):
                return False
        return True

    def any_of(roles: Roles, day: date, extra: Mapping[str, Any]) -> bool:
        for part in parts:  # noqa: SIM110
            if part(roles, day, extra):
                return True
        return False

    return all_of if wanted else any_of
