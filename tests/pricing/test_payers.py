"""Amounts by a payer's own fee table, which takes the place of the physician fee schedule."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.pricing.test_differences import IN_ALABAMA, VISITS, priced, told

pytestmark = pytest.mark.slow  # each case is an audit with fees

OWN = {"payer_id": "OURS", "plan_id": None, "modifier": None, "setting": None, "locality": None}


@pytest.mark.parametrize(
    ("more", "exposure", "corrected"),
    [
        ([], "30.00", "70.00"),
        ([{"code": "99213", "amount": 60, "plan_id": "GOLD"}], "40.00", "60.00"),
        ([{"code": "99213", "amount": 60, "plan_id": "SILVER"}], "30.00", "70.00"),
        ([{"code": "99213", "amount": 50, "locality": "01"}], "50.00", "50.00"),
        ([{"code": "99213", "amount": 50, "locality": "01"}, {"code": "99213", "amount": 60, "plan_id": "GOLD"}],
         "40.00", "60.00"),
        ([{"code": "99213", "amount": 65, "setting": "facility"}], "30.00", "70.00"),
        ([{"code": "99213", "amount": 65, "setting": "non_facility"}], "35.00", "65.00"),
    ],
)  # fmt: skip
def test_a_payer_s_own_fees_take_the_place_of_the_schedule(
    tmp_path: Path, more: list[dict[str, Any]], exposure: str, corrected: str
) -> None:
    """100 for 99203 and 70 for 99213, or what a row that says more says."""
    fees = [
        OWN | {"code": "99203", "amount": 100},
        OWN | {"code": "99213", "amount": 70},
        *(OWN | row for row in more),
    ]
    line = {
        "code": "99203", "allowed": 100, "paid": 100, "charge": 300, "payer_id": "OURS", "plan_id": "GOLD",
        "mac": "10112", "locality": "01",
    }  # fmt: skip
    found = priced(tmp_path, line, 'code: "99213"', rows=[], tables={"payer_fees": fees})
    assert told(found) == ("repriced", exposure, corrected)
    assert "Repriced by the payer's fee table: $100.00 for 99203" in found["explanation"]


def test_a_payer_with_a_table_is_not_priced_by_the_schedule(tmp_path: Path) -> None:
    """Its table has no row of 99213; another payer's lines are priced by the schedule as before."""
    fees = [OWN | {"code": "99203", "amount": 100}]
    line = {
        "code": "99203",
        "charge": 250,
        "allowed": Decimal("99.99"),
        "paid": 100,
        "payer_id": "OURS",
    } | IN_ALABAMA
    tables = {"payer_fees": fees}
    assert told(priced(tmp_path, line, 'code: "99213"', rows=VISITS, tables=tables)) == (
        "estimated",
        "18.40",
        "81.60",
    )
    other = line | {"payer_id": "X"}
    assert (
        priced(tmp_path, other, 'code: "99213"', rows=VISITS, tables=tables)["exposure_basis"] == "repriced"
    )
