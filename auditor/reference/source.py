"""One official file that can be fetched: how its editions are named, where they lie, and whose terms it carries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from auditor.base.errors import InputRefused, UsageError
from auditor.reference.names import FIRST_VERSION_YEAR

Editions = Literal["quarter", "year", "fiscal_year", "version", "only"]
"""How editions of a source are named: 2026Q3, 2026, FY2027, 26.1; `only`: there is one file, always the newest."""

_NCCI = "https://www.cms.gov/medicare/coding-billing/national-correct-coding-initiative-ncci-edits"
# How an edition may be written, how this program writes it, and an example.
_EDITIONS: Mapping[Editions, tuple[re.Pattern[str], str, str]] = {
    "quarter": (re.compile(r"(?P<year>20\d\d|199\d)-?Q(?P<q>[1-4])"), "{year}Q{q}", "2026Q3"),
    "year": (re.compile(r"(?P<year>20\d\d)"), "{year}", "2026"),
    "fiscal_year": (re.compile(r"(?:FY)?(?P<year>20\d\d)"), "FY{year}", "FY2027"),
    "version": (re.compile(r"(?P<major>\d\d)\.?(?P<minor>[01])"), "{major}.{minor}", "26.1"),
}
_MONTHS = ("january", "april", "july", "october")


@dataclass(frozen=True)
class Source:
    """One official file, or the parts that make one: `page` is where its publisher lists it.

    `tables` are the tables that an import makes of it. `ama`: it holds CPT codes, so the AMA's terms apply;
    `gated`: CMS's page asks for their acceptance by a click. `hosts` are those (with their subdomains) to which
    a download may be redirected. `pattern` makes the addresses of an edition; for the editions in `seen` a stored
    source names them, `named` holds those that break the pattern. Neither: it can only be downloaded by hand.
    """

    name: str
    title: str
    page: str
    tables: tuple[str, ...]
    editions: Editions = "quarter"
    pattern: tuple[str, ...] = ()
    seen: frozenset[str] = frozenset()
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ama: bool = False
    gated: bool = False
    hosts: tuple[str, ...] = ("cms.gov",)
    note: str = ""

    @property
    def by_hand(self) -> bool:
        """True when no address is known: it can only be downloaded in a browser and imported."""
        return not self.pattern and not self.named

    def label(self, edition: str | None = None) -> str:
        """The edition as this source writes it (`2026q3` is 2026Q3, `2027` FY2027). Raises UsageError otherwise."""
        asked = (edition or "").strip().upper()
        if asked in self.named:
            return asked
        if self.editions == "only":
            if not asked:
                return ""
            raise UsageError(
                f"{self.name} has no editions", mend="Leave the edition out: the newest is fetched"
            )
        shape, written, example = _EDITIONS[self.editions]
        match = shape.fullmatch(asked)
        if match is None:
            raise UsageError(
                f"{edition or 'no edition'} is no edition of {self.name}", mend=f"Write it as {example}"
            )
        return written.format_map(match.groupdict())

    def verified(self, edition: str | None = None) -> bool:
        """True when a stored source names the addresses of this edition; nobody has asked CMS since."""
        label = self.label(edition)
        return label in self.named or label in self.seen

    def urls(self, edition: str | None = None) -> tuple[str, ...]:
        """The addresses of all parts of one edition.

        Raises UsageError for something that is no edition of this source, InputRefused when no address is known.
        """
        label = self.label(edition)
        if label in self.named:
            return self.named[label]
        if not self.pattern:
            raise InputRefused(
                f"the address of {self.title} {label}".rstrip() + " is not known",
                where=self.name,
                why=self.note,
                mend=how_by_hand(self),
            )
        return tuple(address.format_map(_fields(label)) for address in self.pattern)


def how_by_hand(source: Source | None) -> str:
    """How to go on without a download: where the file is listed, and the command that imports it."""
    if source is None:
        place = f"Its publisher's page lists it (NCCI edits: {_NCCI})"
    else:
        place = f"{'CMS' if 'cms.gov/' in source.page else 'Its publisher'} lists it at {source.page}"
    return f"{place}: download it there in a browser, then run `auditor tables import FILE`"


def _fields(label: str) -> dict[str, str]:
    """What a pattern may name, of one edition."""
    if "Q" not in label:
        return {"year": label.removeprefix("FY"), "version": label.replace(".", "")}
    year, q = int(label[:4]), int(label[-1])
    version = f"{year - FIRST_VERSION_YEAR}{q - 1}"
    fields = {"year": f"{year}", "yy": f"{year % 100:02d}", "q": f"{q}", "mm": f"{3 * q - 2:02d}"}
    return {**fields, "month": _MONTHS[q - 1], "letter": "abcd"[q - 1], "version": version}
