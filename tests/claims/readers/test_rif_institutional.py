"""Institutional files of the CCW: revenue lines, whose payment counts, totals and dates."""

from __future__ import annotations

import pytest

from tests.claims.readers.rif_files import revenue, rif, without

pytestmark = pytest.mark.slow  # a layout of researchers; each case reads files of its own

INPATIENT = (
    "rev_cntr_dt",
    "rev_cntr_pmt_amt_amt",
    "rev_cntr_prvdr_pmt_amt",
    "hcpcs_1st_mdfr_cd",
    "hcpcs_2nd_mdfr_cd",
)


def test_an_outpatient_line_is_read(read):
    got = read(
        rif(revenue(hcpcs_1st_mdfr_cd="25", rev_cntr_1st_ansi_cd="CO45", rev_cntr_2nd_ansi_cd="PR1",
                    rsn_visit_cd1="R05", rev_cntr_ptnt_rspnsblty_pmt="12.50", fst_dgns_e_cd="W19",
                    icd_dgns_e_cd1="W19", clm_freq_cd="7", fi_orig_clm_cntl_num="DCN0", icd_prcdr_cd1="0DTJ4ZZ",
                    clm_drg_cd="470", admtg_dgns_cd="R05"))
    )  # fmt: skip
    assert got.rows(
        "SELECT claim_type, tob, setting::VARCHAR, frequency_code, original_ref, payer_icn, code, revenue_code, "
        "modifiers, units, charge, paid, patient_resp, adjustments, reason_dx, external_dx, admitting_dx, dx, poa, "
        "procedures, drg, discharge_status, facility_npi, rendering_npi, attending_npi, service_state, mac, "
        "date_from::VARCHAR, date_to::VARCHAR, paid_date::VARCHAR, denied FROM claim_line"
    ) == [
        ("institutional", "137", "outpatient_hospital", "7", "DCN0", "DCN1", "G0463", "0510", ["25"], 1, 30000, 10000,
         1250, ["CO-45", "PR-1"], ["R05"], ["W19"], "R05", ["I10", "E119"], ["N", "Y"], ["0DTJ4ZZ"], "470", "01",
         "1000000009", "1000000007", "1000000008", "MA", "15444", "2015-11-03", "2015-11-03", "2015-11-18", False)
    ]  # fmt: skip


def test_lines_payments_are_used_where_they_add_up_to_the_claims(read):
    got = read(
        rif(
            revenue(clm_line_num="1", rev_cntr_pmt_amt_amt="60.00"),
            revenue(clm_line_num="2", rev_cntr_pmt_amt_amt="40.00"),
            # Only the payments to the provider add up.
            revenue(clm_id="2", rev_cntr_pmt_amt_amt="0", rev_cntr_prvdr_pmt_amt="30.00"),
            revenue(clm_id="2", clm_line_num="2", rev_cntr_pmt_amt_amt="0", rev_cntr_prvdr_pmt_amt="70.00"),
        )
    )
    assert got.column("SELECT paid FROM claim_line ORDER BY line_id") == [6000, 4000, 3000, 7000]
    assert got.column("SELECT bool_or(paid_allocated) FROM claim_line") == [False]
    assert got.rows("SELECT * FROM claim_diagnostic") == []


def test_a_claims_payment_counts_once_and_is_shared_by_charge_where_lines_have_none(read):
    got = read(
        rif(
            *(
                without(
                    revenue(clm_line_num=str(n), rev_cntr_tot_chrg_amt=charge, clm_pmt_amt="90.00"),
                    *INPATIENT,
                )
                for n, charge in ((1, "200.00"), (2, "100.00"), (3, "0.00"))
            )
        )
    )
    assert got.column("SELECT paid FROM claim_line ORDER BY line_no") == [6000, 3000, 0]
    assert got.tie.paid_in == 9000
    assert got.feed.payment_method == "header_allocated"
    assert got.feed.modifier_columns == 0
    assert got.rows("SELECT name, left(says, 2) FROM claim_diagnostic") == [("claim_payment", "3 ")]
    assert got.rows("SELECT DISTINCT date_from::VARCHAR, date_to::VARCHAR FROM claim_line") == [
        ("2015-11-03", "2015-11-04")
    ]
    assert "3 lines: the line has no date of its own; the claim's is used" in got.feed.notes


def test_the_claims_payment_is_not_borne_by_a_line_that_is_no_line(read):
    got = read(
        rif(
            revenue(clm_line_num="1", hcpcs_cd="M99", rev_cntr_pmt_amt_amt="0"),
            revenue(clm_line_num="2", rev_cntr_pmt_amt_amt="0"),
        )
    )
    assert got.rows("SELECT line_no, paid FROM claim_line") == [(2, 10000)]
    assert got.rows("SELECT reason_code, paid FROM set_aside") == [("code_invalid", None)]


def test_a_payment_below_zero_is_kept_and_not_shared(read):
    got = read(
        rif(
            revenue(clm_line_num="1", clm_pmt_amt="-5.00", rev_cntr_pmt_amt_amt="0"),
            revenue(clm_line_num="2", clm_pmt_amt="-5.00", rev_cntr_pmt_amt_amt="0"),
        )
    )
    assert got.column("SELECT paid FROM claim_line ORDER BY line_no") == [-500, 0]


def test_the_line_of_totals_is_set_aside_only_beside_other_lines(read):
    got = read(
        rif(
            revenue(clm_line_num="1"),
            revenue(clm_line_num="2", rev_cntr="1", hcpcs_cd="", rev_cntr_pmt_amt_amt="100.00"),
            # A code makes it a service; alone on its claim it is all that is left of it.
            revenue(clm_id="2", rev_cntr="0001"),
            revenue(clm_id="3", rev_cntr="0001", hcpcs_cd=""),
        )
    )
    assert got.rows("SELECT source_pos, reason_code, charge, paid FROM set_aside") == [
        (2, "total_line", None, None)
    ]
    assert got.rows("SELECT claim_id, revenue_code, paid FROM claim_line ORDER BY 1") == [
        ("-5001", "0510", 10000),
        ("2", "0001", 10000),
        ("3", "0001", 10000),
    ]
    assert got.tie.paid_in == 30000 and got.tie.charge_in == 90000


@pytest.mark.slow
def test_lines_that_say_different_payments_of_the_whole_keep_their_own(read):
    got = read(
        rif(
            revenue(clm_line_num="1", clm_pmt_amt="10.00", rev_cntr_pmt_amt_amt="3.00"),
            revenue(clm_line_num="2", clm_pmt_amt="20.00", rev_cntr_pmt_amt_amt="4.00"),
        )
    )
    assert got.column("SELECT paid FROM claim_line ORDER BY line_no") == [300, 400]
    assert got.column("SELECT name FROM claim_diagnostic") == ["claim_payments_differ"]


@pytest.mark.slow
def test_a_payment_group_stands_for_the_code_of_a_prospective_rate(read):
    got = read(
        rif(
            revenue(clm_id="1", rev_cntr="0023", hcpcs_cd="", rev_cntr_apc_hipps_cd="2GGGG"),
            revenue(clm_id="2", rev_cntr="22", hcpcs_cd="RMX10"),
            revenue(clm_id="3", rev_cntr="0510", hcpcs_cd="", rev_cntr_apc_hipps_cd="00601"),
        )
    )
    assert got.rows("SELECT revenue_code, code FROM claim_line ORDER BY claim_id") == [
        ("0023", "2GGGG"),
        ("0022", "RMX10"),
        ("0510", None),
    ]


@pytest.mark.slow
def test_what_medicare_refused_to_pay_is_denied(read):
    got = read(
        rif(
            revenue(clm_id="1", clm_mdcr_non_pmt_rsn_cd="N", clm_pmt_amt="0", rev_cntr_pmt_amt_amt="0"),
            revenue(clm_id="2", clm_mdcr_non_pmt_rsn_cd="P", clm_pmt_amt="0", rev_cntr_pmt_amt_amt="0"),
            revenue(clm_id="3", clm_mdcr_non_pmt_rsn_cd="A"),
        )
    )
    assert got.column("SELECT denied FROM claim_line ORDER BY claim_id") == [True, False, False]


def test_a_claim_cancelled_by_a_credit_is_superseded(read):
    got = read(
        rif(
            revenue(clm_id="1", fi_clm_actn_cd="4"),
            revenue(clm_id="2", claim_query_code="0"),
            revenue(clm_id="3"),
        )
    )
    assert got.column("SELECT claim_id FROM claim_line WHERE state = 'audited'") == ["3"]
    assert got.tie.lines_superseded == 2
