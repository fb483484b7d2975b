"""One pass over the segments of an X12 file for its remittances: envelope, loops, lines, and what is noticed.

Transactions of another kind are passed over, unless a CLP or a service line of a payment stands in one: it is read
and noticed, for a payment is never lost to a wrong name.
"""

from __future__ import annotations

from pathlib import Path

from auditor.base.money import format_usd
from auditor.claims.readers.rows import Rows
from auditor.claims.readers.x12 import transactions
from auditor.claims.readers.x12.delimiters import SEGMENT_IDS
from auditor.claims.readers.x12.envelope import Envelope
from auditor.claims.readers.x12.notices import PLACES_TOLD, Notices
from auditor.claims.readers.x12.notices import WORDS as COMMON
from auditor.claims.readers.x12.remittance_lines import RemittanceLines
from auditor.claims.readers.x12.remittance_loops import PADDING, RemittanceLoops
from auditor.claims.readers.x12.remittance_meanings import WORDS
from auditor.claims.readers.x12.remittance_state import Remittance
from auditor.claims.readers.x12.segments import Block, Segments
from auditor.claims.readers.x12.values import Cents

_KNOWN = frozenset(SEGMENT_IDS)
_ENVELOPE = frozenset({"ISA", "GS", "ST", "SE", "GE", "IEA"})
_BEGINS = frozenset({"BPR", "CLP", "SVC"})
"""Segments that only a remittance has among those read here, so that it begins with them where its ST is missing."""
_WITH_SERVICES = frozenset({"276", "277"})
"""Transactions of claim status, in which SVC is no payment."""
_KIND = transactions.REMITTANCES_835


class _RemittanceNotices(Notices):
    """Diagnostics in the words of remittances, and in the common ones."""

    def tell(self, name: str, number: int, claim_id: str = "") -> None:
        """Notice `name` at segment `number`."""
        severity, says = WORDS.get(name) or COMMON[name]
        self.counts[name] += 1
        if self.counts[name] <= PLACES_TOLD:
            self._rows.diagnose(name, severity, says, number, self._place(number), claim_id)
            self._last[name] = severity, says, number


class RemittanceReading:
    """Reads the remittances of the file at `path` into `rows`. `payer_id` is the user's for payers without a number."""

    def __init__(self, rows: Rows, path: Path, payer_id: str | None) -> None:
        self._segments = Segments(path)
        self._block: Block | None = None
        self._notices = _RemittanceNotices(rows, self._offset)
        self._envelope = Envelope(self._notices)
        self._cents = Cents()
        tell = self._notices.tell
        self._lines = RemittanceLines(rows, tell, self._cents, payer_id)
        self.loops = RemittanceLoops(tell, self._cents, self._lines.finish, self._lines.stray, self._end)
        self._told = 0
        self._active = False
        self._version = ""

    def run(self) -> None:
        """Read to the end of the file. OSError passes through."""
        number = 0
        for block in self._segments.blocks():
            self._block = block
            self._tell_oddities()
            self.loops.component = block.delimiters.component
            element, number, last = (
                block.delimiters.element,
                block.number,
                block.number + len(block.segments) - 1,
            )
            for segment in block.segments:
                elements = segment.split(element)
                name = elements[0]
                if not name.isupper():
                    name = name.strip().upper()
                    if name in _KNOWN and name != elements[0].strip():
                        self._notices.tell("lower_case_ids", number)
                    elements[0] = name
                if block.cut and number == last and name not in _ENVELOPE:
                    self._cut(elements, number)
                else:
                    self._take(name, elements, number)
                number += 1
        self._tell_oddities()
        self.loops.finish_remittance(number, cut=self._active)
        self._envelope.end_interchange(number)
        self._notices.close()

    def _take(self, name: str, elements: list[str], number: int) -> None:
        if name in _ENVELOPE:
            self._enclose(name, [*elements, *PADDING], number)
            return
        if not self._active and not self._begins(name, number):
            return
        handler = self.loops.handlers.get(name)
        if handler is not None:
            handler([*elements, *PADDING], number)
        else:
            self._notices.tell("segment_out_of_place" if name in _KNOWN else "unknown_segment", number)

    def _begins(self, name: str, number: int) -> bool:
        """Whether a segment outside of any remittance begins one all the same."""
        if self._envelope.open_transaction:
            if name != "CLP" and (name != "SVC" or self._envelope.kind in _WITH_SERVICES):
                return False
            self._notices.tell("transaction_type", number)
            self.loops.begin(number)
        elif name not in _BEGINS:
            return False
        self._active = True
        return True

    def _enclose(self, name: str, e: list[str], number: int) -> None:
        whole = name == "SE" or not self._active
        if name != "ST" or self._active:
            self.loops.finish_remittance(number, cut=not whole)
        self._active = False
        getattr(self._envelope, name.lower())(e, number)
        if name == "GS":
            self._version = e[8].strip()
        elif name == "ST" and self._envelope.kind == _KIND:
            self._active = True
            self.loops.begin(number)
            version = e[3].strip() or self._version
            if version.startswith("00401"):
                self._notices.tell("version_4010", number)
            elif version and not any(guide in version for guide in ("X221", "X091")):
                self._notices.tell("version_unknown", number)

    def _cut(self, elements: list[str], number: int) -> None:
        """The file ends inside this segment."""
        name = elements[0]
        if name in self.loops.handlers and (self._active or self._begins(name, number)):
            self.loops.take_cut(elements, number)

    def _end(self, remittance: Remittance, number: int) -> None:
        """Hold the payment against its claims and provider adjustments."""
        amount = self._cents[remittance.amount]
        if not remittance.sums_sound or amount is None:
            if remittance.amount or remittance.claims:
                self._notices.tell("payment_unsure", remittance.number)
        elif (-amount if remittance.debit else amount) != remittance.paid - remittance.provider_level:
            self._notices.tell("payment_total", remittance.number)

    @property
    def cut(self) -> bool:
        """Whether the file ends inside a segment, or inside a transaction in which nothing was found."""
        counts = self._notices.counts
        return bool(counts["segment_cut"] or (counts["se_missing"] and not self.loops.plb_count))

    def notes(self) -> list[str]:
        """What a run tells of the file beside its diagnostics."""
        notes = []
        if self.loops.plb_count:
            notes.append(
                f"{self.loops.plb_count:,} provider adjustments (PLB) of {format_usd(self.loops.plb_cents)} "
                "in all are of no "
                "claim; they are left out"
            )
        others = {kind: count for kind, count in self._envelope.kinds.items() if kind != _KIND}
        if others and transactions.CLAIMS_837 not in others:
            notes.append(f"transactions that are no claims are passed over: {transactions.in_words(others)}")
        return notes

    def _offset(self, number: int) -> int:
        return 0 if self._block is None else self._block.offset(number)

    def _tell_oddities(self) -> None:
        """Hand on what the cutting of segments has noticed since it was last asked."""
        oddities = self._segments.oddities
        for oddity in oddities[self._told :]:
            self._notices.tell_as(oddity.name, oddity.severity, oddity.says, oddity.number, oddity.offset)
        self._told = len(oddities)
