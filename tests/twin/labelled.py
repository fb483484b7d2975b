"""Labelled audit situations as claims: parses the grammar of the file of cases and says what a run must find.

Line grammar: `CODE[-MOD[-MOD]]xUNITS@DAY[/PROVIDER][;dxCODE]`, lines joined by ` | `, free text behind.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .product import claim_row
from .tables import Mue, Tables

FAMILIES = {"MUE": "mue", "PTP": "ptp", "ADDON": "addon", "MOD": "modifier"}

# Kinds of the cases' own vocabulary, and the rows of the rule catalogue that answer to them.
ANSWERS = {
    "MUE_LINE": {"MUE-01"},
    "MUE_DOS_POLICY": {"MUE-02"},
    "MUE_DOS_CLINICAL": {"MUE-03"},
    "PTP": {"PTP-01", "PTP-02", "PTP-04", "PTP-05", "PTP-06", "PTP-10"},
    "ADDON": {"AOC-01", "AOC-02", "AOC-03", "AOC-05"},
}

# Cases of these families that this version does not decide, and why.
NOT_DECIDED = {
    "L067": "names a surgery without a code, and modifier 79 together with 80 belongs to a rule of a later "
    "version: AM-06 holds 26 with TC, 80 with 82, 59 with an X modifier and 76 with 77",
    "L068": "79 on an E/M code is a modifier the code cannot carry; the rules of this version on that point "
    "(PTP-07, AM-01, 02, 06) name 59 and the X modifiers only",
}

LINE = re.compile(
    r"(?P<code>[0-9A-Z]{5})(?P<mods>(?:-[0-9A-Z]{2})*)(?:x(?P<units>\d+))?@(?P<day>-?\d+)"
    r"(?:/(?P<provider>\w+))?(?:;dx(?P<dx>[\w.]+))?(?P<rest>.*)"
)
LIMIT = re.compile(r"MUE(?: value)? (?P<value>\d+), MAI (?P<mai>[123])")
IN_QUARTER = dt.date(2024, 7, 15)
NPIS = {"": "1000000012", "NPI1": "1000000012", "NPI2": "1000000020", "NPI3": "1000000038"}


@dataclass(frozen=True)
class CaseLine:
    """One line of a case; `day` counts from the index date."""

    code: str
    modifiers: tuple[str, ...]
    units: int
    day: int
    provider: str


@dataclass(frozen=True)
class Case:
    """One situation. `kind` is empty where the case passes; `denied` holds the codes its source denies."""

    case_id: str
    family: str
    lines: tuple[CaseLine, ...]
    context: str
    kind: str
    outcome: str
    same_group: bool

    @property
    def limit(self) -> tuple[int, str] | None:
        """MUE value and MAI that the source states."""
        found = LIMIT.search(self.context)
        return (int(found["value"]), found["mai"]) if found else None

    @property
    def flagged_lines(self) -> set[int]:
        """Line numbers (from 1) that the source denies: all where it denies the day, none if it passes."""
        if not self.kind:
            return set()
        numbered = re.search(r"deny line (\d+)", self.outcome)
        if numbered:
            return {int(numbered[1])}
        codes = {line.code for line in self.lines}
        named = codes.intersection(re.findall(r"[0-9A-Z]{5}", self.outcome))
        return {n for n, line in enumerate(self.lines, 1) if not named or line.code in named}


def read_cases(path: Path) -> tuple[dict[str, str], list[Case]]:
    """Family by case id for the whole file, and the cases of our families whose lines name codes."""
    families, cases = {}, []
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            families[row["case_id"]] = row["family"]
            parsed = [LINE.fullmatch(text.strip()) for text in row["lines"].split("|")]
            if row["family"] not in FAMILIES or None in parsed:
                continue
            flag, _, kind = row["expected_finding"].partition(" ")
            assert flag in {"PASS", "FLAG"}, row["case_id"]
            cases.append(
                Case(
                    row["case_id"],
                    FAMILIES[row["family"]],
                    tuple(case_line(found) for found in parsed if found),
                    row["context"],
                    kind,
                    row["expected_outcome"],
                    "same group" in row["lines"],
                )
            )
    return families, cases


def case_line(found: re.Match[str]) -> CaseLine:
    """A parsed line."""
    modifiers = tuple(m for m in found["mods"].split("-") if m)
    return CaseLine(
        found["code"], modifiers, int(found["units"] or 1), int(found["day"]), found["provider"] or ""
    )


def with_stated_limits(tables: Tables, cases: Sequence[Case]) -> Tables:
    """Put the MUE values that the sources state in place of those of the quarter."""
    for case in cases:
        if case.limit is None:
            continue
        value, mai = case.limit
        for code in {line.code for line in case.lines}:
            tables.mue["practitioner", code] = [Mue(value, mai)]
    return tables


def index_date(case: Case, tables: Tables) -> dt.date:
    """A day in the quarter of the tables, or the last one on which a pair of the case was in force."""
    codes = {line.code for line in case.lines}
    rows = [row for one in codes for two in codes for row in tables.ptp.get(("practitioner", one, two), ())]
    if case.family != "ptp" or any(row.in_force(IN_QUARTER) for row in rows):
        return IN_QUARTER
    return max(row.deleted for row in rows if row.indicator != "9")


def claims_of(case: Case, tables: Tables) -> list[dict[str, str]]:
    """The case as one claim a provider of a patient of its own."""
    day_0 = index_date(case, tables)
    return [
        claim_row(
            claim_id=f"{case.case_id}-{line.provider or 'NPI1'}",
            line_no=number,
            patient_id=f"patient-{case.case_id}",
            rendering_npi=NPIS[line.provider],
            billing_tin="TIN1" if case.same_group else f"TIN-{line.provider or 'NPI1'}",
            date_from=(day_0 + dt.timedelta(days=line.day)).isoformat(),
            code=line.code,
            mods=" ".join(line.modifiers),
            units=line.units,
        )
        for number, line in enumerate(case.lines, 1)
    ]
