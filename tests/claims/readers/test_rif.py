"""Files of the CCW: carrier and DME lines, persons beside them, and text that is cut otherwise than at every pipe."""

from __future__ import annotations

import pytest

from auditor.base.errors import InputRefused
from tests.claims.readers.rif_files import BENEFICIARY, carrier, dme, rif

pytestmark = pytest.mark.slow  # a layout of researchers; each case reads files of its own


def test_a_carrier_line_is_read(read):
    got = read(
        rif(carrier(hcpcs_1st_mdfr_cd="25", icd_dgns_cd2="I10", icd_dgns_vrsn_cd2="0", line_icd_dgns_cd="I10",
                    line_bene_ptb_ddctbl_amt="5", line_coinsrnc_amt="10.50", line_ndc_cd="00000000000"))
    )  # fmt: skip
    assert got.feed.files[0].format == "rif"
    assert got.rows(
        "SELECT claim_id, line_no, patient_id, claim_type, code, modifiers, mods_truncated, units, charge, allowed, "
        "paid, patient_resp, pos, denied, processing_ind, rendering_npi, billing_npi, billing_tin, "
        "rendering_specialty, dx, dx_ptr, dx_version, date_from::VARCHAR, date_to::VARCHAR, paid_date::VARCHAR, "
        "service_state, service_zip, locality, mac, payer_icn, ndc, line_of_business::VARCHAR FROM claim_line"
    ) == [
        ("-5001", 1, "-7", "professional", "99213", ["25"], True, 1, 12000, 9000, 7200, 1550, "11", False, "A",
         "1000000001", "1000000002", "111222333", "08", ["E119", "I10"], [2], "10", "2015-11-03", "2015-11-04",
         "2015-11-20", "IL", "60601", "15", "61026", "ICN1", None, "medicare")
    ]  # fmt: skip
    assert got.feed.modifier_columns == 2
    assert "prf_physn_upin" not in {name.lower() for name in got.feed.fields}
    assert "CLM_GRP_ID" in got.feed.unmapped_columns


def test_a_backslash_joins_a_pipe_to_its_value_only_where_the_width_says_so(read):
    persons = (
        {**BENEFICIARY, "bene_id": "-7", "drvd_line_4_adr": "PO BOX 1\\"},
        {**BENEFICIARY, "bene_id": "-8", "drvd_line_4_adr": "A\\|B", "bene_birth_dt": "02-Feb-1942"},
    )
    got = read(rif(carrier(), carrier(clm_id="-5002", bene_id="-8")), rif(*persons))
    assert got.rows("SELECT patient_id, birth_date::VARCHAR, sex FROM claim_line ORDER BY 1") == [
        ("-7", "1941-01-31", "F"),
        ("-8", "1942-02-02", "F"),
    ]


@pytest.mark.slow
def test_records_that_end_in_a_pipe_are_read_and_one_too_many_is_set_aside(read):
    header, first, second = rif(carrier(), carrier(clm_id="-5002")).splitlines()
    assert read(f"{header}\n{first}|\n{second}|\n").tie.lines_audited == 2
    got = read(f"{header}\n{first}\n{second}|7\n")
    assert got.tie.lines_audited == 1
    assert got.aside() == [
        (2, f"the row has {len(header.split('|')) + 1} values, the header {len(header.split('|'))}")
    ]


def test_a_quote_is_a_character_like_others(read):
    got = read(rif(carrier(carr_clm_rfrng_pin_num='O"B'), carrier(clm_id="-5002")))
    assert got.tie.lines_audited == 2


def test_an_export_that_quotes_is_read_as_one(read):
    row = {**carrier(), "carr_clm_rfrng_pin_num": "A, B|C"}
    for mark in (",", "|"):
        text = (
            mark.join(f'"{name}"' for name in row)
            + "\n"
            + mark.join(f'"{value}"' for value in row.values())
            + "\n"
        )
        assert read(text).rows("SELECT code, paid FROM claim_line") == [("99213", 7200)]


def test_who_was_not_paid_is_told_by_the_indicators(read):
    cases = [
        ({"line_prcsg_ind_cd": "A"}, False), ({"line_prcsg_ind_cd": "N"}, True),
        ({"line_prcsg_ind_cd": "S", "line_alowd_chrg_amt": "0"}, True), ({"line_prcsg_ind_cd": "R"}, False),
        ({"line_prcsg_ind_cd": " "}, False), ({"carr_clm_pmt_dnl_cd": "0"}, True), ({"carr_clm_pmt_dnl_cd": "D"}, True),
    ]  # fmt: skip
    got = read(rif(*(carrier(clm_id=f"-{n}", **said) for n, (said, _) in enumerate(cases))))
    assert got.column("SELECT denied FROM claim_line ORDER BY line_id") == [denied for _, denied in cases]
    assert got.rows("SELECT name, severity, left(says, 2) FROM claim_diagnostic") == [
        ("denied_paid", "warning", "4 ")
    ]


def test_time_units_of_anaesthesia_are_minutes_and_no_units(read):
    got = read(
        rif(
            carrier(
                clm_id="1",
                hcpcs_cd="00142",
                carr_line_mtus_cd="2",
                carr_line_mtus_cnt="40",
                line_srvc_cnt="40",
            ),
            carrier(
                clm_id="2",
                hcpcs_cd="00142",
                carr_line_mtus_cd="2",
                carr_line_mtus_cnt="4.0",
                line_srvc_cnt="1",
            ),
            carrier(
                clm_id="3", hcpcs_cd="A0425", carr_line_mtus_cd="1", carr_line_mtus_cnt="7", line_srvc_cnt="7"
            ),
        )
    )
    assert got.rows("SELECT units, minutes FROM claim_line ORDER BY claim_id") == [
        (None, 60),
        (1, 60),
        (7, None),
    ]


def test_what_is_not_final_or_cancelled_is_superseded(read):
    got = read(
        rif(carrier(clm_id="1", final_action="N"), carrier(clm_id="2"), carrier(clm_id="3", clm_disp_cd="03"))
    )
    assert got.rows("SELECT claim_id, state::VARCHAR FROM claim_line ORDER BY 1") == [
        ("1", "superseded"),
        ("2", "audited"),
        ("3", "superseded"),
    ]


def test_a_later_record_of_the_file_updates_or_deletes_a_claim(read):
    got = read(
        rif(
            carrier(clm_id="1"),
            carrier(clm_id="2"),
            carrier(clm_id="1", dml_ind="UPDATE", line_nch_pmt_amt="1.00"),
            carrier(clm_id="2", dml_ind="DELETE"),
        )
    )
    assert got.rows("SELECT claim_id, paid FROM claim_line") == [("1", 100)]
    assert got.rows("SELECT source_pos, reason_code, paid FROM set_aside ORDER BY 1") == [
        (1, "updated_later", 7200),
        (2, "deleted", 7200),
        (4, "deleted", 7200),
    ]


def test_diagnoses_of_both_versions_leave_those_of_the_later(read):
    both = carrier(icd_dgns_cd1="291", icd_dgns_vrsn_cd1="9", icd_dgns_cd2="I10", icd_dgns_vrsn_cd2="0",
                   prncpal_dgns_cd="291", prncpal_dgns_vrsn_cd="9", line_icd_dgns_cd="291",
                   line_icd_dgns_vrsn_cd="9")  # fmt: skip
    old = {name: "9" for name in both if "_vrsn_" in name}
    ninth = carrier(
        clm_id="2", icd_dgns_cd1="25000", prncpal_dgns_cd="25000", line_icd_dgns_cd="25000", **old
    )
    by_date = carrier(
        clm_id="3", clm_thru_dt="30-SEP-2015", icd_dgns_cd1="25000", prncpal_dgns_cd="", line_icd_dgns_cd="",
        **{name: "" for name in both if "_vrsn_" in name},
    )  # fmt: skip
    got = read(rif(both, ninth, by_date))
    assert got.rows("SELECT dx, icd9, dx_ptr, dx_version FROM claim_line ORDER BY line_id") == [
        (["I10"], [], [], "10"),
        ([], ["25000"], [1], "9"),
        ([], ["25000"], [], "9"),
    ]
    assert got.rows("SELECT name, source_pos FROM claim_diagnostic") == [("dx_versions", 1)]


def test_a_diagnosis_of_the_line_that_the_claim_lacks_is_added_to_it(read):
    got = read(rif(carrier(line_icd_dgns_cd="Z0000")))
    assert got.rows("SELECT dx, dx_ptr, pointed_dx FROM claim_line") == [(["E119", "Z0000"], [2], ["Z0000"])]


def test_dme_lines_have_a_supplier_and_four_modifiers(read):
    got = read(rif(dme(hcpcs_1st_mdfr_cd="RR", hcpcs_4th_mdfr_cd="KX")))
    assert got.rows(
        "SELECT claim_type, setting::VARCHAR, provider_id, billing_npi, ordering_npi, modifiers, mods_truncated, "
        "service_state FROM claim_line"
    ) == [("dme", "dme", "1000000003", "1000000003", "1000000004", ["RR", "KX"], False, "AL")]


def test_of_several_records_of_a_person_the_last_that_says_something_is_believed(read):
    history = {"dml_ind": "INSERT", "bene_id": "-7", "bene_birth_dt": "01-Jan-1930", "bene_sex_ident_cd": "1",
               "efctv_bgn_dt": "17-MAR-1990"}  # fmt: skip
    got = read(
        rif(carrier()),
        rif({**BENEFICIARY, "rfrnc_yr": "2014", "death_dt": ""}, {**BENEFICIARY, "death_dt": "09-Dec-2015"}),
        rif(history),
    )
    assert got.rows("SELECT birth_date::VARCHAR, sex, death_date::VARCHAR FROM claim_line") == [
        ("1941-01-31", "F", "2015-12-09")
    ]
    assert got.rows("SELECT name, left(says, 2) FROM claim_diagnostic") == [("birth_dates", "1 ")]
    assert sorted(file.part for file in got.feed.files) == [
        "claims",
        "earlier records of patients",
        "patients",
    ]


def test_drug_events_and_summaries_are_named(read):
    with pytest.raises(InputRefused, match="drug events of Part D"):
        read("DML_IND|PDE_ID|CLM_GRP_ID|BENE_ID\nINSERT|1|2|3\n")
    with pytest.raises(InputRefused, match="summary of an export"):
        read("BENE_ID,CARRIER_CLAIMS,DME_CLAIMS,PDE_CLAIMS\n1,2,3,4\n")
    with pytest.raises(InputRefused, match="holds patients"):
        read(rif(BENEFICIARY))


def test_a_file_that_lacks_a_needed_column_is_refused_by_its_name(read):
    row = carrier()
    del row["hcpcs_cd"]
    with pytest.raises(InputRefused, match="no column HCPCS_CD or REV_CNTR"):
        read(rif(row))
    doubled = rif(carrier()).replace("BETOS_CD", "HCPCS_CD")
    with pytest.raises(InputRefused, match="two columns are called HCPCS_CD"):
        read(doubled)


def test_bad_figures_and_dates_set_their_line_aside_with_its_other_dollars(read):
    got = read(
        rif(
            carrier(clm_id="1", line_nch_pmt_amt="7O.00"),
            carrier(clm_id="2", line_1st_expns_dt="31-FEB-2015"),
            carrier(clm_id="3", line_srvc_cnt="one"),
            carrier(clm_id="4"),
        )
    )
    assert got.rows("SELECT source_pos, reason_code, paid FROM set_aside ORDER BY 1") == [
        (1, "paid_invalid", None),
        (2, "date_from_invalid", 7200),
        (3, "units_invalid", 7200),
    ]
    assert got.tie.lines_audited == 1


def test_the_order_of_columns_and_their_case_do_not_matter_and_a_comma_does_as_well(read):
    row = dict(reversed(carrier().items()))
    text = ",".join(row) + "\n" + ",".join(row.values()) + "\n"
    assert read(text).rows("SELECT code, paid FROM claim_line") == [("99213", 7200)]
