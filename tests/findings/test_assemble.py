"""What a finding says beside its dollars: its id, the row it rests on, citations, evidence and premises."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.findings.audits import DAY, aoc, audit, audit_each, line, mue, ptp

FIRST, SECOND = "45385", "45378"


def one(*lines: dict[str, Any], **tables: Any) -> dict[str, Any]:
    (found,) = audit(*lines, only=["ptp"], **tables)
    return found


def id_of(row: dict[str, Any], *, second: dict[str, Any] | None = None) -> str:
    return str(one(line(FIRST), line(SECOND, **(second or {})), ncci_ptp=[row])["finding_id"])


def test_an_id_outlives_a_new_edition_with_other_dates() -> None:
    assert id_of(ptp(FIRST, SECOND)) == id_of(
        ptp(
            FIRST,
            SECOND,
            edition="2024Q4",
            effective=date(2020, 1, 1),
            deleted=date(2024, 12, 31),
            rationale="other",
        )
    )


@pytest.mark.parametrize("change", [{"claim_id": "B"}, {"line_no": 7}])
@pytest.mark.slow
def test_another_line_has_another_id(change: dict[str, Any]) -> None:
    assert id_of(ptp(FIRST, SECOND)) != id_of(ptp(FIRST, SECOND), second=change)


@pytest.mark.slow
def test_another_indicator_is_another_edit() -> None:
    assert id_of(ptp(FIRST, SECOND, "0")) != id_of(ptp(FIRST, SECOND, "1"))


def test_what_is_paid_does_not_bear_on_the_id() -> None:
    assert id_of(ptp(FIRST, SECOND)) == id_of(ptp(FIRST, SECOND), second={"paid": 99, "units": 2})


def test_the_row_in_force_is_named_and_cited() -> None:
    row = ptp(FIRST, SECOND, "0", edition="2024Q3", effective=date(2003, 1, 1))
    found = one(line(FIRST), line(SECOND), ncci_ptp=[row])
    assert found["reference_rows"] == [
        {
            "table": "ncci_ptp",
            "edition": "2024Q3",
            "key": f"setting practitioner / column_1 {FIRST} / column_2 {SECOND} / modifier_indicator 0",
            "effective": date(2003, 1, 1),
            "deleted": None,
        }
    ]
    cited = [c for c in found["citations"] if FIRST in c["section"]]
    assert len(cited) == 1 and cited[0]["revision"] == "2024 Q3" and cited[0]["verified"]
    assert cited[0]["document"] == "NCCI procedure-to-procedure (PTP) edits, practitioner"
    assert cited[0]["section"] == f"Column 1 {FIRST} / Column 2 {SECOND}"
    assert len(found["citations"]) > 1
    until = one(line(FIRST), line(SECOND), ncci_ptp=[row | {"deleted": DAY}])
    assert until["reference_rows"][0]["deleted"] == DAY


def test_evidence_shows_the_lines_as_they_stand() -> None:
    given = line(SECOND, "12.30", modifiers=["76", "22"], units=Decimal("2"), claim_id="B", line_no=4)
    found = one(line(FIRST, None), given, ncci_ptp=[ptp(FIRST, SECOND)])
    second, first = found["evidence"]
    assert second == {
        "role": "column 2", "claim_id": "B", "line_no": 4, "service_date": DAY, "code": SECOND,
        "modifiers": ["76", "22"], "units": Decimal("2.000"), "paid": Decimal("12.30"),
        "charge": None, "allowed": None,
    }  # fmt: skip
    assert (first["role"], first["code"], first["paid"]) == ("column 1", FIRST, None)


def test_the_explanation_is_filled_and_says_what_was_not_reviewed() -> None:
    text = one(line(FIRST), line(SECOND), ncci_ptp=[ptp(FIRST, SECOND)])["explanation"]
    assert f"Column 1 {FIRST} / Column 2 {SECOND}" in text and "2024-07-10" in text
    assert "separate and distinct was not reviewed" in text
    assert "{" not in text and "None" not in text and "NULL" not in text


def test_a_cascade_names_the_finding_or_the_line_it_rests_on() -> None:
    primary, addon = "64483", "64484"
    cases = [
        [line(FIRST), line(primary), line(addon)],
        [line(primary, denied=True, line_no=2), line(addon, line_no=3)],
    ]
    falls, denied = audit_each(cases, ncci_ptp=[ptp(FIRST, primary)], ncci_aoc=[aoc(addon, primary)])
    assert falls[1]["premises"] == [f"finding {falls[0]['finding_id']}"]
    assert {e["code"] for e in falls[1]["evidence"]} == {addon, primary}
    assert denied[0]["premises"] == ["line 1/A:2 was not paid by the payer"]


def test_of_very_many_lines_of_a_day_fifty_are_shown() -> None:
    lines = [line(SECOND, 1, line_no=number + 1) for number in range(60)]
    found = audit(*lines, only=["NCCI-MUE-002"], ncci_mue=[mue(SECOND, 1, "2")])
    assert len(found) == 60 and {len(f["evidence"]) for f in found} == {51}
    assert all(f["evidence"][0]["line_no"] == f["line_no"] for f in found)
    assert (
        "60 units of the code" in found[0]["explanation"]
        and "(number of lines: 60)" in found[0]["explanation"]
    )


def test_a_variant_cites_what_bears_on_it() -> None:
    cases = [[line(SECOND, modifiers=[modifier])] for modifier in ("GZ", "GY")]
    (gz,), (gy,) = audit_each(cases, only=["COV-LIAB-001"])
    assert any("MM7228" in c["document"] for c in gz["citations"])
    assert not any("MM7228" in c["document"] for c in gy["citations"])
    assert any("GY" in c["document"] for c in gy["citations"])


def test_a_variant_brings_its_own_wording_and_records() -> None:
    spans = line(FIRST, date_to=date(2024, 7, 11))  # a record is needed
    cases = [[spans, line("99213")], [spans, line(SECOND)]]
    (visit,), (other,) = audit_each(cases, only=["ptp"], ncci_ptp=[ptp(FIRST, "99213"), ptp(FIRST, SECOND)])
    assert (visit["rule_id"], visit["catalogue_id"]) == ("NCCI-PTP-005", "PTP-05")
    assert visit["record_needed"] == ["encounter note"] != other["record_needed"]
    assert visit["title"] != other["title"] and visit["rule_hash"] == other["rule_hash"]
    assert (visit["severity"], visit["review_priority"], visit["family"]) == ("high", 2, "ptp")
