"""Charts: well-formed, escaped, their figures said in text."""

from __future__ import annotations

import re
from decimal import Decimal
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from auditor.reports import charts

LABELS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=90)


def parsed(chart: str) -> ElementTree.Element:
    return ElementTree.fromstring(f"<div>{chart}</div>")


@given(st.lists(st.tuples(LABELS, st.decimals(0, 10**7, places=2)), max_size=14))
def test_pareto_is_well_formed_and_bars_stay_inside(bars: list[tuple[str, Decimal]]) -> None:
    drawn = parsed(charts.pareto("x", "Title", bars, "definite"))
    for rect in drawn.iter("rect"):
        assert 0 <= float(rect.get("width", "nan")) <= charts.WIDTH
    assert len(list(drawn.iter("rect"))) == min(len([1 for _, value in bars if value > 0]), 11)


def test_pareto_shares_run_up_to_the_whole() -> None:
    text = "".join(
        parsed(charts.pareto("x", "T", [("a", Decimal(1)), ("b", Decimal(3))], "definite")).itertext()
    )
    assert re.findall(r"[\d.]+%", text) == ["75.0%", "100.0%"]


def test_labels_cannot_become_markup() -> None:
    drawn = charts.pareto("x", "T", [("<script>&\"'", Decimal(1))], "definite")
    assert "<script>" not in drawn
    assert "<script>&\"'" in "".join(parsed(drawn).itertext())


def test_every_chart_names_itself() -> None:
    for chart in (
        charts.months("m", [("2024-01", 3, 1)]),
        charts.months("m", []),
        charts.coverage("c", [("R", 5, 10), ("S", 0, 0)]),
        charts.waterfall("w", Decimal(100), Decimal(60), Decimal(5), Decimal(3)),
        charts.waterfall("w", None, None, Decimal(0), Decimal(0)),
    ):
        svg = parsed(chart)[0]
        assert svg.get("role") == "img"
        assert svg[0].tag == "title" and svg[1].tag == "desc"
        assert "style=" not in chart


def test_what_is_in_question_hangs_on_what_was_paid() -> None:
    drawn = parsed(charts.waterfall("w", Decimal(200), Decimal(100), Decimal(40), Decimal(10)))
    ends = {
        str(rect.get("class")).split()[-1]: (float(rect.get("x", "0")), float(rect.get("width", "0")))
        for rect in drawn.iter("rect")
    }
    assert sum(ends["definite"]) == ends["ink"][1]
    assert sum(ends["probable"]) == ends["definite"][0]


def test_coverage_shows_numerator_and_denominator() -> None:
    text = "".join(parsed(charts.coverage("c", [("R", 999, 1000), ("S", 99_999, 100_000)])).itertext())
    assert "99.9% (999 of 1,000)" in text
    assert "99.9% (99,999 of 100,000)" in text
