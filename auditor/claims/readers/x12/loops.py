"""Loops 2400 to 2430, the service lines of a claim, and all segments of an 837 by their name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from auditor.claims.readers.x12.claim_loops import ClaimLoops
from auditor.claims.readers.x12.claim_state import Claim, Level, Line
from auditor.claims.readers.x12.notices import Notices
from auditor.claims.readers.x12.open_loops import PADDING, Handler

__all__ = ["PADDING", "Handler", "Loops"]

_SERVICES = frozenset({"SV1", "SV2", "SV3"})
_OPEN = ("", "SV5")
_HCPCS = frozenset({"HC", "HP", "AD"})
_IGNORED = (
    "BHT PER N1 N2 N3 CUR PWK CN1 K3 NTE CR1 CR2 CR5 CR6 CR7 CRC HCP HSD QTY MEA OI MIA MOA PS1 SV4 SV6 SV7 DN1 DN2 "
    "FRM TA1 TRN STC"
).split()
"""Segments of the guides that say nothing that a rule reads."""


def _nothing(elements: list[str], number: int) -> None:
    """What `_IGNORED` segments do."""


class Loops(ClaimLoops):
    """The claims of one transaction after another. `handlers` are the methods by the name of their segment."""

    def __init__(
        self,
        notices: Notices,
        finish: Callable[[Claim, Level], None],
        stray: Callable[[Line], None],
    ) -> None:
        super().__init__(notices, finish, stray)
        self.handlers: dict[str, Handler] = {
            **dict.fromkeys(_IGNORED, _nothing), **dict.fromkeys(_SERVICES, self._service),
            "HL": self._hl, "NM1": self._nm1, "N4": self._n4, "REF": self._ref, "PRV": self._prv, "SBR": self._sbr,
            "PAT": self._pat, "DMG": self._dmg, "CLM": self._clm, "DTP": self._dtp, "HI": self._hi, "CL1": self._cl1,
            "LX": self._lx, "SV5": self._sv5, "LIN": self._lin, "CTP": self._ctp, "TOO": self._too, "SVD": self._svd,
            "CAS": self._cas, "AMT": self._amt, "CR3": self._dme, "LQ": self._lq,
        }  # fmt: skip

    def take_cut(self, elements: Sequence[str], number: int) -> None:
        """The file ends inside this segment: what is certainly whole of it is kept."""
        name, whole = elements[0].upper(), list(elements[:-1])
        if name == "CLM":
            self._clm([*whole, *PADDING], number)
        claim = self.claim
        if claim is not None:
            claim.cut = True
        if name in _SERVICES:
            line = self._line if self._line is not None and not self._line.segment else Line(number, "")
            if claim is not None and line in claim.lines:
                claim.lines.remove(line)
            place = 3 if name == "SV2" else 2
            line.charge = whole[place] if place < len(whole) else ""
            line.segment = "cut"
            if claim is None:
                self._stray(line)
            else:
                claim.lines.append(line)

    def _lx(self, e: list[str], number: int) -> None:
        claim, self._line = self.claim, Line(number, e[1])
        if claim is not None:
            claim.lines.append(self._line)

    def _begin_line(self, number: int) -> Line:
        """A line of which no LX told."""
        line = self._line = Line(number, "")
        if self.claim is not None:
            self.claim.lines.append(line)
            self._notices.tell("line_without_lx", number, self.claim.id)
        return line

    def _service(self, e: list[str], number: int) -> None:
        line, name = self._line, e[0].upper()
        if line is None or line.segment not in _OPEN:
            line = self._begin_line(number)
        line.segment = name
        if name == "SV1":
            self._procedure(line, e[1], number)
            line.charge, line.basis, line.units, line.pos = e[2], e[3], e[4], e[5]
            line.pointers = e[7]
        elif name == "SV2":
            line.revenue = e[1]
            if e[2]:
                self._procedure(line, e[2], number)
            line.charge, line.basis, line.units = e[3], e[4], e[5]
        else:
            self._procedure(line, e[1], number)
            line.charge, line.units, line.pointers = e[2], e[6], e[11]
            line.pos = e[3] if e[3].isdigit() else ""
        if self.component != ":" and line.pointers:
            line.pointers = line.pointers.replace(self.component, ":")
        if self.claim is None:
            self._line = None
            self._stray(line)

    def _procedure(self, line: Line, composite: str, number: int) -> None:
        parts = composite.split(self.component)
        count = len(parts)
        if count < 2:
            self._notices.tell("procedure_missing", number)
            return
        line.code = parts[1]
        if count > 2:
            line.mods = (*parts[2:6], *PADDING[: 6 - count]) if count < 6 else tuple(parts[2:6])  # type: ignore[assignment]
        if parts[0] not in _HCPCS:
            self._notices.tell("code_qualifier", number)

    def _sv5(self, e: list[str], number: int) -> None:
        """Durable medical equipment: it stands beside SV1; alone it is the line, by its purchase or rental price."""
        if self.claim is None:
            self._notices.tell("segment_out_of_place", number)
            return
        self.claim.dme = True
        line = self._line or self._begin_line(number)
        if not line.segment:
            line.segment = "SV5"
            self._procedure(line, e[1], number)
            line.charge = e[5] or e[4]

    def _lin(self, e: list[str], number: int) -> None:
        if self._line is not None and "N4" in e:
            self._line.ndc = e[e.index("N4") + 1]

    def _ctp(self, e: list[str], number: int) -> None:
        if self._line is not None:
            self._line.ndc_quantity, self._line.ndc_unit = e[4], e[5].split(self.component)[0]

    def _too(self, e: list[str], number: int) -> None:
        line = self._line
        if line is not None:
            line.tooth = f"{line.tooth},{e[2]}" if line.tooth and e[2] else line.tooth or e[2]
            surfaces = e[3].replace(self.component, ",")
            line.surface = (
                f"{line.surface},{surfaces}" if line.surface and surfaces else line.surface or surfaces
            )

    def _svd(self, e: list[str], number: int) -> None:
        line = self._line
        if line is None:
            self._notices.tell("segment_out_of_place", number)
            return
        if line.other_paid is None:
            line.other_paid = []
        line.other_paid.append(e[2])
