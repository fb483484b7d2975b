"""Synthetic claims are paid what a fee schedule says is due, and nothing else of them changes."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from auditor.reference import Library
from auditor.synth.stories.model import Story, line
from auditor.workbench.priced_claims import has_fees, price_claims
from auditor.workbench.story_library import write_library
from tests.claims_csv import row, write_claims
from tests.pricing.fee_tables import ALABAMA, rvu

DAY = date(2024, 7, 10)
PLACE = {
    "mac": "10112",
    "locality": "00",
    "service_state": "AL",
    "date_from": "2024-07-10",
    "date_to": "2024-07-10",
}
ON = {"date_from": "2024-07-10", "date_to": "2024-07-10"}
BILLED = {"charge": "200.00", "allowed": "100.00", "paid": "80.00"}


def placed(**cells: object) -> dict[str, str]:
    """A plain visit of the day, in the locality whose indices are known."""
    return row(**ON, **cells) | PLACE


ROWS = [
    placed(claim_id="A", line_no=1, code="99213", **BILLED),
    placed(claim_id="B", line_no=1, code="99214", **BILLED),
    placed(claim_id="C", line_no=1, code="99213", charge="200.00", allowed="0.00", paid="0.00"),
    placed(claim_id="D", line_no=1, code="99213", **BILLED, patient_id="P9"),
    placed(claim_id="D", line_no=1, code="99213", **BILLED, patient_id="P9"),
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """One code's fee in one locality: (1 + 1 * 0.869 + 0.1 * 0.575) * 32.3465 = 62.32."""
    since = {"effective": date(2024, 1, 1), "deleted": None}
    folder = tmp_path_factory.mktemp("library")
    tables = {"mpfs_rvu": [rvu("99213", "1", "1", "0.5", "0.1") | since], "mpfs_gpci": [ALABAMA | since]}
    write_library([Story("PFS-12", "fees", (line("99213"),), (DAY,), near_miss=True, tables=tables)], folder)
    return Library.open(folder)


def amounts(file: Path) -> list[tuple[str, ...]]:
    with file.open(encoding="utf-8", newline="") as source:
        return [(item["charge"], item["allowed"], item["paid"]) for item in csv.DictReader(source)]


def test_only_lines_of_a_known_fee_are_paid_it_and_all_else_stays(tmp_path: Path, library: Library) -> None:
    file = write_claims(tmp_path / "claims.csv", ROWS)
    before = list(csv.reader(file.open(encoding="utf-8")))
    assert price_claims(file, library) == 1
    as_billed = tuple(BILLED.values())
    assert amounts(file) == [
        ("200.00", "62.32", "49.86"),
        as_billed,
        ("200.00", "0.00", "0.00"),
        as_billed,
        as_billed,
    ]
    money = [before[0].index(name) for name in BILLED]
    after = list(csv.reader(file.open(encoding="utf-8")))
    kept = [[cell for at, cell in enumerate(cells) if at not in money] for cells in before]
    assert [[cell for at, cell in enumerate(cells) if at not in money] for cells in after] == kept


def test_a_charge_below_the_fee_is_raised_by_as_much_as_it_was_above_what_was_allowed(
    tmp_path: Path, library: Library
) -> None:
    low = placed(claim_id="A", line_no=1, code="99213", charge="20.00", allowed="10.00", paid="8.00")
    file = write_claims(tmp_path / "claims.csv", [low])
    price_claims(file, library)
    assert amounts(file) == [("124.64", "62.32", "49.86")]


def test_parquet_stays_parquet(tmp_path: Path, library: Library) -> None:
    text, file = write_claims(tmp_path / "claims.csv", ROWS[:2]), tmp_path / "claims.parquet"
    typed = ", ".join(f"CAST({name} AS DECIMAL(18,2)) AS {name}" for name in BILLED)
    with duckdb.connect() as con:
        source = f"SELECT * REPLACE ({typed}) FROM read_csv('{text}', all_varchar = true)"
        con.execute(f"COPY ({source}) TO '{file}' (FORMAT parquet)")
        assert price_claims(file, library) == 1
        found = con.execute(f"SELECT allowed FROM '{file}'").fetchall()
    assert found == [(Decimal("62.32"),), (Decimal("100.00"),)]


def test_a_library_without_localities_tells_no_fees(library: Library) -> None:
    assert has_fees(library)
    assert not has_fees(Library.starter())
