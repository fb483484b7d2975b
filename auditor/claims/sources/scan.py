"""Passes over a file's bytes: what must be known before it is read, and what it is held against afterwards.

Nothing of a file is held in memory but one block.
"""

from __future__ import annotations

import codecs
import hashlib
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

BLOCK = 1 << 22
"""Bytes read at a time."""
_TEXTS = {".csv", ".tsv", ".txt"}


@dataclass(frozen=True)
class Look:
    """What decides how a text is read: whether it is UTF-8, all of it ASCII, and whether quotes stand in it."""

    utf8: bool
    ascii: bool
    quotes: bool


@dataclass(frozen=True)
class Count:
    """SHA-256 of the bytes in hex; line ends and an unfinished last line, or None where they were not counted."""

    sha256: str
    lines: int | None


def look(path: Path) -> Look:
    """Look at every byte once. Raises OSError when the file cannot be read."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    utf8, pending, quotes, plain, first = True, False, False, True, True
    for block in blocks(path):
        bare = block.isascii() or (first and block.removeprefix(codecs.BOM_UTF8).isascii())
        first = False
        plain = plain and bare
        quotes = quotes or b'"' in block
        if utf8 and (pending or not bare):
            try:
                decoder.decode(block)
                pending = bool(decoder.getstate()[0])
            except UnicodeDecodeError:
                utf8 = False
    return Look(utf8 and not pending, plain, quotes)


def count(path: Path, lines: bool) -> Count:
    """Hash a file, and count its lines where asked to. Raises OSError when it cannot be read."""
    digest, ends, last = hashlib.sha256(), 0, b"\n"
    for block in blocks(path):
        digest.update(block)
        ends += block.count(b"\n") if lines else 0
        last = block[-1:]
    return Count(digest.hexdigest(), ends + (last != b"\n") if lines else None)


def counting(path: Path, lines: bool) -> Future[Count]:
    """Start to :func:`count` beside the reading of the file, which a run that ends early does not wait for."""
    counted: Future[Count] = Future()

    def work() -> None:
        try:
            counted.set_result(count(path, lines))
        except BaseException as error:  # the future's reader is told
            counted.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return counted


@dataclass(frozen=True)
class Ahead:
    """A file that is being counted before it is taken in."""

    path: Path
    counted: Future[Count]


def count_ahead(paths: Sequence[Path | str]) -> Ahead | None:
    """Start to count the first file, if it looks like one of text, while the caller does what comes before reading."""
    first = Path(paths[0]) if paths else Path()
    try:
        if first.suffix.lower() not in _TEXTS or not first.is_file():
            return None
    except OSError:  # taking it in tells of it
        return None
    return Ahead(first, counting(first, lines=True))


def blocks(path: Path) -> Iterator[bytes]:
    """The content of a file in blocks."""
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            yield block
