"""The order of the file: positions, repeats and keys are told by it, however many threads read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

LINES = 150_000  # more than DuckDB reads or writes at a time, so that two threads have some each


def many(paid: Callable[[int], int]) -> str:
    """Every claim line twice, half the file apart, with words that are looked for in lists."""
    head = "claim_id,line_no,patient_id,line_of_business,claim_type,tob,denied,date_from,code,units,charge,paid\n"
    words = ("mcare,p,,no", "medicare part b,prof,,n", "ma,837i,131,not denied", "medicaid mco,inst,851,paid")
    claims = [at % (LINES // 2) for at in range(LINES)]
    return head + "".join(
        f"C{claim},1,P{claim // 8},{words[claim % 4]},2024-07-01,99213,1,100,{paid(at)}\n"
        for at, claim in enumerate(claims)
    )


@pytest.mark.slow
def test_every_row_has_its_place_in_the_file(read: Callable[..., Any]) -> None:
    got = read(many(lambda at: at))  # the payment is the place
    for told in ("claim_line", "set_aside"):
        assert got.rows(f"SELECT count(*), count(*) FILTER (paid <> 100 * (source_pos - 1)) FROM {told}") == [
            (LINES // 2, 0)
        ]
    assert got.rows("SELECT count(*) FROM claim_line WHERE line_id <> source_pos - 1") == [(0,)]


@pytest.mark.slow
def test_of_two_rows_for_one_line_the_first_of_the_file_is_kept(read: Callable[..., Any]) -> None:
    got = read(many(lambda at: 10 if at < LINES // 2 else 99))
    assert got.column("SELECT DISTINCT paid FROM claim_line") == [1000]
    assert got.column("SELECT DISTINCT paid FROM set_aside") == [9900]
