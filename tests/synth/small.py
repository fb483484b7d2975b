"""A vocabulary made up for tests: everyday codes with invented edits, small enough to read."""

from __future__ import annotations

from datetime import date

from auditor.synth.menu import MENU, family_of
from auditor.synth.vocabulary import HOSPITAL, PRACTITIONER, AddOn, CoverageRow, Limit, Pair, Vocabulary

OPEN = date(9999, 12, 31)
LONG_AGO = date(1996, 1, 1)
BEFORE = date(2024, 6, 30)
FURTHER = (
    "11103",
    "17003",
    "64451",
    "0001T",
    "99292",
    "90461",
    "76000",
    "J7190",
    "27370",
    "96361",
    "31505",
    "31575",
)

IN_FORCE = """45385 45378 0, 45385 45380 1, 45380 45378 1, 73110 29125 1, 73562 73502 1, 20610 20600 1, 20610 64450 1,
93000 93010 0, 93306 93010 1, 20610 99213 1, 11730 99214 1, 17110 99212 1, 12002 12001 1, 12002 64450 1, 29881 20610 1,
66984 76514 0, 66984 92250 1, 52000 51741 1, 71260 71046 1, 36556 31500 0, 88305 88314 1, 31575 31505 1"""

MAI_1, MAI_2, MAI_3 = (
    "J7190 G0463",
    "80053 85025 93000 11730 52000 71046 99203",
    "20610 64450 97110 88305 J3301 12002 73562",
)
ZEROS = "27370 92950"


def _pairs() -> tuple[Pair, ...]:
    rows = [Pair(one, two, LONG_AGO, OPEN, flag) for one, two, flag in map(str.split, IN_FORCE.split(","))]
    rows += [
        Pair("80053", "82947", LONG_AGO, BEFORE, "1"),
        Pair("83036", "82947", LONG_AGO, date(2019, 12, 31), "0"),
        Pair("84443", "82607", date(2020, 1, 1), date(2020, 1, 1), "9"),
        Pair("85610", "85025", date(2024, 8, 1), date(2024, 8, 1), "9"),
    ]
    return tuple(rows)


def vocabulary() -> Vocabulary:
    codes = {*MENU, *FURTHER, "88314"}
    limits = {code: Limit(1, "2") for code in MAI_2.split()}
    limits |= {code: Limit(2 + n, "3") for n, code in enumerate(MAI_3.split())}
    limits |= {code: Limit(10, "1") for code in MAI_1.split()}
    limits |= {code: Limit(0, "3") for code in ZEROS.split()}
    limits |= {code: Limit(4, "3") for code in ("11103", "17003", "99292", "96361", "76000")}
    addons = """1 11103 11102, 1 11103 11104, 1 17003 17000, 1 76000 45378, 1 99292 99291, 1 64451 64450, 2 90461 CCCCC,
        3 96361 96360"""
    policies = [
        CoverageRow("A1", "1", "93880", "I6521", "I6529", 1, "any", True, "*"),
        CoverageRow("A1", "1", "93880", "I639", None, 1, "any", True, "*"),
        CoverageRow("A2", "1", "82306", "E559", None, 1, "any", False, "FL"),
        CoverageRow("A3", "1", "11721", "B351", None, 1, "all", True, "*"),
        CoverageRow("A3", "1", "11721", "M79671", "M79675", 2, "all", True, "*"),
    ]
    return Vocabulary(
        codes=tuple(sorted(code for code in codes if family_of(code))),
        pairs={PRACTITIONER: _pairs(), HOSPITAL: _pairs()},
        limits={PRACTITIONER: limits, HOSPITAL: limits},
        addons=tuple(AddOn(t, a, p, LONG_AGO, OPEN) for t, a, p in map(str.split, addons.split(","))),
        coverage=tuple(policies),
    )
