"""Claim lines as the twin sees them: plain Python objects made of the strings of the plain claims file.

Nothing of the product is used here. What cannot be placed in time (no service date, a span that runs
backwards or over 366 days, a service after its own payment) or has no patient is left out, as the product
sets it aside.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path

import pyarrow.parquet as pq

from .payments import settled

Row = Mapping[str, str]

CLAIM_TYPES = {
    "professional": "professional",
    "p": "professional",
    "institutional": "institutional",
    "i": "institutional",
    "dental": "dental",
    "d": "dental",
    "dme": "dme",
}
OUTPATIENT_BILLS = frozenset({"12", "13", "14", "22", "23", "34", "74", "75", "76", "85"})
NUMBERS = ("units", "charge", "allowed", "paid")
MODIFIER_COLUMNS = ("mod1", "mod2", "mod3", "mod4", "mod5")


@dataclass(frozen=True)
class Line:
    """One line of a final claim version. Money in cents, `amount` = paid, else allowed, else charge."""

    claim_id: str
    line_no: int
    payer: str
    patient: str
    line_of_business: str
    setting: str  # practitioner, outpatient_hospital, dme; "" where no edit table speaks
    institutional: bool
    provider: str
    tin: str
    specialty: str
    pos: str
    first: dt.date
    last: dt.date
    code: str
    modifiers: frozenset[str]
    units: Decimal | None
    amount: int
    no_payment: bool
    denied: bool
    truncated: bool

    @property
    def days(self) -> int:
        """How many days the line covers, both ends counted."""
        return (self.last - self.first).days + 1

    @property
    def person(self) -> tuple[str, str, str]:
        """A patient is a patient of a payer and its line of business."""
        return (self.payer, self.line_of_business, self.patient)

    def covers(self, day: dt.date) -> bool:
        """Whether `day` lies in the line's span."""
        return self.first <= day <= self.last


@dataclass(frozen=True)
class LeftOut:
    """What can be read of a row that is no line: something stood there. "" and None where it cannot be read."""

    claim_id: str
    patient: str
    provider: str
    tin: str
    specialty: str
    first: dt.date | None
    last: dt.date | None
    code: str
    code_read: bool


def shared_day(one: Line, other: Line) -> dt.date | None:
    """The first day that both lines cover, or None."""
    day = max(one.first, other.first)
    return day if day <= min(one.last, other.last) else None


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a plain claims file (CSV, CSV in gzip, Parquet), every value as text, null as ''."""
    if path.suffix == ".parquet":
        rows: list[dict[str, object]] = pq.read_table(path).to_pylist()
        return [{k: "" if v is None else str(v) for k, v in row.items()} for row in rows]
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as handle:
            return list(csv.DictReader(handle))
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def make_lines(rows: Sequence[Row], line_of_business: str = "medicare") -> list[Line]:
    """The lines that an audit looks at: final versions only, what cannot be placed left out."""
    columns = {name for row in rows[:1] for name in row}
    truncated = len(columns.intersection(MODIFIER_COLUMNS)) < 4
    gone = superseded(rows)
    rows = settled(rows, is_line)
    kept = [
        (row, line)
        for position, row in enumerate(rows)
        if position not in gone and (line := make_line(row, truncated, line_of_business)) is not None
    ]
    return without_reversed(kept)


def without_reversed(kept: Sequence[tuple[Row, Line]]) -> list[Line]:
    """The lines that no equal line of the opposite amount takes back; one of the same claim does so first."""
    gone: set[int] = set()
    for own_claim in (True, False):
        sides: dict[tuple[object, ...], tuple[list[Line], list[Line]]] = defaultdict(lambda: ([], []))
        for row, line in kept:
            amount = next((a for name in NUMBERS[:0:-1] if (a := cents(row, name)) is not None), 0)
            if line.denied or not amount or id(line) in gone:
                continue
            units = None if line.units is None else abs(line.units)
            days = (line.first, line.last, line.code, text(row, "revenue_code"), line.modifiers)
            what = (line.person, line.provider, line.setting, *days, units, abs(amount))
            sides[(*what, line.claim_id if own_claim else "")][amount < 0].append(line)
        for paid, taken in sides.values():
            for one, other in zip(sorted(paid, key=place), sorted(taken, key=place), strict=False):
                gone |= {id(one), id(other)}
    return [line for _, line in kept if id(line) not in gone]


def place(line: Line) -> tuple[str, int]:
    """What orders the lines of a feed whatever the order of its rows."""
    return (line.claim_id, line.line_no)


def left_out(rows: Sequence[Row]) -> list[LeftOut]:
    """The rows that are no lines; whether a later version took their place is not asked."""
    return [
        LeftOut(
            claim_id=text(row, "claim_id"),
            patient=text(row, "patient_id"),
            provider=setting_and_provider(row)[1],
            tin=text(row, "billing_tin"),
            specialty=text(row, "rendering_specialty"),
            first=date_of(row, "date_from"),
            last=date_of(row, "date_to") or date_of(row, "date_from"),
            code=text(row, "code").upper(),
            code_read=bool(
                re.fullmatch("[0-9A-Z]{5}", text(row, "code").upper()) or text(row, "revenue_code")
            ),
        )
        for row in rows
        if not is_line(row)
    ]


def is_line(row: Row) -> bool:
    """Whether a row can be a claim line at all."""
    return make_line(row, False, "medicare") is not None


def make_line(row: Row, truncated: bool, line_of_business: str) -> Line | None:
    """One line, or None where it cannot be placed."""
    first = date_of(row, "date_from")
    last = date_of(row, "date_to") or first
    number = text(row, "line_no")
    if first is None or last is None or not text(row, "patient_id") or not text(row, "claim_id"):
        return None
    if not number.isdecimal() or not 0 <= (last - first).days < 366 or not plausible(row, first, last):
        return None
    if any(text(row, name) and number_of(row, name) is None for name in NUMBERS):
        return None
    setting, provider = setting_and_provider(row)
    amounts = [cents(row, name) for name in ("paid", "allowed", "charge")]
    return Line(
        claim_id=text(row, "claim_id"),
        line_no=int(number),
        payer=text(row, "payer_id"),
        patient=text(row, "patient_id"),
        line_of_business=text(row, "line_of_business").lower() or line_of_business,
        setting=setting,
        institutional=claim_type_of(row) == "institutional",
        provider=provider,
        tin=text(row, "billing_tin"),
        specialty=text(row, "rendering_specialty"),
        pos=text(row, "pos"),
        first=first,
        last=last,
        code=text(row, "code").upper(),
        modifiers=frozenset(m for name in MODIFIER_COLUMNS if (m := text(row, name).upper())),
        units=None if text(row, "unit_basis").upper() == "MJ" else number_of(row, "units"),
        amount=max(0, next((amount for amount in amounts if amount is not None), 0)),
        no_payment=amounts[0] is not None and amounts[0] <= 0 and (amounts[1] or 0) <= 0,
        denied=text(row, "denied").lower() in {"true", "t", "1", "yes", "y"}
        or text(row, "status").lower() == "denied",
        truncated=truncated,
    )


def claim_type_of(row: Row) -> str:
    """The kind of claim; professional where the feed does not say."""
    return CLAIM_TYPES.get(text(row, "claim_type").lower(), "professional")


def setting_and_provider(row: Row) -> tuple[str, str]:
    """The setting that the edit tables speak of, and the provider under whom lines stand together."""
    claim_type = claim_type_of(row)
    bill = text(row, "tob")
    bill = bill[1:] if len(bill) == 4 and bill.startswith("0") else bill
    rendering, billing = text(row, "rendering_npi"), text(row, "billing_npi")
    if claim_type == "professional":
        return "practitioner", rendering
    if claim_type == "institutional":
        place = "outpatient_hospital" if bill[:2] in OUTPATIENT_BILLS else ""
        return place, text(row, "facility_npi") or billing
    if claim_type == "dme":
        return "dme", rendering or billing
    return "", rendering


def plausible(row: Row, first: dt.date, last: dt.date) -> bool:
    """Not served before birth, nor after the claim was received or paid."""
    birth = date_of(row, "birth_date")
    later = [date_of(row, name) for name in ("received_date", "paid_date")]
    return (birth is None or first >= birth) and all(day is None or last <= day for day in later)


def superseded(rows: Sequence[Row]) -> set[int]:
    """Positions of the rows whose claim version was replaced (frequency 7) or voided (frequency 8).

    A replacement or void names its original by claim number or payer control number, or carries the same
    claim number. The versions so linked are ordered by date of receipt, else payment, then by place in the
    file; the last one stands, unless it is a void: then none does. One whose original is not in the data is
    kept.
    """
    versions: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for position, row in enumerate(rows):
        if not is_line(row):
            continue
        names = ("payer_id", "claim_id", "frequency_code", "original_ref", "payer_icn")
        versions[tuple(text(row, name) for name in names)].append(position)
    chain = {version: {version} for version in versions}
    named: dict[tuple[str, str], set[tuple[str, ...]]] = defaultdict(set)
    for version in versions:
        payer, claim, _, _, icn = version
        for name in filter(None, (claim, icn)):
            named[payer, name].add(version)
    for version in versions:
        payer, claim, frequency, original, _ = version
        if frequency not in {"7", "8"}:
            continue
        for other in named[payer, original] | named[payer, claim]:
            joined = chain[version] | chain[other]
            for member in joined:
                chain[member] = joined
    gone: set[int] = set()
    for members in {id(c): c for c in chain.values()}.values():
        if len(members) == 1:
            continue
        last = max(members, key=lambda v: order_of(rows, versions[v]))
        for member in members:
            if member != last or last[2] == "8":
                gone.update(versions[member])
    return gone


def order_of(rows: Sequence[Row], positions: Sequence[int]) -> tuple[dt.date, int]:
    """What orders the versions of one claim."""
    row = rows[positions[0]]
    day = date_of(row, "received_date") or date_of(row, "paid_date") or dt.date.min
    return (day, positions[0])


def by_provider(lines: Iterable[Line]) -> dict[tuple[str, ...], list[Line]]:
    """Lines of one patient and one provider; those without a provider belong to no group."""
    groups: dict[tuple[str, ...], list[Line]] = defaultdict(list)
    for line in lines:
        if line.provider:
            groups[(*line.person, line.provider)].append(line)
    return groups


def text(row: Row, name: str) -> str:
    """A cell without blanks around it; '' where it is absent."""
    return (row.get(name) or "").strip()


def date_of(row: Row, name: str) -> dt.date | None:
    """An ISO date, or None."""
    try:
        return dt.date.fromisoformat(text(row, name)[:10])
    except ValueError:
        return None


def number_of(row: Row, name: str) -> Decimal | None:
    """A decimal number, or None."""
    try:
        value = Decimal(text(row, name))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def cents(row: Row, name: str) -> int | None:
    """Dollars as whole cents, or None."""
    value = number_of(row, name)
    return None if value is None else int((value * 100).quantize(Decimal(1), ROUND_HALF_UP))
