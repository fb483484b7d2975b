"""The separators of an X12 interchange: told by its ISA, or guessed where there is none.

Source: ASC X12.5 (interchange control structures) and appendix C of the 005010 implementation guides. The sixteen
elements of ISA are of fixed width, yet files exist in which one is not: separators are counted, columns are not.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache

SEGMENT_IDS = (
    "ISA GS ST SE GE IEA TA1 BHT HL NM1 N1 N2 N3 N4 PER REF PRV SBR PAT DMG CUR CLM DTP DTM CL1 PWK CN1 AMT K3 NTE CR1 "
    "CR2 CR3 CR5 CR6 CR7 CRC HI HCP HSD QTY MEA CAS OI MIA MOA LX SV1 SV2 SV3 SV4 SV5 SV6 SV7 PS1 TOO DN1 DN2 LIN CTP "
    "SVD LQ FRM BPR TRN RDM TS2 TS3 CLP SVC PLB RAS BGN INS COB HD ENT RMR BHT EQ EB AAA STC AK1 AK2 IK3 IK5 AK9"
).split()
"""Segments that claims, remittances and the transactions about them are made of."""
_IDS = "|".join(sorted(set(SEGMENT_IDS), key=len, reverse=True))
_NO_SEPARATOR = "A-Za-z0-9 \r\n,"
# Possessive and bounded: thousands of blank lines would otherwise be gone through once for each of them.
_BETWEEN = r"[ \r\n\t]{0,99}+"
"""Blanks between the end of a segment and the next."""
_TWO, _TEN = "[ 0-9A-Za-z]{2}", ".{0,15}?"
_ISA = (
    rf"(?P<element>[^A-Za-z0-9 \r\n])[\r\n]*{_TWO}(?P=element){_TEN}(?P=element){_TWO}(?P=element){_TEN}(?P=element)"
    rf"{_TWO}(?P=element)"
)
# Each begins with letters, which are searched for fast; no file mixes the two.
_ISA_CAPITALS, _ISA_SMALL = (re.compile(name + _ISA, re.DOTALL) for name in ("ISA", "isa"))
ISA_REACH = 512
"""Characters after the beginning of an ISA within which its separators and the next segment stand."""
_QUALIFIERS = "HC|AD|NU|HP|IV|WK|ABK|ABF|ABJ|BK|BF|BJ"
_AFTER_ISA = ("GS", "TA1", "ISA", "IEA", "ISB", "ISE", "ST")


@dataclass(frozen=True)
class Delimiters:
    """How an interchange is cut. A `terminator` of LF stands for any line end; `repetition` is empty before 5010.

    `guessed` tells that no ISA said so; `oddities` are notes on the ISA as (name, words). A guess has an empty
    `component` where no element has parts.
    """

    element: str
    component: str
    repetition: str
    terminator: str
    guessed: bool = False
    oddities: tuple[tuple[str, str], ...] = ()


def interchanges(text: str) -> list[int]:
    """Where interchanges begin in `text`: wide enough for a damaged ISA, too narrow for a person called Isa."""
    starts = []
    for pattern, letters in ((_ISA_CAPITALS, "ISA"), (_ISA_SMALL, "isa")):
        for match in pattern.finditer(text) if letters in text else ():
            before = text[match.start() - 1 : match.start()]
            if before != match["element"] and not before.isalpha():
                starts.append(match.start())
    return sorted(starts)


def from_isa(text: str) -> Delimiters | None:
    """Delimiters from `text`, which begins at an ISA and reaches past the next segment.

    None where the ISA is so damaged that it tells nothing.
    """
    element = text[3]
    parts = text.split(element, 16)
    oddities: list[tuple[str, str]] = []
    if len(parts) == 17:
        tail = parts[16].lstrip("\r\n") if parts[16][:1] in "\r\n" and parts[16].lstrip("\r\n") else parts[16]
        component, terminator, rest = tail[:1], _line_end(tail[1:]), tail[2:]
        begins = rest.lstrip(" \r\n\t").upper()
        if component and terminator and begins.startswith(_AFTER_ISA) and not component.isalnum():
            bare = (part.replace("\r", "").replace("\n", "") for part in parts[1:16])
            if any(len(part) != width for part, width in zip(bare, _WIDTHS, strict=True)):
                oddities.append(("isa_widths", "elements of the ISA are not of their fixed width"))
            repetition = parts[11] if len(parts[11]) == 1 and not parts[11].isalnum() else ""
            return _confirmed(Delimiters(element, component, repetition, terminator), rest, oddities)
    # The count of elements is wrong: the group that follows tells where the ISA ends.
    odd = (
        "isa_damaged",
        "the ISA segment is damaged; its separators are taken from the segments that follow",
    )
    following = re.search(
        rf"(.)?([^A-Za-z0-9 ]){_BETWEEN}GS{re.escape(element)}", text, re.IGNORECASE | re.DOTALL
    )
    guess = guessed(text)
    if following is None or following[2] == element:
        return None if guess is None else replace(guess, component=guess.component or ":", oddities=(odd,))
    terminator, component = _line_end(text[following.start(2) :]), following[1] or ""
    if guess is not None and guess.element == element and guess.terminator != terminator:
        # The terminator of the ISA itself is missing: what stands before the group separates components.
        terminator, component = guess.terminator, following[2]
    if not component or component.isalnum() or component in (element, " ", "\r", "\n"):
        component = (guess.component if guess else "") or ":"
    repetition = parts[11] if len(parts) > 11 and len(parts[11]) == 1 and not parts[11].isalnum() else ""
    return Delimiters(element, component, repetition, terminator, oddities=(odd,))


_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1)


def _line_end(after: str) -> str:
    """The terminator at the beginning of `after`; LF for CR and LF in any order."""
    if after[:1] == "\r":
        return "\n" if after[1:2] == "\n" or "\n" in after else "\r"
    return after[:1]


def _confirmed(told: Delimiters, rest: str, oddities: list[tuple[str, str]]) -> Delimiters:
    """`told`, but with the terminator and the component separator that `rest` uses where they are others."""
    segment, composite = _patterns(told)
    terminator, component = told.terminator, told.component
    if segment.search(rest) is None or composite.search(rest) is None:
        guess = guessed(rest)
        if guess is not None and guess.element == told.element:
            if segment.search(rest) is None and guess.terminator != terminator:
                oddities.append(("terminator_differs", "segments end otherwise than the ISA segment says"))
                terminator = guess.terminator
            if guess.component not in ("", component) and composite.search(rest) is None:
                oddities.append(
                    ("component_differs", "parts of elements are separated otherwise than the ISA says")
                )
                component = guess.component
    return Delimiters(told.element, component, told.repetition, terminator, oddities=tuple(oddities))


@lru_cache(maxsize=64)
def _patterns(told: Delimiters) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What shows that separators are used: a segment after a terminator, a qualifier before a component separator."""
    element = re.escape(told.element)
    return (
        re.compile(rf"{re.escape(told.terminator)}{_BETWEEN}(?:{_IDS}){element}", re.IGNORECASE),
        re.compile(rf"{element}(?:{_QUALIFIERS}){re.escape(told.component)}[A-Za-z0-9]"),
    )


def guessed(text: str) -> Delimiters | None:
    """Delimiters of a text without ISA, by what stands after and before the names of segments; None if it has none."""
    after = Counter(re.findall(rf"(?<![A-Za-z0-9])(?:{_IDS})([^{_NO_SEPARATOR}])", text, re.IGNORECASE))
    if not after:
        return None
    element = after.most_common(1)[0][0]
    begins = rf"(?:{_IDS}){re.escape(element)}"
    marks = Counter(
        re.findall(rf"([^{_NO_SEPARATOR}{re.escape(element)}]){_BETWEEN}{begins}", text, re.IGNORECASE)
    )
    lines = Counter(re.findall(rf"(\n|\r){_BETWEEN}{begins}", text, re.IGNORECASE))
    mark, marked = marks.most_common(1)[0] if marks else ("", 0)
    line, lined = lines.most_common(1)[0] if lines else ("", 0)
    if 2 * marked >= lined and marked:
        terminator = mark
    elif lined:
        terminator = "\r" if line == "\r" and "\n" not in text else "\n"
    else:
        return None
    not_these = f"{_NO_SEPARATOR}{re.escape(element)}{re.escape(terminator)}"
    inside = Counter(
        re.findall(rf"{re.escape(element)}(?:{_QUALIFIERS})([^{not_these}.\-])[A-Za-z0-9]", text)
    )
    component = inside.most_common(1)[0][0] if inside else ""
    return Delimiters(element, component, "", terminator, guessed=True)


def looks_like_x12(head: str) -> bool:
    """Whether a text is X12: an ISA stands in it, or segments that no other format has follow one another."""
    if interchanges(head):
        return True
    guess = guessed(head)
    if guess is None:
        return False
    strong = "GS|ST|BHT|HL|NM1|CLM|SV1|SV2|SV3|CLP|SVC|BPR|LX|DTP|SE"
    found = re.findall(
        rf"(?:^|{re.escape(guess.terminator)}){_BETWEEN}({strong}){re.escape(guess.element)}",
        head,
        re.IGNORECASE,
    )
    return len(found) >= 3 and len({name.upper() for name in found}) >= 2
