"""What is open while an 837 is read: level, claim, other payer, line, party. The loops build on it.

The order of segments in the guides tells the loop: HL begins a level (2000A billing provider, 2000B subscriber, 2000C
dependent), CLM a claim (2300), SBR within a claim another payer (2320), LX a line (2400), SVD another payer's answer to
it (2430), and NM1 a party of whichever is open. A segment that is missing does not stop the reading: what follows is
attached where it can only belong, and noticed. Source: 005010X222A1, X223A3, X224A3 and their 004010 forerunners.
"""

from __future__ import annotations

from collections.abc import Callable

from auditor.claims.readers.x12.claim_state import Claim, Level, Line, OtherPayer, Party
from auditor.claims.readers.x12.notices import Notices

Handler = Callable[[list[str], int], None]
"""Takes the elements of a segment, its name first and `PADDING` last, and its number."""
PADDING: tuple[str, ...] = ("",) * 12
"""Appended to the elements of a segment before it is handled: optional elements at the end may be left out."""


class OpenLoops:
    """What is open. `finish` takes each claim that has ended with its level, `stray` a service line of no claim.

    `component` separates the parts of an element; `claims` counts those that began.
    """

    def __init__(
        self,
        notices: Notices,
        finish: Callable[[Claim, Level], None],
        stray: Callable[[Line], None],
    ) -> None:
        self.component = ":"
        self.claim: Claim | None = None
        self.claims = 0
        self._notices = notices
        self._finish = finish
        self._stray = stray
        self._level = Level(Party())
        # Billing providers by the number of their HL; whether two stood in a row, so that place tells no parent;
        # the kind of the HL before; the number of the subscriber's.
        self._billings: dict[str, Party] = {}
        self._by_number = False
        self._last_hl = self._subscriber_hl = ""
        self._line: Line | None = None
        self._other: OtherPayer | None = None
        # The party whose N4, REF or DMG follow: billing, subscriber, dependent, facility, line_facility or another.
        self._party = ""

    def end_claim(self, cut: bool = False) -> None:
        """The claim that is open has ended; `cut` says that it may lack what came last."""
        claim, self.claim = self.claim, None
        self._line = self._other = None
        if claim is not None:
            claim.cut = claim.cut or cut
            self._finish(claim, self._level)

    def end_levels(self) -> None:
        """A transaction begins or ends: no level of the one before holds."""
        self._level = Level(Party())
        self._billings.clear()
        self._by_number, self._last_hl, self._subscriber_hl = False, "", ""
        self._party = ""
