"""CCLF1 to 4: revenue lines with their headers, diagnoses and procedures."""

from __future__ import annotations

import pytest

from auditor.base.errors import InputRefused
from tests.claims.readers.cclf_files import fixed, header, of, revenue

pytestmark = pytest.mark.slow  # a layout of ACOs; each case reads files of its own


def test_revenue_lines_get_what_their_header_diagnoses_and_procedures_say(read):
    said = {"cur_clm_uniq_id": "2000000000001", "clm_type_cd": "40", "clm_from_dt": "2024-03-01",
            "clm_thru_dt": "2024-03-02", "dgns_prcdr_icd_ind": "0"}  # fmt: skip
    listed = (("D", "02", "E119", "Y"), ("D", "01", "I10", "N"), ("E", "01", "W19", ""))
    got = read(
        fixed(2, revenue(hcpcs_1_mdfr_cd="25"), revenue(clm_line_num="2", clm_line_prod_rev_ctr_cd="0300",
              clm_line_hcpcs_cd="80053", clm_line_cvrd_pd_amt="0.00", clm_line_instnl_rev_ctr_dt="1000-01-01")),
        fixed(1, header()),
        fixed(4, *(of(4, said, clm_prod_type_cd=kind, clm_val_sqnc_num=n, clm_dgns_cd=code, clm_poa_ind=poa)
                   for kind, n, code, poa in listed)),
        fixed(3, of(3, said, clm_val_sqnc_num="01", clm_prcdr_cd="0DTJ4ZZ", clm_prcdr_prfrm_dt="2024-03-01")),
    )  # fmt: skip
    assert got.rows(
        "SELECT line_no, tob, setting::VARCHAR, code, revenue_code, modifiers, paid, units, facility_npi, dx, poa, "
        "external_dx, procedures, service_state, discharge_status, date_from::VARCHAR FROM claim_line ORDER BY line_no"
    ) == [
        (1, "131", "outpatient_hospital", "G0463", "0510", ["25"], 15000, 1, "1000000009", ["I10", "E119"],
         ["N", "Y"], ["W19"], ["0DTJ4ZZ"], "NY", "01", "2024-03-01"),
        (2, "131", "outpatient_hospital", "80053", "0300", [], 0, 1, "1000000009", ["I10", "E119"],
         ["N", "Y"], ["W19"], ["0DTJ4ZZ"], "NY", "01", "2024-03-01"),
    ]  # fmt: skip
    first = got.feed.files[0]
    assert (first.name, first.part, first.lines) == ("file0.csv", "claims", 2)


def test_without_the_file_of_diagnoses_none_is_known(read):
    got = read(fixed(2, revenue()), fixed(1, header()))
    assert "dx1" not in got.feed.fields and "px1" not in got.feed.fields
    assert any("no file of diagnoses (CCLF4)" in note for note in got.feed.notes)


def test_revenue_lines_without_their_headers_are_refused(read):
    with pytest.raises(InputRefused, match="without their claim headers"):
        read(fixed(2, revenue()))


def test_headers_alone_are_no_claims(read):
    with pytest.raises(InputRefused, match="claim headers of Part A"):
        read(fixed(1, header()))


def test_payments_that_do_not_add_up_give_way_to_the_headers(read):
    got = read(
        fixed(
            2, revenue(clm_line_cvrd_pd_amt="0.00"), revenue(clm_line_num="2", clm_line_cvrd_pd_amt="0.00")
        ),
        fixed(1, header(clm_pmt_amt="101.01")),
    )
    assert got.rows("SELECT line_no, paid, paid_allocated FROM claim_line ORDER BY 1") == [
        (1, 5051, True),
        (2, 5050, True),
    ]
    assert got.tie.paid_in == 10101
    assert got.feed.payment_method == "header_allocated"


def test_the_line_of_totals_is_set_aside_and_its_dollars_count_once(read):
    got = read(
        fixed(2, revenue(), revenue(clm_line_num="2", clm_line_prod_rev_ctr_cd="0001", clm_line_hcpcs_cd="",
              clm_line_cvrd_pd_amt="150.00", clm_line_srvc_unit_qty="")),
        fixed(1, header()),
    )  # fmt: skip
    assert got.rows("SELECT reason_code, paid FROM set_aside") == [("total_line", None)]
    assert got.rows("SELECT paid FROM claim_line") == [(15000,)]


def test_headers_without_lines_and_lines_without_headers_keep_their_dollars(read):
    got = read(
        fixed(2, revenue(), revenue(cur_clm_uniq_id="7", clm_line_cvrd_pd_amt="5.00")),
        fixed(1, header(), header(cur_clm_uniq_id="8", clm_pmt_amt="70.00")),
    )
    assert got.rows("SELECT reason_code, claim_id, paid, charge FROM set_aside ORDER BY 1") == [
        ("header_missing", "7", 500, None),
        ("lines_missing", "8", 7000, 50000),
    ]
    assert got.tie.paid_in == 15000 + 500 + 7000


def test_a_header_is_missed_in_no_other_delivery(read):
    got = read(
        fixed(2, revenue()), fixed(1, header()),
        fixed(2, revenue(cur_clm_uniq_id="8")), fixed(1, header(cur_clm_uniq_id="8")),
    )  # fmt: skip
    assert got.tie.lines_audited == 2
    assert got.aside() == []


def test_a_stay_cancelled_and_billed_anew_is_audited_once(read):
    got = read(
        fixed(2, *(revenue(cur_clm_uniq_id=number) for number in ("21", "22", "23"))),
        fixed(1, header(cur_clm_uniq_id="21"), header(cur_clm_uniq_id="23", clm_adjsmt_type_cd="2"),
              header(cur_clm_uniq_id="22", clm_adjsmt_type_cd="1")),
    )  # fmt: skip
    assert got.rows("SELECT claim_id, state::VARCHAR, paid FROM claim_line ORDER BY 1") == [
        ("21", "superseded", 15000),
        ("22", "superseded", -15000),
        ("23", "audited", 15000),
    ]


def test_an_unpaid_stay_is_denied_and_a_request_for_payment_is_not(read):
    cases = (("N", "0.00", True), ("P", "0.00", False), ("N", "150.00", False))
    got = read(
        fixed(2, *(revenue(cur_clm_uniq_id=str(n), clm_line_cvrd_pd_amt=paid) for n, (_, paid, _) in enumerate(cases))),
        fixed(1, *(header(cur_clm_uniq_id=str(n), clm_mdcr_npmt_rsn_cd=why, clm_pmt_amt=paid)
                   for n, (why, paid, _) in enumerate(cases))),
    )  # fmt: skip
    assert got.column("SELECT denied FROM claim_line ORDER BY claim_id") == [case[2] for case in cases]


def test_a_code_that_is_an_external_cause_too_has_its_own_indicator(read):
    said = {"cur_clm_uniq_id": "2000000000001", "clm_type_cd": "40", "clm_from_dt": "2024-03-01",
            "clm_thru_dt": "2024-03-02", "dgns_prcdr_icd_ind": "0"}  # fmt: skip
    listed = (("D", "01", "I10", "N"), ("D", "02", "W19", "Y"), ("E", "01", "W19", "1"))
    got = read(
        fixed(2, revenue()),
        fixed(1, header()),
        fixed(4, *(of(4, said, clm_prod_type_cd=kind, clm_val_sqnc_num=n, clm_dgns_cd=code, clm_poa_ind=poa)
                   for kind, n, code, poa in listed)),
    )  # fmt: skip
    assert got.rows("SELECT dx, poa, external_dx FROM claim_line") == [(["I10", "W19"], ["N", "Y"], ["W19"])]
