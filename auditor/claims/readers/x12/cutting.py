"""Text of X12 cut at its terminator: line ends after it, blank segments, lines broken inside a segment.

A terminator of LF stands for any line end. Where most lines end with the terminator, one that does not has lost it, and
ends its segment all the same; where they do not, the text was broken into lines of one length, and they are joined.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

BLANKS = " \t\r\n\x00\x1a\ufeff"
"""What may stand between segments and means nothing."""


def split(text: str, terminator: str) -> tuple[list[str], bool, bool]:
    """The segments of `text` that are not blank; whether line ends end some of them; whether some were joined."""
    given = text = text.lstrip(BLANKS.replace(terminator, ""))
    lines = terminator in "\r\n"
    if terminator == "\n":
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
    elif not lines and "\n" in text:
        text = text.replace(terminator + "\r\n", terminator).replace(terminator + "\n", terminator)
    segments = text.split(terminator)
    # Blanks around a segment, and line breaks inside it, are rare: only then each is looked at.
    odd = (
        terminator * 2,
        terminator + " ",
        terminator + "\t",
        " " + terminator,
        "\r",
        "\n",
        "\x00",
        "\x1a",
        "\ufeff",
    )
    if not text.startswith(terminator) and not any(mark in text for mark in odd if mark != terminator):
        if not segments[-1]:
            segments.pop()
        return segments, False, False
    segments = [bare for segment in segments if (bare := segment.strip(BLANKS))]
    if lines or not any("\n" in segment or "\r" in segment for segment in segments):
        return segments, False, False
    if by_lines(given, terminator):
        pieces = (piece for segment in segments for piece in re.split("[\r\n]+", segment))
        return [bare for piece in pieces if (bare := piece.strip(BLANKS))], True, False
    return [segment.replace("\r", "").replace("\n", "") for segment in segments], False, True


def by_lines(text: str, terminator: str) -> bool:
    """Whether lines are segments, so that a line end inside a segment stands for a lost terminator."""
    lines = [
        line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip(BLANKS)
    ]
    lengths = Counter(map(len, lines[:-1]))
    if len(lines) > 3 and lengths.most_common(1)[0][1] > 0.9 * (len(lines) - 1):
        return False
    after = [line for before, line in pairwise(lines) if not before.rstrip(BLANKS).endswith(terminator)]
    begin = sum(1 for line in after if _SEGMENT.match(line))
    return 2 * begin >= len(after)


_SEGMENT = re.compile("[ \t]*[A-Za-z][A-Za-z0-9]{1,2}[^A-Za-z0-9 ]")


def places(text: str, terminator: str, broken_by_lines: bool) -> list[int]:
    """The characters at which the segments of :func:`split` begin."""
    ends = "\r\n" if terminator == "\n" else terminator
    ends += "\r\n" if broken_by_lines else ""
    found = []
    for match in re.finditer(f"[^{re.escape(ends)}]+", text):
        if bare := match[0].lstrip(BLANKS):
            found.append(match.end() - len(bare))
    return found


def in_bytes(text: str, characters: list[int]) -> list[int]:
    """Places in `text`, in order, counted in bytes of UTF-8."""
    found, done, size = [], 0, 0
    for place in characters:
        size += len(text[done:place].encode())
        done = place
        found.append(size)
    return found


def ended(text: str, terminator: str) -> bool:
    """Whether `text` ends with its terminator, blanks after it left out."""
    if terminator in "\r\n":
        return text.rstrip(" \t\x00\x1a\ufeff").endswith(("\n", "\r"))
    return text.rstrip(BLANKS).endswith(terminator)


def last_end(text: str, terminator: str, reach: int) -> int:
    """The place after the last terminator, but before what may be the beginning of an ISA that goes on; 0 for none.

    A CR at the end waits for the LF that may follow.
    """
    tail = text[len(text) - reach :].upper() if reach < len(text) else text.upper()
    place = max(tail.rfind("ISA"), tail.rfind("IS", len(tail) - 2), tail.rfind("I", len(tail) - 1))
    limit = len(text) if place < 0 else len(text) - len(tail) + place
    if terminator == "\n":
        end = max(text.rfind("\n", 0, limit), text.rfind("\r", 0, limit)) + 1
        return text.rfind("\n", 0, end - 1) + 1 if end == len(text) and text.endswith("\r") else end
    return text.rfind(terminator, 0, limit) + 1
