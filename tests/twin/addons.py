"""Add-on codes: payable only beside a listed primary that is itself payable."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from . import decisions
from .findings import DEFINITE, PROBABLE, Finding, auditable
from .lines import LeftOut, Line, by_provider, shared_day
from .tables import Addon, Tables

CRITICAL_CARE, CRITICAL_CARE_MORE = "99291", "99292"
# Their primary may bear another date; rules of their own, which the twin does not know, ask for it.
ON_OTHER_DATES = frozenset("01968 01969 98981 99425 99427 99437 99439 99458 99489 99494 G0024 G0146".split())
PROLONGED, PROLONGED_SINCE = frozenset({"G0317", "G0318"}), dt.date(2023, 1, 1)
DAY_BEFORE_SERVES = ((96360, 96379), (96401, 96549))


def addon(
    lines: Sequence[Line], tables: Tables, earlier: Sequence[Finding], left: Sequence[LeftOut] = ()
) -> list[Finding]:
    """AOC-01, 02, 05, then AOC-03 until nothing more falls. `earlier`: the findings of ptp and mue.

    A line beside which a primary may stand that cannot be read, or not be placed, is not judged; nor is one whose
    primary may stand on the day before the first of its payer and line of business.
    """
    begins: dict[tuple[str, str], dt.date] = {}
    for line in lines:
        begins[line.person[:2]] = min(line.first, begins.get(line.person[:2], line.first))
    shadows = Shadows(lines, left, tables)
    groups = by_provider(lines)
    found: list[Finding] = []
    hanging: list[tuple[Line, list[Line]]] = []
    by_person: dict[tuple[str, str, str], list[Line]] = {}
    for line in lines:
        if line.code == CRITICAL_CARE:
            by_person.setdefault(line.person, []).append(line)
    for line in lines:
        if not tested(line):
            continue
        if line.code == CRITICAL_CARE_MORE:
            if not shadows.first_hour_beside(line):
                found += more_critical_care(line, by_person.get(line.person, []))
            continue
        rows = tables.addon_rows(line.code, line.first)
        if not rows:
            continue
        group = groups[(*line.person, line.provider)]
        primaries = primaries_of(line, group, tables)
        if primaries:
            if not shadows.primary_beside(line, line.first):
                hanging.append((line, primaries))
        elif not shadows.primary_beside(line, since := window_of(line, rows)) and (
            since == line.first or since >= begins[line.person[:2]]
        ):
            found += no_primary(line, rows, group, tables)
    return found + fallen(hanging, [*earlier, *found], tables)


def window_of(line: Line, rows: Sequence[Addon]) -> dt.date:
    """The first day on which a primary would serve where the whole list is known."""
    closed = all(row.edit_type == "1" for row in rows)
    before = closed and line.institutional and infusion(line.code)
    return line.first - dt.timedelta(days=1 if before else 0)


class Shadows:
    """What may be a primary though it is none by patient, provider and day: rows left out, lines placed elsewhere."""

    def __init__(self, lines: Sequence[Line], left: Sequence[LeftOut], tables: Tables) -> None:
        self.tables = tables
        self.lines: dict[str, list[Line]] = {}
        for line in lines:
            self.lines.setdefault(line.patient, []).append(line)
        self.left: dict[tuple[str, str], list[LeftOut]] = {}
        for row in left:
            key = ("patient", row.patient) if row.patient else ("claim", row.claim_id)
            self.left.setdefault(key, []).append(row)

    def primary_beside(self, line: Line, since: dt.date) -> bool:
        """Whether one of the codes listed for the line may have been given by its provider from `since` on."""
        for row in self.left_beside(line, since):
            day = max(line.first, row.first or line.first)
            listing = any(item.primary == row.code for item in self.tables.addon_rows(line.code, day))
            if row.provider in {"", line.provider} and (listing or not row.code_read):
                return True
        return any(
            other.first <= line.last
            and other.last >= since
            and (not other.provider or (other.person != line.person and other.provider == line.provider))
            and listed(line, other, max(line.first, other.first), self.tables)
            for other in self.lines[line.patient]
            if other is not line
        )

    def first_hour_beside(self, line: Line) -> bool:
        """Whether 99291 may have been given by the provider, or by one of the group and specialty."""
        for row in self.left_beside(line, line.first):
            if compatible(line, row) and (row.code == CRITICAL_CARE or not row.code_read):
                return True
        return any(
            other.person != line.person
            and other.code == CRITICAL_CARE
            and shared_day(line, other) is not None
            and compatible(line, other)
            for other in self.lines[line.patient]
        )

    def left_beside(self, line: Line, since: dt.date) -> list[LeftOut]:
        """The rows left out of the patient on those days; without patient or day, those of the claim."""
        rows = [*self.left.get(("patient", line.patient), ()), *self.left.get(("claim", line.claim_id), ())]
        return [
            row
            for row in rows
            if (
                row.claim_id == line.claim_id
                if row.first is None or row.last is None
                else min(row.first, row.last) <= line.last and max(row.first, row.last) >= since
            )
        ]


def compatible(line: Line, other: Line | LeftOut) -> bool:
    """Whether nothing that is known of provider, or of group and specialty, speaks against the same."""

    def agree(one: str, two: str) -> bool:
        return not one or not two or one == two

    own = agree(line.provider, other.provider)
    return own or (agree(line.tin, other.tin) and agree(line.specialty, other.specialty))


def tested(line: Line) -> bool:
    """Whether the rules on add-on codes look at this line at all."""
    return (
        auditable(line)
        and line.setting in decisions.ADDON_SETTINGS
        and line.line_of_business in decisions.ADDON_LINES_OF_BUSINESS
        and line.first >= decisions.ADDON_RULES_BEGAN
    )


def primaries_of(line: Line, group: Sequence[Line], tables: Tables) -> list[Line]:
    """Other lines of the provider, paid or not, that the table lists for `line` on a day they share."""
    return [
        other
        for other in group
        if other is not line
        and (day := shared_day(line, other)) is not None
        and listed(line, other, day, tables)
    ]


def listed(line: Line, other: Line, day: dt.date, tables: Tables) -> bool:
    """Whether the table in force on `day` lists the code of `other` as a primary of `line`."""
    return any(row.primary == other.code for row in tables.addon_rows(line.code, day))


def no_primary(line: Line, rows: Sequence[Addon], group: Sequence[Line], tables: Tables) -> list[Finding]:
    """AOC-01 for a closed list of primaries, AOC-02 where the contractor may add some."""
    if any(row.edit_type != "1" for row in rows):
        if line.setting not in decisions.OPEN_LIST_SETTINGS:
            return []
        return [Finding("AOC-02", "fail", PROBABLE, line, exposure=line.amount, at_risk=True)]
    if not line.institutional and judged_elsewhere(line):
        return []
    if not line.institutional:
        klass = PROBABLE if line.no_payment or by_contract(line) else DEFINITE
        return [Finding("AOC-01", "fail", klass, line, exposure=line.amount)]
    eve = line.first - dt.timedelta(days=1)
    if infusion(line.code) and any(
        other is not line and other.covers(eve) and listed(line, other, line.first, tables) for other in group
    ):
        return []
    return [Finding("AOC-01", "fail", PROBABLE, line, exposure=line.amount)]


def judged_elsewhere(line: Line) -> bool:
    """Whether another rule asks for the line's primary, on other dates too."""
    if line.code in PROLONGED:
        return line.line_of_business == "medicare" and line.first >= PROLONGED_SINCE
    return line.code in ON_OTHER_DATES and line.days == 1


def by_contract(line: Line) -> bool:
    """Whether the payer need not apply Medicare's edits."""
    return line.line_of_business not in decisions.DEFINITE_LINES_OF_BUSINESS


def infusion(code: str) -> bool:
    """Infusions and chemotherapy, whose first hour may have been billed for the day before."""
    return code.isdecimal() and any(low <= int(code) <= high for low, high in DAY_BEFORE_SERVES)


def more_critical_care(line: Line, first_hours: Sequence[Line]) -> list[Finding]:
    """AOC-05: 99292 needs 99291 of that day by the same physician, or by one of the group and specialty."""
    if line.setting not in decisions.CRITICAL_CARE_SETTINGS:
        return []
    that_day = [other for other in first_hours if shared_day(line, other) is not None]
    for other in that_day:
        of_group = bool(line.tin and line.specialty) and (line.tin, line.specialty) == (
            other.tin,
            other.specialty,
        )
        if other.provider == line.provider or of_group:
            return []
    unknown = any(not other.tin or not other.specialty or not other.provider for other in (line, *that_day))
    return [
        Finding(
            "AOC-05",
            "fail",
            PROBABLE if unknown or line.no_payment or by_contract(line) else DEFINITE,
            line,
            exposure=line.amount,
        )
    ]


def fallen(
    hanging: Sequence[tuple[Line, list[Line]]], earlier: Sequence[Finding], tables: Tables
) -> list[Finding]:
    """AOC-03: the least set of add-ons of which every primary is not payable.

    Once over definite conclusions alone, once over all of them and the payer's own denials.
    """
    faults = [
        finding
        for finding in earlier
        if finding.verdict == "fail"
        and (finding.family in {"ptp", "addon"} or finding.catalogue_id == "MUE-04")
    ]
    proven = {id(finding.line) for finding in faults if finding.klass == DEFINITE}
    supposed = {id(finding.line) for finding in faults}
    firm = [entry for entry in hanging if can_fall_definitely(entry[0], tables)]
    surely = spread(firm, lambda line, out: id(line) in proven or id(line) in out)
    maybe = spread(hanging, lambda line, out: line.denied or id(line) in supposed or id(line) in out)
    return [
        Finding("AOC-03", "fail", DEFINITE if id(line) in surely else PROBABLE, line, exposure=line.amount)
        for line, _ in hanging
        if id(line) in maybe
    ]


def can_fall_definitely(line: Line, tables: Tables) -> bool:
    """Whether AOC-03 on this line may be definite at all."""
    types = {row.edit_type for row in tables.addon_rows(line.code, line.first)}
    return (
        not line.no_payment
        and not by_contract(line)
        and line.setting in decisions.CASCADE_DEFINITE_IN
        and types <= decisions.CASCADE_DEFINITE_TYPES
    )


def spread(hanging: Sequence[tuple[Line, list[Line]]], out_of: Callable[[Line, set[int]], bool]) -> set[int]:
    """Least fixpoint: a line falls when all its primaries are out."""
    out: set[int] = set()
    while True:
        more = {
            id(line)
            for line, primaries in hanging
            if id(line) not in out and all(out_of(primary, out) for primary in primaries)
        }
        if not more:
            return out
        out |= more
