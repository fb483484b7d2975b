"""Segments of an X12 file as they come: any separators, any number of interchanges, in the memory of one block.

Nothing is judged here but the cutting itself. A segment number counts from 1 over the file, blank segments left out; an
offset counts bytes of the content. Source: ASC X12.5; the tolerances are the project's.
"""

from __future__ import annotations

import codecs
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from auditor.claims.readers.x12 import cutting
from auditor.claims.readers.x12.cutting import BLANKS
from auditor.claims.readers.x12.delimiters import (
    ISA_REACH,
    Delimiters,
    from_isa,
    guessed,
    interchanges,
    looks_like_x12,
)

__all__ = ["Block", "Delimiters", "Oddity", "Segments", "looks_like_x12", "open_segments"]

BLOCK_BYTES = 1 << 20
LONGEST_SEGMENT = 1 << 20
"""Characters without a terminator after which the separators are asked for again."""
LONGEST_TAIL = 1 << 12
"""The same for what stands after the last terminator."""
AHEAD = 1 << 16
"""Characters after an ISA that are looked at for the separators that are really used."""


class Oddity(NamedTuple):
    """What was noticed while cutting: name, severity (note, warning, error), words, segment number, byte offset."""

    name: str
    severity: str
    says: str
    number: int
    offset: int


@dataclass(slots=True)
class Block:
    """Segments that follow one another under the same delimiters: text without terminators and blanks around it.

    `number` is that of the first; `cut` says that the last one has no terminator: the file ends in it, or another
    interchange begins. `text` is what was cut.
    """

    number: int
    segments: list[str]
    delimiters: Delimiters
    cut: bool
    text: str
    _base: int
    _by_lines: bool
    _places: list[int] | None = None

    def mentions(self, letters: str) -> int:
        """How often letters stand anywhere in the text of the block."""
        return self.text.count(letters)

    def offsets(self) -> list[int]:
        """The bytes at which the segments begin."""
        if self._places is None:
            places = cutting.places(self.text, self.delimiters.terminator, self._by_lines)
            if not self.text.isascii():
                places = cutting.in_bytes(self.text, places)
            self._places = [self._base + place for place in places]
        return self._places

    def offset(self, number: int) -> int:
        """The byte at which the segment of that number begins; numbers before or after the block take its ends."""
        places = self.offsets()
        return places[min(max(number - self.number, 0), len(places) - 1)]


class Segments:
    """The segments of a file. Iterating gives (number, offset, elements); `blocks` gives them faster.

    `delimiters` are those of the segment given last (None before the first), `oddities` what was noticed so far, in the
    order of the file; `bytes` what was read so far.
    """

    def __init__(self, path: Path, block_bytes: int = BLOCK_BYTES) -> None:
        self.delimiters: Delimiters | None = None
        self.oddities: list[Oddity] = []
        self.bytes = 0
        self._path = path
        self._block_bytes = block_bytes
        self._number = 1
        self._base = 0
        self._told: set[str] = set()

    def __iter__(self) -> Iterator[tuple[int, int, list[str]]]:
        """Each segment: its number, its byte offset, its elements with the name of the segment first, in capitals."""
        for block in self.blocks():
            element, number = block.delimiters.element, block.number
            for segment, offset in zip(block.segments, block.offsets(), strict=True):
                elements = segment.split(element)
                if not elements[0].isupper():
                    elements[0] = elements[0].upper().strip()
                yield number, offset, elements
                number += 1

    def blocks(self) -> Iterator[Block]:
        """The segments, many at a time."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        rest = ""
        with self._path.open("rb") as stream:
            while True:
                raw = stream.read(self._block_bytes)
                self.bytes += len(raw)
                rest = yield from self._cut(rest + decoder.decode(raw, not raw), not raw)
                if not raw:
                    return

    def _cut(self, text: str, last: bool) -> Generator[Block, None, str]:
        """Give the segments of `text` and return what belongs to the next."""
        starts = interchanges(text)
        held = len(text)
        if starts and not last and len(text) - starts[-1] < AHEAD:
            held = starts.pop()  # what follows the ISA tells its separators: it is waited for
        if self.delimiters is None and not starts and not last and len(text) < AHEAD:
            return text
        rest = ""
        edges = sorted({0, *starts})
        for place, begin in enumerate(edges):
            final = place + 1 == len(edges)
            piece = text[begin : held if final else edges[place + 1]]
            if not piece:
                continue
            if begin in starts:
                self._open(piece)
            elif self.delimiters is None and not self._begin(piece, bool(starts) or held < len(text)):
                self._base += len(piece.encode())
                continue
            rest = yield from self._segments(piece, not final or last or held < len(text))
        return rest + text[held:]

    def _begin(self, before: str, isa_follows: bool) -> bool:
        """Take note of what stands before the first ISA; whether it is segments, for which delimiters are found."""
        if before.startswith("\ufeff"):
            self._note("byte_order_mark", "note", "the file begins with a byte order mark")
        bare = before.lstrip(BLANKS)
        guess = guessed(before[:AHEAD]) if not isa_follows or looks_like_x12(before[:AHEAD]) else None
        if guess is not None and bare:
            self.delimiters = replace(guess, component=guess.component or ":")
            self._note(
                "no_isa", "warning", "segments stand before any ISA; their separators are guessed from them"
            )
        elif bare:
            self._note("text_before_isa", "note", "text stands before the first segment; it is left out")
        return self.delimiters is not None

    def _open(self, text: str) -> None:
        """Take the delimiters of the interchange that begins with `text`."""
        told = from_isa(text[:AHEAD])
        if told is None:
            self._note(
                "isa_damaged",
                "warning",
                "the ISA segment is damaged and tells no separators; taken as before",
            )
            told = self.delimiters or Delimiters(text[3], ":", "", "~", guessed=True)
        for name, words in told.oddities:
            self._note(name, "warning", words)
        self.delimiters = told

    def _segments(self, text: str, whole: bool) -> Generator[Block, None, str]:
        """Give the segments of `text`, all when it is `whole`, else up to its last terminator; return the rest."""
        assert self.delimiters is not None
        terminator, rest = self.delimiters.terminator, ""
        end = cutting.last_end(text, terminator, 0 if whole else ISA_REACH)
        if len(text) - end > (LONGEST_TAIL if whole else LONGEST_SEGMENT):
            again = guessed(text[end : end + AHEAD])
            if again is not None and again.terminator in text[end:] and again.terminator != terminator:
                if end:
                    yield from self._segments(text[:end], True)
                self._note(
                    "separators_change", "warning", "separators change within the interchange; guessed anew"
                )
                self.delimiters = replace(again, component=again.component or self.delimiters.component)
                return (yield from self._segments(text[end:], whole))
            if not whole:
                self._note("segment_too_long", "error", "a segment does not end within a million characters")
                end = len(text)
        if not whole:
            if end == 0:
                return text
            text, rest = text[:end], text[end:]
        segments, by_lines, joined = cutting.split(text, terminator)
        if by_lines:
            self._note_once(
                "terminator_missing", "warning", "segments end with the line and without their terminator"
            )
        if joined:
            self._note_once(
                "line_breaks_inside", "note", "line breaks stand inside segments and are left out"
            )
        cut = (
            whole
            and bool(segments)
            and not cutting.ended(text, terminator)
            and not self._is_trailer(segments[-1])
        )
        block = Block(self._number, segments, self.delimiters, cut, text, self._base, by_lines)
        if cut:
            number = self._number + len(segments) - 1
            says = "the file, or the interchange before another, ends inside a segment: it is cut off"
            self.oddities.append(Oddity("segment_cut", "error", says, number, block.offset(number)))
        self._base += len(text) if text.isascii() else len(text.encode())
        self._number += len(segments)
        if segments:
            yield block
        return rest

    def _is_trailer(self, segment: str) -> bool:
        """Whether a segment is an SE, GE or IEA with its count and control number: no more was to follow in it."""
        assert self.delimiters is not None
        parts = segment.split(self.delimiters.element)
        return parts[0].upper() in ("SE", "GE", "IEA") and len(parts) == 3 and bool(parts[2])

    def _note(self, name: str, severity: str, says: str) -> None:
        self.oddities.append(Oddity(name, severity, says, self._number, self._base))

    def _note_once(self, name: str, severity: str, says: str) -> None:
        if name not in self._told:
            self._told.add(name)
            self._note(name, severity, says)


def open_segments(path: Path, block_bytes: int = BLOCK_BYTES) -> Segments:
    """The segments of the plain UTF-8 text at `path`; OSError passes through when it cannot be read."""
    return Segments(path, block_bytes)
