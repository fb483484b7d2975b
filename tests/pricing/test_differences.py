"""Exposures by a difference of fees: amounts worked out by hand from the published values of 2025 and the formula."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.base.errors import InputRefused
from tests.findings.worlds import Finding, World, audited, findings
from tests.pricing.fee_tables import ALABAMA, fee_tables, rvu
from tests.tiny import DAY, audit, pack, rule, setting

VISITS = [rvu("99203", "1.60", "1.61", "0.69", "0.16"), rvu("99213", "1.30", "1.35", "0.57", "0.10")]
SCOPE = [
    rvu("45385", "4.57", "8.33", "2.38", "0.56"),
    rvu("45378", "3.26", "6.44", "1.79", "0.43"),
    rvu("45378", "1.63", "3.22", "0.90", "0.22", modifier="53"),
]
HEAD = [
    rvu("70450", "0.85", "2.35", "2.35", "0.05"),
    rvu("70450", "0.85", "0.31", "0.31", "0.04", modifier="26"),
    rvu("70450", "0.00", "2.04", "2.04", "0.01", modifier="TC"),
]
IN_ALABAMA = {"mac": "10112", "locality": "00"}
PARAMETERS = """\
parameters: {established: {2020-01-01: {value: {"99203": "99213", "99204": "99214"}, citation: policy}}}
"""


def difference(corrected: str, direction: str = "over", more: str = "", when: str = "") -> str:
    """A rule that finds every line and prices it by ``corrected``."""
    when = when or 'line.code: {in: ["99203", "99204", "45385", "45378", "70450"]}'
    return rule(
        f"{more}match: {{lines: [line], when: {{{when}}}}}\n"
        f"exposure: {{direction: {direction}, method: difference, corrected: {{{corrected}}}}}\n"
    )


def priced(
    folder: Path,
    line: dict[str, Any],
    corrected: str,
    *,
    rows: list[dict[str, Any]],
    direction: str = "over",
    more: str = "",
    tables: dict[str, Any] | None = None,
) -> Finding:
    """The one finding on a line, both evaluators having agreed on its amount."""
    known = {"mpfs_rvu": rows, "mpfs_gpci": [ALABAMA]} | (tables or {})
    (found,) = audit(folder, [line], difference(corrected, direction, more), tables=known)
    return found


def told(found: Finding) -> tuple[str, str, str | None]:
    """Basis, exposure, and what would have been paid."""
    return (
        found["exposure_basis"],
        str(found["exposure"]),
        None if found["corrected"] is None else str(found["corrected"]),
    )


def test_a_code_in_place_of_another_at_the_fees_of_a_locality(tmp_path: Path) -> None:
    """99203: (1.60 + 1.61 * 0.869 + 0.16 * 0.575) * 32.3465 = 99.99; 99213: 2.53065 * 32.3465 = 81.86."""
    line = {
        "code": "99203",
        "charge": 250,
        "allowed": Decimal("99.99"),
        "paid": Decimal("79.99"),
    } | IN_ALABAMA
    found = priced(tmp_path, line, "code: $established", rows=VISITS, more=PARAMETERS)
    # 79.99 * (99.99 - 81.86) / 99.99
    assert told(found) == ("repriced", "14.50", "65.49")
    assert found["exposure_allowed"] == Decimal("18.13")
    assert found["exposure_as_processed"] == Decimal("14.50")
    assert found["explanation"].endswith(
        "Repriced by the physician fee schedule of locality 10112/00 (test): $99.99 for 99203 (non-facility) as "
        "billed, $81.86 for 99213 (non-facility); of the $99.99 allowed, $81.86 would have been."
    )


def test_without_a_locality_the_amount_is_the_ratio_of_relative_values_and_says_so(tmp_path: Path) -> None:
    """3.37 against 2.75."""
    line = {"code": "99203", "charge": 250, "allowed": 110, "paid": 100}
    found = priced(tmp_path, line, "code: $established", rows=VISITS, more=PARAMETERS)
    assert told(found) == ("estimated", "18.40", "81.60")
    assert "3.37 for 99203 (non-facility) as billed, 2.75 for 99213" in found["explanation"]


def test_a_reduction_in_what_was_allowed_stays_in_what_would_have_been(tmp_path: Path) -> None:
    """85 % of 99.99 was allowed, as for a nurse practitioner: 84.99 * 81.86 / 99.99 = 69.58 would have been."""
    line = {
        "code": "99203",
        "charge": 250,
        "allowed": Decimal("84.99"),
        "paid": Decimal("84.99"),
    } | IN_ALABAMA
    found = priced(tmp_path, line, 'code: "99213"', rows=VISITS)
    assert told(found) == ("repriced", "15.41", "69.58")


def test_where_the_charge_was_the_limit_the_corrected_fee_is_due_as_far_as_the_charge_goes(
    tmp_path: Path,
) -> None:
    """The charge of 80 lies below both fees."""
    line = {"code": "99203", "charge": 80, "allowed": 80, "paid": 80} | IN_ALABAMA
    assert told(priced(tmp_path, line, 'code: "99213"', rows=VISITS)) == ("repriced", "0.00", "80.00")


@pytest.mark.parametrize(
    ("place", "exposure", "allowed"),
    [
        # non-facility (4.57 + 8.33 * 0.869 + 0.56 * 0.575) * 32.3465 = 392.39; facility 6.96022 * 32.3465 = 225.14
        ("11", "167.25", "392.39"),
        ("24", "0.00", "225.14"),
    ],
)
def test_the_facility_value_in_place_of_the_non_facility_one(
    tmp_path: Path, place: str, exposure: str, allowed: str
) -> None:
    """The formula with the values of 45385 in 2025 and the indices of Alabama."""
    line = {
        "code": "45385",
        "pos": place,
        "charge": 900,
        "allowed": Decimal(allowed),
        "paid": Decimal(allowed),
    }
    found = priced(tmp_path, line | IN_ALABAMA, "setting: facility", rows=SCOPE)
    assert told(found) == ("repriced", exposure, "225.14")


def test_the_professional_component_of_a_whole_service(tmp_path: Path) -> None:
    """Whole (0.85 + 2.35 * 0.869 + 0.05 * 0.575) * 32.3465 = 94.48; 26: 1.14239 * 32.3465 = 36.95."""
    line = {
        "code": "70450",
        "charge": 200,
        "allowed": Decimal("94.48"),
        "paid": Decimal("94.48"),
    } | IN_ALABAMA
    assert told(priced(tmp_path, line, 'component: "26"', rows=HEAD)) == ("repriced", "57.53", "36.95")
    estimated = {"code": "70450", "charge": 200, "allowed": 100, "paid": 100}
    # 1.20 of 3.25
    assert told(priced(tmp_path, estimated, 'component: "26"', rows=HEAD)) == ("estimated", "63.08", "36.92")


def test_a_component_billed_is_priced_as_one(tmp_path: Path) -> None:
    """26 of 1.20 as billed; the technical component is worth 2.05, so more would have been paid."""
    line = {"code": "70450", "modifiers": ["26"], "charge": 200, "allowed": 50, "paid": 50}
    assert told(priced(tmp_path, line, "component: TC", rows=HEAD)) == ("estimated", "0.00", "50.00")
    found = priced(tmp_path, line, "component: TC", rows=HEAD, direction="under")
    # 50 * (2.05 - 1.20) / 1.20
    assert told(found) == ("estimated", "35.42", "85.42")


def test_modifier_53_has_rows_of_its_own(tmp_path: Path) -> None:
    """5.07 against 10.13: paid as the whole service would be 100 * (1 - 5.07 / 10.13) too much."""
    line = {"code": "45378", "charge": 900, "allowed": 100, "paid": 100}
    found = priced(tmp_path, line, 'code: "45378", component: none, share: 1', rows=SCOPE)
    assert told(found) == ("estimated", "0.00", "100.00")
    discontinued = line | {"modifiers": ["53"]}
    found = priced(tmp_path, discontinued, "component: none", rows=SCOPE, direction="under")
    assert told(found) == ("estimated", "99.80", "199.80")


def test_a_share_is_the_whole_of_what_is_due(tmp_path: Path) -> None:
    """An assistant's 16 % of 225.14 is 36.02; 100 was allowed."""
    line = {"code": "45385", "pos": "22", "charge": 900, "allowed": 100, "paid": 80} | IN_ALABAMA
    found = priced(tmp_path, line, "share: 0.16", rows=SCOPE)
    assert told(found) == ("repriced", "51.18", "28.82")
    assert "times 0.16" in found["explanation"]
    (found,) = audit(
        tmp_path,
        [{"code": "45385", "pos": "22", "charge": 900, "allowed": 100, "paid": 80}],
        difference("share: 0.16"),
        tables={"mpfs_rvu": SCOPE},
    )
    assert told(found) == ("estimated", "67.20", "12.80")


def test_a_share_counts_every_unit_and_never_more_than_the_charge(tmp_path: Path) -> None:
    """Two units of 81.86 at half: 81.86; and where 60 was charged, 60."""
    line = {"code": "99203", "units": 2, "charge": 300, "allowed": 150, "paid": 150} | IN_ALABAMA
    assert told(priced(tmp_path, line, 'code: "99213", share: 0.5', rows=VISITS)) == (
        "repriced",
        "68.14",
        "81.86",
    )
    cheap = line | {"charge": 60}
    assert told(priced(tmp_path, cheap, 'code: "99213", share: 0.5', rows=VISITS)) == (
        "repriced",
        "90.00",
        "60.00",
    )


@pytest.mark.parametrize(
    ("line", "corrected", "rows"),
    [
        ({"code": "99204"}, "code: $established", VISITS),
        ({"code": "99203"}, 'code: "99213"', VISITS[:1]),
        ({"code": "99203", "pos": None}, 'code: "99213"', VISITS),
        ({"code": "99203", "pos": "10"}, 'code: "99213"', [row | {"status_code": "C"} for row in VISITS]),
        ({"code": "99203"}, 'component: "26"', VISITS),
    ],
    ids=[
        "code without a row",
        "corrected without a row",
        "no place",
        "contractor's price",
        "no component",
    ],
)
def test_without_a_fee_no_amount_is_put_on_it_and_the_finding_says_so(
    tmp_path: Path, line: dict[str, Any], corrected: str, rows: list[dict[str, Any]]
) -> None:
    found = priced(tmp_path, {"allowed": 90, "paid": 80} | line, corrected, rows=rows, more=PARAMETERS)
    assert told(found) == ("not_priced", "0.00", None)
    assert (
        "No amount is put on it: the fee schedule at hand has no amount on 2024-07-10 for "
        in found["explanation"]
    )


def test_a_hospital_s_line_has_no_fee_of_a_practitioner(tmp_path: Path) -> None:
    line = {"code": "45385", "claim_type": "institutional", "tob": "131", "allowed": 90, "paid": 80}
    found = priced(tmp_path, line, "share: 0.5", rows=SCOPE)
    assert told(found) == ("not_priced", "0.00", None)
    assert "one for the services of practitioners" in found["explanation"]


def test_a_code_that_the_parameter_does_not_name_has_no_amount(tmp_path: Path) -> None:
    line = {"code": "45385", "allowed": 90, "paid": 80}
    found = priced(tmp_path, line, "code: $established", rows=SCOPE, more=PARAMETERS)
    assert told(found) == ("not_priced", "0.00", None)
    assert "what is due in place of 45385 is not known" in found["explanation"]


@pytest.mark.parametrize(
    ("state", "basis"),
    [("AL", "repriced"), ("al", "repriced"), ("VA", "estimated"), ("MD", "estimated"), ("KY", "estimated")],
)
def test_a_state_stands_for_a_locality_where_it_is_one_and_all_of_it(
    tmp_path: Path, state: str, basis: str
) -> None:
    places = [
        ALABAMA | {"mac": str(number), "state": name, "locality": locality}
        for number, (name, locality) in enumerate([("AL", "00"), ("VA", "00"), ("MD", "01"), ("MD", "99")])
    ]
    line = {"code": "99203", "charge": 250, "allowed": 100, "paid": 100, "service_state": state}
    found = priced(tmp_path, line, 'code: "99213"', rows=VISITS, tables={"mpfs_gpci": places})
    assert found["exposure_basis"] == basis


def test_lines_of_other_payers_are_estimated(tmp_path: Path) -> None:
    line = {
        "code": "99203",
        "allowed": 110,
        "paid": 100,
        "line_of_business": "medicare_advantage",
    } | IN_ALABAMA
    assert told(priced(tmp_path, line, 'code: "99213"', rows=VISITS)) == ("estimated", "18.40", "81.60")


def test_of_two_conversion_factors_an_overpayment_is_told_by_the_higher(tmp_path: Path) -> None:
    """99213 nationally 2.75 * 33.5675 = 92.31 and * 33.4009 = 91.85."""
    rows = [row | {"conv_factor": Decimal("33.4009")} for row in VISITS]
    others = [row | {"conv_factor": Decimal("33.5675")} for row in VISITS]
    flat = ALABAMA | {"gpci_work": 1, "gpci_pe": 1, "gpci_mp": 1}
    line = {"code": "99203", "charge": 250, "allowed": 100, "paid": 100} | IN_ALABAMA
    tables = {"mpfs_rvu_qpp": others, "mpfs_gpci": [flat]}
    corrected = 'code: "99213", share: 1'
    assert told(priced(tmp_path, line, corrected, rows=rows, tables=tables)) == ("repriced", "7.69", "92.31")
    low = line | {"allowed": 50, "paid": 50}
    found = priced(tmp_path, low, corrected, rows=rows, tables=tables, direction="under")
    assert told(found) == ("repriced", "41.85", "91.85")


def test_imaging_is_capped_by_the_outpatient_amount(tmp_path: Path) -> None:
    """TC 2.05, capped at 1.00 + 0.01; 26 is 1.20: whole 1.01 + 1.20 = 2.21, of which 26 is 1.20."""
    cap = {"opps_non_facility_pe_amount": Decimal("1.31"), "opps_facility_pe_amount": Decimal("1.31")}
    rows = [HEAD[0] | cap | {"opps_mp_amount": Decimal("0.05")}, HEAD[1]]
    line = {"code": "70450", "allowed": 100, "paid": 100}
    # 1.20 of 0.85 + 1.31 + 0.05 = 2.21
    assert told(priced(tmp_path, line, 'component: "26"', rows=rows)) == ("estimated", "45.70", "54.30")


def test_rows_of_another_day_are_not_taken(tmp_path: Path) -> None:
    rows = [VISITS[0] | {"deleted": DAY}, VISITS[1] | {"effective": DAY}]
    line = {"code": "99203", "allowed": 110, "paid": 100}
    assert priced(tmp_path, line, 'code: "99213"', rows=rows)["exposure_basis"] == "estimated"
    rows = [VISITS[0] | {"deleted": DAY.replace(day=9)}, VISITS[1]]
    assert priced(tmp_path, line, 'code: "99213"', rows=rows)["exposure_basis"] == "not_priced"


def test_an_override_may_name_another_code_for_a_code(tmp_path: Path) -> None:
    change = setting("PAY-OVR-001", "established", '{"99203": "45378"}')
    line = {"code": "99203", "allowed": 90, "paid": 80, "payer_id": "OURS"}
    (found,) = audit(
        tmp_path,
        [line],
        difference("code: $established", more=PARAMETERS),
        change,
        tables={"mpfs_rvu": VISITS},
    )
    assert found["exposure_basis"] == "not_priced"


@pytest.mark.parametrize(
    ("exposure", "what"),
    [
        ("method: difference", "method"),
        ("method: difference, corrected: {}", "corrected"),
        ("method: line, corrected: {share: 0.5}", "corrected"),
        ("method: difference, corrected: {share: 16}", "share"),
        ('method: difference, corrected: {component: "50"}', "component"),
        ("method: difference, corrected: {code: $nothing}", "nothing"),
        ("method: difference, corrected: {code: line.code}", "code"),
        ("method: difference, corrected: {share: $line.code}", "share"),
        ("method: difference, direction: neutral, corrected: {share: 0.5}", "direction"),
    ],
)
def test_what_cannot_be_priced_is_refused(tmp_path: Path, exposure: str, what: str) -> None:
    text = rule(f'match: {{lines: [line], when: {{line.code: "99203"}}}}\nexposure: {{{exposure}}}\n')
    with pytest.raises(InputRefused) as refused:
        pack(tmp_path, text)
    assert what in str(refused.value)


def test_a_code_for_each_code_is_no_list_of_codes(tmp_path: Path) -> None:
    text = rule(f"{PARAMETERS}match: {{lines: [line], when: {{line.code: {{in: $established}}}}}}\n")
    with pytest.raises(InputRefused, match="a code for each code"):
        pack(tmp_path, text)


CODES = ["99203", "99213", "70450"]
_CORRECTED = st.fixed_dictionaries(
    {},
    optional={
        "code": st.sampled_from(['"99213"', '"70450"', "$established"]),
        "component": st.sampled_from(["none", '"26"', "TC"]),
        "setting": st.sampled_from(["facility", "non_facility"]),
        "share": st.sampled_from(["0.5", "0.16", "1", "1.5", "0.136", "0.333333"]),
    },
).filter(bool)
_CENTS = st.integers(-500, 100_000).map(lambda cents: Decimal(cents).scaleb(-2))
_LINE = st.fixed_dictionaries(
    {
        "code": st.sampled_from(CODES),
        "modifiers": st.sampled_from([[], [], ["26"], ["TC"], ["53"], ["26", "TC"], ["59", "26"]]),
        "pos": st.sampled_from(["11", "22", "10", "99", "28", None]),
        "paid": st.one_of(_CENTS, st.none()),
        "allowed": st.one_of(_CENTS, st.none()),
        "charge": st.one_of(_CENTS, st.none()),
        "units": st.sampled_from([Decimal(1), Decimal(1), Decimal(2), Decimal("1.5"), Decimal(0), None]),
        "mac": st.sampled_from(["M1", "M2", None]),
        "locality": st.sampled_from(["00", "01", "99", None]),
        "service_state": st.sampled_from(["AL", "MD", "VA", None]),
        "line_of_business": st.sampled_from(["medicare", "medicare", "medicare", "medicaid"]),
    }
)


@pytest.mark.slow
@given(st.data())
@settings(max_examples=25, deadline=None)
def test_both_evaluators_find_the_same_amount_and_it_is_never_more_than_the_line(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    corrected = ", ".join(f"{key}: {value}" for key, value in data.draw(_CORRECTED).items())
    direction = data.draw(st.sampled_from(["over", "over", "under"]))
    turn = data.draw(st.sampled_from([[], [DAY], [DAY.replace(day=11)]]))
    tables = data.draw(fee_tables(CODES, turn))
    lines = [
        line | {"line_no": at, "claim_id": "A", "patient_id": "P", "date_from": DAY}
        for at, line in enumerate(data.draw(st.lists(_LINE, min_size=1, max_size=5)), 1)
    ]
    answers = tuple((name, "*", DAY.replace(year=2000), DAY.replace(year=2030)) for name in tables)
    made = pack(
        tmp_path_factory.mktemp("rules"),
        difference(
            corrected,
            direction,
            PARAMETERS if "$established" in corrected else "",
            when='line.pos: {ne: "77"}',
        ),
    )
    with audited(World(lines, tables, answers, True), rules=made) as con:
        for found in findings(con):
            amounts = [found[name] for name in ("paid", "allowed", "charge") if found[name] is not None]
            most = max(amounts[0], Decimal(0)) if amounts else Decimal(0)
            assert found["exposure"] >= 0
            if direction == "over":
                assert found["exposure"] <= most
            if found["exposure_basis"] == "not_priced":
                assert found["exposure"] == 0
                assert found["corrected"] is None
            else:
                sign = 1 if direction == "over" else -1
                assert found["corrected"] == most - sign * found["exposure"]


def test_a_negative_charge_puts_no_more_than_the_line_at_stake(tmp_path: Path) -> None:
    line = {"code": "99203", "charge": Decimal("-0.22"), "allowed": 80, "paid": 80} | IN_ALABAMA
    found = priced(tmp_path, line, "share: 0.5", rows=VISITS)
    assert told(found)[:2] == ("repriced", "80.00")
