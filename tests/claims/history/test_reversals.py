"""A line and the line of the opposite amount that takes it back are not audited, and are accounted for."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path
from typing import Any

import duckdb
import pytest

from auditor.claims import read_claims, reconcile
from auditor.findings import data_quality

LINE = {
    "claim_id": "C1", "line_no": "1", "payer_id": "P", "patient_id": "P1", "claim_type": "professional",
    "rendering_npi": "1000000012", "date_from": "2024-08-01", "code": "36415", "mod1": "", "mod2": "", "units": "2",
    "charge": "200.00", "paid": "80.00", "denied": "",
}  # fmt: skip
BACK = LINE | {"line_no": "2", "units": "-2", "charge": "-200.00", "paid": "-80.00"}


def read(folder: Path, rows: list[dict[str, str]]) -> tuple[dict[str, Any], Any, duckdb.DuckDBPyConnection]:
    """State by claim and line, the reconciliation, and the connection."""
    claims = folder / "claims.csv"
    with claims.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(LINE))
        writer.writeheader()
        writer.writerows(rows)
    con = duckdb.connect()
    feed = read_claims(con, [claims])
    told = reconcile(con, feed)
    states = con.execute("SELECT claim_id || '/' || line_no, state FROM claim_line").fetchall()
    return dict(states), told, con


def test_a_mirrored_pair_is_taken_out_and_ties(tmp_path: Path) -> None:
    states, told, con = read(tmp_path, [LINE, BACK])
    assert set(states.values()) == {"superseded"}
    assert (told.lines_audited, told.lines_superseded, told.paid_superseded) == (0, 2, 0)
    reasons = con.execute("SELECT line_no, reason, by_claim_id FROM superseded ORDER BY ALL").fetchall()
    assert reasons == [
        (1, "taken back by a line of the opposite amount", "C1"),
        (2, "takes a line back", "C1"),
    ]
    data_quality.find_odd_values(con)
    listed = data_quality.listed(con)
    assert [(item["check"], item["lines"], item["paid"]) for item in listed] == [("line_reversed", 2, "0.00")]


@pytest.mark.parametrize(
    "cells",
    [
        {"units": "2"},
        {"claim_id": "C2"},
        {"mod1": "59", "mod2": "RT"},
        {"charge": "-150.00"},
    ],
)
def test_also_where_it_is_written_so(cells: dict[str, str], tmp_path: Path) -> None:
    mods = {"mod1": "RT", "mod2": "59"} if "mod1" in cells else {}
    states, _, _ = read(tmp_path, [LINE | mods, BACK | cells])
    assert set(states.values()) == {"superseded"}


@pytest.mark.parametrize(
    "cells",
    [
        {"units": "-1"},
        {"paid": "-79.99"},
        {"code": "36416"},
        {"mod1": "59"},
        {"date_from": "2024-08-02"},
        {"rendering_npi": "1000000020"},
        {"patient_id": "P2"},
        {"denied": "Y"},
    ],
)
def test_what_is_no_exact_mirror_stays(cells: dict[str, str], tmp_path: Path) -> None:
    states, _, _ = read(tmp_path, [LINE, BACK | cells])
    assert set(states.values()) == {"audited"}


@pytest.mark.slow
def test_one_line_takes_one_back_of_its_own_claim_first_in_any_order(tmp_path: Path) -> None:
    rows = [LINE | {"claim_id": "A"}, LINE, LINE | {"line_no": "3"}, BACK]
    for number, order in enumerate(itertools.permutations(rows)):
        folder = tmp_path / str(number)
        folder.mkdir()
        states, told, _ = read(folder, list(order))
        assert states == {"A/1": "audited", "C1/1": "superseded", "C1/2": "superseded", "C1/3": "audited"}
        assert told.paid_audited == 16_000
