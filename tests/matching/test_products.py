"""Rules that would put too many lines together are counted first, and named with the number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from auditor.base.errors import RuleNotEvaluated
from auditor.base.resources import resource_dir
from auditor.matching import products
from auditor.rules import model as m
from auditor.rules.packs import load_packs
from tests import tiny

FORMS = {
    "sequence": "match: {lines: [line], sequence: {same: [patient_id], window: {days: [-9, 0]}}}",
    "sum": "match: {lines: [line], sum: {as: s, of: units, over: [patient_id], running: true, "
    "window: {days: [-9, 0]}}, when: {s.units: {gt: 3}}}",
    "absent": 'match: {lines: [line], absent: {line: other, same: [patient_id], where: {other.code: "99213"}, '
    'within: {window: {days: [1, 9]}}}, when: {line.code: "99213"}}',
    "rows": "match: {lines: [line], table: {name: ncci_mue, on: {setting: line.setting}}}",
}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("MOST_PAIRS", "MOST_KEPT", "MOST_ROWS", "MOST_HOPS"):
        monkeypatch.setattr(products, name, 20)
    yield


def audit(folder: Path, match: str, lines: int, rows: int = 1) -> list[Any]:
    days = [
        {"claim_id": f"C{at}", "date_from": date(2024, 1, 1) + timedelta(at)} for at in range(1, lines + 1)
    ]
    table = [{"setting": "practitioner", "code": f"9921{at}", "value": 1, "mai": "1"} for at in range(rows)]
    text = tiny.rule(f"{match}\nexposure: {{method: none}}\n", base="probable")
    return tiny.audit(folder, days, text, tables={"ncci_mue": table})


@pytest.mark.parametrize("form", FORMS)
def test_a_rule_that_would_put_too_much_together_is_named_with_the_number(tmp_path: Path, form: str) -> None:
    with pytest.raises(
        RuleNotEvaluated, match=r"would compare [0-9]+ pairs of .* more than 20 would"
    ) as caught:
        audit(tmp_path, FORMS[form], 10, 5)
    assert caught.value.rule_id == "PAY-TINY-001"
    assert caught.value.where == "0.yaml" and caught.value.mend


@pytest.mark.parametrize("form", FORMS)
def test_the_same_rule_over_few_lines_is_evaluated(tmp_path: Path, form: str) -> None:
    found = audit(tmp_path, FORMS[form], 4)
    assert {finding["rule_id"] for finding in found} <= {"PAY-TINY-001"}


def test_a_group_is_counted_by_its_window_where_the_whole_of_it_is_too_large() -> None:
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE visits AS SELECT 1 AS group_id, DATE '2024-01-01' + CAST(i * 30 AS INTEGER) AS day "
            "FROM range(10) r(i)"
        )
        rule = next(rule for rule in load_packs([resource_dir("rulesets")]).rules if rule.match)
        near = products.refuse_near
        narrow = m.Window((("", m.Span(m.Bound(days=-9), m.Bound())),))
        wide = m.Window((("", m.Span(m.Bound(days=-300), m.Bound())),))
        near(con, rule, "visits", narrow)
        with pytest.raises(RuleNotEvaluated, match="would compare 55 pairs"):
            near(con, rule, "visits", wide)
