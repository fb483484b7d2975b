"""The edits of one setting, indexed for the two questions a generator asks: is this clean, and what breaks it?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from auditor.synth.menu import family_of, is_visit
from auditor.synth.vocabulary import NO_PRIMARY, AddOn, CoverageRow, Limit, Pair, Vocabulary

VISITS_OF_LEVEL_2 = frozenset("G0463 G0402 G0438 G0439 G0380 G0381 G0382 G0383 G0384".split())
CRITICAL_CARE, CRITICAL_CARE_MORE = "99291", "99292"


class EditBook:
    """The edits of a setting over a period.

    `apart`, `plain` and `limit_of` steer clean lines round every edit that is in force on any day of the period.
    The lists of breakable edits (`pairs`, `deleted`, `tombstones`, ...) hold only edits in force on all its days,
    so that a seeded error is one whatever day it falls on. All lists are in the order of the vocabulary.
    """

    def __init__(self, vocabulary: Vocabulary, setting: str, period: tuple[date, date]) -> None:
        self.setting = setting
        self.first, self.last = period
        self.limits = vocabulary.limits.get(setting, {})
        self.primaries: dict[str, set[str]] = {}
        self.addon_types: dict[str, set[str]] = {}
        self._steady_addons: dict[str, bool] = {}
        for row in vocabulary.addons:
            self._note_addon(row)
        self.coverage: dict[str, list[CoverageRow]] = {}
        for policy in vocabulary.coverage:
            self.coverage.setdefault(policy.code, []).append(policy)
        self._partners: dict[str, set[str]] = {}
        self.column_1_of: dict[str, list[tuple[str, str]]] = {}
        self._firm: set[tuple[str, str]] = set()
        rows = vocabulary.pairs.get(setting, ())
        for pair in rows:
            if _in_force(pair, self.first, self.last):
                self._partners.setdefault(pair.column_1, set()).add(pair.column_2)
                self._partners.setdefault(pair.column_2, set()).add(pair.column_1)
                if pair.modifier_indicator != "1":
                    self._firm.add((pair.column_1, pair.column_2))
        self.codes = tuple(code for code in vocabulary.codes if self.plain(code))
        self.pairs: list[Pair] = []
        self.deleted: list[Pair] = []
        self.tombstones: list[Pair] = []
        self._sort_pairs(rows)

    def apart(self, codes: Iterable[str]) -> bool:
        """True when no two of `codes` are a pair in force, in either direction, on any day of the period."""
        seen: list[str] = []
        for code in codes:
            partners = self._partners.get(code)
            if partners and any(other in partners for other in seen):
                return False
            seen.append(code)
        return True

    def lifted(self, column_1: str, visits: Iterable[str]) -> bool:
        """True when a modifier on the visit lifts whatever pairs `column_1` makes with `visits` on any day."""
        return not any((column_1, visit) in self._firm or (visit, column_1) in self._firm for visit in visits)

    def plain(self, code: str) -> bool:
        """True for a code that one unit of, alone, breaks nothing: no add-on, no MUE of 0, no coverage policy."""
        limit = self.limits.get(code)
        return (
            code not in self.addon_types
            and code not in self.coverage
            and code != CRITICAL_CARE_MORE
            and (limit is None or limit.value > 0)
        )

    def limit_of(self, code: str) -> int:
        """How many units of `code` a day are certainly within its MUE; 1 where no MUE is published."""
        limit = self.limits.get(code)
        return 1 if limit is None else limit.value

    def billable_addon(self, addon: str) -> bool:
        """True for an add-on that is clean with a listed primary: MUE above 0, no policy, rows in force throughout."""
        limit = self.limits.get(addon)
        return (
            self._steady_addons.get(addon, False)
            and addon not in self.coverage
            and addon != CRITICAL_CARE_MORE
            and (limit is None or limit.value > 0)
        )

    def limited(self, mai: str) -> list[tuple[str, int]]:
        """Plain codes with an MUE above 0 of this MAI and their values, by code."""
        return [
            (c, m.value)
            for c, m in sorted(self.limits.items())
            if m.mai == mai and self.plain(c) and family_of(c)
        ]

    def zeros(self) -> list[str]:
        """Codes with an MUE of 0 that no other edit concerns."""
        return [
            code
            for code, limit in sorted(self.limits.items())
            if limit.value == 0
            and code not in self.addon_types
            and code not in self.coverage
            and family_of(code)
        ]

    def addons(self, edit_type: str) -> list[str]:
        """Add-ons of exactly this type, in force all the period and otherwise clean."""
        return [
            a
            for a, types in sorted(self.addon_types.items())
            if types == {edit_type} and self.billable_addon(a)
        ]

    def pairs_where(self, indicator: str, *, visit: bool) -> list[Pair]:
        """Pairs in force all the period; `visit` says whether Column 2 is an evaluation and management code."""
        return [
            p
            for p in self.pairs
            if p.modifier_indicator == indicator
            and _wide_visit(p.column_2) == visit
            and (not visit or is_visit(p.column_2))
        ]

    def _note_addon(self, row: AddOn) -> None:
        self.addon_types.setdefault(row.addon, set()).add(row.edit_type)
        steady = row.effective <= self.first and row.deleted >= self.last
        self._steady_addons[row.addon] = self._steady_addons.get(row.addon, True) and steady
        if row.primary not in NO_PRIMARY:
            self.primaries.setdefault(row.addon, set()).add(row.primary)

    def _sort_pairs(self, rows: Sequence[Pair]) -> None:
        """Sort rows into pairs certainly in force, certainly deleted, and tombstones (indicator 9)."""
        by_codes: dict[frozenset[str], list[Pair]] = {}
        usable = set(self.codes)
        for pair in rows:
            if pair.column_1 in usable and pair.column_2 in usable and pair.column_1 != pair.column_2:
                by_codes.setdefault(frozenset((pair.column_1, pair.column_2)), []).append(pair)
        for found in by_codes.values():
            active = [p for p in found if _in_force(p, self.first, self.last)]
            if len(active) == 1 and active[0].effective <= self.first and active[0].deleted >= self.last:
                self.pairs.append(active[0])
                self.column_1_of.setdefault(active[0].column_2, []).append(
                    (active[0].column_1, active[0].modifier_indicator)
                )
            elif not active:
                ended = [p for p in found if p.modifier_indicator != "9" and p.deleted < self.first]
                if len(ended) == len(found):
                    self.deleted.append(max(ended, key=lambda p: (p.deleted, p.column_1)))
                elif all(p.modifier_indicator == "9" for p in found):
                    self.tombstones.append(found[-1])


def covered(rows: Iterable[CoverageRow]) -> list[list[str]]:
    """For each way to satisfy all of `rows` (one code's): the diagnoses to point to. Empty when there is none.

    Rows of several articles or jurisdictions must all be satisfied, so that the line is clean anywhere.
    """
    policies: dict[tuple[str, str, str], list[CoverageRow]] = {}
    for row in rows:
        policies.setdefault((row.article, row.version, row.jurisdiction), []).append(row)
    ways: list[list[str]] = [[]]
    for policy in policies.values():
        groups: dict[int, list[str]] = {}
        for row in policy:
            groups.setdefault(row.dx_group, []).append(row.dx_from)
        if policy[0].requires == "all":
            options = [[choice[0] for choice in groups.values()], [choice[-1] for choice in groups.values()]]
        else:
            options = [[code] for choice in groups.values() for code in choice]
        ways = [list(dict.fromkeys(way + option)) for way in ways[:8] for option in options[:8]]
    return [way for way in ways if 0 < len(way) <= 4]


def is_covered(rows: Iterable[CoverageRow], diagnosis: str) -> bool:
    """True when `diagnosis` lies in any covered range of `rows`; a range ends with all codes below its last."""
    return any(
        diagnosis == row.dx_from
        or (
            row.dx_to is not None
            and diagnosis >= row.dx_from
            and (diagnosis <= row.dx_to or diagnosis.startswith(row.dx_to))
        )
        for row in rows
    )


def day_after(pair: Pair) -> date:
    """The first day that a deleted pair is no longer in force (the deletion date itself still is)."""
    return pair.deleted + timedelta(days=1)


def _in_force(pair: Pair, first: date, last: date) -> bool:
    return pair.modifier_indicator != "9" and pair.effective <= last and pair.deleted >= first


def _wide_visit(code: str) -> bool:
    """True for anything that some list of evaluation and management codes may hold."""
    return family_of(code) == "em" or code in VISITS_OF_LEVEL_2


__all__ = ["CRITICAL_CARE", "CRITICAL_CARE_MORE", "EditBook", "Limit", "covered", "day_after", "is_covered"]
