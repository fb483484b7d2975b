"""What an audit should say of a synthetic claims file, worked out row by row in plain Python.

Written apart from the generator and from the product: it reads the CSV as text and the edits as rows.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path

ASSOCIATED = frozenset(
    "E1 E2 E3 E4 FA F1 F2 F3 F4 F5 F6 F7 F8 F9 TA T1 T2 T3 T4 T5 T6 T7 T8 T9 LT RT LC LD LM RC RI "
    "24 25 57 58 78 79 27 59 91 XE XS XP XU".split()
)
ANATOMIC = ASSOCIATED - set("24 25 57 58 78 79 27 59 91 XE XS XP XU".split())
DISTINCT = frozenset("59 XE XS XP XU".split())
PARTS_A_SITE = frozenset("58 59 78 79 XE XS XP XU".split())
EM_EXTRA = frozenset("92002 92004 92012 92014 G0402 G0438 G0439 G0463".split())


@dataclass
class Row:
    claim: str
    line: int
    patient: str
    provider: str
    setting: str
    tin: str
    specialty: str
    first: date
    last: date
    code: str
    modifiers: list[str]
    units: Decimal
    paid: Decimal
    denied: bool
    state: str
    mac: str
    dx: list[str]
    pointed: list[str]

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(n) for n in range((self.last - self.first).days + 1)]

    @property
    def day_units(self) -> Decimal:
        return (self.units / len(self.days)).quantize(Decimal(1), rounding=ROUND_HALF_UP)


@dataclass
class Edits:
    """Edits as plain rows: pairs (setting, column_1, column_2, effective, deleted, indicator), and so on."""

    pairs: list[tuple] = field(default_factory=list)
    mue: dict[tuple[str, str], tuple[int, str | None]] = field(default_factory=dict)
    addons: list[tuple[str, str, str]] = field(default_factory=list)
    coverage: list = field(default_factory=list)

    @classmethod
    def of(cls, vocabulary) -> Edits:
        edits = cls(coverage=list(vocabulary.coverage))
        for setting, rows in vocabulary.pairs.items():
            edits.pairs += [
                (setting, p.column_1, p.column_2, p.effective, p.deleted, p.modifier_indicator) for p in rows
            ]
        for setting, limits in vocabulary.limits.items():
            edits.mue.update({(setting, code): (m.value, m.mai) for code, m in limits.items()})
        edits.addons = [(a.edit_type, a.addon, a.primary) for a in vocabulary.addons]
        return edits


def read(path: Path) -> tuple[list[Row], set[tuple[str, int]]]:
    """Lines that count (not set aside, not superseded), and the (claim, line) of those set aside."""
    with path.open(newline="") as file:
        raw = list(csv.DictReader(file))
    gone = {r["original_ref"] for r in raw if r["frequency_code"] in "78"}
    gone |= {r["claim_id"] for r in raw if r["frequency_code"] == "8"}
    rows, aside = [], set()
    for r in raw:
        if r["claim_id"] in gone:
            continue
        try:
            rows.append(_row(r))
        except (ValueError, InvalidOperation):
            aside.add((r["claim_id"], int(r["line_no"])))
    return rows, aside


def _row(r: dict[str, str]) -> Row:
    if not r["patient_id"]:
        raise ValueError("patient")
    first, last = date.fromisoformat(r["date_from"]), date.fromisoformat(r["date_to"])
    if last < first:
        raise ValueError("dates")
    professional = r["claim_type"] == "professional"
    dx = [r[f"dx{n}"] for n in range(1, 13) if r[f"dx{n}"]]
    pointers = [p for p in r["dx_ptr"].replace(",", ":").split(":") if p]
    places = [int(p) if p.isdigit() else ord(p) - 64 for p in pointers]
    return Row(
        claim=r["claim_id"],
        line=int(r["line_no"]),
        patient=r["patient_id"],
        provider=r["rendering_npi"] if professional else r["facility_npi"],
        setting="practitioner" if professional else "outpatient_hospital",
        tin=r["billing_tin"],
        specialty=r["rendering_specialty"],
        first=first,
        last=last,
        code=r["code"],
        modifiers=[r[f"mod{n}"] for n in range(1, 5) if r[f"mod{n}"]],
        units=Decimal(r["units"]),
        paid=Decimal(r["paid"]),
        denied=r["denied"] == "true",
        state=r["service_state"],
        mac=r["mac"],
        dx=dx,
        pointed=[dx[p - 1] for p in places if p <= len(dx)] if professional else dx,
    )


Finding = tuple[str, str, str, int]


def audit(rows: list[Row], edits: Edits) -> set[Finding]:
    """(catalogue id, verdict, claim, line) of every finding of the families that are seeded."""
    paid = [row for row in rows if not row.denied]
    meets: dict[tuple, list[Row]] = defaultdict(list)
    for row in paid:
        for day in row.days:
            meets[row.patient, row.provider, row.setting, day].append(row)
    found = _ptp(meets, edits) | _mue(meets, edits)
    found |= _addons(
        rows, edits, {(f[2], f[3]) for f in found if f[1] == "fail" and f[0] in PTP_FAILS | {"MUE-04"}}
    )
    return found | _modifiers(paid) | _coverage(paid, edits)


PTP_FAILS = {"PTP-01", "PTP-02", "PTP-04", "PTP-05", "PTP-06", "PTP-10"}


def _is_em(code: str) -> bool:
    return (code.isdigit() and 99202 <= int(code) <= 99499) or code in EM_EXTRA


def _ptp(meets: dict[tuple, list[Row]], edits: Edits) -> set[Finding]:
    by_codes = defaultdict(list)
    for setting, one, two, effective, deleted, indicator in edits.pairs:
        by_codes[setting, one, two].append((effective, deleted, indicator))
    found: set[Finding] = set()
    for (_, _, setting, day), lines in meets.items():
        for one in lines:
            for two in lines:
                if one is two or max(one.first, two.first) != day:
                    continue
                for effective, deleted, indicator in by_codes.get((setting, one.code, two.code), ()):
                    if indicator != "9" and effective <= day <= deleted:
                        found |= _pair(one, two, indicator, day)
    return found


def _pair(one: Row, two: Row, indicator: str, day: date) -> set[Finding]:
    place = (two.claim, two.line)
    if indicator == "0":
        return {("PTP-01", "fail", *place)}
    first, second = set(one.modifiers), set(two.modifiers)
    both = first | second
    if not both & ASSOCIATED:
        if both & {"22", "76", "77", "50"}:
            return {("PTP-06", "fail", *place)}
        return {("PTP-05" if _is_em(two.code) else "PTP-02", "fail", *place)}
    early = day < date(2019, 7, 1) and two.setting == "practitioner"
    if early and first & ASSOCIATED <= DISTINCT and first & DISTINCT and not second & ASSOCIATED:
        return {("PTP-10", "fail", *place)}
    if first & second & ANATOMIC and not both & PARTS_A_SITE:
        return {("PTP-04", "fail", *place)}
    found: set[Finding] = {("PTP-02", "bypassed", *place)}
    if both & ASSOCIATED <= {"59", "XU"} and set(one.pointed) & set(two.pointed):
        found.add(("PTP-03", "fail", *place))
    return found


def _mue(meets: dict[tuple, list[Row]], edits: Edits) -> set[Finding]:
    found: set[Finding] = set()
    for (_, _, setting, _), lines in meets.items():
        by_code = defaultdict(list)
        for row in lines:
            by_code[row.code].append(row)
        for code, same in by_code.items():
            if (setting, code) not in edits.mue:
                continue
            value, mai = edits.mue[setting, code]
            total = sum(row.day_units for row in same)
            alike = [row for row in same if not row.modifiers]
            for row in same:
                place = (row.claim, row.line)
                if value == 0:
                    if row.paid > 0:
                        found.add(("MUE-04", "fail", *place))
                elif mai == "1":
                    if row.day_units > value:
                        found.add(("MUE-01", "fail", *place))
                    elif (
                        row in alike
                        and len(alike) > 1
                        and max(r.day_units for r in alike) <= value < sum(r.day_units for r in alike)
                    ):
                        found.add(("MUE-05", "fail", *place))
                elif total > value:
                    found.add(("MUE-02" if mai == "2" else "MUE-03", "fail", *place))
    return found


def _addons(rows: list[Row], edits: Edits, fallen: set[tuple[str, int]]) -> set[Finding]:
    types: dict[str, str] = {}
    primaries: dict[str, set[str]] = defaultdict(set)
    for edit_type, addon, primary in edits.addons:
        types[addon] = min(types.get(addon, "9"), edit_type)
        primaries[addon].add(primary)
    days: dict[tuple, list[Row]] = defaultdict(list)
    for row in rows:
        days[row.patient, row.provider, row.setting, row.first].append(row)
    group = {(r.patient, r.tin, r.specialty, r.first) for r in rows if r.code == "99291" and not r.denied}
    found: set[Finding] = set()
    for row in rows:
        if row.denied or row.code not in types:
            continue
        place = (row.claim, row.line)
        if row.code == "99292":
            if (row.patient, row.tin, row.specialty, row.first) not in group:
                found.add(("AOC-05", "fail", *place))
            continue
        there = [
            o
            for o in days[row.patient, row.provider, row.setting, row.first]
            if o.code in primaries[row.code]
        ]
        if not there:
            found.add(("AOC-01" if types[row.code] == "1" else "AOC-02", "fail", *place))
        elif all(o.denied or (o.claim, o.line) in fallen for o in there):
            found.add(("AOC-03", "fail", *place))
    return found


def _modifiers(rows: list[Row]) -> set[Finding]:
    found: set[Finding] = set()
    for row in rows:
        place, on = (row.claim, row.line), set(row.modifiers)
        if {"LT", "RT"} <= on:
            found.add(("AM-01", "fail", *place))
        if "50" in on and (on & ANATOMIC or row.units == 2):
            found.add(("AM-02", "fail", *place))
        if any(both <= on for both in ({"26", "TC"}, {"80", "82"}, {"76", "77"})):
            found.add(("AM-06", "fail", *place))
        if (on & DISTINCT and _is_em(row.code)) or ("59" in on and on & DISTINCT - {"59"}):
            found.add(("PTP-07", "fail", *place))
        if on & {"24", "25", "57"} and not _is_em(row.code):
            found.add(("GS-07", "fail", *place))
        if "91" in on and not (row.code.isdigit() and 80047 <= int(row.code) <= 89398):
            found.add(("GS-07", "fail", *place))
        if "GZ" in on and row.paid > 0:
            found.add(("MN-05", "fail", *place))
    return found


def _coverage(rows: list[Row], edits: Edits) -> set[Finding]:
    policies = defaultdict(list)
    for r in edits.coverage:
        policies[r.code, r.article, r.version, r.jurisdiction, r.requires].append(r)
    found: set[Finding] = set()
    for row in rows:
        for (code, _, _, where, requires), ranges in policies.items():
            if (
                code == row.code
                and where in ("*", row.state, row.mac)
                and not _met(ranges, requires, row.pointed)
            ):
                elsewhere = _met(ranges, requires, row.dx)
                found.add(("MN-03" if elsewhere else "MN-01", "fail", row.claim, row.line))
    return found


def _met(ranges: list, requires: str, dx: list[str]) -> bool:
    groups: dict[int, bool] = defaultdict(bool)
    for r in ranges:
        last = r.dx_to or r.dx_from
        groups[r.dx_group] |= any(
            d == r.dx_from or (r.dx_to and r.dx_from <= d and (d <= last or d.startswith(last))) for d in dx
        )
    return all(groups.values()) if requires == "all" else any(groups.values())
