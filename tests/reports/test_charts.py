"""Charts: well-formed, escaped, their figures said in text."""

from __future__ import annotations

import re
from decimal import Decimal
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from auditor.reports import charts, funnel_chart
from auditor.reports.peers import Peer, Peers
from tests.reports.conftest import say

SAY = say()

LABELS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=90)


def parsed(chart: str) -> ElementTree.Element:
    return ElementTree.fromstring(f"<div>{chart}</div>")


@given(st.lists(st.tuples(LABELS, st.decimals(0, 10**7, places=2)), max_size=14))
def test_pareto_is_well_formed_and_bars_stay_inside(bars: list[tuple[str, Decimal]]) -> None:
    drawn = parsed(charts.pareto(SAY, "x", "Title", bars, "definite"))
    for rect in drawn.iter("rect"):
        assert 0 <= float(rect.get("width", "nan")) <= charts.WIDTH
    assert len(list(drawn.iter("rect"))) == min(len([1 for _, value in bars if value > 0]), 11)


def test_pareto_shares_run_up_to_the_whole() -> None:
    text = "".join(
        text.text or ""
        for text in parsed(
            charts.pareto(SAY, "x", "T", [("a", Decimal(1)), ("b", Decimal(3))], "definite")
        ).iter("text")
    )
    assert re.findall(r"[\d.]+%", text) == ["75.0%", "100.0%"]


def test_labels_cannot_become_markup() -> None:
    drawn = charts.pareto(SAY, "x", "T", [("<script>&\"'", Decimal(1))], "definite")
    assert "<script>" not in drawn
    assert "<script>&\"'" in "".join(parsed(drawn).itertext())


def test_every_chart_names_itself() -> None:
    for chart in (
        charts.months(SAY, "m", [("2024-01", 3, 1)]),
        charts.months(SAY, "m", []),
        charts.coverage(SAY, "c", [("R", 5, 10), ("S", 0, 0)]),
        charts.waterfall(SAY, "w", Decimal(100), Decimal(60), Decimal(5), Decimal(3), Decimal(9)),
        charts.waterfall(SAY, "w", None, None, Decimal(0), Decimal(0), Decimal(0)),
    ):
        svg = parsed(chart)[0]
        assert svg.get("role") == "img"
        assert svg[0].tag == "title" and svg[1].tag == "desc"
        assert "style=" not in chart


def test_what_is_in_question_hangs_on_what_was_paid() -> None:
    drawn = parsed(
        charts.waterfall(SAY, "w", Decimal(200), Decimal(100), Decimal(40), Decimal(10), Decimal(70))
    )
    ends = {
        str(rect.get("class")).split()[-1]: (float(rect.get("x", "0")), float(rect.get("width", "0")))
        for rect in drawn.iter("rect")
    }
    assert sum(ends["definite"]) == ends["ink"][1]
    assert sum(ends["probable"]) == ends["definite"][0]


def test_coverage_shows_numerator_and_denominator() -> None:
    text = "".join(parsed(charts.coverage(SAY, "c", [("R", 999, 1000), ("S", 99_999, 100_000)])).itertext())
    assert "99.9% (999 of 1,000)" in text
    assert "99.9% (99,999 of 100,000)" in text


def test_what_is_at_risk_stands_apart_from_the_stairs() -> None:
    drawn = parsed(
        charts.waterfall(SAY, "w", Decimal(200), Decimal(100), Decimal(40), Decimal(10), Decimal(70))
    )
    (risk,) = [rect for rect in drawn.iter("rect") if str(rect.get("class")).endswith("risk")]
    assert float(risk.get("x", "nan")) == 0


def test_the_description_of_a_chart_says_its_figures() -> None:
    said = parsed(charts.months(SAY, "m", [("2024-01", 3, 1)]))[0][1].text
    assert said is not None and "2024-01: 3 claims-evident, 1 record needed." in said


def test_the_funnel_draws_every_provider_and_marks_those_above() -> None:
    inside = [Peer(f"{n:010}", (), 100 + n, 5, False) for n in range(900)]
    above = Peer("9999999999", ("08",), 400, 120, True)
    curve = ((100, 0.0, 0.12), (1000, 0.02, 0.08))
    drawn = parsed(funnel_chart.funnel(SAY, "f", Peers((above, *inside), 3, 4620, 90000, curve)))
    points = [str(point.get("class")) for point in drawn.iter("circle")]
    assert len(points) == funnel_chart.MOST_POINTS and points.count("point above") == 1
    for point in drawn.iter("circle"):
        assert 0 <= float(point.get("cx", "nan")) <= charts.WIDTH and float(point.get("cy", "nan")) >= 0
    said = drawn[0][1].text
    assert (
        said is not None and "1 of 901 providers" in said and "9999999999: 120 of 400 lines (30.0%)" in said
    )
    assert funnel_chart.funnel(SAY, "f", Peers()) == ""
