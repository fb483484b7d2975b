"""CCLF5, 6, 8, 9 and 0: fixed widths as delivered, exports with headers, related sets of claims."""

from __future__ import annotations

import pytest

from auditor.base.errors import InputRefused
from tests.claims.readers.cclf_files import LINE, fixed, of, physician

pytestmark = pytest.mark.slow  # a layout of ACOs; each case reads files of its own


def test_physician_lines_are_read_from_their_places(read):
    got = read(
        fixed(5, physician(hcpcs_1_mdfr_cd="25", hcpcs_5_mdfr_cd="GT", clm_dgns_1_cd="I10", clm_dgns_12_cd="E119",
                           rndrg_prvdr_fips_st_cd="36", clm_rfrg_prvdr_npi_num="1000000002", clm_cntrctr_num="13102"))
    )  # fmt: skip
    assert got.feed.files[0].format == "cclf"
    assert got.rows(
        "SELECT claim_id, line_no, patient_id, claim_type, code, modifiers, units, charge, allowed, paid, pos, denied, "
        "rendering_npi, rendering_specialty, billing_tin, payer_icn, dx, dx_ptr, date_from::VARCHAR, "
        "paid_date::VARCHAR, service_state, mac, referring_npi, line_of_business::VARCHAR FROM claim_line"
    ) == [
        ("1000000000001", 1, "1A", "professional", "99213", ["25", "GT"], 1, None, 10000, 8000, "11", False,
         "1000000001", "08", "111222333", "C1", ["I10", "E119"], [2], "2024-02-01", "2024-02-20", "NY", "13102",
         "1000000002", "medicare")
    ]  # fmt: skip
    assert got.feed.modifier_columns == 5
    assert "charge" not in got.feed.fields


def test_trailing_blanks_cut_off_and_windows_line_ends_change_nothing(read):
    text = fixed(5, physician(), physician(clm_line_num="2", clm_line_hcpcs_cd="99214"))
    cut = "\r\n".join(line.rstrip() for line in text.splitlines()) + "\r\n\r\n"
    assert read(cut).rows("SELECT code, paid FROM claim_line ORDER BY line_no") == [
        ("99213", 8000),
        ("99214", 8000),
    ]


def test_lines_that_are_not_of_the_layout_are_set_aside_and_the_others_are_read(read):
    first, second, third = fixed(5, *(physician(clm_line_num=str(n)) for n in (1, 2, 3))).splitlines()
    got = read("\n".join([first, second[7:], third, "TRAILER 0000003"]) + "\n" + first + "\n   \n\n")
    assert got.rows("SELECT source_pos, reason_code FROM set_aside ORDER BY 1") == [
        (2, "row_malformed"),
        (4, "row_malformed"),
        (5, "line_repeated"),
    ]
    assert got.column("SELECT line_no FROM claim_line ORDER BY 1") == [1, 3]
    assert (got.tie.rows_read, got.tie.lines_read) == (5, 5)


def test_longer_records_than_are_known_are_read_and_said(read):
    text = "".join(line + "XXXXX\n" for line in fixed(5, physician()).splitlines())
    got = read(text)
    assert got.tie.lines_audited == 1
    assert any("5 more than the layout that is known (CCLF5" in note for note in got.feed.notes)


def test_the_layout_before_the_beneficiary_identifier_is_refused(read):
    (line,) = fixed(5, physician()).splitlines()
    with pytest.raises(InputRefused, match="older than the Medicare Beneficiary Identifier"):
        read(line[:23] + line[34:] + "\n")


def test_an_export_with_headers_is_known_by_its_names(read):
    row = physician(clm_line_thru_dt="9999-12-31", clm_carr_pmt_dnl_cd="~")
    text = ",".join(name.upper() for name in row) + "\n" + ",".join(row.values()) + "\n"
    got = read(text)
    assert got.rows("SELECT code, paid, date_to::VARCHAR, denied FROM claim_line") == [
        ("99213", 8000, "2024-02-01", False)
    ]
    assert got.feed.modifier_columns == 0
    assert got.rows("SELECT DISTINCT mods_truncated FROM claim_line") == [(True,)]


def test_a_cancelled_claim_is_no_claim_and_its_adjustment_stands_in_its_place(read):
    got = read(
        fixed(
            5,
            physician(
                cur_clm_uniq_id="3",
                clm_adjsmt_type_cd="2",
                clm_line_cvrd_pd_amt="60.00",
                clm_efctv_dt="2024-05-01",
            ),
            physician(cur_clm_uniq_id="1"),
            physician(cur_clm_uniq_id="2", clm_adjsmt_type_cd="1", clm_efctv_dt="2024-05-01"),
            physician(cur_clm_uniq_id="9", clm_cntl_num="C9"),
        )
    )  # fmt: skip
    assert got.rows("SELECT claim_id, state::VARCHAR, paid FROM claim_line ORDER BY claim_id") == [
        ("1", "superseded", 8000),
        ("2", "superseded", -8000),
        ("3", "audited", 6000),
        ("9", "audited", 8000),
    ]
    assert got.tie.paid_in == 8000 - 8000 + 6000 + 8000
    assert got.column("SELECT DISTINCT version_note FROM claim_line WHERE state = 'audited'") == [None]


def test_a_cancellation_in_another_file_takes_the_claim_back(read):
    got = read(
        fixed(5, physician(cur_clm_uniq_id="1")),
        fixed(5, physician(cur_clm_uniq_id="2", clm_adjsmt_type_cd="1", clm_efctv_dt="2024-05-01")),
    )
    assert got.tie.lines_audited == 0
    assert got.tie.lines_superseded == 2


def test_two_originals_of_one_control_number_are_both_final(read):
    got = read(
        fixed(5, physician(cur_clm_uniq_id="1"), physician(cur_clm_uniq_id="2", clm_line_hcpcs_cd="36415"))
    )
    assert got.tie.lines_audited == 2


def test_who_was_paid_is_told_by_both_indicators(read):
    cases = [
        ("1", "A", "100.00", False), ("0", "A", "100.00", True), ("1", "N", "0.00", True), ("1", "R", "10.00", False),
        ("1", "S", "0.00", True), ("", "", "0.00", False), ("B", "A", "1.00", False), ("12", "A", "1.00", True),
    ]  # fmt: skip
    rows = [
        physician(clm_line_num=str(n), clm_carr_pmt_dnl_cd=d, clm_prcsg_ind_cd=i, clm_line_alowd_chrg_amt=a)
        for n, (d, i, a, _) in enumerate(cases, start=1)
    ]
    got = read(fixed(5, *rows))
    assert got.column("SELECT denied FROM claim_line ORDER BY line_no") == [case[3] for case in cases]
    assert got.rows("SELECT name, source_pos FROM claim_diagnostic") == [("denied_paid", 2)]


def test_supplier_lines_have_no_units_and_no_modifiers(read):
    row = of(
        6, LINE, clm_line_hcpcs_cd="E0601", payto_prvdr_npi_num="1000000005", ordrg_prvdr_npi_num="1000000006"
    )
    got = read(fixed(6, row))
    assert got.rows("SELECT claim_type, units, billing_npi, ordering_npi, provider_id FROM claim_line") == [
        ("dme", None, "1000000005", "1000000006", "1000000005")
    ]
    assert "units" not in got.feed.fields and got.feed.modifier_columns == 0


def test_persons_are_known_by_their_current_number(read):
    got = read(
        fixed(5, physician(bene_mbi_id="1OLD"),
              physician(cur_clm_uniq_id="2", clm_cntl_num="C2", bene_mbi_id="1NEWEST"),
              physician(cur_clm_uniq_id="3", clm_cntl_num="C3", bene_mbi_id="1OTHER")),
        fixed(8, {"bene_mbi_id": "1NEW", "bene_dob": "1940-05-06", "bene_sex_cd": "2", "bene_death_dt": "1000-01-01"},
              {"bene_mbi_id": "1OTHER", "bene_dob": "1951-01-02", "bene_sex_cd": "1", "bene_death_dt": "2024-02-09"}),
        fixed(9, {"hicn_mbi_xref_ind": "M", "crnt_num": "1NEW", "prvs_num": "1OLD", "prvs_id_efctv_dt": "2019-01-01",
                  "prvs_id_obslt_dt": "2020-01-01"},
              {"hicn_mbi_xref_ind": "M", "crnt_num": "1NEWEST", "prvs_num": "1NEW", "prvs_id_obslt_dt": "2022-01-01"}),
    )  # fmt: skip
    assert got.rows(
        "SELECT claim_id, patient_id, birth_date::VARCHAR, sex, death_date::VARCHAR FROM claim_line ORDER BY 1"
    ) == [
        ("1000000000001", "1NEWEST", "1940-05-06", "F", None),
        ("2", "1NEWEST", "1940-05-06", "F", None),
        ("3", "1OTHER", "1951-01-02", "M", "2024-02-09"),
    ]


def test_the_summary_is_held_against_what_was_read(read):
    summary = (
        "File Number  |File Description    |Total Records Count |Record Length\n"
        "CCLF5        |Part B Physicians   |                   2|          388\n"
    )
    lines = fixed(5, physician(), physician(clm_line_num="2"))
    assert read(lines, summary).rows("SELECT name FROM claim_diagnostic") == []
    short = read(fixed(5, physician()), summary)
    assert short.rows("SELECT name, says FROM claim_diagnostic") == [
        ("record_count", "file0.csv: 1 records were read, the summary (CCLF0) tells of 2")
    ]


def test_drug_events_are_named_and_not_read(read):
    drug = {"cur_clm_uniq_id": "1", "bene_mbi_id": "1A", "clm_line_ndc_cd": "00002140280", "clm_type_cd": "01",
            "clm_line_from_dt": "2024-01-01", "clm_efctv_dt": "2024-01-09", "clm_idr_ld_dt": "2024-01-10"}  # fmt: skip
    with pytest.raises(InputRefused, match="drug events of Part D"):
        read(fixed(7, drug))


def test_bad_amounts_and_dates_are_judged_as_the_text_they_are(read):
    got = read(
        fixed(
            5,
            physician(clm_line_cvrd_pd_amt="8O.00"),
            physician(clm_line_num="2", clm_line_thru_dt="2024-02-31"),
        )
    )
    assert got.rows("SELECT reason_code FROM set_aside ORDER BY 1") == [
        ("date_to_invalid",),
        ("paid_invalid",),
    ]
