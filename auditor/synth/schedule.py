"""What the fee schedule and the calendar say of codes, so that ordinary claims are those of an honest practice.

Used only where the library holds a fee schedule; the starter edition has none. Codes are identifiers only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.synth.menu import family_of

HOSPITAL_PLACES = frozenset(("19", "21", "22", "23"))
NO_FEE = frozenset("B I M N P T".split())
"""Status codes of services that are bundled, not covered, not valid, reported only or paid only when alone."""

PRICED_ELSEWHERE = frozenset(("lab", "drug"))
"""Families that other schedules price: their status in this one says nothing against payment."""

CHILDREN = frozenset(
    """
    36400 36405 36406 36555 36557 36560 36568 36570 42820 42825 42830 42835 49491 49492 49495 49496 49500 49501 49580
    49582 54150 54160 90460 90461 92551 99151 99155 99382 99383 99384 99385 99386 99392 99393 99394 99395 99396 99381
    99391 99460 99461 99462 99463 99464 99465 99468 99469 99471 99472 99475 99476 99477 99478 99479 99480 90951 90952
    90953 90954 90955 90956 90957 90958 90959 90963 90964 90965 90967 90968 90969 Q4003 Q4004 Q4007 Q4008 Q4011 Q4012
    Q4015 Q4016 Q4019 Q4020 Q4023 Q4024 Q4027 Q4028 Q4031 Q4032 Q4035 Q4036 Q4039 Q4040 Q4043 Q4044 Q4047 Q4048
    """.split()
)
"""Codes for children and younger adults: every patient here is of Medicare age."""

SINGLE_DOSE = frozenset(
    """
    J0178 J0585 J0586 J0587 J0588 J0897 J1745 J2350 J2506 J2777 J2778 J2779 J3380 J9035 J9271 J9299 J9305 J9312
    """.split()
)
"""Drugs in single-dose containers, for which JZ (nothing discarded) or JW is due on every line."""

THERAPY = tuple("925 92597 92605 92606 92607 92608 92609 9261 96125 97 G0281 G0283 G0329".split())
"""Beginnings of codes that therapists bill, with the modifier of their discipline."""

NEW_PATIENT = frozenset("92002 92004".split())
"""Codes for new patients outside the visit slots, billed at a patient's first encounter alone."""

COLONOSCOPY = frozenset(
    "45378 45379 45380 45381 45382 45384 45385 45386 45388 45389 45390 45391 45392 45398".split()
)
SCREENING_DIAGNOSIS, POLYP = "Z1211", "K635"
"""A screening has other codes; here COLONOSCOPY is for a complaint, and never points to SCREENING_DIAGNOSIS."""

_ONCE = {
    "mammography": "77067 77063 G0202",
    "depression screening": "G0444",
    "alcohol screening": "G0442",
    "heart counselling": "G0446",
    "obesity counselling": "G0447",
    "hepatitis screening": "G0472 G0499",
    "stool test": "82270 G0328",
    "colonoscopy": "G0105 G0121 G0104 G0106 G0120",
    "stool DNA": "81528",
    "prostate": "G0102 G0103",
    "pelvic": "G0101 Q0091",
    "lung": "71271 G0296 G0297",
    "glaucoma": "G0117 G0118",
    "bone": "77078 77080 77081 77085 76977",
    "wellness": "G0402 G0438 G0439 G0403 G0404 G0405 G0468",
    "aneurysm": "76706",
    "gallbladder": "47562 47563 47564 47600 47605 47610 47612 47620",
    "appendix": "44950 44960 44970",
    "spleen": "38100 38120",
}


@dataclass(frozen=True, slots=True)
class Fee:
    """What the rows of a code say over a period: status codes, PC/TC, global days, bilateral; mostly one each."""

    status: frozenset[str]
    components: frozenset[str]
    days: frozenset[str]
    sides: frozenset[str] = frozenset()


def once_of(fees: Mapping[str, Fee], code: str) -> str | None:
    """The service of which a patient has one in a run at most, that `code` is; None for others.

    Screenings stand for intervals of a year or more. Of operations of 90 days, each code is one: an organ is not
    removed again, and a second side would say so.
    """
    named = next((name for name, codes in _ONCE_CODES.items() if code in codes), None)
    return named or ("operation" if global_days(fees, code) == 90 else None)


def global_days(fees: Mapping[str, Fee], code: str) -> int:
    """Days after the day itself that the fee takes in: 0, 10 or 90; -1 for a code without a global period."""
    fee = fees.get(code)
    if fee is None or family_of(code) == "em":
        return -1
    return max((int(days) for days in fee.days if days in ("000", "010", "090")), default=-1)


def payable(fees: Mapping[str, Fee], code: str, place: str) -> bool:
    """True when a practitioner would be paid for `code` at the place of service `place`, alone or with other lines."""
    fee = fees.get(code)
    hospital = place in HOSPITAL_PLACES
    if fee is not None and ("8" in fee.components or fee.status & NO_FEE):
        return False
    if family_of(code) in PRICED_ELSEWHERE:
        read = fee is not None and fee.components & {"1", "2", "6"}
        return not hospital or bool(read)
    return fee is not None and not (hospital and fee.components & {"3", "4", "5", "7"})


def one_sided(fees: Mapping[str, Fee], code: str) -> bool:
    """True for an operation of one of two sides, which its line names."""
    fee = fees.get(code)
    return fee is not None and "1" in fee.sides and family_of(code) == "surgery"


def reading_only(fees: Mapping[str, Fee], code: str, place: str) -> bool:
    """True when modifier 26 is due: a test of two components read in a hospital, which furnishes the other."""
    fee = fees.get(code)
    return place in HOSPITAL_PLACES and fee is not None and bool(fee.components & {"1", "6"})


_ONCE_CODES = {name: frozenset(codes.split()) for name, codes in _ONCE.items()}
ONCE_CODES = frozenset().union(*_ONCE_CODES.values())
"""All codes of services of which a patient has one in a run at most, operations apart."""
ONCE_NAMES = (*_ONCE_CODES, "operation")
"""All names that `once_of` gives."""
