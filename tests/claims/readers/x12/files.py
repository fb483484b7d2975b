"""Small X12 files made in tests: segments are written with `*`, `:` and `^`, and cut as the test wants."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from auditor.claims.feed import ReadOptions
from auditor.claims.readers.interface import Staged
from auditor.claims.readers.rows import Rows
from auditor.claims.readers.x12 import X12Reader
from auditor.claims.readers.x12.claim_rows import FIELDS
from auditor.claims.readers.x12.claims_837 import Claims837
from auditor.claims.sources.intake import Source, take_in

PROFESSIONAL, INSTITUTIONAL, DENTAL = "005010X222A1", "005010X223A3", "005010X224A3"
ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240101*1200*^*00501*000000001*0*T*:"
BILLING = ("HL*1**20*1", "PRV*BI*PXC*207Q00000X", "NM1*85*2*GROUP*****XX*1000000004", "N3*1 SQUARE",
           "N4*BALTIMORE*MD*212020001", "REF*EI*990000001")  # fmt: skip
SUBSCRIBER = ("HL*2*1*22*0", "SBR*P*18*GRP******MB", "NM1*IL*1*ONE*ANN****MI*M1", "DMG*D8*19500102*F",
              "NM1*PR*2*PAYER*****PI*PAY1")  # fmt: skip
LINE = ("LX*1", "SV1*HC:99213*100*UN*1***1", "DTP*472*D8*20240105")


def claim(
    *segments: str, clm: str = "CLM*C1*100***11:B:1*Y*A*Y*Y", lines: tuple[str, ...] = LINE
) -> list[str]:
    """A claim of one diagnosis; `segments` stand between diagnosis and lines."""
    return [clm, "HI*ABK:E119", *segments, *lines]


def transaction(
    *segments: str | list[str],
    version: str = PROFESSIONAL,
    control: str = "0001",
    kind: str = "837",
    count: int | None = None,
    levels: tuple[str, ...] = (*BILLING, *SUBSCRIBER),
) -> list[str]:
    """Segments from ST to SE, which counts them unless `count` is given."""
    inside = ["BHT*0019*00*1*20240101*1200*CH", *levels]
    for part in segments:
        inside.extend([part] if isinstance(part, str) else part)
    number = len(inside) + 2 if count is None else count
    return [f"ST*{kind}*{control}*{version}", *inside, f"SE*{number}*{control}"]


def group(
    *transactions: list[str], version: str = PROFESSIONAL, control: str = "1", code: str = "HC"
) -> list[str]:
    """Segments from GS to GE."""
    inside = [segment for one in transactions for segment in one]
    return [
        f"GS*{code}*SENDER*RECEIVER*20240101*1200*{control}*X*{version}",
        *inside,
        f"GE*{len(transactions)}*{control}",
    ]


def interchange(*groups: list[str], isa: str = ISA) -> list[str]:
    """Segments from ISA to IEA."""
    inside = [segment for one in groups for segment in one]
    return [isa, *inside, f"IEA*{len(groups)}*{isa.split('*')[13]}"]


def whole(*segments: str | list[str], **more: Any) -> list[str]:
    """An interchange of one group and transaction; what `transaction` takes."""
    made = transaction(*segments, **more)
    return interchange(group(made, version=more.get("version", PROFESSIONAL)))


def text(
    segments: list[str], element: str = "*", component: str = ":", terminator: str = "~\n", repeat: str = "^"
) -> str:
    """The segments as a file with these separators; a terminator may bring line ends with it."""
    table = str.maketrans({"*": element, ":": component, "^": repeat})
    return "".join(segment.translate(table) + terminator for segment in segments)


@dataclass
class Read:
    """What a reading gave: rows without their blank values, diagnostics, what was set aside, records of the file."""

    rows: list[dict[str, Any]]
    told: list[tuple[Any, ...]]
    aside: list[tuple[Any, ...]]
    records: int
    staged: Staged | None = None

    @property
    def row(self) -> dict[str, Any]:
        """The only row."""
        assert len(self.rows) == 1, self.rows
        return self.rows[0]

    @property
    def names(self) -> list[str]:
        """The names of what was noticed, in order, each once."""
        return list(dict.fromkeys(one[0] for one in self.told))

    def values(self, name: str) -> list[Any]:
        """A field of every row."""
        return [row.get(name) for row in self.rows]


class Recorder(Rows):
    """Rows that are kept instead of written: what a reading gives, before any database reads it."""

    def __init__(self) -> None:
        self.fields = FIELDS
        self.line_count = self.aside_count = self.diagnostic_count = 0
        self.lines: list[tuple[Any, ...]] = []
        self.asides: list[tuple[Any, ...]] = []
        self.told: list[tuple[Any, ...]] = []

    def line(self, position: int, values: Sequence[str | None]) -> None:
        """Keep a line."""
        self.lines.append((position, *values))

    def aside(self, position: int, code: str, reason: str, **more: str) -> None:
        """Keep what is set aside, in the order of its columns."""
        names = ("claim_id", "line_no", "charge", "paid")
        self.asides.append((position, code, reason, *(more.get(name, "") for name in names)))

    def diagnose(
        self, name: str, severity: str, says: str, position: int, offset: int = 0, claim_id: str = ""
    ) -> None:
        """Keep a diagnostic."""
        self.told.append((name, severity, says, position, offset, claim_id))


def read(content: str | bytes | list[str], folder: Path | None = None) -> Read:
    """Read a file's claims. Segments given as a list end with `~` and LF."""
    recorder = Recorder()
    with tempfile.NamedTemporaryFile(dir=folder) as made:
        made.write(_bytes(content))
        made.flush()
        reading = Claims837(Path(made.name), recorder)
        reading.read()
    rows = [dict(zip(("source_pos", *FIELDS), row, strict=True)) for row in recorder.lines]
    return Read(
        [{name: value for name, value in row.items() if value != ""} for row in rows],
        recorder.told,
        [tuple(None if value == "" else value for value in row) for row in recorder.asides],
        reading.records,
    )


@cache
def connection() -> duckdb.DuckDBPyConnection:
    """One small database for all stagings of a test run: opening one costs more than a small file."""
    return duckdb.connect(config={"threads": 1})


def source_of(content: str | bytes | list[str], folder: Path, name: str = "made.837") -> Source:
    """The content as a file that was taken in."""
    path = folder / name
    path.write_bytes(_bytes(content))
    (folder / "in").mkdir(exist_ok=True)
    return take_in(path, folder / "in")[0]


def stage(content: str | bytes | list[str], folder: Path) -> Read:
    """Recognise and stage a file by the reader of claims, and read back what was staged."""
    con = connection()
    source = source_of(content, folder)
    reader = X12Reader()
    assert reader.recognises(con, source) == "claims"
    staged = reader.stage(con, source, ReadOptions(), folder, {})
    found = con.execute(staged.select)
    names = [column[0] for column in found.description or ()]
    rows = [
        {name: value for name, value in zip(names, row, strict=True) if value is not None}
        for row in found.fetchall()
    ]
    told = con.execute(staged.diagnostics_select).fetchall() if staged.diagnostics_select else []
    aside = con.execute(staged.malformed_select).fetchall() if staged.malformed_select else []
    return Read(rows, told, aside, staged.source_rows or 0, staged)


def _bytes(content: str | bytes | list[str]) -> bytes:
    if isinstance(content, list):
        content = text(content)
    return content.encode() if isinstance(content, str) else content
