"""Column 1 / Column 2 pairs: direction, dates, modifiers, spans and chains, as SEMANTICS.md decides them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.findings.audits import DAY, FACILITY, HOSPITAL, audit, line, ptp, told

FIRST, SECOND, THIRD = "93000", "93005", "93041"


@pytest.mark.parametrize("turned", [False, True])
def test_the_line_at_fault_is_column_2_wherever_it_stands(turned: bool) -> None:
    lines = [line(FIRST, 40), line(SECOND, 30)]
    found = audit(*(lines[::-1] if turned else lines), ncci_ptp=[ptp(FIRST, SECOND)])
    assert [(f["code"], f["exposure"]) for f in found] == [(SECOND, Decimal(30))]
    assert [(e["role"], e["code"]) for e in found[0]["evidence"]] == [
        ("column 2", SECOND),
        ("column 1", FIRST),
    ]


def test_the_other_direction_is_another_edit() -> None:
    both = audit(line(FIRST), line(SECOND), ncci_ptp=[ptp(FIRST, SECOND), ptp(SECOND, FIRST)])
    assert {f["code"] for f in both} == {FIRST, SECOND}


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (date(2019, 12, 31), 0),
        (date(2020, 1, 1), 1),
        (date(2023, 3, 30), 1),
        (date(2023, 3, 31), 1),
        (date(2023, 4, 1), 0),
    ],
)
def test_a_row_is_in_force_from_its_first_to_its_last_day(day: date, found: int) -> None:
    row = ptp(FIRST, SECOND, effective=date(2020, 1, 1), deleted=date(2023, 3, 31))
    assert len(audit(line(FIRST, date_from=day), line(SECOND, date_from=day), ncci_ptp=[row])) == found


def test_an_indicator_9_row_was_never_in_force() -> None:
    row = ptp(FIRST, SECOND, "9", effective=DAY, deleted=DAY)
    assert audit(line(FIRST), line(SECOND), ncci_ptp=[row]) == []


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        ([], [], ("PTP-001", "fail", "definite")),
        ([], ["59"], ("PTP-001", "bypassed", "definite")),
        (["XU"], [], ("PTP-001", "bypassed", "definite")),
        ([], ["76"], ("PTP-006", "fail", "definite")),
        (["RT"], ["RT"], ("PTP-004", "fail", "probable")),
        (["RT"], ["LT"], ("PTP-001", "bypassed", "definite")),
        (["RT"], ["RT", "59"], ("PTP-001", "bypassed", "definite")),
    ],
)
def test_what_modifiers_do_to_an_indicator_1_pair(
    first: list[str], second: list[str], outcome: tuple[str, str, str]
) -> None:
    found = audit(line(FIRST, modifiers=first), line(SECOND, modifiers=second), ncci_ptp=[ptp(FIRST, SECOND)])
    assert told(found) == [(*outcome, 2)]
    assert (found[0]["exposure_counted"] > 0) == (outcome[1] == "fail")


def test_no_modifier_lifts_an_indicator_0_pair() -> None:
    found = audit(line(FIRST), line(SECOND, modifiers=["59"]), ncci_ptp=[ptp(FIRST, SECOND, "0")])
    assert told(found) == [("PTP-002", "fail", "definite", 2)]


@pytest.mark.parametrize(
    ("day", "outcome"),
    [
        (date(2019, 6, 30), ("PTP-010", "fail", "probable", True)),
        (date(2019, 7, 1), ("PTP-001", "bypassed", "definite", False)),
    ],
)
def test_before_july_2019_a_modifier_59_on_column_1_alone_needs_a_record(
    day: date, outcome: tuple[Any, ...]
) -> None:
    found = audit(
        line(FIRST, date_from=day, modifiers=["59"]),
        line(SECOND, date_from=day),
        ncci_ptp=[ptp(FIRST, SECOND)],
    )
    assert [(*row[:3], found[0]["at_risk"]) for row in told(found)] == [outcome]
    assert found[0]["exposure_counted"] == 0


def test_two_lines_of_different_claims_meet() -> None:
    (found,) = audit(line(FIRST, claim_id="A"), line(SECOND, claim_id="B"), ncci_ptp=[ptp(FIRST, SECOND)])
    assert found["split_claim"] and (found["claim_id"], found["verdict"]) == ("B", "fail")


@pytest.mark.parametrize(
    "apart",
    [
        {"patient_id": "P2"},
        {"rendering_npi": "1000000020"},
        {"date_from": date(2024, 7, 11)},
        {"payer_id": "Y"},
        {"line_of_business": "medicaid"},
        {"denied": True},
    ],
)
def test_lines_that_do_not_belong_together_do_not_meet(apart: dict[str, Any]) -> None:
    assert audit(line(FIRST), line(SECOND, **apart), ncci_ptp=[ptp(FIRST, SECOND)]) == []


# ---- spans (PTP 5) ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "two", "shared"),
    [
        ((8, 10), (10, 10), 10),
        ((10, 12), (8, 11), 10),
        ((10, 10), (7, 30), 10),
        ((5, 20), (11, 12), 11),
        ((8, 9), (10, 12), None),
        ((10, 10), (11, 12), None),
    ],
)
def test_lines_with_spans_meet_where_they_share_a_day_and_need_a_record(
    one: tuple[int, int], two: tuple[int, int], shared: int | None
) -> None:
    lines = [
        line(code, date_from=date(2024, 7, first), date_to=date(2024, 7, last))
        for code, (first, last) in ((FIRST, one), (SECOND, two))
    ]
    found = audit(*lines, ncci_ptp=[ptp(FIRST, SECOND, "0")])
    if shared is None:
        assert found == []
        return
    assert told(found) == [("PTP-002", "fail", "probable", 2)]
    assert f"2024-07-{shared:02}" in found[0]["explanation"]


@pytest.mark.parametrize(("effective", "found"), [(date(2024, 7, 10), 1), (date(2024, 7, 11), 0)])
def test_the_row_is_asked_for_the_first_shared_day(effective: date, found: int) -> None:
    lines = [
        line(FIRST, date_from=date(2024, 7, 8), date_to=date(2024, 7, 20)),
        line(SECOND, date_from=date(2024, 7, 10), date_to=date(2024, 7, 15)),
    ]
    assert len(audit(*lines, ncci_ptp=[ptp(FIRST, SECOND, "0", effective=effective)])) == found


# ---- chains (PTP 1) --------------------------------------------------------------------------------

CHAIN = [ptp(FIRST, SECOND), ptp(SECOND, THIRD)]


def test_of_a_professional_chain_the_third_needs_a_record() -> None:
    found = audit(line(FIRST), line(SECOND), line(THIRD), ncci_ptp=CHAIN)
    assert told(found) == [("PTP-001", "fail", "definite", 2), ("PTP-001", "fail", "probable", 3)]


def test_a_partner_that_stands_keeps_the_third_claims_evident() -> None:
    found = audit(line(FIRST), line(SECOND), line(THIRD), ncci_ptp=[*CHAIN, ptp(FIRST, THIRD)])
    assert told(found) == [
        ("PTP-001", "fail", "definite", 2),
        ("PTP-001", "fail", "definite", 3),
        ("PTP-001", "fail", "definite", 3),
    ]
    assert sorted(f["exposure_counted"] for f in found) == [0, 10, 10]


def test_of_a_hospital_chain_each_pair_stands_on_its_own() -> None:
    rows = [row | {"setting": "outpatient_hospital"} for row in CHAIN]
    found = audit(*(line(code, **HOSPITAL) for code in (FIRST, SECOND, THIRD)), ncci_ptp=rows)
    assert told(found) == [("PTP-001", "fail", "definite", 2), ("PTP-001", "fail", "definite", 3)]


def test_hospital_lines_meet_by_their_facility() -> None:
    rows = [ptp(FIRST, SECOND) | {"setting": "outpatient_hospital"}]
    one, two = line(FIRST, rendering_npi="1000000020", **HOSPITAL), line(SECOND, **HOSPITAL)
    assert len(audit(one, two, ncci_ptp=rows)) == 1
    assert audit(one, two | {"facility_npi": "1000000046"}, ncci_ptp=rows) == []
    assert audit(one, two | {"facility_npi": None, "billing_npi": FACILITY}, ncci_ptp=rows) != []


# ---- what cannot be judged -------------------------------------------------------------------------

TO_SEPTEMBER = {"ncci_ptp": (date(1996, 1, 1), date(2024, 9, 30))}


@pytest.mark.parametrize(
    ("day", "verdict"), [(date(2024, 9, 30), "fail"), (date(2024, 10, 1), "not_evaluated")]
)
def test_after_the_end_of_its_quarter_a_publication_does_not_answer(day: date, verdict: str) -> None:
    (found,) = audit(
        line(FIRST, date_from=day),
        line(SECOND, date_from=day),
        answers=TO_SEPTEMBER,
        ncci_ptp=[ptp(FIRST, SECOND)],
    )
    assert found["verdict"] == verdict
    if verdict == "not_evaluated":
        assert (found["exposure"], found["exposure_counted"]) == (0, 0)
        assert "no publication answers" in found["reason"] and found["explanation"].startswith(
            "Not evaluated"
        )


def test_a_pair_that_was_deleted_is_not_brought_up_after_the_quarter() -> None:
    day = date(2024, 10, 1)
    row = ptp(FIRST, SECOND, deleted=date(2024, 6, 30))
    assert (
        audit(line(FIRST, date_from=day), line(SECOND, date_from=day), answers=TO_SEPTEMBER, ncci_ptp=[row])
        == []
    )


def test_a_missing_provider_is_told_and_not_passed() -> None:
    (found,) = audit(line(FIRST), line(SECOND, rendering_npi=None), ncci_ptp=[ptp(FIRST, SECOND)])
    assert told([found]) == [("PTP-001", "not_evaluated", "definite", 2)]
    assert "provider" in found["reason"]


def test_a_missing_provider_does_not_matter_where_a_modifier_lifts_the_pair() -> None:
    lines = [line(FIRST), line(SECOND, rendering_npi=None, modifiers=["59"])]
    assert audit(*lines, ncci_ptp=[ptp(FIRST, SECOND)]) == []
