"""The fee of every line of a patient and which part of it is due beside the day's others, worked out line by line.

The same as :mod:`auditor.pricing.lines` says in SQL, from the same dated percentages and in plain arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import partial
from typing import Any

from auditor.engine.plain_prices import NATIONAL, Fees, Indices, component_of, setting_of, worth
from auditor.engine.plain_tables import Line, Row
from auditor.pricing import shares
from auditor.pricing.lines import COLUMNS

_WHOLE = shares.WHOLE
_EXACT = 80
"""Digits that no product here reaches, so that nothing is rounded but where it is said."""
NOTHING: Mapping[str, Any] = dict.fromkeys(COLUMNS)
"""What is known of a line without a fee."""


@dataclass
class _Priced:
    """A line with a fee, and what is worked out of it."""

    line: Line
    row: Row
    at: Indices
    known: bool
    setting: str | None
    value: Decimal
    fee: int
    kind: str = ""
    who: str = ""
    counts: bool = False
    told_apart: bool = False
    other_session: bool = False
    paired: bool = False
    bilateral: int = _WHOLE
    role: int | None = _WHOLE
    practitioner: int = _WHOLE
    place: int = 1
    multiple: int | None = _WHOLE
    paid: int | None = None
    family: str | None = None
    is_base: bool = False
    of_family: int | None = _WHOLE
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """The line's own number, by which ties are broken."""
        return int(self.line["line_id"])

    @property
    def units(self) -> Decimal:
        """Units; one where none are told."""
        return Decimal(1) if self.line["units"] is None else Decimal(self.line["units"])

    @property
    def own(self) -> int | None:
        """The part due without regard to other services."""
        if self.role is None:
            return None
        return _rounded(Decimal(self.bilateral) * self.role * self.practitioner, _WHOLE**2)


def priced(lines: Sequence[Line], fees: Fees) -> dict[int, Mapping[str, Any]]:
    """What is known of each line that has a fee, by its number."""
    with localcontext() as context:
        context.prec = _EXACT
        return _priced_lines(lines, fees)


def _priced_lines(lines: Sequence[Line], fees: Fees) -> dict[int, Mapping[str, Any]]:
    found = [item for line in lines if (item := _valued(line, fees)) is not None]
    for group in _groups(found, lambda item: (item.who, item.line["code"], item.row["modifier"] or "")):
        _pair(group)
    for item in found:
        item.bilateral = _bilateral(item)
    for group in _groups([item for item in found if item.kind], lambda item: (item.kind, item.who)):
        {"S": _surgery, "5": _therapy}.get(group[0].kind, _components)(group, fees)
        for item in group:
            item.other_session = any(other.told_apart for other in group)
        _compare(group)
    return {item.number: _told(item) for item in found}


def _groups(items: Sequence[_Priced], key: Callable[[_Priced], Any]) -> list[list[_Priced]]:
    """Items of one patient, day and key."""
    found: dict[Any, list[_Priced]] = {}
    for item in items:
        found.setdefault((item.line["patient_key"], item.line["date_from"], key(item)), []).append(item)
    return list(found.values())


def _valued(line: Line, fees: Fees) -> _Priced | None:
    if line["setting"] != "practitioner" or line["code"] is None or line["denied"]:
        return None
    day, setting = line["date_from"], setting_of(line)
    row = fees.row(line["code"], component_of(line), day) or fees.row(line["code"], "", day)
    if row is None:
        return None
    at = fees.indices(line) if line["line_of_business"] == "medicare" else None
    value = worth(row, setting, at or NATIONAL)
    if value is None:
        return None
    cents = (value * fees.factor(row, False) * 100).quantize(Decimal(1), ROUND_HALF_UP)
    item = _Priced(line, row, at or NATIONAL, at is not None, setting, value, int(cents))
    modifiers = set(line["modifiers"])
    tin, specialty, npi = line["billing_tin"], line["rendering_specialty"], line["rendering_npi"]
    physician = f"G{tin}/{specialty}" if tin is not None and specialty is not None else npi and f"P{npi}"
    unpaid = line["paid"] is not None and line["paid"] <= 0 and (line["allowed"] or 0) <= 0
    aside = {shares.TEAM, *shares.UNRANKED}
    item.counts = not unpaid and item.units > 0 and physician is not None and not modifiers & aside
    item.told_apart = bool(modifiers & set(shares.APART))
    item.who = f"{'A' if modifiers & set(shares.ASSISTANTS) else ''}{physician}"
    if item.counts:
        indicator = row["mult_proc"] or ""
        if indicator in ("2", "3"):
            item.kind = "S"
        elif indicator == "5" or (indicator in shares.OF_A_SESSION and not item.told_apart):
            item.kind = indicator
    item.role = _role(modifiers, row)
    if "AS" not in modifiers:
        item.practitioner = shares.dated(shares.PRACTITIONERS.get(specialty, ()), day) or _WHOLE
    return item


def _role(modifiers: set[str], row: Row) -> int | None:
    if shares.TEAM in modifiers:
        return None
    assisting = [share for name, share in shares.ASSISTING.items() if name in modifiers]
    both = shares.CO_SURGEON in modifiers
    if assisting and both:
        return None
    product = Decimal(shares.CO_SURGEONS_PART if both else min(assisting, default=_WHOLE)) / _WHOLE
    parts = {column for name, columns in shares.PARTS.items() if name in modifiers for column in columns}
    if parts and sum(row[name] or 0 for name in ("pre_op", "intra_op", "post_op")) > 0:
        product *= sum((Decimal(row[column] or 0) for column in parts), Decimal(0))
    return _rounded(product * _WHOLE, 1)


def _side(item: _Priced) -> str:
    modifiers = item.line["modifiers"]
    sides = [side for side in ("LT", "RT") if side in modifiers]
    return sides[0] if len(sides) == 1 and "50" not in modifiers and item.counts else ""


def _pair(group: list[_Priced]) -> None:
    """Two lines, one of each side, are one procedure."""
    left, right = ([item for item in group if _side(item) == side] for side in ("LT", "RT"))
    if len(left) == len(right) == 1:
        left[0].paired = right[0].paired = True


def _bilateral(item: _Priced) -> int:
    indicator = item.row["bilat_surg"] or ""
    if "50" in item.line["modifiers"]:
        return shares.BOTH_SIDES.get(indicator, _WHOLE)
    return shares.EACH_SIDE.get(indicator, _WHOLE) if item.paired else _WHOLE


def _surgery(group: list[_Priced], fees: Fees) -> None:
    bases = {item.row["endo_base"] for item in group if item.row["mult_proc"] == "3"} - {None}
    for item in group:
        if item.row["mult_proc"] == "3" and item.row["endo_base"] is not None:
            item.family = item.row["endo_base"]
        elif item.line["code"] in bases:
            item.family, item.is_base = item.line["code"], True
    procedures: dict[str, list[_Priced]] = {}
    for item in group:
        if item.family is not None:
            name = f"F{item.family}"
        else:
            name = f"B{item.line['code']}" if item.paired else f"L{item.number}"
        procedures.setdefault(name, []).append(item)
    for members in procedures.values():
        if members[0].family is None:
            continue
        highest = min(members, key=lambda item: (item.is_base, -item.value * item.bilateral, item.number))
        for item in members:
            if item.is_base:
                item.of_family = 0
            elif item is not highest:
                base = worth(fees.row(item.family, "", item.line["date_from"]), item.setting, item.at)
                less = None if base is None else max(item.value - base, Decimal(0))
                item.of_family = None if less is None else _ratio(less, item.value)

    def weight(item: _Priced) -> Decimal:
        return item.value * item.bilateral * (item.of_family or 0)

    standing = sorted(
        procedures.values(), key=lambda items: (-sum(map(weight, items)), min(item.number for item in items))
    )
    place = 0
    for rank, members in enumerate(standing, 1):
        part = _WHOLE if rank == 1 else shares.LATER_SURGERY if rank <= shares.LAST_TOLD else None
        for item in sorted(members, key=lambda item: (-weight(item), item.number)):
            place += 1
            item.place = place
            told = item.of_family is not None and part is not None
            item.multiple = _rounded(Decimal(item.of_family or 0) * (part or 0), _WHOLE) if told else None


def _therapy(group: list[_Priced], _: Fees) -> None:
    def expense(item: _Priced) -> Decimal:
        column = "non_fac_pe_rvu" if item.setting == "non_facility" else "facility_pe_rvu"
        return Decimal(item.row[column] or 0) * item.at[1]

    for place, item in enumerate(sorted(group, key=lambda item: (-expense(item), item.number)), 1):
        left = shares.dated(shares.THERAPY_EXPENSE, item.line["date_from"])
        item.place, item.multiple = place, None
        if left is None:
            continue
        off = expense(item) * (_WHOLE - left) / _WHOLE
        units = max(item.units, Decimal(1)) if place == 1 else Decimal(1)
        reduced = units - 1 if place == 1 else units
        item.multiple = _ratio(units * item.value - reduced * off, units * item.value)


def _components(group: list[_Priced], fees: Fees) -> None:
    """Imaging, cardiovascular and ophthalmology services: technical and professional part ranked apart."""
    kind = group[0].kind
    for name, component, other, alone, none in (
        ("technical", "TC", "26", "3", "2"),
        ("professional", "26", "TC", "2", "3"),
    ):
        for item in group:
            item.more[name] = _part(item, fees, component, other, alone, none)
            capped = name != "technical"
            item.more[f"{name} whole"] = _part(item, fees, component, other, alone, none, capped=capped)
        for place, item in enumerate(sorted(group, key=partial(_highest, f"{name} whole")), 1):
            item.more[f"{name} place"] = place
    for item in group:
        technical, professional = item.more["technical"], item.more["professional"]
        by_technical = kind != "4" or bool(technical is not None and technical > 0)
        item.place = item.more["technical place" if by_technical else "professional place"]
        item.multiple = None
        if technical is None or professional is None:
            continue
        day, due = item.line["date_from"], Decimal(0)
        for name, value, later in (
            ("technical", technical, shares.TECHNICAL[kind]),
            ("professional", professional, shares.PROFESSIONAL[kind]),
        ):
            if item.more[f"{name} place"] == 1:
                due += value * _WHOLE
                continue
            part, whole = shares.dated(later, day), item.more[f"{name} whole"]
            if part is None or whole is None:
                break
            due += min(value * _WHOLE, whole * part)
        else:
            item.multiple = _ratio(due, (technical + professional) * _WHOLE)


def _highest(name: str, item: _Priced) -> tuple[bool, Decimal, int]:
    """In the order of a part's value; what is not known comes last."""
    value = item.more[name]
    return value is None, -(value or Decimal(0)), item.number


def _part(
    item: _Priced, fees: Fees, component: str, other: str, alone: str, none: str, *, capped: bool = True
) -> Decimal | None:
    """The technical or professional part of a line's value; None where it cannot be told."""
    own = item.row["modifier"] or ""
    value = worth(item.row, item.setting, item.at, capped)
    if own == component:
        return value
    if own == other:
        return Decimal(0)
    indicator = item.row["pctc_ind"]
    if indicator == alone:
        return value
    if indicator == none:
        return Decimal(0)
    if indicator != "1":
        return None
    return worth(
        fees.row(item.line["code"], component, item.line["date_from"]), item.setting, item.at, capped
    )


def _compare(group: list[_Priced]) -> None:
    """What was allowed of each line, held against what was of the highest-ranked."""

    def full(item: _Priced) -> Decimal | None:
        return None if item.own is None else item.fee * item.units * item.own

    top = min(group, key=lambda item: (item.place, item.number))
    for item in group:
        allowed = [item.line["allowed"], top.line["allowed"]]
        fees = [full(item), full(top)]
        if any(value is None or value <= 0 for value in (*allowed, *fees)):
            continue
        item.paid = _ratio(Decimal(allowed[0]) * (fees[1] or 0), Decimal(allowed[1]) * (fees[0] or 0))


def _told(item: _Priced) -> Mapping[str, Any]:
    own, share = item.own, None
    if own is not None and item.multiple is not None:
        share = _rounded(Decimal(item.multiple) * own, _WHOLE)
    due = None if share is None else _rounded(item.fee * item.units * share, _WHOLE)
    if due is not None and item.line["charge"] is not None:
        due = min(due, item.line["charge"])
    return {
        "fee": _rounded(item.fee * item.units, 1),
        "expected": due,
        "multiple_place": item.place,
        "multiple_share": _decimal(item.multiple),
        "bilateral_share": _decimal(item.bilateral),
        "role_share": _decimal(item.role),
        "practitioner_share": _decimal(item.practitioner),
        "share": _decimal(share),
        "paid_share": _decimal(item.paid),
        "other_session": item.other_session,
        "estimated": not item.known,
    }


def _decimal(micro: int | None) -> Decimal | None:
    return None if micro is None else Decimal(micro).scaleb(-6)


def _ratio(num: Decimal, den: Decimal) -> int | None:
    """Millionths of a ratio, rounded half up; None of nothing."""
    if den == 0:
        return None
    return int((2 * _WHOLE * num + den) // (2 * den))


def _rounded(value: Decimal, by: int) -> int:
    return int((2 * value + by) // (2 * by))
