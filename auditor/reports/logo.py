"""The logo of a theme: a PNG or SVG, held to what draws and loads nothing, as a data URI.

A picture in an `img` element runs no script in any browser; a file is held to more than that here, because a report is
forwarded, and opened by programs nobody foresaw.
"""

from __future__ import annotations

import base64
import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.parsers import expat

from auditor.base.errors import InputRefused

MAX_BYTES: Final = 256_000
MAX_SIDE: Final = 4_000
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_KEPT: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"sRGB", b"gAMA", b"cHRM", b"pHYs", b"IDAT", b"IEND"})
"""Chunks that draw. Others (texts, EXIF, profiles) may tell of who made the file; they are left out."""
_SVG: Final = "http://www.w3.org/2000/svg"
_DRAWN: Final = frozenset(
    "svg g path rect circle ellipse line polyline polygon text tspan title desc defs clipPath mask "
    "linearGradient radialGradient stop".split()
)
"""No `use`: copies of copies are how a small drawing keeps a browser busy for hours."""
_ADDRESSES: Final = frozenset({"href", "src"})
_POINTS_AWAY = re.compile(
    r"url\s*\(\s*(?!['\"]?#)|@import|expression\s*\(|\\|javascript:|data:", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture as reports carry it: its bytes, without what does not draw, and what kind it is."""

    kind: str
    content: bytes

    @property
    def data_uri(self) -> str:
        """The picture as an address that holds all of it."""
        return f"data:{self.kind};base64,{base64.b64encode(self.content).decode('ascii')}"


def read_logo(path: Path) -> Logo:
    """The logo in the file at `path`.

    Raises InputRefused (exit 3) for a file that is larger than 256,000 bytes, that is neither a sound PNG nor an SVG,
    or an SVG that holds anything but shapes and texts of its own: scripts, styles, pictures, animation, handlers,
    addresses outside the file, a document type.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputRefused(
            f"the logo cannot be read ({error.strerror})",
            where=path.name,
            mend="name a PNG or SVG file; its path goes from the folder of the theme file",
        ) from None
    if len(content) > MAX_BYTES:
        raise _refused(
            path, f"the logo is larger than {MAX_BYTES:,} bytes", "every page carries it", "make it smaller"
        )
    if content.startswith(_PNG):
        return Logo("image/png", _png(path, content))
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        _look_at_svg(path, content)
        return Logo("image/svg+xml", content)
    raise _refused(
        path, "the logo is neither PNG nor SVG", "its content tells its kind", "save it as one of them"
    )


def _refused(path: Path, what: str, why: str, mend: str) -> InputRefused:
    return InputRefused(what, where=path.name, why=why, mend=mend)


def _png(path: Path, content: bytes) -> bytes:
    """The chunks that draw; every one is held against its check sum."""
    kept, at, seen = [_PNG], len(_PNG), b""
    while seen != b"IEND":
        head = content[at : at + 8]
        if len(head) < 8:
            raise _broken(path, "it ends before its end")
        (length,), seen = struct.unpack(">I", head[:4]), head[4:]
        whole = content[at : at + 12 + length]
        if len(whole) < 12 + length or struct.unpack(">I", whole[-4:])[0] != zlib.crc32(whole[4:-4]):
            raise _broken(path, "a part of it is damaged")
        if at == len(_PNG):
            _look_at_size(path, seen, whole[8:-4])
        if seen in _KEPT:
            kept.append(whole)
        at += 12 + length
    if at != len(content):
        raise _broken(path, "something stands behind its end")
    return b"".join(kept)


def _look_at_size(path: Path, first: bytes, data: bytes) -> None:
    if first != b"IHDR" or len(data) != 13:
        raise _broken(path, "it does not begin as a PNG does")
    wide, high = struct.unpack(">II", data[:8])
    if not (0 < wide <= MAX_SIDE and 0 < high <= MAX_SIDE):
        raise _refused(
            path,
            f"the logo is {wide:,} by {high:,} dots",
            f"a side may have up to {MAX_SIDE:,}",
            "make it smaller",
        )


def _broken(path: Path, why: str) -> InputRefused:
    return _refused(path, "the logo is no sound PNG", why, "save it again from a drawing program")


def _look_at_svg(path: Path, content: bytes) -> None:
    """Refuse what does not draw. The parser stops at a document type, so that nothing is ever expanded."""
    parser = expat.ParserCreate("UTF-8", "}")
    names: list[str] = []

    def refuse(found: str) -> None:
        raise _refused(
            path,
            f"the logo holds {found}",
            f"line {parser.CurrentLineNumber}: a logo may hold shapes and texts of its own alone",
            "save it as plain SVG with all texts as paths and without styles, or as PNG",
        )

    def opened(name: str, attributes: dict[str, str]) -> None:
        space, _, plain = name.rpartition("}")
        if space != _SVG or plain not in _DRAWN:
            refuse("an element that is none of a plain drawing")
        if not names and plain != "svg":
            refuse("no drawing")
        names.append(plain)
        for key, value in attributes.items():
            word = key.rpartition("}")[2].lower()
            if word.startswith("on"):
                refuse("a handler of events")
            if word in _ADDRESSES and not value.startswith("#"):
                refuse("an address outside itself")
            if _POINTS_AWAY.search(value):
                refuse("a style that loads something")

    def declared(_version: str, encoding: str | None, _alone: int) -> None:
        if (encoding or "utf-8").lower() not in ("utf-8", "utf8"):
            refuse("another encoding than UTF-8")  # a browser would read other characters than were looked at

    parser.XmlDeclHandler = declared
    parser.StartElementHandler = opened
    parser.StartDoctypeDeclHandler = lambda *_: refuse("a document type")
    parser.ProcessingInstructionHandler = lambda *_: refuse("an instruction to programs")
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise _refused(
            path, "the logo is no sound SVG", f"line {error.lineno} cannot be read", "save it again"
        ) from None
