"""Histories as payers and providers make them, read once for all tests that hold what finally stands.

All cases are read at once, each as a patient of a payer of its own; a case in every order is several patients.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from auditor.claims import read_claims, reconcile

HEADER = (
    "claim_id,line_no,patient_id,date_from,code,units,charge,paid,frequency_code,original_ref,payer_icn,received_date,"
    "paid_date,status,payer_id"
)
CASES: list[Case] = []


@dataclass(frozen=True)
class Case:
    """Rows to be read, `late` ones in a second file; `orders` are the orders of rows."""

    number: int
    orders: tuple[tuple[str, ...], ...]
    late: tuple[str, ...] = ()


def case(*rows: str, late: tuple[str, ...] = (), in_every_order: bool = False) -> Case:
    """Have rows read."""
    orders = tuple(itertools.permutations(rows)) if in_every_order else (rows,)
    CASES.append(Case(len(CASES), orders, late))
    return CASES[-1]


def line(
    claim: str, frequency: str = "1", ref: str = "", icn: str = "", received: str = "", on: str = "", paid: str = "80",
    status: str = "", number: int = 1, code: str = "99213", charge: str = "",
) -> str:  # fmt: skip
    """A row; patient and payer are filled in later. `on` is the day of payment."""
    charge = charge or ("-100" if paid.startswith("-") else "100")
    head = f"{claim},{number},PATIENT,2024-07-01,{code},1,{charge},{paid}"
    return f"{head},{frequency},{ref},{icn},{received},{on},{status},PAYER"


@dataclass(frozen=True)
class Told:
    """What came of one order of a case."""

    con: duckdb.DuckDBPyConnection
    patient: str

    def lines(self, columns: str, state: str = "audited") -> list[tuple[Any, ...]]:
        return self.con.execute(
            f"SELECT {columns} FROM claim_line WHERE patient_id = ? AND state = ? "
            "ORDER BY claim_id, payer_icn, line_no, paid_date, paid",
            [self.patient, state],
        ).fetchall()

    @property
    def finals(self) -> list[tuple[Any, ...]]:
        """Claim, control number, frequency and note of the audited lines."""
        return self.lines("claim_id, payer_icn, frequency_code, version_note")

    @property
    def notes(self) -> list[tuple[Any, ...]]:
        return [
            row
            for row in self.lines("version_note, other_version, CAST(other_version_date AS VARCHAR)")
            if row[0]
        ]

    @property
    def superseded(self) -> list[tuple[Any, ...]]:
        """Line, by which claim and why, in the order of the source."""
        return self.con.execute(
            "SELECT l.line_no, s.by_claim_id, s.reason FROM superseded s JOIN claim_line l "
            "USING (source_file, source_pos) WHERE l.patient_id = ? ORDER BY l.line_id",
            [self.patient],
        ).fetchall()

    @property
    def why(self) -> set[str]:
        return {reason for _, _, reason in self.superseded}


Resolved = Callable[[Case], Iterator[Told]]


@pytest.fixture(scope="module")
def resolved(tmp_path_factory: pytest.TempPathFactory) -> Resolved:
    """Every case of this module, read and tied out."""
    folder = tmp_path_factory.mktemp("history")
    files: dict[Path, list[str]] = {folder / "first.csv": [HEADER], folder / "second.csv": [HEADER]}
    for one in CASES:
        for at, rows in enumerate(one.orders):
            for part, path in zip((rows, one.late), files, strict=True):
                files[path] += [
                    row.replace("PATIENT", f"P{one.number}-{at}").replace("PAYER", f"Y{one.number}")
                    for row in part
                ]
    for path, written in files.items():
        path.write_text("\n".join(written) + "\n", encoding="utf-8")
    con = duckdb.connect()
    feed = read_claims(con, list(files))
    assert reconcile(con, feed).ties

    def told(one: Case) -> Iterator[Told]:
        return (Told(con, f"P{one.number}-{at}") for at in range(len(one.orders)))

    return told
