"""What kind of file this is, told from its content, never from its name."""

from __future__ import annotations

import bz2
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from auditor.base.errors import InputRefused
from auditor.claims.model import plain_key
from auditor.claims.refusals import NotClaims

Wrapping = Literal["none", "gzip", "zip"]

HEAD_BYTES = 1 << 16
DELIMITERS = (",", "\t", ";", "|")

# Kinds that people hand over and that are not read, with what to say of them.
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (
        b"\xd0\xcf\x11\xe0",
        "an old Excel workbook (xls), or one with a password",
        "save it as xlsx without a password",
    ),
    (b"BZh", "a bzip2 archive", "unpack it first"),
    (b"\xfd7zXZ", "an xz archive", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "unpack it first"),
    (b"7z\xbc\xaf", "a 7-zip archive", "unpack it first"),
    (b"Rar!", "a RAR archive", "unpack it first"),
    (b"Obj\x01", "an Avro file", "export the claims as CSV or Parquet"),
    (b"ORC", "an ORC file", "export the claims as CSV or Parquet"),
    (b"SQLite format 3", "an SQLite database", "export the claims as CSV or Parquet"),
    (
        b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xc2\xea\x81\x60",
        "a SAS data set",
        "export it as CSV",
    ),
)
_TEXT_KINDS: tuple[tuple[str, str], ...] = (
    (r"%PDF", "a PDF document"),
    (r"RDX[0-9]\s", "a data file of R"),
    (r"<\?xml|<!DOCTYPE|<html", "an XML or HTML document"),
)
# Headers that only one layout has.
_LAYOUTS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"dmlind", "beneid"}), "a CCW RIF file"),
    (frozenset({"desynpufid"}), "a DE-SynPUF file"),
    (frozenset({"id", "claimid", "chargeid", "patientid"}), "a Synthea export (claims_transactions)"),
    (frozenset({"id", "patientid", "providerid", "primarypatientinsuranceid"}), "a Synthea export (claims)"),
)
_X12 = re.compile(r"^ISA[^A-Za-z0-9 ]|[\s~]ISA[^A-Za-z0-9 ]|^(?:GS|ST)[^A-Za-z0-9 ]")
_TUVA = frozenset({"claimid", "claimlinenumber", "claimtype", "hcpcsmodifier1", "revenuecentercode"})


@dataclass(frozen=True)
class Dialect:
    """How a delimited text is cut: its delimiter, header names, and blank lines before the header."""

    delimiter: str
    headers: tuple[str, ...]
    skip: int


def wrapping(head: bytes) -> Wrapping:
    """Whether the content is gzip, zip or neither."""
    if head[:2] == b"\x1f\x8b":
        return "gzip"
    return "zip" if head[:4] in (b"PK\x03\x04", b"PK\x05\x06") else "none"


def _is_utf32(head: bytes) -> bool:
    """Whether the content is text of four bytes a character, by its mark or by three of four bytes being zero."""
    if head[:4] in (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff"):
        return True
    zeros = [head[place:512:4].count(0) for place in range(4)]
    size = len(head[:512]) // 4
    return size >= 4 and sorted(zeros) == [0, size, size, size]


def text_encoding(head: bytes) -> str | None:
    """`utf-16` or its byte orders when the head says so, None for encodings that extend ASCII."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if len(head) >= 8 and b"\x00" in head:
        even, odd = head[0:512:2], head[1:512:2]
        if odd.count(0) > 0.8 * len(odd) and even.count(0) == 0:
            return "utf-16-le"
        if even.count(0) > 0.8 * len(even) and odd.count(0) == 0:
            return "utf-16-be"
    return None


def _is_of_r(head: bytes) -> bool:
    """Whether the content is data of R, packed with bzip2 as R packs it."""
    try:
        return head.startswith(b"BZh") and bz2.BZ2Decompressor().decompress(head, 4)[:3] == b"RDX"
    except (OSError, ValueError):
        return False


def refuse_known_kinds(head: bytes, where: str) -> None:
    """Raise InputRefused for kinds of file that are recognised and not read."""
    if _is_of_r(head):
        raise NotClaims(
            "this is a data file of R, not a claims file that this version reads",
            where=where,
            mend="Export the claims as CSV or Parquet.",
        )
    for magic, kind, mend in _MAGIC:
        if head.startswith(magic):
            raise InputRefused(
                f"this is {kind}, not a claims file that this version reads",
                where=where,
                mend=mend.capitalize(),
            )
    if _is_utf32(head):
        raise InputRefused(
            "this is text in UTF-32, which is not read", where=where, mend="Save it as UTF-8 or UTF-16."
        )
    if head[:4] == b"PAR1" or text_encoding(head) is not None:
        return
    start = head[:4096].removeprefix(b"\xef\xbb\xbf").decode("latin-1").lstrip()
    for pattern, kind in _TEXT_KINDS:
        if re.match(pattern, start):
            raise NotClaims(
                f"this is {kind}, which holds no claims that can be read",
                where=where,
                mend="Export the claims as CSV, Parquet, X12 or FHIR.",
            )
    if _X12.search(start):
        return  # its separators may be control characters
    controls = sum(1 for byte in head[:4096] if byte < 32 and byte not in (9, 10, 12, 13, 26))
    if controls > 0.02 * len(head[:4096]):
        raise unknown_kind(where)


def unknown_kind(where: str) -> NotClaims:
    """The error for content of no kind that is known."""
    return NotClaims(
        "the content is of unknown kind: neither a table (CSV, Parquet, Excel) nor X12 nor FHIR",
        where=where,
        mend="Give the claims as one of these; a table has one row a claim line and a header.",
    )


def is_tuva(headers: Sequence[str]) -> bool:
    """True for the header of Tuva's medical_claim, whatever its order and case."""
    keys = {plain_key(header) for header in headers}
    return keys >= _TUVA and bool(keys & {"personid", "memberid", "patientid"})


def refuse_known_layouts(headers: Sequence[str], where: str) -> None:
    """Raise InputRefused for a layout of its own that is being read as a plain table: its columns mean more."""
    keys = {plain_key(header) for header in headers}
    for signature, kind in _LAYOUTS:
        if keys >= signature:
            raise InputRefused(
                f"this is {kind}, which has a reader of its own",
                where=where,
                mend="Give the text file as it was exported, and leave --format out.",
            )
