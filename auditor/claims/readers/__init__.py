"""Readers of claims, one module a layout; `READERS` is asked in order and the first that recognises reads."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from auditor.base.errors import InputRefused, UsageError
from auditor.claims.feed import FORMATS
from auditor.claims.readers.cclf import CclfReader
from auditor.claims.readers.fhir import FhirReader
from auditor.claims.readers.interface import CLAIMS, NotClaims, Reader, Staged
from auditor.claims.readers.plain import PlainReader
from auditor.claims.readers.rif import RifReader
from auditor.claims.readers.spreadsheet import SpreadsheetReader
from auditor.claims.readers.synpuf import SynpufReader
from auditor.claims.readers.synthea import SyntheaReader
from auditor.claims.readers.tuva import TuvaReader
from auditor.claims.readers.x12 import X12Reader
from auditor.claims.readers.x12.remittance import RemittanceReader
from auditor.claims.sources import sniff
from auditor.claims.sources.intake import Source

READERS: tuple[Reader, ...] = (
    SpreadsheetReader(),
    FhirReader(),
    X12Reader(),
    RemittanceReader(),
    TuvaReader(),
    RifReader(),
    CclfReader(),
    SynpufReader(),
    SyntheaReader(),
    PlainReader(),
)

__all__ = ["CLAIMS", "READERS", "NotClaims", "Reader", "Recognised", "Staged", "readers_for", "recognise"]


@dataclass(frozen=True)
class Recognised:
    """A source, the reader of its layout, and the part it plays there: `claims`, or a file that stands beside them."""

    source: Source
    reader: Reader
    part: str


def recognise(con: duckdb.DuckDBPyConnection, source: Source, wanted: str) -> list[Recognised]:
    """Find the layout of `source`; several readers of one name may share it. `wanted` is `auto` or a format.

    Raises UsageError for a format that this version does not know, InputRefused when the content is another, NotClaims
    when it is known and holds no claims.
    """
    found: list[Recognised] = []
    for reader in READERS if wanted == "auto" else readers_for(source, wanted):
        if found and found[0].reader.name != reader.name:
            continue
        part = reader.recognises(con, source)
        if part is not None:
            found.append(Recognised(source, reader, part))
    if not found:
        raise sniff.unknown_kind(source.name)
    return found


def readers_for(source: Source, wanted: str) -> tuple[Reader, ...]:
    """The readers of the format that the user insists on.

    Raises UsageError for a format that this version does not know, InputRefused when the content is another.
    """
    if wanted not in FORMATS:
        raise UsageError(
            f"this version does not read the format {wanted!r}", mend=f"It reads: {', '.join(FORMATS[1:])}."
        )
    if wanted in ("csv", "parquet"):
        if source.parquet != (wanted == "parquet"):
            found = "Parquet" if source.parquet else "text"
            raise InputRefused(
                f"--format {wanted} was given, but the content is {found}",
                where=source.name,
                mend="Leave --format out, or give the other file.",
            )
        return (PlainReader(),)
    return tuple(reader for reader in READERS if reader.name == wanted)
