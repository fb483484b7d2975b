"""What a finding tells: the values that it was judged by, the lines that its amount rests on, the row that it cites."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from auditor.findings.model import reference_rows_sql
from tests.findings.worlds import Finding
from tests.tiny import audit, rule, setting

LIMITED = """\
parameters:
  most: {2024-01-01: {value: 2, citation: policy}, 2024-07-01: {value: 3, citation: policy}}
  codes: {2024-01-01: {value: ["99213", "99214"], citation: policy}}
  late: {2030-01-01: {value: 9, citation: policy}}
match: {lines: [line], when: {line.code: {in: $codes}, line.units: {gt: $most}}}
exposure: {method: excess_units, limit: $most}
explanation: "{line.units} units of one of {$codes} on {line.service_date}, above {$most}; {$late}."
"""


def told(folder: Path, body: str, lines: list[dict[str, Any]], *overrides: tuple[str, int]) -> list[Finding]:
    changes = [setting(name, "most", value) for name, value in overrides]
    return audit(folder, lines, rule(body, base="probable"), *changes)


@pytest.mark.parametrize(("day", "units", "limit"), [(date(2024, 6, 30), 3, 2), (date(2024, 7, 1), 4, 3)])
def test_a_sentence_gives_the_parameter_that_the_line_was_judged_by(
    tmp_path: Path, day: date, units: int, limit: int
) -> None:
    (finding,) = told(tmp_path, LIMITED, [{"code": "99213", "date_from": day, "units": units, "paid": 10}])
    assert finding["explanation"] == (
        f"{units} units of one of 99213, 99214 on {day}, above {limit}; not given."
    )


def test_the_one_override_that_ruled_is_named_with_its_value(tmp_path: Path) -> None:
    line = {"code": "99214", "payer_id": "OURS", "units": 9, "paid": 10}
    (finding,) = told(tmp_path, LIMITED, [line], ("PAY-TINY-101", 5), ("PAY-TINY-102", 6))
    assert "above 5;" in finding["explanation"]
    assert finding["explanation"].endswith(" The parameter most is as override PAY-TINY-101 sets it.")


def test_a_parameter_in_a_sentence_must_be_one_of_the_rule(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"`\{\$mots\}` is not known.*did you mean `most`\?"):
        told(tmp_path, LIMITED.replace("{$most};", "{$mots};"), [{"code": "99213"}])


CLAIM = """\
match: {claims: [stay], when: {stay.paid: {gt: 15.00}}}
exposure: {method: none}
explanation: "{stay.claim_id} was paid {stay.paid}"
"""


def test_a_finding_of_a_claim_shows_every_line_that_it_adds_up(tmp_path: Path) -> None:
    lines = [{"paid": 10, "charge": 20, "allowed": 12}, {"paid": 8}, {"paid": 900, "denied": True}]
    (finding,) = told(tmp_path, CLAIM, lines)
    assert [(line["role"], line["line_no"], line["paid"]) for line in finding["evidence"]] == [
        ("stay", 1, Decimal("10.00")),
        ("same claim", 2, Decimal("8.00")),
    ]
    first = finding["evidence"][0]
    assert (first["charge"], first["allowed"]) == (Decimal("20.00"), Decimal("12.00"))


def test_amounts_and_open_ends_of_a_row_are_said_as_people_say_them() -> None:
    sql = reference_rows_sql(
        [("plan", "{row.plan}, {row.most} until {row.deleted}", "Plans", ["plan"], ["most"])]
    )

    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE ref_plan AS SELECT 1 AS row_no, '2024' AS edition, 'G1' AS plan, 233000::BIGINT AS most, "
            "DATE '2024-01-01' AS effective, DATE '9999-12-31' AS deleted"
        )
        con.execute("CREATE TABLE candidate AS SELECT 1 AS table_row, 0 AS rule_no, 0 AS variant")
        con.execute(
            "CREATE TABLE rule_variant AS SELECT 0 AS rule_no, 0 AS variant, 'plan' AS table_name, "
            "'{row.plan}, {row.most} until {row.deleted}' AS locator"
        )
        assert con.execute(f"SELECT section FROM ({sql})").fetchall() == [("G1, 2330.00 until open",)]
