"""Bytes of a published text file laid out as clean UTF-8 lines.

CMS files come in latin-1, UTF-8 or UTF-16, with CRLF, LF or mixtures. Readers downstream see UTF-8 with LF,
and no control character except tab. All functions here raise InputRefused for a file without lines.
"""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from auditor.base.errors import InputRefused

_BLOCK = 4 << 20
_TAIL = 64 << 10
_LINES_COMPARED = 12
_LONGEST_LINE = 32 << 20
_BLANKED = bytes.maketrans(
    bytes(i for i in range(32) if i not in (9, 10)), b" " * sum(1 for i in range(32) if i not in (9, 10))
)


@dataclass(frozen=True)
class TextFacts:
    """How a text was laid out: lines before the data, and lines of data (blank ones not counted)."""

    header_lines: int
    lines: int


def clean_blocks(path: Path) -> Iterator[bytes]:
    """Blocks of whole lines, clean as the module text says; every block ends with a line feed."""
    left = b""
    for block in _utf8_blocks(path):
        block = left + block
        # A carriage return at the very end may be half of a CRLF: it waits for the next block.
        keep = 1 if block.endswith(b"\r") else 0
        body, held = (block[:-1], block[-1:]) if keep else (block, b"")
        body = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        cut = body.rfind(b"\n") + 1
        left = _not_endless(body[cut:] + held)
        if cut:
            yield body[:cut].translate(_BLANKED)
    if left:
        yield left.replace(b"\r", b"\n").translate(_BLANKED).removesuffix(b"\n") + b"\n"


def breaks_off(path: Path) -> bool:
    """Whether the last line has no end and fewer cells than the lines before it: the file was cut while it came.

    Cells are those between tabs, or between commas where there are none. Files of one column never seem cut.
    """
    with path.open("rb") as source:
        source.seek(max(0, path.stat().st_size - _TAIL))
        tail = source.read()
    lines = tail.split(b"\n")
    if not lines[-1].strip() or len(lines) < _LINES_COMPARED:
        return False
    before = lines[-_LINES_COMPARED:-1]
    mark = b"\t" if any(b"\t" in line for line in before) else b","
    usual = Counter(line.count(mark) for line in before).most_common(1)[0][0]
    return lines[-1].count(mark) < usual


def clean_lines(path: Path) -> Iterator[str]:
    """The lines as text, without their line feeds."""
    for block in clean_blocks(path):
        yield from block[:-1].decode("utf-8").split("\n")


def write_data_lines(
    blocks: Iterable[bytes], target: Path, is_data: Callable[[bytes], bool], moved: Callable[[int], None]
) -> TextFacts:
    """Write the lines from the first one that `is_data` on; `moved` is told the bytes of every block."""
    header, lines, begun = 0, 0, False
    with target.open("wb") as out:
        for block in blocks:
            moved(len(block))
            if not begun:
                kept = _from_first(block, is_data)
                header += block[: len(block) - len(kept)].count(b"\n")
                begun = bool(kept)
                block = kept
            out.write(block)
            lines += block.count(b"\n") - _blank_lines(block)
    return TextFacts(header, lines)


def _from_first(block: bytes, is_data: Callable[[bytes], bool]) -> bytes:
    """The part of a block from its first data line on, empty when it has none."""
    at = 0
    while at < len(block):
        end = block.index(b"\n", at)
        if is_data(block[at:end]):
            return block[at:]
        at = end + 1
    return b""


def _blank_lines(block: bytes) -> int:
    """How many lines of a block are empty. Counting overlapping `LF LF` needs care with runs of them."""
    if b"\n\n" not in block and not block.startswith(b"\n"):
        return 0
    return sum(1 for line in block[:-1].split(b"\n") if not line) if block else 0


def _utf8_blocks(path: Path) -> Iterator[bytes]:
    """The file as UTF-8, whatever it was: byte order marks decide, else UTF-8, else cp1252 with latin-1."""
    with path.open("rb") as source:
        first = source.read(4)
        source.seek(0)
        if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            decode = codecs.getincrementaldecoder("utf-16")(errors="replace").decode
            while block := source.read(_BLOCK):
                yield decode(block).encode("utf-8")
            return
        if first.startswith(codecs.BOM_UTF8):
            source.seek(3)
        left = b""
        while block := source.read(_BLOCK):
            block = left + block
            # Cut after a line's end only: a character of several bytes must stay whole.
            cut = max(block.rfind(b"\n"), block.rfind(b"\r")) + 1
            left = _not_endless(block[cut:])
            if cut:
                yield _to_utf8(block[:cut])
        if left:
            yield _to_utf8(left)


def _not_endless(left: bytes) -> bytes:
    """`left`, the beginning of a line. Raises InputRefused when it is longer than any line can be."""
    if len(left) > _LONGEST_LINE:
        raise InputRefused(
            "it is one endless line",
            why="Published tables have lines.",
            mend="Check that it is the data file.",
        )
    return left


def _to_utf8(block: bytes) -> bytes:
    if block.isascii():
        return block
    try:
        block.decode("utf-8")
    except UnicodeDecodeError:
        return b"".join(_line_to_utf8(line) for line in block.splitlines(keepends=True))
    return block


def _line_to_utf8(line: bytes) -> bytes:
    """One line of a mixed file: the first encoding that fits it."""
    for encoding in ("utf-8", "cp1252"):
        try:
            return line.decode(encoding).encode("utf-8")
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1").encode("utf-8")
