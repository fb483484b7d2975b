"""Whether an NPI has its check digit: in SQL as in plain Python, and in a rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.base.codes import npi_check_digit
from auditor.engine.plain_conditions import npi_valid
from auditor.matching.columns import line_columns
from auditor.matching.sql import npi_valid as npi_sql
from auditor.rules.packs import load_packs
from tests.tiny import audit, flagged, rule

NINE = st.text("0123456789", min_size=9, max_size=9)
GIVEN = st.one_of(
    st.none(), NINE.map(lambda nine: f"{nine}{npi_check_digit(nine)}"), st.text("0123456789", min_size=8, max_size=11),
    st.text("0 1a９.-", max_size=10),
)  # fmt: skip


def both(npis: list[str | None]) -> list[tuple[bool | None, bool | None]]:
    with duckdb.connect() as con:
        con.execute("CREATE TABLE t AS SELECT unnest(?::VARCHAR[]) AS npi", [npis])
        found = con.execute(f"SELECT npi, {npi_sql('npi')} FROM t").fetchall()
    assert [row[0] for row in found] == npis
    return [(told, npi_valid(npi)) for npi, told in found]


@pytest.mark.parametrize(
    ("npi", "valid"),
    [
        ("1234567893", True),  # the example of the NPI standard
        ("1234567892", False),
        ("1234567803", False),
        ("2134567893", False),
        ("123456789", False),
        ("12345678930", False),
        ("12345678O3", False),
        ("123456789３", False),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_ten_digits_the_last_of_which_checks_the_others(npi: str | None, valid: bool | None) -> None:
    assert both([npi]) == [(valid, valid)]


@settings(max_examples=20, deadline=None)
@given(st.lists(GIVEN, min_size=30, max_size=60))
def test_both_evaluators_check_alike(npis: list[str | None]) -> None:
    assert all(in_sql == plain for in_sql, plain in both(npis))


BAD = """\
match: {lines: [line], when: {line.NAME_valid: false}}
exposure: {method: none}
"""


@pytest.mark.parametrize("name", ["rendering_npi", "billing_npi", "referring_npi", "ordering_npi"])
def test_a_rule_that_asks_for_the_check_digit_says_nothing_of_a_line_without_an_npi(
    tmp_path: Path, name: str
) -> None:
    lines: list[dict[str, Any]] = [{name: "1234567893"}, {name: "1234567892"}, {name: None}, {name: "12345"}]
    assert flagged(audit(tmp_path, lines, rule(BAD.replace("NAME", name)))) == [2, 4]
    [made] = load_packs([tmp_path]).rules
    assert line_columns([f"{name}_valid"]) == {name} and made.match is not None
