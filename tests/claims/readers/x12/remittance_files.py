"""Small remittances made in tests, and what their reader makes of them."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from auditor.claims.feed import ReadOptions
from auditor.claims.readers.interface import Staged
from auditor.claims.readers.x12.remittance import RemittanceReader
from tests.claims.readers.x12 import files

_CON = duckdb.connect()
VERSION = "005010X221A1"
HEAD = ("BPR*I*80*C*CHK************20240201", "TRN*1*CHECK*1999999999", "DTM*405*20240131", "N1*PR*PAYER*XV*PAY1",
        "N1*PE*GROUP*XX*1000000004", "REF*TJ*990000001", "LX*1")  # fmt: skip
CLP = "CLP*C1*1*100*80*20*MB*ICN1*11*1"
PATIENT = "NM1*QC*1*ONE*ANN****MI*M1"
SERVICE = ("SVC*HC:99213:25*100*80**1", "DTM*472*20240105", "CAS*PR*1*20")


def remittance(*segments: str, head: tuple[str, ...] = HEAD, control: str = "0001", count: int | None = None,
               kind: str = "835") -> list[str]:  # fmt: skip
    """Segments from ST to SE."""
    inside = [*head, *segments]
    number = len(inside) + 2 if count is None else count
    return [f"ST*{kind}*{control}", *inside, f"SE*{number}*{control}"]


def whole(*segments: str, version: str = VERSION, isa: str = files.ISA, **more: Any) -> list[str]:
    """An interchange of one remittance; by default with one claim of one line."""
    found = segments or (CLP, PATIENT, *SERVICE)
    return files.interchange(files.group(remittance(*found, **more), version=version, code="HP"), isa=isa)


@dataclass
class Read:
    """What a reading gave: rows without their blank values, diagnostics, what was set aside."""

    staged: Staged
    rows: list[dict[str, Any]]
    told: list[tuple[Any, ...]] = field(default_factory=list)
    aside: list[tuple[Any, ...]] = field(default_factory=list)

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


def read(content: str | bytes | list[str], payer_id: str | None = None) -> Read:
    """Read a file with the reader of remittances. Segments given as a list end with `~` and LF."""
    if isinstance(content, list):
        content = files.text(content)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        source = files.source_of(content, place, "made.835")
        reader = RemittanceReader()
        assert reader.recognises(_CON, source) == "claims"
        staged = reader.stage(_CON, source, ReadOptions(payer_id=payer_id), place, {})
        found = _CON.execute(staged.select)
        names = [column[0] for column in found.description or ()]
        rows = [
            {k: v for k, v in zip(names, row, strict=True) if v not in (None, False)}
            for row in found.fetchall()
        ]
        made = Read(staged, rows)
        if staged.diagnostics_select:
            made.told = _CON.execute(staged.diagnostics_select).fetchall()
        if staged.malformed_select:
            made.aside = _CON.execute(staged.malformed_select).fetchall()
    return made
