"""What a profile of the claims read consists of. Amounts are US cents; None where no line has one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Amounts:
    """Lines, the claims that they belong to, and what they add up to. ``denied`` counts lines that were not paid."""

    lines: int
    claims: int
    charge: int | None
    allowed: int | None
    paid: int | None
    denied: int = 0


@dataclass(frozen=True)
class Month:
    """The audited lines whose service began in a month (``2024-08``); a claim counts in each month it has lines in."""

    month: str
    amounts: Amounts


@dataclass(frozen=True)
class Gap:
    """Months in a row, first to last, that have no line (``lines`` 0) or far fewer than those around them.

    ``usual`` is how many the months around have: their median, or the fewer lines of the month before and the one
    after. ``at_edge`` says that the feed begins or ends with them.
    """

    first: str
    last: str
    months: int
    lines: int
    usual: int
    at_edge: bool = False


@dataclass(frozen=True)
class Payer:
    """The audited lines of a payer within a line of business; ``months`` those of its lines, by month.

    ``payer_id`` is None for lines that name none. A ``rest`` of payers that are not told one by one counts ``of`` them.
    """

    payer_id: str | None
    line_of_business: str | None
    amounts: Amounts
    patients: int
    first: date | None
    last: date | None
    months: tuple[Month, ...] = ()
    gaps: tuple[Gap, ...] = ()
    of: int = 1


@dataclass(frozen=True)
class Kind:
    """The audited lines of a claim type and setting (None: inpatient and outpatient cannot be told apart)."""

    claim_type: str | None
    setting: str | None
    amounts: Amounts


@dataclass(frozen=True)
class Coverage:
    """How a column of `claim_line` is filled on the audited lines.

    ``named`` says that a file has a column for it, or for what it is made of; ``distinct`` counts its values, of a list
    those of its parts. ``by_type`` is, by claim type, on how many of how many lines it is filled.
    """

    field: str
    doc: str
    named: bool
    filled: int
    lines: int
    distinct: int
    by_type: Mapping[str, tuple[int, int]] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """Rows or lines of one reason. ``reason`` repeats no value of a row."""

    code: str
    reason: str
    lines: int
    charge: int | None
    paid: int | None


@dataclass(frozen=True)
class Diagnostic:
    """What a reader noticed, so many times; ``says`` of the first, ``places`` (file, place, byte) of the first few."""

    name: str
    severity: str
    says: str
    times: int
    claims: int
    places: tuple[tuple[str, int | None, int | None], ...]


@dataclass(frozen=True)
class TieOut:
    """One sum over all rows read: what came in, and where it is now. None: not measured.

    ``read`` is measured on the text of the cells, apart from the lines.
    """

    name: str
    read: int | None
    audited: int | None
    superseded: int | None
    set_aside: int | None
    joined: int | None = None

    @property
    def ties(self) -> bool | None:
        """Whether the parts add up to what came in; None where that was not measured."""
        if self.read is None:
            return None
        return self.read == sum(
            part or 0 for part in (self.audited, self.superseded, self.set_aside, self.joined)
        )


@dataclass(frozen=True)
class ClaimsProfile:
    """The claims read, counted. ``versions`` are claims by frequency code (None: not said) and state.

    ``history`` are audited lines by what the history of their claim says of them, of which ``code`` is the word.
    ``allocated`` are the audited lines that have a share of one payment of their claim. ``remittances`` are figures of
    the join of remittances, by name, ``unmatched`` claims and remittances without the other side: side, why, how many.
    """

    counts: Mapping[str, int]
    tie_out: tuple[TieOut, ...]
    first: date | None
    last: date | None
    whole: Amounts
    months: tuple[Month, ...]
    gaps: tuple[Gap, ...]
    payers: tuple[Payer, ...]
    kinds: tuple[Kind, ...]
    coverage: tuple[Coverage, ...]
    set_aside: tuple[Told, ...]
    superseded: tuple[Told, ...]
    history: tuple[Told, ...]
    versions: tuple[tuple[str | None, str, int], ...]
    diagnostics: tuple[Diagnostic, ...]
    allocated: Amounts
    remittances: tuple[tuple[str, str], ...] = ()
    unmatched: tuple[tuple[str, str, int], ...] = ()
