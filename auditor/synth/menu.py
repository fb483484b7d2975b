"""What practices bill on an ordinary day: code families, specialties, invented fees, places and diagnoses.

Codes are identifiers only. Fees are round figures made up for the project, not taken from any fee schedule.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

OFFICE_NEW = ("99202", "99203", "99204", "99205")
OFFICE_ESTABLISHED = ("99212", "99213", "99214", "99215")
SUBSEQUENT = ("99231", "99232", "99233")
EMERGENCY = ("99282", "99283", "99284", "99285")
VISITS = {
    "new": OFFICE_NEW,
    "established": OFFICE_ESTABLISHED,
    "hospital": SUBSEQUENT,
    "emergency": EMERGENCY,
}
LEVEL_MIX = {
    "new": (0.08, 0.38, 0.45, 0.09),
    "established": (0.06, 0.46, 0.44, 0.04),
    "hospital": (0.15, 0.6, 0.25),
    "emergency": (0.07, 0.28, 0.4, 0.25),
}
"""The usual share of each level of a visit family, lowest first (invented)."""

HEAVY_MIX = {
    "new": (0.0, 0.02, 0.38, 0.6),
    "established": (0.0, 0.02, 0.33, 0.65),
    "hospital": (0.02, 0.18, 0.8),
    "emergency": (0.01, 0.04, 0.25, 0.7),
}
"""The level mix of a provider seeded for EM-02."""


@dataclass(frozen=True, slots=True)
class Specialty:
    """A specialty as claims show it: CMS code, how often, place, visit families and everyday codes."""

    code: str
    weight: int
    pos: str
    visits: tuple[str, ...]
    everyday: str
    families: tuple[str, ...] = ()


SPECIALTIES = (
    Specialty(
        "08",
        22,
        "11",
        ("new", "established"),
        "36415 85025 80053 80061 83036 81002 93000 96372 90471 20610 71046 69210 87880 "
        "G0444 17110 94060 82947 84443 J1100 J3420",
        ("lab", "medicine", "drug", "service"),
    ),
    Specialty(
        "20",
        9,
        "11",
        ("new", "established"),
        "20610 20600 73030 73562 73502 73110 73630 29881 29125 64450 J3301 J1030 97110 72100",
        ("surgery", "imaging", "drug"),
    ),
    Specialty(
        "06",
        8,
        "11",
        ("new", "established", "hospital"),
        "93000 93010 93306 93015 93351 78452 93880 36415 80061 93224",
        ("medicine", "imaging"),
    ),
    Specialty(
        "11",
        20,
        "11",
        ("new", "established", "hospital"),
        "36415 85025 80053 80061 83036 93000 84443 82607 82306 96372 71046 94010 99497 G0444 J1030 J0696",
        ("lab", "medicine", "drug", "service"),
    ),
    Specialty(
        "07",
        6,
        "11",
        ("new", "established"),
        "11102 11104 17000 17110 17004 11402 12031 88305 11900 17262 J3301",
        ("surgery", "lab"),
    ),
    Specialty(
        "30", 10, "22", (), "71046 70450 74177 72148 73562 77067 76700 71260 76856 73630", ("imaging",)
    ),
    Specialty(
        "69",
        10,
        "81",
        (),
        "80053 80061 85025 83036 84443 82306 87086 81001 87491 82728 85610 82607",
        ("lab",),
    ),
    Specialty(
        "93",
        5,
        "23",
        ("emergency",),
        "12001 12002 93010 29125 10060 36556 31500 64450 92950",
        ("surgery", "medicine"),
    ),
    Specialty("65", 4, "11", (), "97110 97140 97530 97112 97161 97164 97035", ()),
    Specialty(
        "18",
        4,
        "11",
        ("new", "established"),
        "92014 92004 92133 92134 92083 66984 67028 76514 92250",
        ("surgery", "medicine"),
    ),
    Specialty(
        "10",
        3,
        "24",
        ("new", "established"),
        "45378 45380 45385 43239 43235 88305 91035",
        ("surgery", "medicine"),
    ),
    Specialty(
        "48",
        3,
        "11",
        ("new", "established"),
        "11721 11055 11056 11730 20550 73630 29580",
        ("surgery", "imaging"),
    ),
    Specialty(
        "34",
        3,
        "11",
        ("new", "established"),
        "51798 52000 81002 51741 55700 76872 84153 51702",
        ("surgery", "lab"),
    ),
    Specialty("81", 2, "21", ("hospital",), "99291 36556 31500 93503 94002 36620", ("surgery", "medicine")),
)

HOSPITAL_EVERYDAY = (
    "G0463 85025 80053 71046 93005 36415 96374 96372 J2405 J1885 70450 45378 45380 66984 97110 99283 99284 84484 73562 "
    "96360 74177 J0696 80061 77067"
)

# Dollars a unit, invented.
_FEES = """
99202 74 99203 113 99204 168 99205 222 99211 24 99212 57 99213 92 99214 130 99215 183 99231 50
99232 80 99233 120 99282 42 99283 72 99284 122 99285 178 99291 215 99292 110 36415 8 85025 8
80053 11 80061 13 83036 10 81002 4 81001 3 93000 15 93005 9 93010 9 96372 14 90471 17 20610 66
20600 50 71046 27 69210 49 87880 16 99406 15 G0444 18 17110 114 17000 67 17004 165 94060 38
94010 26 82947 4 84443 17 J1100 1 J3420 2 82607 15 82306 30 99497 85 J1030 6 J0696 1 73030 33
73562 38 73502 43 73110 37 73630 31 29881 560 29125 52 64450 75 J3301 2 97110 30 97140 28
97530 36 97112 34 97161 101 97164 70 97035 14 72100 36 93306 205 93015 72 93351 240 78452 345
93880 195 93224 88 11102 100 11104 125 11402 160 12031 250 88305 71 11900 60 17262 210 70450 115
74177 320 72148 210 77067 136 76700 120 71260 180 76856 108 87086 8 87491 35 82728 14 85610 4
12001 90 12002 108 10060 120 36556 85 31500 140 92950 200 92014 128 92004 152 92133 32 92134 32
92083 64 66984 545 67028 110 76514 12 92250 38 45378 340 45380 430 45385 520 43239 390 43235 300
91035 480 11721 45 11055 60 11056 72 11730 105 20550 52 29580 58 51798 12 52000 230 51741 14
55700 250 76872 118 84153 18 51702 78 93503 115 94002 92 36620 48 G0463 121 96374 42 J2405 1
J1885 1 84484 12 96360 36
"""

MENU: dict[str, int] = {
    code: int(dollars) * 100 for code, dollars in zip(_FEES.split()[::2], _FEES.split()[1::2], strict=True)
}
"""Everyday codes with an invented fee in cents a unit."""

LATERAL = frozenset("20610 20600 73030 73562 73502 73110 73630 29881 29125 66984 67028 64450".split())
"""Everyday codes of paired joints and organs, billed with LT or RT."""

RANGES = {
    "surgery": 22_000,
    "imaging": 11_000,
    "lab": 2_500,
    "medicine": 7_000,
    "drug": 9_000,
    "service": 4_000,
    "em": 9_000,
}

DIAGNOSES = tuple(
    """
    I10 E785 E119 E1122 N183 K219 F329 F411 M545 M1711 M1712 M25511 M25512 M7541 J449 J45909 E039 E559
    D649 R079 R0602 I2510 I4891 I5022 R5383 N390 R319 N401 L570 L821 L738 D225 B351 L6000 M2041 H2513
    H40013 H3531 H04123 R1013 K5730 K635 K2970 Z1211 R51 R42 S0101XA S61411A S52501A S93401A J0690 J209
    J189 R05 R509 A419 I639 N179 D62 E871 M5416 M48061 G5601 M79671 M797 G8929 Z0000 Z79899 Z87891 E663
    E669 G4733 F17210 Z7901 I739 I6529 I480 I350 R001 R9431 C61 C44311 C50911 D0471 Z85828 N3281 N3941
    R339 N529 E291 K5900 K589 R197 R110 K7460 B182 E8881 M810 M8580 H9313 H6123
    """.split()
)
"""ICD-10-CM codes without a dot that claims here carry; the count is a prime, so that steps through it never repeat."""

STATES = (
    ("FL", "09102", "03", "331"),
    ("TX", "04412", "11", "752"),
    ("PA", "12502", "01", "191"),
    ("NJ", "12402", "01", "070"),
    ("NY", "13202", "02", "100"),
    ("IL", "06102", "16", "606"),
    ("OH", "15202", "00", "432"),
    ("MI", "08202", "01", "482"),
    ("NC", "11502", "00", "276"),
    ("GA", "10212", "01", "303"),
    ("CA", "01112", "05", "941"),
    ("WA", "02402", "02", "981"),
    ("AZ", "03102", "00", "850"),
    ("VA", "11302", "00", "232"),
    ("KY", "15102", "00", "402"),
)
"""State, Part B contractor, locality and the first three figures of a postal code."""


def place_of(jurisdiction: str) -> int | None:
    """The first of STATES whose state or contractor is `jurisdiction`; None when there is none."""
    return next((n for n, (state, mac, *_) in enumerate(STATES) if jurisdiction in (state, mac)), None)


def family_of(code: str) -> str | None:
    """em, surgery, imaging, lab, medicine, drug or service; None for a code that these claims never hold."""
    if len(code) != 5:
        return None
    if code.isdecimal():
        number = int(code)
        if 99202 <= number <= 99499 or 92002 <= number <= 92014:
            return "em"
        for name, first, last in (
            ("surgery", 10004, 69990),
            ("imaging", 70010, 79999),
            ("lab", 80047, 89398),
            ("medicine", 90281, 99199),
        ):
            if first <= number <= last:
                return name
        return None
    if not code[1:].isdecimal():
        return None
    return {"J": "drug", "Q": "drug", "G": "service"}.get(code[0])


def is_visit(code: str) -> bool:
    """True for the codes that are evaluation and management visits beyond doubt."""
    return code.isdecimal() and (
        99202 <= int(code) <= 99215 or 99221 <= int(code) <= 99239 or 99281 <= int(code) <= 99285
    )


def fee_of(code: str, limit: int | None = None) -> int:
    """An invented fee in cents a unit. A drug with a high MUE (`limit`) has a small one, as its unit is small."""
    if code in MENU:
        return MENU[code]
    family = family_of(code) or "service"
    spread = int.from_bytes(hashlib.blake2b(code.encode(), digest_size=4).digest(), "little") / 2**32
    fee = int(RANGES[family] * (0.3 + 2.2 * spread * spread))
    if family == "drug":
        fee = max(5, fee // max(1, limit or 1))
    return max(5, fee)


def revenue_of(code: str) -> str:
    """The revenue code that an outpatient hospital bills `code` under."""
    if code == "G0463":
        return "0510"
    if code.startswith("9928"):
        return "0450"
    if code.startswith("97"):
        return "0420"
    by_family = {"lab": "0300", "imaging": "0320", "surgery": "0360", "drug": "0636", "em": "0510"}
    return by_family.get(family_of(code) or "", "0940")
