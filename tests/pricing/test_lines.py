"""The fee of a line and which part of it is due beside the day's others: worked out by hand from the law."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.base.errors import InputRefused
from auditor.pricing.lines import COLUMNS
from tests.findings.worlds import World, audited, findings
from tests.pricing.fee_tables import ALABAMA, fee_tables, rvu
from tests.tiny import DAY, audit, pack, rule

pytestmark = pytest.mark.slow
SHOWN = "; ".join(f"{name} {{price.{name}}}" for name in COLUMNS)
BODY = f"""\
match: {{lines: [line], priced: {{as: price}}, when: {{line.code: {{ne: "0"}}}}}}
exposure: {{method: none}}
explanation: "{SHOWN}"
"""


def shares(
    folder: Path, lines: list[dict[str, Any]], rows: list[dict[str, Any]], **tables: Any
) -> list[dict[str, str]]:
    """What is known of each line, as an explanation shows it; both evaluators have agreed on the findings."""
    found = audit(folder, lines, rule(BODY), tables={"mpfs_rvu": rows} | tables)
    return [dict(part.split(" ", 1) for part in item["explanation"].split("; ")) for item in found]


def column(found: list[dict[str, str]], name: str) -> list[str]:
    """One value of each line."""
    return [line[name] for line in found]


def surgery(code: str, total: str, **more: Any) -> dict[str, Any]:
    """A row worth ``total``, subject to the standard reductions."""
    return rvu(code, total, "0", "0", "0", mult_proc="2", bilat_surg="1", **more)


def test_second_to_fifth_are_half_by_fee_and_the_sixth_is_not_told(tmp_path: Path) -> None:
    rows = [surgery(f"1000{at}", str(at)) for at in range(1, 7)]
    found = shares(tmp_path, [{"code": row["code"]} for row in rows], rows)
    assert column(found, "multiple_place") == ["6", "5", "4", "3", "2", "1"]
    assert column(found, "multiple_share") == ["not given", "0.5", "0.5", "0.5", "0.5", "1"]
    assert column(found, "expected")[0] == "not given"


def test_lines_of_a_group_and_specialty_are_ranked_together_and_others_are_not(tmp_path: Path) -> None:
    rows = [surgery("10001", "1"), surgery("10002", "2")]
    group = {"billing_tin": "T1", "rendering_specialty": "02"}
    lines: list[dict[str, Any]] = [
        {"code": "10001", "rendering_npi": "1000000012"} | group,
        {"code": "10002", "rendering_npi": "1000000020"} | group,
    ]
    assert column(shares(tmp_path, lines, rows), "multiple_share") == ["0.5", "1"]
    apart = [lines[0], lines[1] | {"rendering_specialty": "20"}]
    assert column(shares(tmp_path, apart, rows), "multiple_share") == ["1", "1"]
    for other in ({"date_from": date(2024, 7, 11)}, {"patient_id": "P2"}, {"modifiers": ["55"]}, {"modifiers": ["78"]},
                  {"paid": 0, "allowed": 0}, {"modifiers": ["80"]}):  # fmt: skip
        assert column(shares(tmp_path, [lines[0], lines[1] | other], rows), "multiple_share")[0] == "1", other


def test_procedures_of_a_day_are_ranked_by_fee_whatever_their_order(tmp_path: Path) -> None:
    """A contractor's example of section 40.6: 1,043.48 in full, of 922.90 and 1,010.60 the half."""
    fees = {"35301": "1043.48", "35201": "922.90", "35261": "1010.60"}
    rows = [surgery(code, fee, conv_factor=Decimal(1)) for code, fee in fees.items()]
    found = shares(tmp_path, [{"code": code} for code in fees], rows)
    assert column(found, "multiple_place") == ["1", "3", "2"]
    assert column(found, "expected") == ["1043.48", "461.45", "505.30"]


@pytest.mark.parametrize("modifier", ["59", "XE"])
def test_59_takes_no_surgery_and_no_therapy_out_of_the_rank_and_is_told(
    tmp_path: Path, modifier: str
) -> None:
    rows = [
        surgery("10001", "1"),
        surgery("10002", "2"),
        rvu("97110", "1", "1", "1", "0", mult_proc="5"),
        rvu("97112", "1", "2", "2", "0", mult_proc="5"),
    ]
    lines: list[dict[str, Any]] = [{"code": row["code"]} for row in rows]
    plain = shares(tmp_path, lines, rows)
    assert column(plain, "multiple_share") == ["0.5", "1", "0.75", "1"]
    assert column(plain, "other_session") == ["false"] * 4
    lines[0] |= {"modifiers": [modifier]}
    lines[3] |= {"modifiers": [modifier]}
    told = shares(tmp_path, lines, rows)
    assert column(told, "multiple_share") == column(plain, "multiple_share")
    assert column(told, "other_session") == ["true"] * 4


def test_a_test_of_another_session_stands_in_no_rank(tmp_path: Path) -> None:
    rows = [
        rvu(code, worth, "0", "0", "0", mult_proc="4", pctc_ind="2")
        for code, worth in (("70450", "1"), ("70460", "2"))
    ]
    lines: list[dict[str, Any]] = [{"code": "70450"}, {"code": "70460", "modifiers": ["59"]}]
    found = shares(tmp_path, lines, rows)
    assert column(found, "multiple_share") == ["1", "1"]
    assert column(found, "other_session") == ["false", "false"]


@pytest.mark.parametrize(
    ("cap", "share"),
    [("3", "0.5"), ("2", "0.5"), ("1.2", "0.833333"), ("1", "1"), ("0.5", "1")],
)
def test_the_cap_of_the_outpatient_amount_comes_after_the_reduction(
    tmp_path: Path, cap: str, share: str
) -> None:
    """A second study of TC 2: half of it is 1, so of a cap of 1.2 there are 5 of 6 due, and of one of 1 or less all."""
    capped = {"opps_non_facility_pe_amount": Decimal(cap), "opps_facility_pe_amount": Decimal(cap)}
    rows = [
        rvu("70450", "0", "2", "2", "0", mult_proc="4", pctc_ind="3") | capped,
        rvu("70460", "0", "4", "4", "0", mult_proc="4", pctc_ind="3"),
    ]
    found = shares(tmp_path, [{"code": "70450"}, {"code": "70460"}], rows)
    assert column(found, "multiple_share") == [share, "1"]


def test_studies_are_ranked_by_what_they_are_worth_before_the_cap(tmp_path: Path) -> None:
    """TC 5 capped at 1 stands before TC 4, half of which is due."""
    capped = {"opps_non_facility_pe_amount": Decimal(1), "opps_facility_pe_amount": Decimal(1)}
    rows = [
        rvu("70450", "0", "5", "5", "0", mult_proc="4", pctc_ind="3") | capped,
        rvu("70460", "0", "4", "4", "0", mult_proc="4", pctc_ind="3"),
    ]
    found = shares(tmp_path, [{"code": "70450"}, {"code": "70460"}], rows)
    assert column(found, "multiple_place") == ["1", "2"]
    assert column(found, "multiple_share") == ["1", "0.5"]


def test_endoscopies_of_a_family_less_their_base(tmp_path: Path) -> None:
    """Values 2, 5 (base 2), 6 (base 2): the highest in full, the other 5 - 2 of 5, the base nothing."""
    family = {"mult_proc": "3", "endo_base": "45378"}
    rows = [
        surgery("45378", "2"),
        surgery("45380", "5") | family,
        surgery("45385", "6") | family,
        surgery("10009", "20"),
    ]
    found = shares(tmp_path, [{"code": code} for code in ("45378", "45380", "45385")], rows)
    assert column(found, "multiple_share") == ["0", "0.6", "1"]
    assert column(found, "multiple_place") == ["3", "2", "1"]
    # beside a higher surgery the family of 6 + 3 comes second and is halved
    found = shares(tmp_path, [{"code": code} for code in ("45378", "45380", "45385", "10009")], rows)
    assert column(found, "multiple_share") == ["0", "0.3", "0.5", "1"]


def test_an_endoscopy_whose_base_is_not_known_has_no_part(tmp_path: Path) -> None:
    family = {"mult_proc": "3", "endo_base": "45378"}
    rows = [surgery("45380", "5") | family, surgery("45385", "6") | family]
    assert column(shares(tmp_path, [{"code": row["code"]} for row in rows], rows), "multiple_share") == [
        "not given",
        "1",
    ]


@pytest.mark.parametrize(
    ("indicator", "both", "each"),
    [("0", "1", "0.5"), ("1", "1.5", "0.75"), ("2", "1", "0.5"), ("3", "2", "1"), ("9", "1", "1")],
)
def test_both_sides_by_the_bilateral_indicator(tmp_path: Path, indicator: str, both: str, each: str) -> None:
    rows = [surgery("10001", "3") | {"bilat_surg": indicator}]
    assert column(shares(tmp_path, [{"code": "10001", "modifiers": ["50"]}], rows), "bilateral_share") == [
        both
    ]
    sides = [{"code": "10001", "modifiers": [side]} for side in ("LT", "RT")]
    found = shares(tmp_path, sides, rows)
    assert column(found, "bilateral_share") == [each, each]
    assert column(found, "multiple_share") == ["1", "1"]
    assert column(shares(tmp_path, sides[:1], rows), "bilateral_share") == ["1"]


def test_the_bilateral_part_comes_before_the_rank(tmp_path: Path) -> None:
    """3 * 1.5 is more than 4."""
    rows = [surgery("10001", "3"), surgery("10002", "4")]
    found = shares(tmp_path, [{"code": "10001", "modifiers": ["50"]}, {"code": "10002"}], rows)
    assert column(found, "multiple_share") == ["1", "0.5"]
    assert column(found, "share") == ["1.5", "0.5"]


@pytest.mark.parametrize(
    ("modifiers", "part"),
    [
        (["62"], "0.625"), (["80"], "0.16"), (["81"], "0.16"), (["82"], "0.16"), (["AS"], "0.136"),
        (["66"], "not given"), (["54"], "0.8"), (["55"], "0.2"), (["56"], "0.1"), (["78"], "0.7"),
        (["54", "55"], "1"), (["59"], "1"), (["80", "AS"], "0.136"), (["AS", "82"], "0.136"),
        (["62", "80"], "not given"), (["80", "78"], "0.112"),
    ],
)  # fmt: skip
def test_the_part_of_a_role(tmp_path: Path, modifiers: list[str], part: str) -> None:
    parts = {"pre_op": Decimal("0.10"), "intra_op": Decimal("0.70"), "post_op": Decimal("0.20")}
    found = shares(tmp_path, [{"code": "10001", "modifiers": modifiers}], [surgery("10001", "3") | parts])
    assert column(found, "role_share") == [part]


def test_without_parts_of_the_global_package_a_return_is_due_in_full(tmp_path: Path) -> None:
    found = shares(tmp_path, [{"code": "10001", "modifiers": ["78"]}], [surgery("10001", "3")])
    assert column(found, "role_share") == ["1"]


@pytest.mark.parametrize(
    ("specialty", "part"),
    [("50", "0.85"), ("89", "0.85"), ("97", "0.85"), ("80", "0.75"), ("62", "1"), ("08", "1"), (None, "1")],
)
def test_the_part_of_a_practitioner(tmp_path: Path, specialty: str | None, part: str) -> None:
    line = {"code": "99213", "rendering_specialty": specialty}
    visit = [rvu("99213", "1.30", "1.35", "0.57", "0.10")]
    assert column(shares(tmp_path, [line], visit), "practitioner_share") == [part]
    assisting = {"code": "99213", "rendering_specialty": specialty, "modifiers": ["AS"]}
    assert column(shares(tmp_path, [assisting], visit), "share") == ["0.136"]


@pytest.mark.parametrize(
    ("day", "global_share", "professional"),
    [
        (date(2009, 7, 10), "not given", "not given"),
        (date(2010, 7, 1), "0.666667", "1"),
        (date(2011, 12, 31), "0.666667", "1"),
        (date(2012, 1, 1), "0.583333", "0.75"),
        (date(2016, 12, 31), "0.583333", "0.75"),
        (date(2017, 1, 1), "0.65", "0.95"),
    ],
)
def test_imaging_components_are_ranked_apart(
    tmp_path: Path, day: date, global_share: str, professional: str
) -> None:
    """A second study of TC 2 and PC 1: (2 * 0.5 + 1 * part) / 3."""
    rows: list[dict[str, Any]] = []
    for code, technical, reading in (("70450", "2", "1"), ("70460", "4", "2")):
        imaging = {"mult_proc": "4", "pctc_ind": "1", "bilat_surg": "0"}
        rows += [
            rvu(code, reading, technical, technical, "0") | imaging,
            rvu(code, reading, "0", "0", "0", modifier="26") | imaging,
            rvu(code, "0", technical, technical, "0", modifier="TC") | imaging,
        ]
    lines: list[dict[str, Any]] = [{"code": code, "date_from": day} for code in ("70450", "70460")]
    found = shares(tmp_path, lines, rows)
    assert column(found, "multiple_share")[0] == global_share
    if professional != "not given":
        assert column(found, "multiple_share")[1] == "1"
    read = [line | {"modifiers": ["26"]} for line in lines]
    expected = [professional, "1"] if professional != "not given" else ["not given", "not given"]
    assert column(shares(tmp_path, read, rows), "multiple_share") == expected


@pytest.mark.parametrize(("indicator", "share"), [("6", "0.833333"), ("7", "0.866667")])
def test_technical_components_of_heart_and_eye(tmp_path: Path, indicator: str, share: str) -> None:
    """TC 2 and PC 1: (2 * 0.75 + 1) / 3, and (2 * 0.80 + 1) / 3."""
    rows: list[dict[str, Any]] = []
    for code, technical in (("93306", "2"), ("93308", "4")):
        known = {"mult_proc": indicator, "pctc_ind": "1"}
        rows += [
            rvu(code, "1", technical, technical, "0") | known,
            rvu(code, "1", "0", "0", "0", modifier="26") | known,
            rvu(code, "0", technical, technical, "0", modifier="TC") | known,
        ]
    found = shares(tmp_path, [{"code": "93306"}, {"code": "93308"}], rows)
    assert column(found, "multiple_share") == [share, "1"]


@pytest.mark.parametrize(
    ("day", "first", "second"),
    [
        (date(2010, 12, 31), "1", "1"),
        (date(2011, 1, 1), "0.95", "0.9"),
        (date(2013, 3, 31), "0.95", "0.9"),
        (date(2013, 4, 1), "0.875", "0.75"),
    ],
)
def test_of_therapy_one_unit_has_its_whole_expense(
    tmp_path: Path, day: date, first: str, second: str
) -> None:
    """Two units of work 1 and expense 1: (4 - 0.5) / 4; one of work 0.5 and expense 0.5: 0.75 / 1."""
    rows = [
        rvu("97110", "1", "1", "1", "0", mult_proc="5"),
        rvu("97112", "0.5", "0.5", "0.5", "0", mult_proc="5"),
    ]
    lines: list[dict[str, Any]] = [
        {"code": "97110", "units": 2, "date_from": day},
        {"code": "97112", "date_from": day},
    ]
    assert column(shares(tmp_path, lines, rows), "multiple_share") == [first, second]


def test_what_was_allowed_is_held_against_the_line_of_the_first_place(tmp_path: Path) -> None:
    """Fees 129.39 and 64.69: the second of 100 beside 200 was paid in full, of 50 it was halved."""
    rows = [surgery("10001", "2"), surgery("10002", "4")]
    for allowed, part in ((100, "1.000077"), (50, "0.500039"), (None, "not given")):
        lines: list[dict[str, Any]] = [
            {"code": "10001", "allowed": allowed},
            {"code": "10002", "allowed": 200},
        ]
        assert column(shares(tmp_path, lines, rows), "paid_share") == [part, "1"]


def test_the_fee_is_that_of_the_place_or_the_national_one_and_says_so(tmp_path: Path) -> None:
    """(1.3 + 1.35 * 0.869 + 0.1 * 0.575) * 32.3465 = 81.86, and 2.75 * 32.3465 = 88.95; the charge is the limit."""
    rows = [rvu("99213", "1.30", "1.35", "0.57", "0.10")]
    lines: list[dict[str, Any]] = [
        {"code": "99213", "units": 2, "charge": 150, "mac": "10112", "locality": "00"},
        {"code": "99213"},
    ]
    found = shares(tmp_path, lines, rows, mpfs_gpci=[ALABAMA])
    assert column(found, "fee") == ["163.72", "88.95"]
    assert column(found, "expected") == ["150.00", "88.95"]
    assert column(found, "estimated") == ["false", "true"]


def test_a_line_without_a_fee_says_nothing(tmp_path: Path) -> None:
    (found,) = shares(tmp_path, [{"code": "99999"}], [surgery("10001", "1")])
    assert set(found.values()) == {"not given"}


def test_a_missing_reduction_is_priced_by_the_part_that_is_due(tmp_path: Path) -> None:
    """The second procedure, worth 2 of 4, was allowed in full: half of it is at stake."""
    rows = [surgery("10001", "2"), surgery("10002", "4")]
    body = """\
match:
  lines: [line]
  priced: {as: price}
  when: {price.multiple_share: {lt: 1}, price.paid_share: {gt: 0.9}}
exposure: {direction: over, method: difference, corrected: {share: $price.share}}
"""
    lines: list[dict[str, Any]] = [
        {"code": "10001", "allowed": 100, "paid": 80},
        {"code": "10002", "allowed": 200, "paid": 160},
    ]
    (found,) = audit(tmp_path, lines, rule(body), tables={"mpfs_rvu": rows})
    assert (found["line_no"], found["exposure"], found["exposure_basis"]) == (
        1,
        Decimal("40.00"),
        "estimated",
    )


def test_fees_are_asked_of_lines_only(tmp_path: Path) -> None:
    body = """\
match:
  lines: [line]
  priced: {as: price}
  sum: {of: units, as: total, over: [patient_id, month]}
  when: {price.fee: {gt: 10.00}}
"""
    with pytest.raises(InputRefused, match="priced"):
        pack(tmp_path, rule(body))


CODES = ["10001", "10002", "70450", "97110"]
_CENTS = st.integers(-500, 50_000).map(lambda cents: Decimal(cents).scaleb(-2))
_LINE = st.fixed_dictionaries(
    {
        "code": st.sampled_from(CODES),
        "modifiers": st.lists(
            st.sampled_from("26 TC 53 50 LT RT LT RT 59 59 62 80 AS 54 55 78 66".split()),
            max_size=2,
            unique=True,
        ),
        "pos": st.sampled_from(["11", "11", "22", None]),
        "date_from": st.sampled_from([DAY, DAY, DAY, DAY.replace(day=11)]),
        "paid": st.one_of(_CENTS, st.none()),
        "allowed": st.one_of(_CENTS, st.none()),
        "charge": st.one_of(_CENTS, st.none()),
        "units": st.sampled_from([Decimal(1), Decimal(1), Decimal(2), Decimal("1.5"), Decimal(0), None]),
        "mac": st.sampled_from(["M1", "M1", None]),
        "locality": st.sampled_from(["00", "01"]),
        "rendering_npi": st.sampled_from(["1000000012", "1000000012", "1000000020", None]),
        "billing_tin": st.sampled_from(["T1", None]),
        "rendering_specialty": st.sampled_from(["02", "50", None]),
        "line_of_business": st.just("medicare"),
        "denied": st.sampled_from([False] * 5 + [True]),
    }
)


@given(st.data())
@settings(max_examples=20, deadline=None)
def test_both_evaluators_say_the_same_of_every_line(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """A rule asks one value of a line against a bound, so that a difference shows as a finding of one side."""
    tables = data.draw(fee_tables(CODES))
    lines: list[dict[str, Any]] = [
        line | {"line_no": at, "claim_id": "A", "patient_id": "P"}
        for at, line in enumerate(data.draw(st.lists(_LINE, min_size=2, max_size=6)), 1)
    ]
    bound = data.draw(st.sampled_from(["0.16", "0.5", "0.75", "1", "1.5", "2"]))
    name = data.draw(
        st.sampled_from(["multiple_place", "multiple_share", "share", "paid_share", "role_share"])
    )
    bound = bound if name != "multiple_place" else "1"
    body = (
        f"match: {{lines: [line], priced: {{as: price}}, when: {{price.{name}: {{gt: {bound}}}}}}}\n"
        "exposure: {direction: over, method: difference, corrected: {share: $price.share}}\n"
    )
    answers = tuple((table, "*", DAY.replace(year=2000), DAY.replace(year=2030)) for table in tables)
    made = pack(tmp_path_factory.mktemp("rules"), rule(body))
    with audited(World(lines, tables, answers, True), rules=made) as con:
        for found in findings(con):
            assert found["exposure"] >= 0
