"""Procedure-to-procedure edits: any two lines of a patient and provider on a shared day, either way round."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from .decisions import DEFINITE_LINES_OF_BUSINESS, PTP_10_LINES_OF_BUSINESS
from .findings import (
    ANATOMIC,
    DEFINITE,
    PROBABLE,
    SUBSETS_OF_59,
    Finding,
    associated_on,
    auditable,
)
from .lines import Line, by_provider, shared_day
from .tables import NCCI_BEGAN, Tables

NOT_ASSOCIATED_BUT_TRIED = frozenset({"22", "76", "77", "50"})
LIFTS_SAME_SITE = frozenset({"58", "59", "78", "79"}) | SUBSETS_OF_59
EITHER_COLUMN_SINCE = dt.date(2019, 7, 1)
# Bundled (B) or paid only when alone (T) by the relative value files of 2024 and 2025, with a Column 2 that has a fee.
NEVER_PAID_BESIDE_ANOTHER = frozenset(
    "0537T 0538T 0539T 22841 34839 36000 36591 36592 36598 90885 90887 90889 92921 92925 92929 92934 92938 92944 94005 "
    "94150 94760 94761 96523 97602 98960 98961 98962 99071 99078 99080 99288 99366 99367 99368 99374 99377 99379 99380 "
    "99485 99486 G0117 G0118 G0269".split()
)
THESE_ARE_KNOWN_SINCE = dt.date(2024, 1, 1)
EYE_EM = frozenset({"92002", "92004", "92012", "92014"})
LEVEL_II_EM = frozenset({"G0402", "G0438", "G0439", "G0463", *(f"G038{n}" for n in "01234")})


def ptp(lines: Sequence[Line], tables: Tables) -> list[Finding]:
    """Fails and bypasses, one for each Column 1 line, Column 2 line and row in force."""
    found = [finding for group in by_provider(lines).values() for finding in pairs_of(group, tables)]
    failing = [finding for finding in found if finding.verdict == "fail"]
    thrown_out_by: dict[int, set[int]] = defaultdict(set)
    for finding in failing:
        thrown_out_by[id(finding.line)].add(id(finding.partner))
    shaken = {
        id(finding.line)
        for finding in failing
        if finding.line.setting == "practitioner"
        and all(partner in thrown_out_by for partner in thrown_out_by[id(finding.line)])
    }
    return [
        weakened(finding) if finding.verdict == "fail" and id(finding.line) in shaken else finding
        for finding in found
    ]


def pairs_of(group: Sequence[Line], tables: Tables) -> Iterator[Finding]:
    """The findings among the lines of one patient and one provider."""
    paid = [line for line in group if auditable(line)]
    for column_1 in paid:
        for column_2 in paid:
            day = shared_day(column_1, column_2)
            if column_1 is column_2 or column_1.setting != column_2.setting or day is None:
                continue
            if column_2.first < NCCI_BEGAN:  # a rule's dates are asked of the line that it flags
                continue
            if takes_nothing_down(column_1, day):
                continue
            for row in tables.pairs_in_force(column_1.setting, column_1.code, column_2.code, day):
                yield judge(column_1, column_2, day, row.indicator)


def takes_nothing_down(column_1: Line, day: dt.date) -> bool:
    """A Column 1 line that Medicare's fee schedule itself never pays beside another service."""
    schedule = column_1.line_of_business == "medicare" and column_1.setting == "practitioner"
    return schedule and column_1.code in NEVER_PAID_BESIDE_ANOTHER and day >= THESE_ARE_KNOWN_SINCE


def judge(column_1: Line, column_2: Line, day: dt.date, indicator: str) -> Finding:
    """The most specific rule that answers for this pair, before its neighbours are looked at."""
    catalogue_id, klass = rule_of(column_1, column_2, day, indicator)
    if not klass:
        return Finding(catalogue_id, "bypassed", "", column_2, column_1)
    doubtful = any(line.days > 1 or line.truncated or line.no_payment for line in (column_1, column_2))
    doubtful = doubtful or column_2.line_of_business not in DEFINITE_LINES_OF_BUSINESS
    doubtful = doubtful or visits_of_one_stay(column_1, column_2)
    return Finding(
        catalogue_id,
        "fail",
        PROBABLE if doubtful else klass,
        column_2,
        column_1,
        exposure=column_2.amount,
        at_risk=catalogue_id == "PTP-10",
    )


def rule_of(column_1: Line, column_2: Line, day: dt.date, indicator: str) -> tuple[str, str]:
    """Catalogue id and class; no class where a modifier lifts the edit."""
    if indicator == "0":
        return "PTP-01", DEFINITE
    on_either = column_1.modifiers | column_2.modifiers
    lifting = on_either & associated_on(day)
    if not lifting:
        if on_either & NOT_ASSOCIATED_BUT_TRIED:
            return "PTP-06", DEFINITE
        return ("PTP-05" if is_em(column_2.code) else "PTP-02"), DEFINITE
    medicaid = column_2.line_of_business == "medicaid"
    if (
        column_2.line_of_business in PTP_10_LINES_OF_BUSINESS
        and column_2.setting == "practitioner"
        and day < EITHER_COLUMN_SINCE
        and only_59_on(column_1.modifiers, column_2.modifiers, lifting)
    ):
        return "PTP-10", PROBABLE
    site_1, site_2 = column_1.modifiers & ANATOMIC, column_2.modifiers & ANATOMIC
    if site_1 & site_2 and not lifting & LIFTS_SAME_SITE:
        # Whether RT beside RT with T6 is the same site is disputed (catalogue 3.17).
        return "PTP-04", DEFINITE if medicaid and site_1 == site_2 else PROBABLE
    return "PTP-02", ""


def visits_of_one_stay(column_1: Line, column_2: Line) -> bool:
    """Two daily visits on one claim, whose lines may all carry the claim's first date."""
    of_a_stay = [
        len(code) == 5 and code.isdecimal() and (99217 <= int(code) <= 99239 or 99304 <= int(code) <= 99318)
        for code in (column_1.code, column_2.code)
    ]
    return column_1.claim_id == column_2.claim_id and column_2.setting == "practitioner" and all(of_a_stay)


def only_59_on(column_1: Collection[str], column_2: Collection[str], lifting: Collection[str]) -> bool:
    """Nothing lifts the edit but 59 or X{EPSU}, and these stand on Column 1 alone."""
    return all(modifier == "59" or modifier in SUBSETS_OF_59 for modifier in lifting) and not set(
        lifting
    ).intersection(column_2)


def is_em(code: str) -> bool:
    """An evaluation and management code."""
    return (
        len(code) == 5 and code.isdecimal() and 99202 <= int(code) <= 99499
    ) or code in EYE_EM | LEVEL_II_EM


def weakened(finding: Finding) -> Finding:
    """The same finding, probable: whoever throws this line out is itself thrown out (SEMANTICS, PTP 1)."""
    return Finding(
        finding.catalogue_id,
        finding.verdict,
        PROBABLE,
        finding.line,
        finding.partner,
        finding.exposure,
        finding.at_risk,
    )
