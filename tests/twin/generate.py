"""Random tiny claim files over a handful of codes, and the tiny tables they meet.

Codes of the pairs are made-up; 99213, 99291, 99292 and the infusion codes are real because rules name them.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from random import Random

from hypothesis import strategies as st

from .product import claim_row
from .tables import NCCI_BEGAN, OPEN, Addon, Mue, Ptp, Tables

EVER = (NCCI_BEGAN, OPEN)
A, B, C, D, E = "10001", "10002", "10003", "10004", "10005"
ADDON_OF_AB, ADDON_OF_ADDON, ADDON_UNLISTED, ADDON_OPEN, ADDON_LOOP_1, ADDON_LOOP_2 = (
    f"2000{n}" for n in range(1, 7)
)
ADDON_RELISTED, ADDON_SUSPENDED = "20007", "20008"

PAIRS: dict[str, list[tuple[str, str, str, tuple[dt.date, dt.date]]]] = {
    "practitioner": [
        (A, B, "1", EVER),
        (B, C, "1", EVER),
        (A, D, "0", EVER),
        (C, D, "1", (NCCI_BEGAN, dt.date(2019, 6, 30))),
        (D, C, "1", (dt.date(2019, 7, 1), OPEN)),
        (A, "99213", "1", EVER),
        ("99213", "96366", "1", EVER),
        (E, A, "9", (dt.date(2024, 7, 10), dt.date(2024, 7, 10))),
        (E, B, "1", (dt.date(2024, 8, 1), OPEN)),
        (E, C, "0", (dt.date(1996, 1, 1), dt.date(2024, 8, 1))),
        (E, C, "1", (dt.date(2024, 8, 2), OPEN)),
        (ADDON_OF_AB, A, "1", EVER),
    ],
    "outpatient_hospital": [
        (A, B, "0", EVER),
        (B, C, "1", EVER),
        (C, A, "1", (dt.date(2024, 7, 10), dt.date(2024, 8, 1))),
        ("96365", "99213", "1", EVER),
    ],
}
LIMITS = {
    "practitioner": {
        A: (2, "1"), B: (3, "2"), C: (2, "3"), D: (0, "3"), E: (1, "1"), ADDON_OF_AB: (2, "2"),
        "99213": (1, "2"), "96365": (0, "2"), "99291": (1, "2"), "99292": (4, "3"),
    },
    "outpatient_hospital": {A: (1, "2"), B: (2, "1"), C: (0, "2"), "96365": (1, "3")},
}  # fmt: skip
PRIMARIES: dict[str, list[tuple[str, str]]] = {
    ADDON_OF_AB: [("1", A), ("1", B)],
    ADDON_OF_ADDON: [("1", ADDON_OF_AB), ("1", D)],
    ADDON_UNLISTED: [("2", "CCCCC")],
    ADDON_OPEN: [("3", C), ("3", "CCCCC")],
    ADDON_LOOP_1: [("1", ADDON_LOOP_2), ("1", A)],
    ADDON_LOOP_2: [("1", ADDON_LOOP_1), ("1", B)],
    "96366": [("1", "96365")],
    "99292": [("1", "99291")],
}
# Primaries listed for a time only: one list that changes without a gap, one with a gap of three weeks.
PASSING_PRIMARIES = {
    ADDON_RELISTED: [(A, NCCI_BEGAN, dt.date(2024, 7, 31)), (C, dt.date(2024, 7, 11), OPEN)],
    ADDON_SUSPENDED: [(A, NCCI_BEGAN, dt.date(2024, 7, 9)), (B, dt.date(2024, 8, 1), OPEN)],
}
PLAIN_CODES = [A, B, C, D, E, "99213", "96365", "99291"]
ADDON_CODES = [*PRIMARIES, *PASSING_PRIMARIES]
BEGINNINGS = (
    dt.date(1996, 1, 1),
    dt.date(2015, 1, 1),  # the X modifiers
    dt.date(2019, 7, 1),  # 59 on either column
    dt.date(2024, 7, 1),  # the quarter of the unit values
    dt.date(2024, 10, 1),  # past the quarter
)
DAYS = [day - dt.timedelta(days=back) for day in BEGINNINGS for back in (0, 1)]
USUAL_DAYS = [dt.date(2024, 7, 1), dt.date(2024, 7, 10), dt.date(2024, 8, 1), dt.date(2019, 6, 30)]
FAMILIES_OF_CODES = [
    [A, B, C, D],
    [A, "99213", B],
    [A, B, ADDON_OF_AB, ADDON_OF_ADDON],
    [A, B, ADDON_LOOP_1, ADDON_LOOP_2],
    ["96365", "96366", "99213"],
    ["99291", "99292", "99292"],
    [A],
    [B, ADDON_OF_AB],
    [A, B, ADDON_SUSPENDED],
    [A, C, ADDON_RELISTED],
]
MODIFIERS = ["59", "XU", "25", "RT", "LT", "76", "22", "50", "58", "55", "T1", "26"]


def tiny_tables() -> Tables:
    """Pairs both ways, reversed, deleted, of indicator 9; values of every MAI; add-ons in chain and loop."""
    tables = Tables()
    for setting, pairs in PAIRS.items():
        for one, two, indicator, (effective, deleted) in pairs:
            tables.ptp[setting, one, two].append(Ptp(effective, deleted, indicator))
    for setting, limits in LIMITS.items():
        for code, (value, mai) in limits.items():
            tables.mue[setting, code].append(Mue(value, mai))
    for code, primaries in PRIMARIES.items():
        tables.addon[code] = [Addon(edit_type, primary) for edit_type, primary in primaries]
    for code, listed in PASSING_PRIMARIES.items():
        tables.addon[code] = [Addon("1", primary, first, last) for primary, first, last in listed]
    return tables


SEEDS = st.lists(st.integers(0, 2**32), min_size=60, max_size=90)
"""What `claim_file` makes sixty patients and more of."""


def claim_file(seeds: list[int], narrow: bool = False) -> list[dict[str, str]]:
    """Rows of one patient a seed; `narrow`: the feed has two modifier columns."""
    rows = []
    for number, seed in enumerate(seeds):
        count: dict[str, int] = defaultdict(int)
        for line in patient_lines(Random(seed)):
            claim = f"{number}-{line['claim_id']}"
            count[claim] += 1
            original = f"{number}-{line['original_ref']}" if line["original_ref"] else ""
            person = f"P{number}" if line["patient_id"] else ""
            place = {"claim_id": claim, "line_no": str(count[claim]), "patient_id": person}
            rows.append(line | place | {"original_ref": original})
    dropped = ("mod3", "mod4") if narrow else ()
    return [{name: cell for name, cell in row.items() if name not in dropped} for row in rows]


def patient_lines(dice: Random) -> list[dict[str, str]]:
    """Up to seven lines of one patient around one day, under one payer's line of business."""
    business = dice.choice(["medicare", "medicare", "medicaid", "medicare_advantage", "commercial"])
    day = dice.choice([dice.choice(USUAL_DAYS), dice.choice(DAYS)])
    hospital = dice.randrange(4) == 0
    codes = dice.sample([*PLAIN_CODES, *ADDON_CODES], dice.randint(2, 4))
    if dice.randrange(2):
        codes = dice.choice(FAMILIES_OF_CODES)
    palette = dice.choice([["RT", "LT"], ["RT", "25", "59"], ["59", "XU"], MODIFIERS])
    number = dice.randint(1, 7)
    rows = [one_line(dice, codes, day, palette, hospital) for _ in range(number)]
    rows = [row | {"line_of_business": business} for row in rows]
    if dice.randrange(6) == 0:
        return rows + replaced(dice, rows)
    return damaged(dice, rows) if dice.randrange(16) == 0 else rows


def damaged(dice: Random, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """A row that another takes back, that is no line, or that stands under another payer or none."""
    at = dice.randrange(len(rows))
    if dice.randrange(2):
        return [*rows, *(taken_back(row) for row in rows[at : at + 2] if row["paid"] and row["units"])]
    harms: list[dict[str, str]] = [
        {"units": "none"},
        {"units": "none"},
        {"payer_id": ""},
        {"payer_id": "", "claim_id": "B"},
        {"payer_id": "ELSE"},
        {"date_from": "someday"},
        {"patient_id": ""},
    ]
    harm = dice.choice(harms)
    return [*rows[:at], rows[at] | harm, *rows[at + 1 :]]


def replaced(dice: Random, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """A later version, or the void, of the first claim."""
    first = rows[0]["claim_id"]
    change = {
        "claim_id": f"{first}R",
        "frequency_code": dice.choice("78"),
        "original_ref": first,
        "paid_date": "2024-12-31",
        "units": "1",
    }
    return [row | change for row in rows if row["claim_id"] == first]


def taken_back(row: dict[str, str]) -> dict[str, str]:
    """The same with the opposite amounts."""
    signs = {name: f"-{row[name]}" for name in ("units", "charge", "allowed", "paid") if row[name]}
    return row | signs


def one_line(
    dice: Random, codes: list[str], day: dt.date, palette: list[str], hospital: bool
) -> dict[str, str]:
    """One line; most are plain, each oddity is rare enough to meet lines without it."""

    def often(usual: str, *others: str) -> str:
        return usual if dice.randrange(8) else dice.choice(others)

    first = day + dt.timedelta(days=int(often("0", "-1", "1")))
    last = first + dt.timedelta(days=int(often("0", "1", "2", "4")))
    modifiers = dice.sample(palette, dice.choice([0, 0, 1, 2]))
    claim = dice.choice("AAB")
    cells = {
        "claim_id": claim,
        "date_from": first.isoformat(),
        "date_to": last.isoformat(),
        "code": dice.choice(codes),
        "mods": " ".join(modifiers),
        "units": dice.choice(["1", "1", "2", "3", "5", often("4", "0", "1.5", "")]),
        "paid": often("100.00", "33.33", "0.00", ""),
        "allowed": often("120.00", ""),
        "denied": often("false", "true"),
        "rendering_npi": often("1000000012", "1000000020", ""),
        "rendering_specialty": often("11", "49", ""),
        "billing_tin": often("TIN1", "TIN2", ""),
        "pos": often("11", "24"),
    }
    if hospital:
        cells |= {"claim_type": "institutional", "tob": often("131", "0851", "111", "")}
        cells |= {"facility_npi": often("", "1000000038")}
    return claim_row(**cells)
