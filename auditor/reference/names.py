"""What the name of a CMS file tells: quarter, revision, setting, part and programme.

Only used where the content is silent. CMS names the release by version (`v302r0` is version 30.2, the third
quarter of 2024: the major number counts years from 1994, the minor one quarters from 0) or by quarter
(`2024q3`, `V2024Q2`, `q1-2026`, `2026-q3`), MUE files by their effective date (`Eff_07-01-2024`, of Medicaid
`Effective_07012026`). The Medicare Coverage Database is called MCD too: there `mcd` says nothing of Medicaid.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from auditor.base.dates import quarter_of
from auditor.base.errors import InputRefused

_VERSION = re.compile(r"(?<![a-z0-9])v(\d\d)\.?([0-3])\.?r(\d{1,2})(?!\d)")
_QUARTERS = (
    re.compile(r"(?<!\d)(?P<year>20\d\d|199\d)[-_ ]?q(?P<quarter>[1-4])(?!\d)"),
    re.compile(r"(?<![a-z0-9])q(?P<quarter>[1-4])[-_ ]?(?P<year>20\d\d|199\d)(?!\d)"),
)
_EFFECTIVE = (
    re.compile(r"eff[a-z]*[-_ ]*(?P<month>\d\d)[-_]?(?P<day>\d\d)[-_]?(?P<year>(?:19|20)\d\d)(?!\d)"),
    re.compile(r"eff[a-z]*[-_ ]*(?P<year>(?:19|20)\d\d)[-_]?(?P<month>\d\d)[-_]?(?P<day>\d\d)(?!\d)"),
)
_PART = re.compile(r"(?:^|[-_ (])f(\d{1,2})(?=[-_. )]|$)")
# PRA, OPH and DME stand in the member names of Medicaid's archives.
_SETTINGS = {
    "practitioner": re.compile(r"ccipra|practitioner|(?<![a-z])pra(?![a-z])"),
    "hospital": re.compile(r"ccioph|hospital|(?<![a-z])oph(?![a-z])"),
    "dme": re.compile(r"(?<![a-z])dme(?![a-z])|dmesupplier|durable[-_ ]?medical"),
}
_NCCI = re.compile(r"(?<![a-z])(?:ncci|ptp|mue|aoc)(?![a-z])|addoncode|add[-_ ]on[-_ ]?code")
_MEDICAID = re.compile(r"medicaid")
_MCD = re.compile(r"(?<![a-z])mcd(?![a-z])")
_MEDICARE = re.compile(r"medicare|ccipra|ccioph|(?<![a-z])mcr(?![a-z])")
# Medicaid's archives have no version; a replacement is marked r1, r2.
_REPLACEMENT = re.compile(r"(?<![a-z0-9])r(\d{1,2})(?![a-z0-9])")
FIRST_VERSION_YEAR = 1994


@dataclass(frozen=True)
class NameFacts:
    """What a chain of names (file, archive it lies in, ...) says; None where it is silent.

    `medicaid` and `medicare`: the programme that it states, neither where it is silent.
    """

    period: str | None = None
    revision: int | None = None
    setting: str | None = None
    part: int | None = None
    medicaid: bool = False
    medicare: bool = False


def name_facts(names: Sequence[str], periods: Callable[[str], Iterable[str]] | None = None) -> NameFacts:
    """Read names, the innermost first; `periods` finds those that one name (lower case) states, default quarters.

    Raises InputRefused when the names contradict each other on the period.
    """
    lowered = [name.lower() for name in names]
    period = only_one(names, (found for name in lowered for found in (periods or quarters)(name)))
    setting = _nearest_setting(lowered)
    revision = next((int(m[3]) for name in lowered for m in _VERSION.finditer(name)), None)
    part = next((int(m[1]) for name in lowered[:1] for m in _PART.finditer(name)), None)
    if part is None:
        part = next((int(m[1]) for name in lowered[1:] for m in _PART.finditer(name)), None)
    programme = _programme(lowered)
    if programme == "medicaid" and revision is None:
        revision = next((int(m[1]) for name in lowered for m in _REPLACEMENT.finditer(name)), None)
    return NameFacts(period, revision, setting, part, programme == "medicaid", programme == "medicare")


def quarters(name: str) -> Iterable[str]:
    """Every quarter that one name states, in any of its ways."""
    for match in _VERSION.finditer(name):
        yield f"{FIRST_VERSION_YEAR + int(match[1]):04d}Q{int(match[2]) + 1}"
    for pattern in _QUARTERS:
        for match in pattern.finditer(name):
            yield f"{match['year']}Q{match['quarter']}"
    for pattern in _EFFECTIVE:
        for match in pattern.finditer(name):
            try:
                yield quarter_of(date(int(match["year"]), int(match["month"]), int(match["day"])))
            except ValueError:
                continue


def _nearest_setting(lowered: Sequence[str]) -> str | None:
    """The setting that the innermost name states which states exactly one."""
    for name in lowered:
        found = [setting for setting, pattern in _SETTINGS.items() if pattern.search(name)]
        if len(found) == 1:
            return found[0]
    return None


def _programme(lowered: Sequence[str]) -> str | None:
    """The programme that the innermost name states which states exactly one."""
    for name in lowered:
        medicaid = _MEDICAID.search(name) or (_MCD.search(name) and _NCCI.search(name))
        medicare = _MEDICARE.search(name)
        if bool(medicaid) != bool(medicare):
            return "medicaid" if medicaid else "medicare"
    return None


def only_one(names: Sequence[str], found: Iterable[str]) -> str | None:
    """The single period found, None for none. Raises InputRefused for several."""
    distinct = sorted(set(found))
    if len(distinct) > 1:
        raise InputRefused(
            f"its name and the archive's name state different periods: {', '.join(distinct)}",
            where=names[0],
            mend="Rename the file to the release it really is, and import it again",
        )
    return distinct[0] if distinct else None
