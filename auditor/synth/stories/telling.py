"""Stories told: each instance has a patient, providers and dates of its own, and becomes rows of a claims file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from auditor.base.codes import npi_check_digit
from auditor.synth.stories.model import Story, StoryLine

_PROFESSIONAL, _INSTITUTIONAL = "professional", "institutional"
_ALLOWED = Decimal("1.25")
"""What is allowed for a dollar paid: the patient owes a fifth."""
_CHARGED = Decimal("2.50")


@dataclass(frozen=True, slots=True)
class ToldRow:
    """A row of the truth: what an audit should say of a line, or (`none`) that it should find nothing."""

    case_id: str
    kind: str
    catalogue_id: str
    verdict: str
    finding_class: str | None
    claim_id: str
    line_no: int
    note: str


@dataclass(frozen=True, slots=True)
class Told:
    """An instance of a story: rows of the claims file by column, and of the truth."""

    lines: list[dict[str, Any]]
    truth: list[ToldRow]


def tell(stories: Iterable[Story], times: int) -> Iterator[Told]:
    """Every story `times` times, on its days in turn. Numbers of people, providers and claims are never used twice."""
    number = 0
    for story in stories:
        for time in range(times):
            number += 1
            yield _Instance(story, story.on[time % len(story.on)], number).told()


def npi(number: int, role: int = 0) -> str:
    """An NPI that passes the check digit and was never issued (those in use begin with 1; these with 2)."""
    body = f"2{role}{number:07d}"
    return body + str(npi_check_digit(body))


class _Instance:
    def __init__(self, story: Story, first: date, number: int) -> None:
        self._story, self._first, self._number = story, first, number
        group, own = npi(number, 0), npi(number, 1)
        tin = f"9{number:08d}"
        self._providers: Mapping[str, Mapping[str, Any]] = {
            "own": {"rendering_npi": own, "billing_npi": group, "billing_tin": tin, "rendering_specialty": "11"},
            "mate": {
                "rendering_npi": npi(number, 2), "billing_npi": group, "billing_tin": tin, "rendering_specialty": "11",
            },
            "other": {
                "rendering_npi": npi(number, 3), "billing_npi": npi(number, 4), "billing_tin": f"8{number:08d}",
                "rendering_specialty": "20",
            },
            "facility": _facility(npi(number, 5), f"7{number:08d}"),
            "other_facility": _facility(npi(number, 6), f"6{number:08d}"),
        }  # fmt: skip

    def told(self) -> Told:
        lines: list[dict[str, Any]] = []
        truth: list[ToldRow] = []
        numbers: dict[str, int] = {}
        for given in self._story.lines:
            numbers[given.claim] = numbers.get(given.claim, 0) + 1
            row = self._row(given, numbers[given.claim])
            lines.append(row)
            truth += self._truth(given, row)
        return Told(lines, truth)

    def _row(self, given: StoryLine, line_no: int) -> dict[str, Any]:
        story, day = self._story, self._first + timedelta(days=given.day)
        header = dict(story.claims.get(given.claim, {}))
        kind = str(given.more.get("claim_type") or header.get("claim_type") or _PROFESSIONAL)
        institutional = kind == _INSTITUTIONAL
        provider = "facility" if institutional and given.provider == "own" else given.provider
        paid = given.paid if not given.denied else Decimal(0)
        row: dict[str, Any] = {
            "claim_id": f"ST{self._number:06d}{given.claim}", "line_no": line_no, "payer_id": "STORY-PAYER",
            "line_of_business": "medicare", "patient_id": f"SP{self._number:06d}", "birth_date": date(1950, 1, 15),
            "sex": "F", "claim_type": kind, **self._providers[provider], "frequency_code": "1",
            "date_from": day, "date_to": day + timedelta(days=given.days - 1), "code": given.code, "units": given.units,
            "paid": paid, "allowed": None if given.paid is None else _cents(given.paid * _ALLOWED),
            "charge": None if given.paid is None else _cents(given.paid * _CHARGED), "denied": given.denied,
            "dx1": "Z0000", "received_date": day + timedelta(days=given.days + 9),
            "paid_date": day + timedelta(days=given.days + 23),
        }  # fmt: skip
        row |= {"tob": "131", "revenue_code": "0510"} if institutional else {"pos": "11", "dx_ptr": "1"}
        row |= {f"mod{at}": modifier for at, modifier in enumerate(given.modifiers, start=1)}
        for more in (story.person, header, given.more):
            row |= {name: self._value(name, value) for name, value in more.items()}
        return row

    def _value(self, name: str, value: Any) -> Any:
        if name.endswith("_date") and isinstance(value, int):
            return self._first + timedelta(days=value)
        return value

    def _truth(self, given: StoryLine, row: Mapping[str, Any]) -> Iterator[ToldRow]:
        story, case = self._story, f"story-{self._number:06d}"
        claim, number = str(row["claim_id"]), int(row["line_no"])
        for item in given.expect:
            yield ToldRow(
                case,
                story.name,
                item.catalogue_id,
                item.verdict,
                item.finding_class,
                claim,
                number,
                item.note,
            )
        if story.near_miss:
            yield ToldRow(case, story.name, story.catalogue_id, "none", None, claim, number, "near miss")


def _facility(number: str, tin: str) -> Mapping[str, Any]:
    return {"facility_npi": number, "billing_npi": number, "billing_tin": tin}


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))
