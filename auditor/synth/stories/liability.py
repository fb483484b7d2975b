"""Stories of who answers for the cost: notices, screening that became treatment, other payers, status of the person.

Catalogue MN-05, MN-07, EL-05 to EL-08, MSP-01, TF-02 (Medicaid: 42 CFR 447.45(d)).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from auditor.synth.stories.fee_rows import fees_of
from auditor.synth.stories.model import DEFINITE, PROBABLE, Given, Story, StoryLine, fails, line
from auditor.synth.stories.pos_rows import PLACES
from auditor.synth.stories.telling import npi

_ON = (date(2024, 3, 12), date(2024, 9, 10))
_HERE: dict[str, Any] = {"rendering_specialty": "11", "dx1": "I10", "paid": "20.00"}


def _told(
    catalogue: str,
    name: str,
    *lines: StoryLine,
    on: tuple[date, ...] = _ON,
    near: bool = False,
    tables: Mapping[str, Sequence[Given]] | None = None,
    **more: Any,
) -> Story:
    return Story(
        catalogue, name, lines, on, near_miss=near, tables={**fees_of(lines), **(tables or {})}, **more
    )


def _test(mods: str, **more: Any) -> StoryLine:
    return line("93000", mods=mods, **(_HERE | more))


_NOTICES = (
    _told("MN-05", "GZ and paid", _test("GZ", expect=fails("MN-05", DEFINITE))),
    _told("MN-05", "GZ and paid on the first day on which it is denied", _test("GZ", expect=fails("MN-05")),
          on=(date(2011, 7, 1),)),
    _told("MN-05", "GZ and paid on the day before", _test("GZ"), on=(date(2011, 6, 30),), near=True),
    _told("MN-05", "GZ and denied", _test("GZ", denied=True), _test("", claim="B", day=40), near=True),
    _told("MN-05", "GZ and nothing paid", _test("GZ", paid="0.00"), near=True),
    _told("MN-05", "GA and GZ on one line", _test("GA GZ", expect=fails("MN-05", DEFINITE))),
    _told("MN-05", "GY and paid", _test("GY", expect=fails("MN-05"))),
    _told("MN-05", "GY and denied", _test("GY", denied=True), _test("", claim="B", day=40), near=True),
    _told("MN-05", "GX on a service that was covered", _test("GX", expect=fails("MN-05"))),
    _told("MN-05", "GX and GY, denied", _test("GX GY", denied=True), _test("", claim="B", day=40), near=True),
)  # fmt: skip

_SCREENED: dict[str, Any] = {
    "rendering_specialty": "10", "pos": "24", "dx1": "Z1211", "dx2": "K635", "dx_ptr": "1:2", "paid": "220.00",
}  # fmt: skip
_ILL: dict[str, Any] = _SCREENED | {"dx1": "K921", "dx2": "K635"}

_SCREENING = (
    _told("MN-07", "A screening that became a removal, without PT", line("45385", **_SCREENED,
          expect=fails("MN-07"))),
    _told("MN-07", "A screening that became a removal, with PT", line("45385", mods="PT", **_SCREENED), near=True),
    _told("MN-07", "A removal because of symptoms, without PT", line("45385", **_ILL), near=True),
    _told("MN-07", "PT on a visit", line("99213", mods="PT", **_HERE, expect=fails("MN-07"))),
    _told("MN-07", "PT on the code of the screening itself", line("G0121", mods="PT", **(_SCREENED | {"dx_ptr": "1"}),
          expect=fails("MN-07"))),
    _told("MN-07", "The screening without a finding", line("G0121", **(_SCREENED | {"dx2": "", "dx_ptr": "1"})),
          near=True),
    _told("MN-07", "A screening that became a removal to a commercial payer, with 33",
          line("45385", mods="33", line_of_business="commercial", **_SCREENED), near=True),
)  # fmt: skip

_MAY_ORDER, _MAY_NOT, _NOT_LISTED, _NO_EQUIPMENT = (npi(number, 9) for number in (1, 2, 3, 4))


def _orderer(number: str, part_b: bool) -> dict[str, Any]:
    return {"npi": number, "part_b": part_b, "dme": part_b, "hha": part_b, "pmd": False, "hospice": part_b}


_ORDERERS: Mapping[str, Sequence[Given]] = {
    "pecos_ordering": [
        _orderer(_MAY_ORDER, True), _orderer(_MAY_NOT, False), _orderer(_NO_EQUIPMENT, True) | {"dme": False},
    ],
    "nppes": [
        {"npi": number, "entity_type": "1", "enumerated_on": date(2007, 1, 1), "taxonomy": "207R00000X", "state": "TX",
         "effective": date(2007, 1, 1), "deleted": None} for number in
        (_MAY_ORDER, _MAY_NOT, _NOT_LISTED, _NO_EQUIPMENT)],
}  # fmt: skip


def _ordered(number: str, **more: Any) -> StoryLine:
    usual: dict[str, Any] = {
        "rendering_specialty": "69", "pos": "81", "clia": "11D0000001", "paid": "9.00", "dx1": "E119",
        "referring_npi": number, "ordering_npi": number,
    }  # fmt: skip
    return line("83036", **(usual | more))


_BED: dict[str, Any] = {
    "claim_type": "dme", "pos": "12", "rendering_specialty": "51", "paid": "90.00", "dx1": "G8220",
}  # fmt: skip
_HURT: dict[str, Any] = {"dx1": "S8101XA", "rendering_specialty": "11", "paid": "90.00"}
_GROUP: dict[str, Any] = {
    "other_payer_id": "GROUP-PLAN", "other_payer_paid": "80.00", "allowed": "100.00", "charge": "160.00",
    "payer_sequence": "S",
}  # fmt: skip
_PRIMARY: dict[str, Any] = {
    "payer_id": "GROUP-PLAN",
    "line_of_business": "commercial",
    "payer_sequence": "P",
}

_PLACES = {"pos_codes": PLACES}

_STANDING = (
    _told("EL-05", "A test ordered by one whose enrolment does not allow it",
          _ordered(_MAY_NOT, expect=fails("EL-05")), tables=_ORDERERS),
    _told("EL-05", "A test ordered by one who is not enrolled", _ordered(_NOT_LISTED, expect=fails("EL-05")),
          tables=_ORDERERS),
    _told("EL-05", "A test ordered by one who may", _ordered(_MAY_ORDER), near=True, tables=_ORDERERS),
    _told("EL-05", "A picture ordered by one who is not enrolled",
          line("71046", referring_npi=_NOT_LISTED, ordering_npi=_NOT_LISTED, **(_HERE | {"rendering_specialty": "30"}),
               expect=fails("EL-05")), tables=_ORDERERS),
    _told("EL-05", "A bed ordered by one who may not order equipment",
          line("E0260", mods="RR KH", referring_npi=_NO_EQUIPMENT, ordering_npi=_NO_EQUIPMENT, **_BED,
               expect=fails("EL-05")), tables=_ORDERERS),
    _told("EL-05", "A bed ordered by one who may",
          line("E0260", mods="RR KH", referring_npi=_MAY_ORDER, ordering_npi=_MAY_ORDER, **_BED), near=True,
          tables=_ORDERERS),
    _told("EL-05", "A visit after a referral by one who is not enrolled",
          line("99213", referring_npi=_NOT_LISTED, **_HERE), near=True, tables=_ORDERERS),
    _told("EL-06", "An injury at work paid by Medicare first",
          line("99213", payer_sequence="P", related_causes="EM", **_HURT, expect=fails("EL-06", PROBABLE))),
    _told("EL-06", "An injury in a car paid by Medicare first",
          line("99213", payer_sequence="P", related_causes="AA", **_HURT, expect=fails("EL-06", PROBABLE))),
    _told("EL-06", "An injury at work that Medicare paid after another",
          line("99213", related_causes="EM", **(_HURT | {"paid": "10.00"}), **_GROUP), near=True),
    _told("EL-06", "A visit paid first, three days after one paid second",
          line("99213", **(_HERE | {"paid": "10.00"}), **_GROUP),
          line("99213", claim="B", day=3, payer_sequence="P", **(_HERE | {"paid": "90.00"}),
               expect=fails("EL-06", PROBABLE))),
    _told("EL-08", "A visit in prison", line("99213", **_HERE, pos="09", expect=fails("EL-08")), tables=_PLACES),
    _told("EL-08", "A visit in prison that the state has others pay for as well, with QJ",
          line("99213", mods="QJ", **_HERE, pos="09"), near=True, tables=_PLACES),
    _told("MSP-01", "A visit paid as the first although another had paid all that was charged",
          line("99213", **(_HERE | {"paid": "80.00"}), **(_GROUP | {"other_payer_paid": "100.00",
               "charge": "100.00"}), expect=fails("MSP-01"))),
    _told("MSP-01", "A visit that one payer paid first and the other second",
          line("99213", **(_HERE | {"paid": "80.00"}), **_PRIMARY),
          line("99213", claim="B", **(_HERE | {"paid": "10.00"}), **_GROUP), near=True),
    _told("TF-02", "A Medicaid claim received thirteen months after the service",
          line("99213", line_of_business="medicaid", received_date=396, paid_date=410, **_HERE,
               expect=fails("TF-02")), on=(date(2023, 3, 14),)),
    _told("TF-02", "A Medicaid claim received eleven months after the service",
          line("99213", line_of_business="medicaid", received_date=335, paid_date=350, **_HERE), on=(date(2023, 3,
          14),), near=True),
)  # fmt: skip

STORIES = (*_NOTICES, *_SCREENING, *_STANDING)
