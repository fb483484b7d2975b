"""Facility or not by place of service, and which states are one locality: held against copies of CMS's own tables."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from auditor.pricing import places

LATER = date(2025, 7, 1)


def test_the_places_are_those_of_the_code_set(shared_data: Path) -> None:
    rows = duckdb.execute(
        f"SELECT pos_type, pos_code FROM '{shared_data}/reference/pos_codes.parquet'"
    ).fetchall()
    for kind, known in (("Facility", places.FACILITY), ("Non-Facility", places.NON_FACILITY)):
        assert known == {code for name, code in rows if name == kind}


@pytest.mark.parametrize(
    ("place", "day", "setting"),
    [
        ("11", LATER, "non_facility"), ("22", LATER, "facility"), ("02", LATER, "facility"),
        ("10", LATER, "non_facility"), ("10", date(2024, 1, 1), "non_facility"), ("10", date(2023, 12, 31), None),
        ("28", LATER, None), (None, LATER, None),
    ],
)  # fmt: skip
def test_the_setting_of_a_place(place: str | None, day: date, setting: str | None) -> None:
    sql = places.setting_sql("?::VARCHAR", "?::DATE")
    asked = [day if "DATE" in mark else place for mark in sql.split("?")[1:]]
    assert duckdb.execute(f"SELECT {sql}", asked).fetchone() == (setting,)


@pytest.mark.parametrize("year", [2024, 2025])
def test_no_state_that_is_one_locality_is_named_by_another(shared_data: Path, year: int) -> None:
    """But for those that are known to be split."""
    rows = duckdb.execute(
        f"SELECT state, locality_name FROM '{shared_data}/reference/gpci_{year}.parquet'"
    ).fetchall()
    single = {state for state, _ in rows if sum(other == state for other, _ in rows) == 1}
    split = {
        state
        for state in single
        for other, name in rows
        if other != state and f"/{state} " in f"{name} ".replace("+", "/")
    }
    assert split == places.NOT_WHOLE
    assert {"AL", "CT", "OH"} <= single
