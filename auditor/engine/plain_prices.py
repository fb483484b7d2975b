"""What services are worth, worked out again by plain arithmetic for the second evaluator: one line at a time.

It shares with the search the dated facts of :mod:`auditor.pricing` (places, statuses), and nothing of its queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from auditor.engine.plain_conditions import Read, Roles, Told, parameter_of, reader
from auditor.engine.plain_tables import Line, Row, Tables
from auditor.pricing import places
from auditor.pricing.fees import COMPONENTS, PAID_STATUSES
from auditor.rules import model as m

_MICRO = 1_000_000
NATIONAL = (Decimal(1), Decimal(1), Decimal(1))
Indices = tuple[Decimal, Decimal, Decimal]


@dataclass(frozen=True)
class Amount:
    """The part of a line at stake: ``num / den`` of it, and what that rests on."""

    basis: str
    num: int
    den: int


class Fees:
    """Rows and indices by code and place, on a day."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._rows = self._by(("mpfs_rvu",), lambda row: (row["code"], row["modifier"] or ""))
        self._others = self._by(("mpfs_rvu_qpp",), lambda row: (row["code"], row["modifier"] or ""))
        self._payers: dict[str, list[Row]] = {}
        for row in tables.rows.get("payer_fees", ()):
            self._payers.setdefault(row["payer_id"], []).append(row)
        sites = tables.rows.get("mpfs_gpci", ())
        self._places: dict[str, list[Row]] = {}
        for row in sites:
            if row["mac"] is not None and row["locality"] is not None:
                self._places.setdefault(f"{row['mac']}/{row['locality']}", []).append(row)
        self._states: dict[str, list[Row]] = {}
        for row in sites:
            if row["state"] is not None:
                self._states.setdefault(row["state"], []).append(row)

    def _by(self, names: Iterable[str], key: Any) -> dict[tuple[str, str], list[Row]]:
        found: dict[tuple[str, str], list[Row]] = {}
        for name in names:
            for row in sorted(self._tables.rows.get(name, ()), key=lambda row: int(row["row_no"])):
                found.setdefault(key(row), []).append(row)
        return found

    def row(self, code: str | None, component: str, day: date) -> Row | None:
        """The row in force on a day, the latest to begin."""
        if code is None or not self._tables.answers_on("mpfs_rvu", None, day):
            return None
        return _latest(self._rows.get((code, component), ()), day)

    def factor(self, row: Row, lower: bool) -> Decimal:
        """The conversion factor: of the two files' the higher, or the lower."""
        both = [Decimal(row["conv_factor"])]
        for other in self._others.get((row["code"], row["modifier"] or ""), ()):
            if other["effective"] <= row["deleted"] and other["deleted"] >= row["effective"]:
                both.append(Decimal(other["conv_factor"]))
        return min(both) if lower else max(both)

    def of_payer(self, line: Line) -> list[Row]:
        """The rows of the line's payer in force on its day."""
        day = line["date_from"]
        if not self._tables.answers_on("payer_fees", None, day):
            return []
        return [
            row for row in self._payers.get(line["payer_id"], ()) if row["effective"] <= day <= row["deleted"]
        ]

    def payer_cents(self, line: Line, code: str | None, component: str, setting: str | None) -> int | None:
        """What the line's payer pays for a unit, by the row that says most."""
        known = [
            row
            for row in self.of_payer(line)
            if row["code"] == code
            and (row["modifier"] or "") == component
            and row["plan_id"] in (None, line["plan_id"])
            and row["locality"] in (None, line["locality"])
            and row["setting"] in (None, setting)
        ]
        names = ("plan_id", "locality", "setting")
        best = min(
            known, key=lambda row: (*(row[name] is None for name in names), row["row_no"]), default=None
        )
        return (
            None if best is None else int((Decimal(best["amount"]) * 100).quantize(Decimal(1), ROUND_HALF_UP))
        )

    def indices(self, line: Line) -> Indices | None:
        """The indices of a line's locality: by contractor and locality, else by a state that is one locality."""
        day = line["date_from"]
        if not self._tables.answers_on("mpfs_gpci", None, day):
            return None
        if line["mac"] is not None and line["locality"] is not None:
            known = self._places.get(f"{line['mac']}/{line['locality']}", [])
        else:
            state = (line["service_state"] or "").upper()
            known = self._states.get(state, []) if state not in places.NOT_WHOLE else []
        here = {(row["mac"], row["locality"]) for row in known if row["effective"] <= day <= row["deleted"]}
        row = _latest(known, day) if len(here) == 1 else None
        if row is None:
            return None
        return Decimal(row["gpci_work"]), Decimal(row["gpci_pe"]), Decimal(row["gpci_mp"])


def _latest(rows: Iterable[Row], day: date) -> Row | None:
    """Of the rows that had begun by a day the latest, the first of several, if it is still in force."""
    found: Row | None = None
    for row in rows:
        if row["effective"] <= day and (found is None or row["effective"] > found["effective"]):
            found = row
    return found if found is not None and day <= found["deleted"] else None


def setting_of(line: Line) -> str | None:
    """Whether the place of service has the facility rate, by its code."""
    place, day = line["pos"], line["date_from"]
    if place in places.TOLD_FROM and day < places.TOLD_FROM[place]:
        return None
    if place in places.FACILITY:
        return "facility"
    return "non_facility" if place in places.NON_FACILITY else None


def worth(row: Row | None, setting: str | None, at: Indices, capped: bool = True) -> Decimal | None:
    """Relative values weighted by indices, capped where the row says so and that is asked for; None without a fee."""
    if row is None or row["status_code"] not in PAID_STATUSES:
        return None

    def of(expense: str, cap: str) -> Decimal:
        plain = _weighted(row, at, expense, "mp_rvu")
        limit = _weighted(row, at, cap, "opps_mp_amount")
        return min(plain, limit) if capped and (row[cap] or 0) > 0 else plain

    inside = of("facility_pe_rvu", "opps_facility_pe_amount")
    outside = of("non_fac_pe_rvu", "opps_non_facility_pe_amount")
    if setting is None and inside != outside:
        return None
    found = outside if setting == "non_facility" else inside
    return found or None


def _weighted(row: Row, at: Indices, expense: str, malpractice: str) -> Decimal:
    values = ("work_rvu", expense, malpractice)
    return sum((Decimal(row[name] or 0) * index for name, index in zip(values, at, strict=True)), Decimal(0))


def component_of(line: Line) -> str:
    """The component that a line's modifiers name; empty for the whole service, and where they name two."""
    named = [name for name in COMPONENTS if name in line["modifiers"]]
    return named[0] if len(named) == 1 else ""


class Difference:
    """The exposure of one variant by the fee of a corrected service."""

    def __init__(self, rule: m.Rule, exposure: m.Exposure, fees: Fees, dx_ptr_known: bool) -> None:
        assert exposure.corrected is not None
        self._fees, self._item, self._under = fees, exposure.corrected, exposure.direction == "under"
        self._by_day = rule.match is not None and rule.match.form == "sum"
        self._code = self._reading(rule, exposure.corrected.code, dx_ptr_known)
        self._share = self._reading(rule, exposure.corrected.share, dx_ptr_known)

    def _reading(self, rule: m.Rule, value: Any, dx_ptr_known: bool) -> tuple[Any, Read | None, Told | None]:
        if isinstance(value, tuple):
            reads = [reader(item, dx_ptr_known) for item in value]

            def added(roles: Roles, extra: Mapping[str, Any]) -> Decimal | None:
                found = [read(roles, extra) for read in reads]
                return None if None in found else sum((Decimal(item) for item in found), Decimal(0))

            return None, added, None
        if isinstance(value, m.FieldRef):
            return None, reader(value, dx_ptr_known), None
        if isinstance(value, m.ParameterRef):
            return None, None, parameter_of(rule.parameters[value.name], None, dx_ptr_known)
        return value, None, None

    def _told(
        self, asked: tuple[Any, Read | None, Told | None], roles: Roles, day: date, extra: Mapping[str, Any]
    ) -> Any:
        value, read, told = asked
        if read is not None:
            return read(roles, extra)
        if told is not None:
            value = told(roles, day)
            return None if value == () else value
        return value

    def amount(self, line: Line, roles: Roles, day: date, extra: Mapping[str, Any]) -> Amount:
        """The part of the line at stake."""
        found = self._amount(line, roles, day, extra)
        days = (line["date_to"] - line["date_from"]).days + 1 if self._by_day else 1
        return Amount(found.basis, found.num, found.den * days)

    def _amount(self, line: Line, roles: Roles, day: date, extra: Mapping[str, Any]) -> Amount:
        none = Amount("not_priced", 0, 1)
        when, setting = line["date_from"], setting_of(line)
        own = self._fees.row(line["code"], component_of(line), when) or self._fees.row(line["code"], "", when)
        code = line["code"]
        if self._item.code is not None:
            code = self._told(self._code, roles, day, extra)
            if isinstance(code, m.CodeMap):
                code = code.codes().get(line["code"])
        component = (own["modifier"] or "") if own is not None else ""
        if self._item.component:
            component = self._item.component.replace("none", "")
        new = self._fees.row(code, component, when) if line["setting"] == "practitioner" else None
        new_setting = self._item.setting or setting
        share = None
        if self._item.share is not None:
            share = self._told(self._share, roles, day, extra)
            if share is None:
                return none
        micro = None if share is None else int(Decimal(share).scaleb(6).to_integral_value(ROUND_HALF_UP))
        practitioner = line["setting"] == "practitioner"
        paid = self._by_payer(line, code if practitioner else None, setting, new_setting)
        if paid is not None and line["allowed"] is not None and line["allowed"] > 0 and min(paid) > 0:
            return self._repriced(line, *paid, micro)
        before, after = worth(own, setting, NATIONAL), worth(new, new_setting, NATIONAL)
        if own is None or new is None or before is None or after is None:
            return none
        known = None if self._fees.of_payer(line) else self._at_place(line, own, new, setting, new_setting)
        if known is not None:
            return self._repriced(line, *known, micro)
        den = int(before * 10_000) * _MICRO
        due = int(after * 10_000) * (_MICRO if micro is None else micro)
        return Amount("estimated", max(0, due - den if self._under else den - due), den)

    def _by_payer(
        self, line: Line, code: str | None, setting: str | None, new_setting: str | None
    ) -> tuple[int, int] | None:
        """The fees of both services by the payer's own table; a component without a row is the whole service."""
        component = component_of(line)
        fee = self._fees.payer_cents(line, line["code"], component, setting)
        if fee is None:
            component = ""
            fee = self._fees.payer_cents(line, line["code"], component, setting)
        if self._item.component:
            component = self._item.component.replace("none", "")
        new_fee = self._fees.payer_cents(line, code, component, new_setting)
        return None if fee is None or new_fee is None else (fee, new_fee)

    def _at_place(
        self, line: Line, own: Row, new: Row, setting: str | None, new_setting: str | None
    ) -> tuple[int, int] | None:
        """The fees of both services in cents where the line's place is known and something was allowed."""
        if line["line_of_business"] != "medicare" or line["setting"] != "practitioner":
            return None
        at = self._fees.indices(line)
        if at is None or not line["allowed"] or line["allowed"] <= 0:
            return None
        fees = []
        for row, where in ((own, setting), (new, new_setting)):
            value = worth(row, where, at)
            if value is None:
                return None
            cents = value * self._fees.factor(row, self._under) * 100
            fees.append(int(cents.quantize(Decimal(1), ROUND_HALF_UP)))
        return (fees[0], fees[1]) if min(fees) > 0 else None

    def _repriced(self, line: Line, fee: int, new_fee: int, micro: int | None) -> Amount:
        allowed, charge = line["allowed"], line["charge"]
        units = Decimal(1) if line["units"] is None else Decimal(line["units"])
        in_full = new_fee * units
        if micro is not None:
            due = _cents(in_full * micro / _MICRO)
        else:
            due = (2 * allowed * new_fee + fee) // (2 * fee)
            if charge is not None and allowed >= charge and not self._under:
                due = max(due, _cents(in_full))
        if charge is not None:
            due = max(0, min(due, charge))
        return Amount("repriced", max(0, due - allowed if self._under else allowed - due), allowed)


def stands(exposure: m.Exposure, amount: Amount | None) -> bool:
    """Whether what was allowed differs enough from what is due, where that is a condition of the finding."""
    if exposure.only_above is None:
        return True
    return amount is not None and amount.basis == "repriced" and amount.num > exposure.only_above


def _cents(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))
