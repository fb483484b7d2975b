"""An audit against an earlier one, counted here by hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from auditor.base.errors import InputRefused
from auditor.reports import AuditDocument, trend_against, write_xlsx
from auditor.reports.trend import RuleTrend, Trend, trend
from tests.reports.fakes import FINDING_COLUMNS, write_parquet


def finding(number: int, rule: str, npi: str, paid: str = "10.00", **further: Any) -> dict[str, Any]:
    blank = dict.fromkeys(FINDING_COLUMNS)
    row = {"table": "ncci_ptp", "edition": "2024Q3", "key": "A/B", "effective": None, "deleted": None}
    return {
        **blank, "finding_id": f"f{number}", "rule_id": rule, "verdict": "fail", "class": "definite",
        "direction": "over", "rendering_npi": npi, "claim_id": f"C{number}", "line_no": 1, "exposure": paid,
        "exposure_counted": paid, "reference_rows": [row] if rule == "PTP" else [], **further,
    }  # fmt: skip


def run_of(edition: str, **further: Any) -> dict[str, Any]:
    return {
        "run_id": f"run-{edition}", "inputs": [{"sha256": "a"}], "rules": [{"hash": "r"}], "options": {"as_of": None},
        "tables": [{"table": "ncci_ptp", "edition_id": edition}, {"table": "ncci_mue", "edition_id": "m"}], **further,
    }  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Trend:
    folder = tmp_path_factory.mktemp("trend")
    earlier = [
        finding(1, "PTP", "100"), finding(2, "PTP", "100", "4.00"), finding(3, "MUE", "100"),
        finding(4, "PTP", "300", verdict="bypassed"),
    ]  # fmt: skip
    now = [
        finding(1, "PTP", "100"), finding(5, "PTP", "100", "6.50"), finding(6, "PTP", "200"),
        finding(7, "NEW", "100"), finding(8, "NEW", "", billing_npi="100"),
    ]  # fmt: skip
    write_parquet(folder / "earlier.parquet", FINDING_COLUMNS, earlier)
    write_parquet(folder / "now.parquet", FINDING_COLUMNS, now)
    after = run_of("p2", options={"as_of": "2024-09-01"}, inputs=[{"sha256": "b"}])
    return trend(after, folder / "now.parquet", run_of("p1"), folder / "earlier.parquet")


def test_findings_are_new_repeated_or_gone_by_rule(told: Trend) -> None:
    assert told.rules == (
        RuleTrend(
            "MUE", earlier=1, now=0, repeated=0, new=0, gone=1, again=0, new_by_table=0, gone_by_table=0
        ),
        RuleTrend(
            "NEW", earlier=0, now=2, repeated=0, new=2, gone=0, again=0, new_by_table=0, gone_by_table=0
        ),
        RuleTrend(
            "PTP", earlier=2, now=3, repeated=1, new=2, gone=1, again=2, new_by_table=2, gone_by_table=1
        ),
    )
    assert told.whole == RuleTrend("", 3, 5, 1, 4, 2, 2, 2, 1)
    assert [rule.rate for rule in told.rules] == [Decimal(0), None, Decimal(1)]


def test_headings_have_their_dollars_in_both(told: Trend) -> None:
    by_name = {heading.section: heading for heading in told.headings}
    over = by_name["over_definite"]
    assert (over.earlier, over.now) == (3, 5)
    assert (over.dollars_earlier, over.dollars_now) == (Decimal("24.00"), Decimal("46.50"))
    assert (by_name["bypassed"].earlier, by_name["bypassed"].now) == (1, 0)


def test_what_else_differs_is_said(told: Trend) -> None:
    said = " ".join(told.conditions)
    assert "The claims files are others." in said and "The rules are the same." in said
    assert "other editions" in said and "Options that differ: as_of." in said


def test_no_earlier_run_no_trend_and_one_that_is_none_is_told(tmp_path: Path) -> None:
    assert trend_against(None, {}, tmp_path) is None
    none = trend_against(tmp_path, {}, tmp_path)
    assert none is not None and none.rules == () and "run.json" in none.conditions[0]
    (tmp_path / "x.parquet").write_bytes(b"no parquet")
    with pytest.raises(InputRefused, match="earlier audit"):
        trend({}, tmp_path / "x.parquet", {}, tmp_path / "x.parquet")


@pytest.mark.slow
def test_the_sheet_shows_it_with_sums_that_tie(document: AuditDocument, told: Trend, tmp_path: Path) -> None:
    write_xlsx(document, tmp_path / "audit.xlsx", trend=told)
    book = load_workbook(tmp_path / "audit.xlsx", data_only=True)
    rows = [row for row in book["Trend"].iter_rows(values_only=True) if row[0]]
    assert next(row for row in rows if row[0] == "PTP")[2:11] == (2, 3, 1, 2, 1, 2, 1, 2, 1)
    checked, live = (next(row for row in rows if row[0] == name) for name in ("All, checked", "All, live"))
    assert checked[2:8] == live[2:8] == (3, 5, 1, 4, 2, 2)
    rate = next(
        r for r in book["Executive summary"].iter_rows(values_only=True) if r[0] == "Repeat-finding rate"
    )
    assert rate[2:4] == (2, 3) and rate[4] == pytest.approx(2 / 3, abs=1e-6)
