"""Column 1 / Column 2 pairs: direction, dates, modifiers, spans and chains, as SEMANTICS.md decides them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from tests.findings import audits
from tests.findings.audits import DAY, FACILITY, HOSPITAL, line, ptp, told

FIRST, SECOND, THIRD = "93000", "93005", "93041"
audit = partial(audits.audit, only=("ptp",))
audit_each = partial(audits.audit_each, only=("ptp",))


def test_the_line_at_fault_is_column_2_wherever_it_stands() -> None:
    lines = [line(FIRST, 40), line(SECOND, 30)]
    for found in audit_each([lines, lines[::-1]], ncci_ptp=[ptp(FIRST, SECOND)]):
        assert [(f["code"], f["exposure"]) for f in found] == [(SECOND, Decimal(30))]
        shown = [(e["role"], e["code"]) for e in found[0]["evidence"]]
        assert shown == [("column 2", SECOND), ("column 1", FIRST)]


def test_the_other_direction_is_another_edit() -> None:
    both = audit(line(FIRST), line(SECOND), ncci_ptp=[ptp(FIRST, SECOND), ptp(SECOND, FIRST)])
    assert {f["code"] for f in both} == {FIRST, SECOND}


def test_a_row_is_in_force_from_its_first_to_its_last_day() -> None:
    row = ptp(FIRST, SECOND, effective=date(2020, 1, 1), deleted=date(2023, 3, 31))
    wanted = {
        date(2019, 12, 31): 0,
        date(2020, 1, 1): 1,
        date(2023, 3, 30): 1,
        date(2023, 3, 31): 1,
        date(2023, 4, 1): 0,
    }
    cases = [[line(FIRST, date_from=day), line(SECOND, date_from=day)] for day in wanted]
    assert [len(found) for found in audit_each(cases, ncci_ptp=[row])] == list(wanted.values())


def test_an_indicator_9_row_was_never_in_force() -> None:
    row = ptp(FIRST, SECOND, "9", effective=DAY, deleted=DAY)
    assert audit(line(FIRST), line(SECOND), ncci_ptp=[row]) == []


MODIFIED: list[tuple[list[str], list[str], tuple[str, str, str]]] = [
    ([], [], ("PTP-001", "fail", "definite")),
    ([], ["59"], ("PTP-001", "bypassed", "definite")),
    (["XU"], [], ("PTP-001", "bypassed", "definite")),
    ([], ["91"], ("PTP-001", "bypassed", "definite")),
    ([], ["76"], ("PTP-006", "fail", "definite")),
    ([], ["22"], ("PTP-006", "fail", "definite")),
    (["RT"], ["RT"], ("PTP-004", "fail", "probable")),
    (["RT"], ["LT"], ("PTP-001", "bypassed", "definite")),
    (["RT"], ["RT", "59"], ("PTP-001", "bypassed", "definite")),
    (["T5"], ["T5", "XS"], ("PTP-001", "bypassed", "definite")),
]


def test_what_modifiers_do_to_an_indicator_1_pair() -> None:
    cases = [[line(FIRST, modifiers=one), line(SECOND, modifiers=two)] for one, two, _ in MODIFIED]
    audited = audit_each(cases, ncci_ptp=[ptp(FIRST, SECOND)])
    for found, (one, two, outcome) in zip(audited, MODIFIED, strict=True):
        assert told(found) == [(*outcome, 2)], (one, two)
        assert (found[0]["exposure_counted"] > 0) == (outcome[1] == "fail")
        assert (found[0]["reason"] is not None) == (outcome[1] == "bypassed")


def test_no_modifier_lifts_an_indicator_0_pair() -> None:
    found = audit(line(FIRST), line(SECOND, modifiers=["59"]), ncci_ptp=[ptp(FIRST, SECOND, "0")])
    assert told(found) == [("PTP-002", "fail", "definite", 2)]


def test_before_july_2019_a_modifier_59_on_column_1_alone_needs_a_record() -> None:
    cases = [
        [line(FIRST, date_from=day, modifiers=["59"]), line(SECOND, date_from=day)]
        for day in (date(2019, 6, 30), date(2019, 7, 1))
    ]
    before, after = audit_each(cases, ncci_ptp=[ptp(FIRST, SECOND)])
    assert told(before, "at_risk", "exposure_counted") == [("PTP-010", "fail", "probable", 2, True, 0)]
    assert told(after, "at_risk", "exposure_counted") == [("PTP-001", "bypassed", "definite", 2, False, 0)]


def test_two_lines_of_different_claims_meet() -> None:
    (found,) = audit(line(FIRST, claim_id="A"), line(SECOND, claim_id="B"), ncci_ptp=[ptp(FIRST, SECOND)])
    assert found["split_claim"] and (found["claim_id"], found["verdict"]) == ("B", "fail")


def test_lines_that_do_not_belong_together_do_not_meet() -> None:
    apart: list[dict[str, Any]] = [
        {"patient_id": "P2"},
        {"rendering_npi": "1000000020"},
        {"date_from": date(2024, 7, 11)},
        {"payer_id": "Y"},
        {"line_of_business": "medicaid"},
        {"denied": True},
        {"claim_type": "dme"},
    ]
    cases = [[line(FIRST), line(SECOND, **fields)] for fields in apart]
    assert audit_each(cases, ncci_ptp=[ptp(FIRST, SECOND)]) == [[] for _ in apart]


# ---- spans (PTP 5) ---------------------------------------------------------------------------------

SPANS = [
    ((8, 10), (10, 10), 10),
    ((10, 12), (8, 11), 10),
    ((10, 10), (7, 30), 10),
    ((5, 20), (11, 12), 11),
    ((8, 9), (10, 12), None),
    ((10, 10), (11, 12), None),
]


def of_july(code: str, first: int, last: int) -> dict[str, Any]:
    return line(code, date_from=date(2024, 7, first), date_to=date(2024, 7, last))


def test_lines_with_spans_meet_where_they_share_a_day_and_need_a_record() -> None:
    cases = [[of_july(FIRST, *one), of_july(SECOND, *two)] for one, two, _ in SPANS]
    audited = audit_each(cases, ncci_ptp=[ptp(FIRST, SECOND, "0")])
    for found, (one, two, shared) in zip(audited, SPANS, strict=True):
        wanted = [] if shared is None else [("PTP-002", "fail", "probable", 2)]
        assert told(found) == wanted, (one, two)
        assert shared is None or f"2024-07-{shared:02}" in found[0]["explanation"]


def test_the_row_is_asked_for_the_first_shared_day() -> None:
    """The first day that the two have in common is the 10th; each pair of codes has a row from another day."""
    third = {"effective": date(2024, 7, 11)}
    rows = [ptp(FIRST, SECOND, "0", effective=date(2024, 7, 10)), ptp(FIRST, THIRD, "0", **third)]
    found = audit(of_july(FIRST, 8, 20), of_july(SECOND, 10, 15), of_july(THIRD, 10, 15), ncci_ptp=rows)
    assert [f["code"] for f in found] == [SECOND]


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
    other, billed = {"facility_npi": "1000000046"}, {"facility_npi": None, "billing_npi": FACILITY}
    found = audit_each([[one, two], [one, two | other], [one, two | billed]], ncci_ptp=rows)
    assert [len(case) for case in found] == [1, 0, 1]


# ---- what cannot be judged -------------------------------------------------------------------------

TO_SEPTEMBER = {"ncci_ptp": (date(1996, 1, 1), date(2024, 9, 30))}


def test_after_the_end_of_its_quarter_a_publication_does_not_answer() -> None:
    days = (date(2024, 9, 30), date(2024, 10, 1))
    cases = [[line(FIRST, date_from=day), line(SECOND, date_from=day)] for day in days]
    (last,), (after,) = audit_each(cases, answers=TO_SEPTEMBER, ncci_ptp=[ptp(FIRST, SECOND)])
    assert (last["verdict"], after["verdict"]) == ("fail", "not_evaluated")
    assert (after["exposure"], after["exposure_counted"]) == (0, 0)
    assert "no publication answers" in after["reason"] and after["explanation"].startswith("Not evaluated")


def test_a_pair_that_was_deleted_or_lifted_is_not_brought_up_after_the_quarter() -> None:
    day = {"date_from": date(2024, 10, 1)}
    rows = [ptp(FIRST, SECOND, deleted=date(2024, 6, 30)), ptp(FIRST, THIRD)]
    lines = [line(FIRST, **day), line(SECOND, **day), line(THIRD, modifiers=["59"], **day)]
    assert audit(*lines, answers=TO_SEPTEMBER, ncci_ptp=rows) == []


def test_a_missing_provider_is_told_and_not_passed() -> None:
    unknown, lifted = {"rendering_npi": None}, {"rendering_npi": None, "modifiers": ["59"]}
    cases = [[line(FIRST), line(SECOND, **unknown)], [line(FIRST), line(SECOND, **lifted)]]
    (told_of,), passed = audit_each(cases, ncci_ptp=[ptp(FIRST, SECOND)])
    assert told([told_of]) == [("PTP-001", "not_evaluated", "definite", 2)]
    assert "provider" in told_of["reason"] and told_of["exposure_counted"] == 0
    assert "same patient and provider" not in told_of["explanation"]
    assert "line 2, provider not given)" in told_of["explanation"]
    assert "without denial" not in told_of["explanation"] and "was not judged." in told_of["explanation"]
    assert passed == []


def test_a_finding_that_needs_a_record_says_why() -> None:
    cases = [
        [line(FIRST), line(SECOND)],
        [line(FIRST, date_to=date(2024, 7, 11)), line(SECOND)],
        [line(FIRST), line(SECOND, 0)],
        [line(FIRST, modifiers=["RT"]), line(SECOND, modifiers=["RT"])],
        [line(FIRST), line(SECOND), line(THIRD)],
    ]
    found = audit_each(cases, ncci_ptp=[ptp(FIRST, SECOND), ptp(SECOND, THIRD)])
    said = [case[-1]["explanation"].partition(" A record is needed because ")[2] for case in found]
    assert said == [
        "",
        "the Column 1 line spans several days and may not have been given on the shared one.",
        "nothing was paid on the Column 2 line, which may have been denied.",
        "Medicare's own claims editor lifts the edit where both lines name one site.",
        "every Column 1 line it was processed with is itself found not payable under another pair.",
    ]
    assert [bool(case[-1]["record_needed"]) for case in found] == [False, True, True, True, True]
