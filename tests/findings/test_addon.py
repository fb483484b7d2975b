"""Add-on codes: without their primary, with primaries that are not payable, and critical care."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pytest

from tests.findings import audits
from tests.findings.audits import HOSPITAL, aoc, line, mue, ptp, told

PRIMARY, ADDON, FURTHER = "64483", "64484", "76000"
audit = partial(audits.audit, only=("ptp", "mue", "addon"))
audit_each = partial(audits.audit_each, only=("ptp", "mue", "addon"))


def test_a_listed_primary_must_stand_beside_it() -> None:
    beside: list[list[dict[str, Any]]] = [
        [],
        [line(PRIMARY)],
        [line(PRIMARY, claim_id="B")],
        [line(PRIMARY, denied=True)],
        [line(PRIMARY, rendering_npi="1000000020")],
        [line(PRIMARY, date_from=date(2024, 7, 9))],
        [line(PRIMARY, date_from=date(2024, 7, 9), date_to=date(2024, 7, 10))],
        [line(PRIMARY, patient_id="P2")],
        [line(FURTHER)],
    ]
    found = audit_each([[line(ADDON), *lines] for lines in beside], ncci_aoc=[aoc(ADDON, PRIMARY)])
    absent = ("AOC-001", "fail", "definite", 1)
    denied = ("AOC-003", "fail", "probable", 1)
    assert [told(case) for case in found] == [
        [absent], [], [], [denied], [absent], [absent], [], [absent], [absent],
    ]  # fmt: skip


@pytest.mark.slow
def test_open_lists_need_a_record() -> None:
    for edit_type in ("2", "3"):
        assert told(audit(line(ADDON), ncci_aoc=[aoc(ADDON, PRIMARY, edit_type)])) == [
            ("AOC-002", "fail", "probable", 1)
        ]


@pytest.mark.slow
def test_an_addon_falls_with_its_primary_in_the_class_of_the_primary() -> None:
    lines = [line(FURTHER), line(PRIMARY), line(ADDON)]
    cases = [lines, [line(FURTHER), line(PRIMARY, modifiers=["59"]), line(ADDON)]]
    found, lifted = audit_each(cases, ncci_ptp=[ptp(FURTHER, PRIMARY)], ncci_aoc=[aoc(ADDON, PRIMARY)])
    assert told(found) == [("PTP-001", "fail", "definite", 2), ("AOC-003", "fail", "definite", 3)]
    assert found[1]["premises"] == [f"finding {found[0]['finding_id']}"]
    assert told(lifted) == [("PTP-001", "bypassed", "definite", 2)]
    spanning = [line(FURTHER), line(PRIMARY, date_to=date(2024, 7, 11)), line(ADDON)]
    found = audit(*spanning, ncci_ptp=[ptp(FURTHER, PRIMARY)], ncci_aoc=[aoc(ADDON, PRIMARY)])
    assert told(found) == [("PTP-001", "fail", "probable", 2), ("AOC-003", "fail", "probable", 3)]


def test_a_primary_that_stands_keeps_the_addon() -> None:
    lines = [line(FURTHER), line(PRIMARY), line(ADDON), line("64490")]
    listed = [aoc(ADDON, PRIMARY), aoc(ADDON, "64490")]
    found = audit(*lines, ncci_ptp=[ptp(FURTHER, PRIMARY)], ncci_aoc=listed)
    assert told(found) == [("PTP-001", "fail", "definite", 2)]


def test_the_cascade_runs_until_nothing_more_follows() -> None:
    """A pair takes 1, on which 2 hangs, on which 3 hangs; a denied one beside 3 leaves it to a record."""
    chain = [aoc("22632", PRIMARY), aoc("22634", "22632"), aoc("22634", "22614")]
    lines = [line(FURTHER), line(PRIMARY), line("22632"), line("22634")]
    cases = [lines, [*lines, line("22614", denied=True)], [*lines, line("22614")]]
    all_fall, one_denied, one_stands = audit_each(cases, ncci_ptp=[ptp(FURTHER, PRIMARY)], ncci_aoc=chain)
    assert [(row[0], row[2]) for row in told(all_fall)] == [
        ("PTP-001", "definite"), ("AOC-003", "definite"), ("AOC-003", "definite"),
    ]  # fmt: skip
    assert [(row[0], row[2]) for row in told(one_denied)] == [
        ("PTP-001", "definite"), ("AOC-003", "definite"), ("AOC-003", "probable"),
    ]  # fmt: skip
    assert [row[0] for row in told(one_stands)] == ["PTP-001", "AOC-003"]


def test_addons_that_hang_on_each_other_do_not_fall_by_themselves() -> None:
    assert audit(line(ADDON), line(FURTHER), ncci_aoc=[aoc(ADDON, FURTHER), aoc(FURTHER, ADDON)]) == []


def test_an_mue_excess_brings_nothing_down_and_an_mue_of_nought_does() -> None:
    lines = [line(PRIMARY, units=2), line(ADDON)]
    found = audit(*lines, ncci_mue=[mue(PRIMARY, 1, "2")], ncci_aoc=[aoc(ADDON, PRIMARY)])
    assert [row[0] for row in told(found)] == ["MUE-002"]
    found = audit(*lines, ncci_mue=[mue(PRIMARY, 0, "2")], ncci_aoc=[aoc(ADDON, PRIMARY)])
    assert [(row[0], row[2]) for row in told(found)] == [("MUE-004", "probable"), ("AOC-003", "probable")]


def test_a_line_that_another_rule_of_the_stratum_takes_brings_down_what_hangs_on_it() -> None:
    """99292 falls by the rule on critical care, not by the table."""
    found = audit(
        line("99292", billing_tin="T", rendering_specialty="81"), line(ADDON), ncci_aoc=[aoc(ADDON, "99292")]
    )
    assert told(found) == [("AOC-005", "fail", "definite", 1), ("AOC-003", "fail", "definite", 2)]


def test_critical_care_may_be_shared_within_a_group_and_specialty() -> None:
    other = {"rendering_npi": "1000000020"}
    team = {"billing_tin": "T", "rendering_specialty": "81"}
    cases = [
        [line("99292", **team), line("99291", **team)],
        [line("99292", **team), line("99291", **team, **other)],
        [line("99292", **team), line("99291", billing_tin="U", rendering_specialty="81", **other)],
        [line("99292", **team), line("99291", rendering_specialty="81", **other)],
        [line("99292", rendering_specialty="81")],
        [line("99292", **team)],
        [line("99292", billing_tin="T", rendering_specialty="50")],
    ]
    classes = [[row[2] for row in told(case)] for case in audit_each(cases, ncci_aoc=[aoc("99292", "99291")])]
    assert classes == [[], [], ["definite"], ["probable"], ["probable"], ["definite"], ["probable"]]


def test_in_hospital_infusions_may_have_begun_the_day_before() -> None:
    before = {"date_from": date(2024, 7, 9)}
    rows = [aoc("96361", "96360"), aoc(ADDON, PRIMARY)]
    cases = [
        [line("96361", **HOSPITAL), line("96360", **HOSPITAL, **before)],
        [line(ADDON, **HOSPITAL), line(PRIMARY, **HOSPITAL, **before)],
        [line("96361", **HOSPITAL), line("96360", **HOSPITAL, date_from=date(2024, 7, 8))],
    ]
    found = audit_each(cases, ncci_aoc=rows)
    assert [[row[:3] for row in told(case)] for case in found] == [
        [], [("AOC-004", "fail", "probable")], [("AOC-004", "fail", "probable")],
    ]  # fmt: skip


@pytest.mark.slow
def test_a_fallen_addon_names_what_was_looked_for_and_what_was_found() -> None:
    lines = [line(FURTHER), line(PRIMARY), line(ADDON)]
    listed = [aoc(ADDON, PRIMARY), aoc(ADDON, "64490"), aoc(ADDON, "64491", deleted=date(2023, 12, 31))]
    _, fallen = audit(*lines, ncci_ptp=[ptp(FURTHER, PRIMARY)], ncci_aoc=listed)
    assert "listed for it that day - 64483, 64490)" in fallen["explanation"]
    assert "Primary codes on that day: 64483 (claim " in fallen["explanation"]
    assert ", line 2, NCCI-PTP-001)." in fallen["explanation"]
    assert (fallen["record_needed"], "A record is needed" in fallen["explanation"]) == ([], False)
    denied = audit(line(PRIMARY, denied=True), line(ADDON), ncci_aoc=listed)[0]["explanation"]
    assert "line 1, not paid by the payer)." in denied
    assert denied.endswith("reason for not paying it is not known.")
    (absent,) = audit(line(ADDON), ncci_aoc=listed)
    assert "listed for it that day (64483, 64490)" in absent["explanation"]


def test_a_long_list_of_primaries_is_counted() -> None:
    listed = [aoc(ADDON, str(10000 + n)) for n in range(18)]
    (found,) = audit(line(ADDON), ncci_aoc=listed)
    assert "10014 and 3 more)" in found["explanation"]


@pytest.mark.slow
def test_critical_care_says_what_is_not_given() -> None:
    group = {"billing_tin": "T1", "rendering_specialty": "29"}
    (bare,) = audit(line("99292"))
    assert "(TIN not given, specialty not given)" in bare["explanation"]
    assert bare["explanation"].endswith(
        "A record is needed because the tax number or the specialty of the line is not given, so whether a colleague "
        "of the same group and specialty reported 99291 cannot be told."
    )
    (known,) = audit(line("99292", **group))
    assert "A record is needed" not in known["explanation"]
    other = line("99291", claim_id="B", rendering_npi="1000000020", billing_tin="T1")
    assert "a 99291 of that day lacks its provider" in audit(line("99292", **group), other)[0]["explanation"]
