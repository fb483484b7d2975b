"""What kind of file this is, told from its content, never from its name."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from auditor.base.errors import InputRefused
from auditor.claims.model import SYNONYMS, plain_key

Wrapping = Literal["none", "gzip", "zip"]

HEAD_BYTES = 1 << 16
DELIMITERS = (",", "\t", ";", "|")

# Kinds that the project means to read, or that people often hand over, with what to say of them.
_LATER = "this version does not read it yet"
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (xls)", _LATER + "; save the sheet as CSV"),
    (b"%PDF", "a PDF document", "export the claims as CSV or Parquet"),
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
    (r"ISA.[ 0-9]{2}|ST.(837|835|834|820|999|277|270|271)\W|GS.[A-Z]{2}\W", "an X12 interchange"),
    (r"[\[{]\s*[\"{\]}]", "JSON (FHIR perhaps)"),
    (r"<\?xml|<!DOCTYPE|<html", "an XML or HTML document"),
)
# Headers that only one layout has; each is recognised so that the message can name it.
_LAYOUTS_LATER: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"dmlind", "beneid"}), "a CCW RIF file"),
    (frozenset({"desynpufid"}), "a DE-SynPUF file"),
    (frozenset({"id", "claimid", "chargeid", "patientid"}), "a Synthea export (claims_transactions)"),
    (frozenset({"id", "patientid", "providerid", "primarypatientinsuranceid"}), "a Synthea export (claims)"),
)
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


def refuse_known_kinds(head: bytes, where: str) -> None:
    """Raise InputRefused for kinds of file that are recognised and not read."""
    for magic, kind, mend in _MAGIC:
        if head.startswith(magic):
            raise InputRefused(
                f"this is {kind}, not a claims file that this version reads",
                where=where,
                mend=mend.capitalize(),
            )
    if head[:4] == b"PAR1" or text_encoding(head) is not None:
        return
    start = head[:4096].removeprefix(b"\xef\xbb\xbf").decode("latin-1").lstrip()
    for pattern, kind in _TEXT_KINDS:
        if re.match(pattern, start):
            raise InputRefused(
                f"this is {kind}, and {_LATER}",
                where=where,
                mend="Give the claims as CSV or Parquet, one row a claim line.",
            )
    controls = sum(1 for byte in head[:4096] if byte < 32 and byte not in (9, 10, 12, 13, 26))
    if controls > 0.02 * len(head[:4096]):
        raise unknown_kind(where)


def unknown_kind(where: str) -> InputRefused:
    """The error for content that is neither CSV nor Parquet."""
    return InputRefused(
        "the content is of unknown kind: neither CSV nor Parquet",
        where=where,
        mend="Give the claims as CSV or Parquet, one row a claim line with a header.",
    )


def dialect(head: str, complete: bool, where: str) -> Dialect:
    """Find delimiter and header in the first characters of a text.

    `complete` tells that `head` is the whole text. The delimiter is the one under which most headers are known,
    then the one that makes most columns. Raises InputRefused when there is no header line, or only one column.
    """
    lines = list(io.StringIO(head.removeprefix("\ufeff"), newline=""))
    skip = 0
    while skip < len(lines) and not lines[skip].strip():
        skip += 1
    if skip == len(lines):
        raise InputRefused(
            "the file is empty", where=where, mend="Give a file with a header and claim lines."
        )
    if not complete and len(lines) == skip + 1:
        raise unknown_kind(where)
    best: tuple[tuple[int, int], str, list[str]] | None = None
    for delimiter in DELIMITERS:
        try:
            headers = next(csv.reader(lines[skip : skip + 20], delimiter=delimiter))
        except (csv.Error, StopIteration):
            continue
        score = (sum(plain_key(h) in SYNONYMS for h in headers), len(headers))
        if best is None or score > best[0]:
            best = (score, delimiter, headers)
    if best is None or len(best[2]) < 2:
        raise unknown_kind(where)
    return Dialect(best[1], tuple(best[2]), skip)


def is_tuva(headers: Sequence[str]) -> bool:
    """True for the header of Tuva's medical_claim, whatever its order and case."""
    keys = {plain_key(header) for header in headers}
    return keys >= _TUVA and bool(keys & {"personid", "memberid", "patientid"})


def refuse_known_layouts(headers: Sequence[str], where: str) -> None:
    """Raise InputRefused for delimited layouts that are recognised and not read."""
    keys = {plain_key(header) for header in headers}
    for signature, kind in _LAYOUTS_LATER:
        if keys >= signature:
            raise InputRefused(
                f"this is {kind}, and {_LATER}",
                where=where,
                mend="Convert it to the plain claims file: one row a claim line.",
            )
