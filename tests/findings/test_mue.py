"""Units of a day against the MUE: spans, sums over lines and claims, and what of the payment is at stake."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from tests.findings import audits
from tests.findings.audits import line, mue, told

CODE, OTHER = "17000", "17003"
audit = partial(audits.audit, only=("mue",))
audit_each = partial(audits.audit_each, only=("mue",))


def span(units: Any, last: int, paid: Any = 100, **fields: Any) -> dict[str, Any]:
    """A line from the first to a later day of July."""
    days = {"date_from": date(2024, 7, 1), "date_to": date(2024, 7, last)}
    return line(CODE, paid, units=Decimal(str(units)), **days, **fields)


def test_units_of_one_line_above_a_line_edit() -> None:
    (found,) = audit(line(CODE, 90, units=3), ncci_mue=[mue(CODE, 2, "1")])
    assert told([found], "exposure", "exposure_as_processed", "exposure_counted") == [
        ("MUE-001", "fail", "definite", 1, Decimal(30), Decimal(90), Decimal(30))
    ]


def test_a_line_edit_judges_each_line_alone() -> None:
    lines = [line(CODE, units=2), line(CODE, units=2, modifiers=["59"])]
    assert audit(*lines, ncci_mue=[mue(CODE, 2, "1")]) == []


def test_lines_split_without_a_modifier_need_a_record() -> None:
    found = audit(line(CODE, 60, units=2), line(CODE, 60, units=2), ncci_mue=[mue(CODE, 2, "1")])
    assert told(found, "exposure") == [
        ("MUE-005", "fail", "probable", 1, Decimal(30)),
        ("MUE-005", "fail", "probable", 2, Decimal(30)),
    ]


def test_a_day_edit_sums_over_lines_and_claims_and_flags_each() -> None:
    found = audit(
        line(CODE, 40, units=1, claim_id="A"),
        line(CODE, 80, units=2, claim_id="B", line_no=1),
        ncci_mue=[mue(CODE, 2, "2")],
    )
    assert [(f["claim_id"], f["exposure"], f["exposure_as_processed"]) for f in found] == [
        ("A", Decimal("13.33"), Decimal(40)),
        ("B", Decimal("26.67"), Decimal(80)),
    ]
    assert [[e["claim_id"] for e in f["evidence"]] for f in found] == [["A", "B"], ["B", "A"]]
    assert told(found)[0][:3] == ("MUE-002", "fail", "definite")
    assert told(audit(line(CODE, units=3), ncci_mue=[mue(CODE, 2, "3")]))[0][:3] == (
        "MUE-003",
        "fail",
        "probable",
    )


def test_what_does_not_count_into_the_day() -> None:
    beside: list[dict[str, Any]] = [
        {"denied": True},
        {"modifiers": ["55"]},
        {"units": 0},
        {"units": -1},
        {"units": None},
        {"rendering_npi": "1000000020"},
        {"patient_id": "P2"},
        {"date_from": date(2024, 7, 11)},
        {"code": OTHER},
        {"pos": "24", "rendering_specialty": "49"},
    ]
    cases = [[line(CODE, units=2), line(CODE) | {"units": 1} | fields] for fields in beside]
    assert audit_each(cases, ncci_mue=[mue(CODE, 2, "2")]) == [[] for _ in beside]


def test_units_of_a_span_are_divided_by_its_days_and_rounded_half_up() -> None:
    """Over two days: 5 units are 3 a day, 4.9 are 2; over three: 8 are 3, 7 are 2."""
    cases = [[span(5, 2)], [span(4.9, 2)], [span(8, 3)], [span(7, 3)], [span(2, 2)]]
    found = audit_each(cases, ncci_mue=[mue(CODE, 2, "2")])
    assert [len(case) for case in found] == [1, 0, 1, 0, 0]


def test_a_span_over_on_several_days_is_one_finding_with_their_sum() -> None:
    """3 units a day for four days, of which 2 are payable: a third of each day's quarter of the payment."""
    (found,) = audit(span(12, 4), ncci_mue=[mue(CODE, 2, "2")])
    assert told([found], "exposure", "exposure_as_processed") == [
        ("MUE-002", "fail", "definite", 1, Decimal("33.33"), Decimal(100))
    ]
    said = "The line bills 12 units from 2024-07-01 to 2024-07-04 (4 days), which were taken as 3 on each day"
    assert said in found["explanation"]
    assert "on 4 of its days" in found["explanation"]
    assert "2024-07-01, 2024-07-02, 2024-07-03, 2024-07-04." in found["explanation"]


def test_the_day_named_is_the_one_on_which_the_units_are_above_the_value() -> None:
    spanning, single = audit(
        span(4, 4), line(CODE, 50, units=2, date_from=date(2024, 7, 3)), ncci_mue=[mue(CODE, 2, "2")]
    )
    for found in (spanning, single):
        assert "units of the code that were processed without denial on 2024-07-03" in found["explanation"]
    assert "taken as 1 on each day (rounded half up)." in spanning["explanation"]
    assert "each day" not in single["explanation"]


def test_each_day_of_a_span_asks_its_own_quarter() -> None:
    """Two days in June, two in July, 3 units a day; the value is 3 until June and 2 from July."""
    given = line(CODE, 100, units=12, date_from=date(2024, 6, 29), date_to=date(2024, 7, 2))
    june = mue(CODE, 3, "2", effective=date(2024, 4, 1), deleted=date(2024, 6, 30), edition="2024Q2")
    july = mue(CODE, 2, "2", effective=date(2024, 7, 1), deleted=date(2024, 9, 30), edition="2024Q3")
    (found,) = audit(given, ncci_mue=[june, july])
    assert (found["exposure"], found["exposure_as_processed"]) == (Decimal("16.67"), Decimal(50))
    assert [row["edition"] for row in found["reference_rows"]] == ["2024Q3"]


def test_a_span_meets_a_single_day() -> None:
    found = audit(
        span(4, 4), line(CODE, 50, units=2, date_from=date(2024, 7, 3)), ncci_mue=[mue(CODE, 2, "2")]
    )
    assert [(f["line_no"], f["exposure"]) for f in found] == [(1, Decimal("8.33")), (2, Decimal("16.67"))]


def test_a_value_of_nought_takes_the_whole_line_and_needs_a_record() -> None:
    cases = [[line(CODE, 50, units=2)], [line(CODE, 0, units=2)]]
    found, free = audit_each(cases, ncci_mue=[mue(CODE, 0, "2")])
    assert told(found, "exposure") == [("MUE-004", "fail", "probable", 1, Decimal(50))]
    assert free == []


def test_no_published_value_is_no_limit() -> None:
    assert audit(line(CODE, units=99), ncci_mue=[mue(OTHER, 1, "2")]) == []
    quarter = {"ncci_mue": (date(2024, 7, 1), date(2024, 9, 30))}
    assert (
        audit(
            line(CODE, units=99, date_from=date(2024, 10, 1)), answers=quarter, ncci_mue=[mue(CODE, 1, "2")]
        )
        == []
    )


def test_a_row_that_a_table_holds_twice_counts_once() -> None:
    (found,) = audit(line(CODE, 90, units=3), ncci_mue=[mue(CODE, 2, "2"), mue(CODE, 2, "2")])
    assert found["exposure"] == found["exposure_counted"] == Decimal(30)
    assert "days of this line" not in found["explanation"]
