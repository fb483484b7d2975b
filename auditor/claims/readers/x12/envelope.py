"""Interchanges, groups and transactions: which transaction is open, and whether the control counts agree.

Source: ASC X12.5: SE01 counts the segments from ST to SE, GE01 the transactions of a group, IEA01 the groups of an
interchange; each trailer repeats the control number of its header.
"""

from __future__ import annotations

from collections import Counter

from auditor.claims.readers.x12 import meanings
from auditor.claims.readers.x12.notices import Notices

_LONGEST_COUNT = 40
"""Digits of a control count; X12 has ten at most."""


class Envelope:
    """Where in the envelope the reading is. `kind` is ST01 of the open transaction, blank outside of one.

    `guide` is the claim type of the version, `kinds` counts transactions by ST01, `interchanges` those that began.
    """

    def __init__(self, notices: Notices) -> None:
        self._tell = notices.tell
        self.kind = self.guide = ""
        self.kinds: Counter[str] = Counter()
        self.interchanges = 0
        self._begun = 0
        self._transaction: str | None = None
        self._group: str | None = None
        self._interchange: str | None = None
        self._transactions = self._groups = 0
        self._group_version = ""

    @property
    def open_transaction(self) -> bool:
        """Whether a transaction has begun and not ended."""
        return self._transaction is not None

    def isa(self, e: list[str], number: int) -> None:
        """An interchange begins."""
        self.end_interchange(number)
        self._interchange = e[13] if len(e) > 13 else ""
        self._groups = 0
        self.interchanges += 1

    def gs(self, e: list[str], number: int) -> None:
        """A group begins."""
        self.end_group(number)
        self._group = e[6]
        self._groups += 1
        self._transactions = 0
        self._group_version = e[8].strip()

    def st(self, e: list[str], number: int) -> None:
        """A transaction begins."""
        self.end_transaction(number)
        self._transaction, self._begun = e[2], number
        self.kind = e[1].strip()
        self.kinds[self.kind] += 1
        self._transactions += 1
        version = e[3].strip() or self._group_version
        self.guide = meanings.CLAIM_TYPE_OF_GUIDE.get(meanings.guide_number(version), "")
        if self.kind == "837":
            if version.startswith("00401"):
                self._tell("version_4010", number)
            if not self.guide:
                self._tell("version_unknown", number)

    def se(self, e: list[str], number: int) -> None:
        """A transaction ends."""
        if self._transaction is None:
            self._tell("envelope_order", number)
            return
        self._count("segment_count", e[1], number - self._begun + 1, number)
        if e[2].strip() != self._transaction.strip():
            self._tell("transaction_control", number)
        self._transaction, self.kind = None, ""

    def ge(self, e: list[str], number: int) -> None:
        """A group ends."""
        self.end_transaction(number)
        if self._group is None:
            self._tell("envelope_order", number)
            return
        self._count("transaction_count", e[1], self._transactions, number)
        if not _same(e[2], self._group):
            self._tell("group_control", number)
        self._group = None

    def iea(self, e: list[str], number: int) -> None:
        """An interchange ends."""
        self.end_group(number)
        if self._interchange is None:
            self._tell("envelope_order", number)
            return
        self._count("group_count", e[1], self._groups, number)
        if not _same(e[2], self._interchange):
            self._tell("interchange_control", number)
        self._interchange = None

    def end_transaction(self, number: int) -> None:
        """What follows cannot stand in the open transaction, if one is open: its SE is missing."""
        if self._transaction is not None:
            self._tell("se_missing", number)
        self._transaction, self.kind = None, ""

    def end_group(self, number: int) -> None:
        """The same of the open group and its GE."""
        self.end_transaction(number)
        if self._group is not None:
            self._tell("ge_missing", number)
        self._group = None

    def end_interchange(self, number: int) -> None:
        """The same of the open interchange and its IEA."""
        self.end_group(number)
        if self._interchange is not None:
            self._tell("iea_missing", number)
        self._interchange = None

    def _count(self, name: str, said: str, counted: int, number: int) -> None:
        text = said.strip()
        if not (text.isascii() and text.isdigit()) or len(text) > _LONGEST_COUNT:
            self._tell("count_unreadable", number)
        elif int(text) != counted:
            self._tell(name, number)


def _same(one: str, other: str) -> bool:
    """Whether two control numbers are one: as numbers, for zeros before them say nothing."""
    one, other = one.strip(), other.strip()
    return one == other or (one.isdigit() and other.isdigit() and one.lstrip("0") == other.lstrip("0"))
