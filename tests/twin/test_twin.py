"""The twin itself on cases small enough to decide by reading the law."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from .brute_force import audit, counted
from .findings import ASSOCIATED, Finding
from .generate import claim_file, tiny_tables
from .lines import make_lines
from .product import claim_row
from .tables import Addon, Mue, Ptp, Tables, with_effective_dates

ONE, TWO, THREE, FOUR = "10001", "10002", "10003", "10004"
BEGAN, OPEN = dt.date(1996, 1, 1), dt.date(9999, 12, 31)


def pair(
    one: str, two: str, indicator: str = "1", deleted: dt.date = OPEN, effective: dt.date = BEGAN
) -> Tables:
    return add_pair(Tables(), one, two, indicator, deleted, effective)


def add_pair(
    tables: Tables,
    one: str,
    two: str,
    indicator: str = "1",
    deleted: dt.date = OPEN,
    effective: dt.date = BEGAN,
    setting: str = "practitioner",
) -> Tables:
    tables.ptp[setting, one, two].append(Ptp(effective, deleted, indicator))
    return tables


def limit(code: str, value: int, mai: str) -> Tables:
    tables = Tables()
    tables.mue["practitioner", code].append(Mue(value, mai))
    return tables


def addon(code: str, *primaries: str, kind: str = "1") -> Tables:
    tables = Tables()
    tables.addon[code] = [Addon(kind, primary) for primary in primaries]
    return tables


def line(number: int, code: str, mods: str = "", **cells: str | int) -> dict[str, str]:
    return claim_row(line_no=number, code=code, mods=mods, **cells)


def said(findings: list[Finding]) -> set[tuple[str, str, str, int]]:
    return {(f.catalogue_id, f.verdict, f.klass, f.line.line_no) for f in findings}


# ---- pairs ---------------------------------------------------------------------------------------


def test_there_are_44_associated_modifiers() -> None:
    assert len(ASSOCIATED) == 44


@pytest.mark.parametrize(
    ("mods_1", "mods_2", "cells", "expected"),
    [
        ("", "", {}, ("PTP-02", "fail", "definite")),
        ("76", "", {}, ("PTP-06", "fail", "definite")),
        ("", "50", {}, ("PTP-06", "fail", "definite")),
        ("GA", "KX", {}, ("PTP-02", "fail", "definite")),
        ("", "59", {}, ("PTP-02", "bypassed", "")),
        ("XU", "", {}, ("PTP-02", "bypassed", "")),
        ("RT", "LT", {}, ("PTP-02", "bypassed", "")),
        ("RT", "RT", {}, ("PTP-04", "fail", "probable")),
        ("RT 25", "RT", {}, ("PTP-04", "fail", "probable")),
        ("RT", "RT 59", {}, ("PTP-02", "bypassed", "")),
        ("RT", "RT", {"line_of_business": "medicaid"}, ("PTP-04", "fail", "definite")),
        ("59", "", {"date_from": "2019-06-30"}, ("PTP-10", "fail", "probable")),
        ("59", "", {"date_from": "2019-07-01"}, ("PTP-02", "bypassed", "")),
        ("", "59", {"date_from": "2019-06-30"}, ("PTP-02", "bypassed", "")),
        ("59", "RT", {"date_from": "2019-06-30"}, ("PTP-02", "bypassed", "")),
        (
            "59",
            "",
            {"date_from": "2019-06-30", "line_of_business": "medicaid"},
            ("PTP-02", "bypassed", ""),
        ),
        ("XE", "", {"date_from": "2014-12-31"}, ("PTP-02", "fail", "definite")),
    ],
)
def test_a_modifier_lifts_an_edit_of_indicator_1(
    mods_1: str, mods_2: str, cells: dict[str, str], expected: tuple[str, str, str]
) -> None:
    rows = [line(1, ONE, mods_1, **cells), line(2, TWO, mods_2, **cells)]
    assert said(audit(rows, pair(ONE, TWO))) == {(*expected, 2)}


def test_nothing_lifts_indicator_0_and_9_was_never_in_force() -> None:
    rows = [line(1, ONE), line(2, TWO, "59")]
    assert said(audit(rows, pair(ONE, TWO, "0"))) == {("PTP-01", "fail", "definite", 2)}
    day = dt.date(2024, 7, 15)
    assert audit(rows, pair(ONE, TWO, "9", deleted=day, effective=day)) == []


def test_an_office_visit_in_column_2_has_its_own_rule() -> None:
    rows = [line(1, ONE), line(2, "99213")]
    assert said(audit(rows, pair(ONE, "99213"))) == {("PTP-05", "fail", "definite", 2)}


@pytest.mark.parametrize(("day", "fails"), [("2018-12-31", True), ("2019-01-01", False)])
def test_the_deletion_date_is_the_last_day_in_force(day: str, fails: bool) -> None:
    rows = [line(1, ONE, date_from=day), line(2, TWO, date_from=day)]
    assert bool(audit(rows, pair(ONE, TWO, deleted=dt.date(2018, 12, 31)))) is fails


def test_the_pair_has_a_direction_and_needs_one_day_one_provider_one_patient() -> None:
    tables = pair(ONE, TWO)
    assert said(audit([line(1, TWO), line(2, ONE)], tables)) == {("PTP-02", "fail", "definite", 1)}
    for other in ({"date_from": "2024-07-16"}, {"rendering_npi": "1000000020"}, {"patient_id": "P2"}):
        assert audit([line(1, ONE), line(2, TWO, **other)], tables) == []
    assert audit([line(1, ONE, rendering_npi=""), line(2, TWO, rendering_npi="")], tables) == []


def test_a_denied_line_neither_denies_nor_is_flagged() -> None:
    for number in (1, 2):
        rows = [line(1, ONE), line(2, TWO)]
        rows[number - 1]["denied"] = "true"
        assert audit(rows, pair(ONE, TWO)) == []


def test_two_claims_are_a_split_claim() -> None:
    found = audit([line(1, ONE, claim_id="C1"), line(1, TWO, claim_id="C2")], pair(ONE, TWO))
    assert [(f.line.claim_id, f.partner.claim_id if f.partner else "") for f in found] == [("C2", "C1")]


def test_spans_meet_on_a_shared_day_and_make_it_probable() -> None:
    rows = [line(1, ONE, date_from="2024-07-13", date_to="2024-07-15"), line(2, TWO)]
    assert said(audit(rows, pair(ONE, TWO))) == {("PTP-02", "fail", "probable", 2)}
    rows[0]["date_to"] = "2024-07-14"
    assert audit(rows, pair(ONE, TWO)) == []


def test_a_feed_with_two_modifier_columns_makes_it_probable() -> None:
    rows = [
        {k: v for k, v in line(n, c).items() if k not in {"mod3", "mod4"}} for n, c in ((1, ONE), (2, TWO))
    ]
    assert said(audit(rows, pair(ONE, TWO))) == {("PTP-02", "fail", "probable", 2)}


def test_who_is_thrown_out_throws_out_only_probably() -> None:
    tables = add_pair(pair(ONE, TWO), TWO, THREE)
    rows = [line(1, ONE), line(2, TWO), line(3, THREE)]
    chain = {("PTP-02", "fail", "definite", 2), ("PTP-02", "fail", "probable", 3)}
    assert said(audit(rows, tables)) == chain
    assert said(audit(rows, add_pair(tables, ONE, THREE))) == {
        ("PTP-02", "fail", "definite", 2),
        ("PTP-02", "fail", "definite", 3),
    }


def test_in_hospital_each_pair_stands_on_its_own() -> None:
    tables = add_pair(Tables(), ONE, TWO, setting="outpatient_hospital")
    add_pair(tables, TWO, THREE, setting="outpatient_hospital")
    rows = [line(n, c, claim_type="institutional", tob="131") for n, c in ((1, ONE), (2, TWO), (3, THREE))]
    assert {klass for _, _, klass, _ in said(audit(rows, tables))} == {"definite"}
    assert audit([row | {"tob": "111"} for row in rows], tables) == []
    assert audit([row | {"tob": ""} for row in rows], tables) == []


def test_a_commercial_payer_is_out_of_scope() -> None:
    rows = [line(1, ONE, line_of_business="commercial"), line(2, TWO, line_of_business="commercial")]
    assert audit(rows, pair(ONE, TWO)) == []


# ---- units ---------------------------------------------------------------------------------------


def test_a_line_edit_looks_at_the_line_and_a_day_edit_at_the_day() -> None:
    rows = [line(1, ONE, "76", units=3), line(2, ONE, "77", units=2)]
    assert said(audit(rows, limit(ONE, 2, "1"))) == {("MUE-01", "fail", "definite", 1)}
    assert said(audit(rows, limit(ONE, 4, "2"))) == {("MUE-02", "fail", "definite", n) for n in (1, 2)}
    assert said(audit(rows, limit(ONE, 4, "3"))) == {("MUE-03", "fail", "probable", n) for n in (1, 2)}
    assert audit(rows, limit(ONE, 5, "3")) == []


def test_the_day_is_summed_over_claims() -> None:
    rows = [line(1, ONE, claim_id="C1", units=3), line(1, ONE, claim_id="C2", units=3)]
    found = audit(rows, limit(ONE, 4, "2"))
    assert {f.line.claim_id for f in found} == {"C1", "C2"}
    assert {f.exposure for f in found} == {3333}


def test_units_of_a_span_are_divided_by_its_days_halves_up() -> None:
    cells = {"date_from": "2024-07-15", "date_to": "2024-07-16"}
    assert audit([line(1, ONE, units=4, **cells)], limit(ONE, 2, "2")) == []
    found = audit([line(1, ONE, units=5, **cells)], limit(ONE, 2, "2"))
    assert said(found) == {("MUE-02", "fail", "definite", 1)}
    assert [f.exposure for f in found] == [3333]


def test_only_the_days_of_the_quarter_are_judged() -> None:
    found = audit([line(1, ONE, units=6, date_from="2024-06-30", date_to="2024-07-01")], limit(ONE, 1, "2"))
    assert [f.exposure for f in found] == [3333]


def test_a_value_of_zero_is_a_value_and_an_absent_row_is_none() -> None:
    assert said(audit([line(1, ONE)], limit(ONE, 0, "3"))) == {("MUE-04", "fail", "probable", 1)}
    assert audit([line(1, ONE, paid="0.00")], limit(ONE, 0, "3")) == []
    assert audit([line(1, TWO, units=99)], limit(ONE, 0, "3")) == []


def test_plain_lines_under_a_line_edit_are_taken_together() -> None:
    rows = [line(1, ONE, units=2), line(2, ONE, units=2), line(3, ONE, "76", units=2)]
    assert said(audit(rows, limit(ONE, 2, "1"))) == {("MUE-05", "fail", "probable", n) for n in (1, 2)}
    assert audit(rows[1:], limit(ONE, 2, "1")) == []


def test_left_and_right_make_a_day_edit_probable() -> None:
    rows = [line(1, ONE, "LT"), line(2, ONE, "RT")]
    assert said(audit(rows, limit(ONE, 1, "2"))) == {("MUE-02", "fail", "probable", n) for n in (1, 2)}


def test_post_operative_shares_and_surgical_centres_are_left_out() -> None:
    rows = [line(1, ONE), line(2, ONE, "55"), line(3, ONE, pos="24", rendering_specialty="49")]
    assert audit(rows, limit(ONE, 1, "2")) == []


# ---- add-ons -------------------------------------------------------------------------------------


def test_an_add_on_needs_a_listed_primary_of_the_day() -> None:
    tables = addon(TWO, ONE)
    assert said(audit([line(2, TWO)], tables)) == {("AOC-01", "fail", "definite", 2)}
    assert audit([line(1, ONE), line(2, TWO)], tables) == []
    assert len(audit([line(1, ONE, date_from="2024-07-14"), line(2, TWO)], tables)) == 1
    assert len(audit([line(1, ONE, rendering_npi="1000000020"), line(2, TWO)], tables)) == 1


@pytest.mark.parametrize("kind", ["2", "3"])
def test_where_the_contractor_may_add_primaries_it_is_at_risk(kind: str) -> None:
    found = audit([line(1, ONE), line(2, TWO)], addon(TWO, "CCCCC", kind=kind))
    assert said(found) == {("AOC-02", "fail", "probable", 2)}
    assert found[0].at_risk and found[0].exposure == 10000 and counted(found) == {}


def test_an_add_on_falls_with_its_primaries_and_drags_its_own_add_ons() -> None:
    tables = add_pair(addon(THREE, TWO), ONE, TWO)
    tables.addon[FOUR] = [Addon("1", THREE)]
    rows = [line(1, ONE), line(2, TWO), line(3, THREE), line(4, FOUR)]
    assert said(audit(rows, tables)) == {
        ("PTP-02", "fail", "definite", 2),
        ("AOC-03", "fail", "definite", 3),
        ("AOC-03", "fail", "definite", 4),
    }
    tables.addon[FOUR].append(Addon("1", ONE))
    assert ("AOC-03", "fail", "definite", 4) not in said(audit(rows, tables))


def test_a_denied_primary_or_one_of_value_zero_makes_it_probable() -> None:
    tables = addon(TWO, ONE)
    rows = [line(1, ONE, denied="true"), line(2, TWO)]
    assert said(audit(rows, tables)) == {("AOC-03", "fail", "probable", 2)}
    tables.mue["practitioner", ONE].append(Mue(0, "3"))
    rows[0]["denied"] = "false"
    assert ("AOC-03", "fail", "probable", 2) in said(audit(rows, tables))
    tables.mue["practitioner", ONE] = [Mue(1, "2")]
    rows[0]["units"] = "9"
    assert said(audit(rows, tables)) == {("MUE-02", "fail", "definite", 1)}


def test_two_add_ons_that_hold_each_other_up_stand() -> None:
    tables = addon(ONE, TWO)
    tables.addon[TWO] = [Addon("1", ONE)]
    assert audit([line(1, ONE), line(2, TWO)], tables) == []


def test_critical_care_may_be_shared_by_a_group_and_specialty() -> None:
    tables = addon("99292", "99291")
    alone = [line(1, "99292")]
    other = {"rendering_npi": "1000000020"}
    assert said(audit(alone, tables)) == {("AOC-05", "fail", "definite", 1)}
    assert audit([*alone, line(2, "99291")], tables) == []
    assert audit([*alone, line(2, "99291", **other)], tables) == []
    foreign = line(2, "99291", billing_tin="TIN2", **other)
    assert said(audit([*alone, foreign], tables)) == {("AOC-05", "fail", "definite", 1)}
    unknown = line(2, "99291", billing_tin="", **other)
    assert said(audit([*alone, unknown], tables)) == {("AOC-05", "fail", "probable", 1)}
    assert said(audit([line(1, "99292", billing_tin="")], tables)) == {("AOC-05", "fail", "probable", 1)}


def test_a_hospital_infusion_may_have_begun_the_day_before() -> None:
    hospital = {"claim_type": "institutional", "tob": "131"}
    tables = addon("96366", "96365")
    tables.addon[TWO] = [Addon("1", ONE)]
    eve = {"date_from": "2024-07-14", **hospital}
    assert audit([line(1, "96365", **eve), line(2, "96366", **hospital)], tables) == []
    other = audit([line(1, ONE, **eve), line(2, TWO, **hospital)], tables)
    assert said(other) == {("AOC-01", "fail", "probable", 2)}


# ---- money and versions --------------------------------------------------------------------------


def test_dollars_of_a_line_count_once_definite_first() -> None:
    tables = pair(ONE, TWO)
    tables.mue["practitioner", TWO].append(Mue(1, "2"))
    rows = [line(1, ONE, "RT"), line(2, TWO, "RT", units=4)]
    found = audit(rows, tables)
    assert said(found) == {("PTP-04", "fail", "probable", 2), ("MUE-02", "fail", "definite", 2)}
    assert {(s.family, s.klass): cents for s, cents in counted(found).items()} == {
        ("mue", "definite"): 7500,
        ("ptp", "probable"): 2500,
    }


@pytest.mark.parametrize(("frequency", "left"), [("7", {"C2"}), ("8", set()), ("1", {"C1", "C2"})])
def test_replaced_and_voided_versions_are_out(frequency: str, left: set[str]) -> None:
    later = line(1, ONE, claim_id="C2", frequency_code=frequency, original_ref="C1", paid_date="2024-09-01")
    assert {kept.claim_id for kept in make_lines([line(1, ONE), later])} == left


def test_a_replacement_without_its_original_is_kept() -> None:
    later = line(1, ONE, claim_id="C2", frequency_code="7", original_ref="C1")
    assert [kept.claim_id for kept in make_lines([later])] == ["C2"]


@pytest.mark.parametrize(
    "cells",
    [
        {"date_from": "2024-02-30"},
        {"date_to": "2024-07-14"},
        {"date_to": "2025-07-16"},
        {"patient_id": ""},
        {"paid_date": "2024-07-01"},
    ],
)
def test_a_line_that_cannot_be_placed_is_left_out(cells: dict[str, str]) -> None:
    assert make_lines([line(1, ONE, **cells)]) == []


# ---- tables and the generator --------------------------------------------------------------------


def test_effective_dates_follow_the_row_before() -> None:
    rows = [
        (ONE, TWO, "2010-12-31", "1", ""),
        (ONE, TWO, "2015-03-31", "9", ""),
        (ONE, TWO, "2016-12-31", "0", ""),
        (ONE, TWO, "9999-12-31", "1", ""),
    ]
    assert [row.effective.isoformat() for _, _, row in with_effective_dates(rows)] == [
        "1996-01-01",
        "2015-03-31",
        "2011-01-01",
        "2017-01-01",
    ]


@pytest.mark.slow
def test_the_random_claims_reach_every_rule_and_class() -> None:
    rows = [*claim_file(list(range(6000))), *claim_file(list(range(6000, 6600)), narrow=True)]
    reached = Counter((f.catalogue_id, f.verdict, f.klass) for f in audit(rows, tiny_tables()))
    failing = {
        *((f"PTP-{n}", "fail", c) for n in ("01", "02", "04", "05", "06") for c in ("definite", "probable")),
        ("PTP-10", "fail", "probable"),
        *(("MUE-01", "fail", "definite"), ("MUE-02", "fail", "definite"), ("MUE-02", "fail", "probable")),
        *((f"MUE-0{n}", "fail", "probable") for n in (3, 4, 5)),
        *((f"AOC-0{n}", "fail", c) for n in (1, 3, 5) for c in ("definite", "probable")),
        ("AOC-02", "fail", "probable"),
    }
    assert failing - reached.keys() == set()
    assert ("PTP-02", "bypassed", "") in reached


# ---- what may stand beside an add-on -------------------------------------------------------------


@pytest.mark.parametrize(
    "cells",
    [
        {"units": "two"},
        {"line_no": "L1"},
        {"date_from": "someday"},
        {"patient_id": ""},
        {"code": "1000 1", "units": "two"},
        {"rendering_npi": ""},
        {"payer_id": ""},
        {"line_of_business": "medicaid"},
    ],
)
def test_what_may_be_a_primary_leaves_the_add_on_unjudged(cells: dict[str, str]) -> None:
    assert audit([line(1, ONE) | cells, line(2, TWO)], addon(TWO, ONE)) == []


def test_a_row_left_out_of_another_day_or_provider_does_not() -> None:
    for cells in ({"date_from": "2024-07-14", "date_to": "2024-07-14"}, {"rendering_npi": "1000000020"}):
        rows = [line(1, ONE, units="two", **cells), line(2, TWO)]
        assert said(audit(rows, addon(TWO, ONE))) == {("AOC-01", "fail", "definite", 2)}


def test_a_line_that_another_takes_back_is_no_line() -> None:
    back = {"units": "-2", "paid": "-100.00", "allowed": "-120.00", "charge": "-200.00"}
    rows = [line(1, ONE, units=2), line(2, ONE, units=2), line(3, ONE) | back]
    assert [kept.line_no for kept in make_lines(rows)] == [2]
    assert len(make_lines([rows[0], rows[2] | {"paid": "-99.00"}])) == 2
    assert len(make_lines([rows[0], rows[2] | {"mod1": "RT"}])) == 2
