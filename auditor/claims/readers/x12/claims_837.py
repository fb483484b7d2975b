"""Reading the 837 transactions of a file, from segments to rows: one pass, in the memory of a claim and a block."""

from __future__ import annotations

import re
from pathlib import Path

from auditor.claims.readers.rows import Rows
from auditor.claims.readers.x12.claim_rows import ClaimRows
from auditor.claims.readers.x12.delimiters import SEGMENT_IDS
from auditor.claims.readers.x12.envelope import Envelope
from auditor.claims.readers.x12.loops import PADDING, Handler, Loops
from auditor.claims.readers.x12.notices import Notices
from auditor.claims.readers.x12.segments import Block, open_segments
from auditor.claims.readers.x12.transactions import CLAIMS_837, NAMES, REMITTANCES_835

_CLAIM_LIKE = re.compile(r"(?<![A-Za-z0-9])CLM([^A-Za-z0-9\s])[^\r\n]{0,40}?\1[0-9.]+\1{2}")
"""A claim's number and charge between marks of one kind, whatever the separators are: CLM*1*100**."""
_KNOWN = frozenset(SEGMENT_IDS)
_ELSEWHERE = frozenset({*NAMES, REMITTANCES_835})
"""Transactions that hold no claims of their own: they are left to others, or counted."""


class Claims837:
    """One file being read: its claims go to `rows`; what was noticed is counted in `notices`."""

    def __init__(self, path: Path, rows: Rows, block_bytes: int | None = None) -> None:
        self._segments = open_segments(path) if block_bytes is None else open_segments(path, block_bytes)
        self._blocks: list[Block] = []
        self.notices = Notices(rows, self._offset)
        self.envelope = Envelope(self.notices)
        self._writer = ClaimRows(rows, self.notices)
        self.loops = Loops(self.notices, self._writer.finish, self._writer.stray)
        self._misplaced = False
        envelope: dict[str, Handler] = {
            "ISA": self._isa, "GS": self._gs, "ST": self._st, "SE": self._se, "GE": self._ge, "IEA": self._iea,
            "CLM": self._clm,
        }  # fmt: skip
        self._reading = {**self.loops.handlers, **envelope}
        self._skipping = envelope
        # One dictionary all along, so that the loop below need not ask which holds.
        self._active = dict(self._reading)

    def read(self) -> None:
        """Read the file to its end."""
        number, loops = 0, self.loops
        get, padding = self._active.get, PADDING
        for block in self._segments.blocks():
            self._blocks = [*self._blocks[-1:], block]
            self._tell_oddities()
            element, number = block.delimiters.element, block.number
            loops.component = block.delimiters.component
            segments, claims = block.segments, loops.claims
            unfinished = segments.pop() if block.cut else ""
            for segment in segments:
                elements = segment.split(element)
                elements += padding
                handler = get(elements[0])
                if handler is None:
                    self._unknown(elements, number)
                else:
                    handler(elements, number)
                number += 1
            if unfinished and len(self._active) == len(self._reading):
                loops.take_cut(unfinished.split(element), number)
            if block.mentions("CLM") > loops.claims - claims:
                self._look_for_lost(block, loops.claims - claims)
        self._tell_oddities()
        loops.end_claim(self.envelope.open_transaction)
        self.envelope.end_interchange(max(number, 1))
        self.notices.close()

    def _look_for_lost(self, block: Block, found: int) -> None:
        """Hold the claims of a block against what looks like the segment of one, however it is cut."""
        for _ in range(len(_CLAIM_LIKE.findall(block.text)) - found):
            self.notices.tell("claim_not_cut", block.number)

    @property
    def records(self) -> int:
        """Claims of the file, and service lines that stand in none."""
        return self.loops.claims + self._writer.strays

    def _offset(self, number: int) -> int:
        """The byte offset of a segment of this block or the one before; a claim that is longer begins earlier."""
        if not self._blocks:
            return 0
        early, late = self._blocks[0], self._blocks[-1]
        return (late if number >= late.number else early).offset(number)

    def _tell_oddities(self) -> None:
        for oddity in self._segments.oddities:
            self.notices.tell_as(*oddity)
        self._segments.oddities.clear()

    def _unknown(self, elements: list[str], number: int) -> None:
        """A name that is handled under no spelling, or under another."""
        name = elements[0].strip().upper()
        handler = self._active.get(name)
        if handler is not None:
            self.notices.tell("lower_case_ids", number)
            handler([name, *elements[1:]], number)
        elif len(self._active) == len(self._reading) and name not in _KNOWN:
            claim = self.loops.claim
            self.notices.tell("unknown_segment", number, claim.id if claim is not None else "")

    def _switch(self, reading: bool) -> None:
        if reading != (len(self._active) == len(self._reading)):
            self._active.clear()
            self._active.update(self._reading if reading else self._skipping)

    # What stands around claims.

    def _end_claim(self) -> None:
        """A claim that is open has lost what came last, for its transaction was not ended."""
        self.loops.end_claim(self.envelope.open_transaction)
        self.loops.end_levels()
        self._switch(reading=True)
        self._misplaced = False

    def _isa(self, e: list[str], number: int) -> None:
        self._end_claim()
        self.envelope.isa(e, number)

    def _gs(self, e: list[str], number: int) -> None:
        self._end_claim()
        self.envelope.gs(e, number)

    def _st(self, e: list[str], number: int) -> None:
        self._end_claim()
        self.envelope.st(e, number)
        self._writer.guide = self.envelope.guide
        self._switch(reading=self.envelope.kind not in _ELSEWHERE)

    def _se(self, e: list[str], number: int) -> None:
        self.loops.end_claim()
        self.envelope.se(e, number)
        self._end_claim()

    def _ge(self, e: list[str], number: int) -> None:
        self._end_claim()
        self.envelope.ge(e, number)

    def _iea(self, e: list[str], number: int) -> None:
        self._end_claim()
        self.envelope.iea(e, number)

    def _clm(self, e: list[str], number: int) -> None:
        kind = self.envelope.kind
        if kind != CLAIMS_837 and not self._misplaced:
            self._misplaced = True
            self.notices.tell("transaction_type" if self.envelope.open_transaction else "st_missing", number)
            self._switch(reading=True)
        self.loops.handlers["CLM"](e, number)
