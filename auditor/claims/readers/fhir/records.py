"""A JSON file cut into its resources, one at a time, in the memory of one.

NDJSON (one resource a line, as FHIR Bulk Data Access exports write it) is read line by line. Anything else, a Bundle,
an array, resources one after another, printed over many lines or not, is cut by its brackets without being parsed.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson

LARGEST = 32 * 1024**2
"""Bytes of one resource. A larger one is set aside, not held in memory."""
_BOM = b"\xef\xbb\xbf"
_BLANKS = b" \t\r\n\x1e"
_LOOKED_AT = 20
_FORGET = 64 * 1024**2
# Everything up to the next bracket that stands in no string; possessive, so that nothing is tried twice.
_BRACKET = re.compile(rb'(?s)(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+([{}\[\]])')
_ENTRY = re.compile(rb'"entry"\s*:\s*$')

Fault = Literal["", "too_large", "cut_short"]
Buffer = bytes | mmap.mmap


@dataclass(frozen=True, slots=True)
class Record:
    """The bytes of one resource or Bundle entry; its line in NDJSON, else its place among the entries, from 1."""

    position: int
    raw: bytes
    fault: Fault = ""


def records(path: Path) -> Iterator[Record]:
    """The records of a JSON file in UTF-8, in their order; nothing is parsed."""
    if _one_a_line(path):
        yield from _lines(path)
        return
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        yield from cut(content)


def _one_a_line(path: Path) -> bool:
    """Whether one of the first lines is by itself an object with a resource type."""
    with path.open("rb") as stream:
        seen = 0
        while seen < _LOOKED_AT and (line := stream.readline(LARGEST + 1)):
            bare = line.removeprefix(_BOM).strip(_BLANKS)
            if not bare:
                continue
            seen += 1
            if len(line) > LARGEST or (seen == 1 and bare[:1] != b"{"):
                return False
            if bare[:1] != b"{" or bare[-1:] != b"}":
                continue
            try:
                value = orjson.loads(bare)
            except orjson.JSONDecodeError:
                continue
            if type(value) is dict and "resourceType" in value:
                return True
    return False


def _lines(path: Path) -> Iterator[Record]:
    with path.open("rb") as stream:
        position = 0
        while line := stream.readline(LARGEST + 1):
            position += 1
            if len(line) > LARGEST and not line.endswith(b"\n"):
                while (rest := stream.readline(LARGEST)) and not rest.endswith(b"\n"):
                    pass
                yield Record(position, b"", "too_large")
                continue
            bare = line.removeprefix(_BOM).strip(_BLANKS)
            if bare:
                yield Record(position, bare)


def cut(content: Buffer, line: int = 0) -> Iterator[Record]:
    """The objects at the top, in an array at the top, or in the array `entry` of an object at the top.

    Their positions are their places, from 1, or all of them `line`.
    """
    place = forgotten = 0
    level = base = position = 0
    start: int | None = None
    while (found := _BRACKET.match(content, place)) is not None:
        at = found.start(1)
        opens = content[at] in b"{["
        if opens and level == base == 0 and content[at] == ord("["):
            level = base = 1
        elif opens and base == 0 and level == 1 and _is_entries(content, place, at):
            level = base = 2
            start = None
        elif opens:
            if level == base:
                start = at
            level += 1
        else:
            level -= 1
            if level < base:
                base = 0
                level = max(level, 0)
            elif level == base and start is not None:
                position += 1
                large = at + 1 - start > LARGEST
                yield Record(
                    position, b"" if large else content[start : at + 1], "too_large" if large else ""
                )
                start = None
        place = at + 1
        if place - forgotten > _FORGET and isinstance(content, mmap.mmap):
            forgotten = _forget(content, forgotten, place if start is None else start)
    if level > 0:
        yield Record(line or position + 1, b"", "cut_short")


def _is_entries(content: Buffer, place: int, at: int) -> bool:
    return content[at] == ord("[") and _ENTRY.search(content[max(place, at - 64) : at]) is not None


def _forget(content: mmap.mmap, begin: int, end: int) -> int:
    """Let go of pages that have been read; where the system has no such call they are let go when it needs them."""
    begin, end = (offset // mmap.PAGESIZE * mmap.PAGESIZE for offset in (begin, end))
    if end > begin and hasattr(content, "madvise") and hasattr(mmap, "MADV_DONTNEED"):
        content.madvise(mmap.MADV_DONTNEED, begin, end - begin)
    return end


def resources(value: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """The resources in a parsed record, each with its full URL: a resource, a Bundle's entry, a whole Bundle."""
    waiting = [(value, "")]
    while waiting:
        one, url = waiting.pop()
        if type(one) is list:
            waiting.extend((item, "") for item in reversed(one))
        elif type(one) is dict:
            kind = one.get("resourceType")
            inner = one.get("resource")
            if kind == "Bundle":
                entries = one.get("entry")
                waiting.extend(
                    (entry, "") for entry in reversed(entries if type(entries) is list else [entries])
                )
            elif kind is None and type(inner) is dict:
                full = one.get("fullUrl")
                waiting.append((inner, full if type(full) is str else ""))
            else:
                yield one, url
