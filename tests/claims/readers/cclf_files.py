"""Files of a Claim and Claim Line Feed, written from the lengths of their columns."""

from __future__ import annotations

# The lengths of the columns, in their order (CMS, CCLF Information Packet, version 36, tables of the layouts).
LENGTHS = {
    1: "cur_clm_uniq_id 13 prvdr_oscar_num 6 bene_mbi_id 11 bene_hic_num 11 clm_type_cd 2 clm_from_dt 10 "
    "clm_thru_dt 10 clm_bill_fac_type_cd 1 clm_bill_clsfctn_cd 1 "
    "prncpl_dgns_cd 7 admtg_dgns_cd 7 clm_mdcr_npmt_rsn_cd 2 "
    "clm_pmt_amt 17 clm_nch_prmry_pyr_cd 1 prvdr_fac_fips_st_cd 2 bene_ptnt_stus_cd 2 dgns_drg_cd 4 "
    "clm_op_srvc_type_cd 1 fac_prvdr_npi_num 10 oprtg_prvdr_npi_num 10 atndg_prvdr_npi_num 10 othr_prvdr_npi_num 10 "
    "clm_adjsmt_type_cd 2 clm_efctv_dt 10 clm_idr_ld_dt 10 bene_eqtbl_bic_hicn_num 11 clm_admsn_type_cd 2 "
    "clm_admsn_src_cd 2 clm_bill_freq_cd 1 clm_query_cd 1 dgns_prcdr_icd_ind 1 clm_mdcr_instnl_tot_chrg_amt 15 "
    "ime 15 operational_ime 22 dsh 15 "
    "hipps 15 operational_dsh 22 clm_blg_prvdr_oscar_num 20 clm_blg_prvdr_npi_num 10 "
    "clm_oprtg_prvdr_npi_num 10 clm_atndg_prvdr_npi_num 10 clm_othr_prvdr_npi_num 10 clm_cntl_num 40 "
    "clm_org_cntl_num 40 clm_cntrctr_num 5",
    2: "cur_clm_uniq_id 13 clm_line_num 10 bene_mbi_id 11 bene_hic_num 11 clm_type_cd 2 clm_line_from_dt 10 "
    "clm_line_thru_dt 10 clm_line_prod_rev_ctr_cd 4 clm_line_instnl_rev_ctr_dt 10 clm_line_hcpcs_cd 5 "
    "bene_eqtbl_bic_hicn_num 11 prvdr_oscar_num 6 clm_from_dt 10 clm_thru_dt 10 clm_line_srvc_unit_qty 24 "
    "clm_line_cvrd_pd_amt 17 hcpcs_1_mdfr_cd 2 hcpcs_2_mdfr_cd 2 hcpcs_3_mdfr_cd 2 hcpcs_4_mdfr_cd 2 "
    "hcpcs_5_mdfr_cd 2 clm_rev_apc_hipps_cd 5 clm_fac_prvdr_oscar_num 20",
    3: "cur_clm_uniq_id 13 bene_mbi_id 11 bene_hic_num 11 clm_type_cd 2 clm_val_sqnc_num 2 clm_prcdr_cd 7 "
    "clm_prcdr_prfrm_dt 10 bene_eqtbl_bic_hicn_num 11 prvdr_oscar_num 6 clm_from_dt 10 clm_thru_dt 10 "
    "dgns_prcdr_icd_ind 1 clm_blg_prvdr_oscar_num 20",
    4: "cur_clm_uniq_id 13 bene_mbi_id 11 bene_hic_num 11 clm_type_cd 2 clm_prod_type_cd 1 clm_val_sqnc_num 2 "
    "clm_dgns_cd 7 bene_eqtbl_bic_hicn_num 11 prvdr_oscar_num 6 clm_from_dt 10 clm_thru_dt 10 clm_poa_ind 7 "
    "dgns_prcdr_icd_ind 1 clm_blg_prvdr_oscar_num 20",
    5: "cur_clm_uniq_id 13 clm_line_num 10 bene_mbi_id 11 bene_hic_num 11 clm_type_cd 2 clm_from_dt 10 "
    "clm_thru_dt 10 rndrg_prvdr_type_cd 3 rndrg_prvdr_fips_st_cd 2 "
    "clm_prvdr_spclty_cd 2 clm_fed_type_srvc_cd 1 clm_pos_cd 2 "
    "clm_line_from_dt 10 clm_line_thru_dt 10 clm_line_hcpcs_cd 5 clm_line_cvrd_pd_amt 15 clm_line_prmry_pyr_cd 1 "
    "clm_line_dgns_cd 7 clm_rndrg_prvdr_tax_num 10 rndrg_prvdr_npi_num 10 clm_carr_pmt_dnl_cd 2 clm_prcsg_ind_cd 2 "
    "clm_adjsmt_type_cd 2 clm_efctv_dt 10 clm_idr_ld_dt 10 clm_cntl_num 40 bene_eqtbl_bic_hicn_num 11 "
    "clm_line_alowd_chrg_amt 17 clm_line_srvc_unit_qty 24 hcpcs_1_mdfr_cd 2 hcpcs_2_mdfr_cd 2 hcpcs_3_mdfr_cd 2 "
    "hcpcs_4_mdfr_cd 2 hcpcs_5_mdfr_cd 2 clm_disp_cd 2 "
    "clm_dgns_1_cd 7 clm_dgns_2_cd 7 clm_dgns_3_cd 7 clm_dgns_4_cd 7 "
    "clm_dgns_5_cd 7 clm_dgns_6_cd 7 clm_dgns_7_cd 7 clm_dgns_8_cd 7 dgns_prcdr_icd_ind 1 clm_dgns_9_cd 7 "
    "clm_dgns_10_cd 7 clm_dgns_11_cd 7 clm_dgns_12_cd 7 hcpcs_betos_cd 3 clm_rndrg_prvdr_npi_num 10 "
    "clm_rfrg_prvdr_npi_num 10 clm_cntrctr_num 5",
    6: "cur_clm_uniq_id 13 clm_line_num 10 bene_mbi_id 11 bene_hic_num 11 clm_type_cd 2 clm_from_dt 10 "
    "clm_thru_dt 10 clm_fed_type_srvc_cd 1 clm_pos_cd 2 clm_line_from_dt 10 clm_line_thru_dt 10 clm_line_hcpcs_cd 5 "
    "clm_line_cvrd_pd_amt 15 clm_prmry_pyr_cd 1 payto_prvdr_npi_num 10 ordrg_prvdr_npi_num 10 clm_carr_pmt_dnl_cd 2 "
    "clm_prcsg_ind_cd 2 clm_adjsmt_type_cd 2 clm_efctv_dt 10 clm_idr_ld_dt 10 clm_cntl_num 40 "
    "bene_eqtbl_bic_hicn_num 11 clm_line_alowd_chrg_amt 17 clm_disp_cd 2 clm_blg_prvdr_npi_num 10 "
    "clm_rfrg_prvdr_npi_num 10",
    7: "cur_clm_uniq_id 13 bene_mbi_id 11 bene_hic_num 11 clm_line_ndc_cd 11 clm_type_cd 2 clm_line_from_dt 10 "
    "rest 94 clm_efctv_dt 10 clm_idr_ld_dt 10 number 12 fill 9 service 2",
    8: "bene_mbi_id 11 bene_hic_num 11 state 2 county 3 zip 5 bene_dob 10 bene_sex_cd 1 race 1 age 3 status 2 dual 2 "
    "bene_death_dt 10 rest 468",
    9: "hicn_mbi_xref_ind 1 crnt_num 11 prvs_num 11 prvs_id_efctv_dt 10 prvs_id_obslt_dt 10 rrb 12",
}  # fmt: skip
RIGHT = ("clm_pmt_amt", "clm_line_cvrd_pd_amt", "clm_line_alowd_chrg_amt", "clm_line_srvc_unit_qty", "clm_line_num",
         "clm_adjsmt_type_cd", "clm_mdcr_instnl_tot_chrg_amt")  # fmt: skip
TOTAL = {1: 437, 2: 199, 3: 114, 4: 112, 5: 388, 6: 247, 7: 195, 8: 529, 9: 55}
LINE = {
    "cur_clm_uniq_id": "1000000000001", "clm_line_num": "1", "bene_mbi_id": "1A", "clm_type_cd": "71",
    "clm_from_dt": "2024-02-01", "clm_thru_dt": "2024-02-01", "clm_line_from_dt": "2024-02-01",
    "clm_line_thru_dt": "2024-02-01", "clm_line_hcpcs_cd": "99213", "clm_prvdr_spclty_cd": "08", "clm_pos_cd": "11",
    "clm_line_cvrd_pd_amt": "80.00", "clm_line_alowd_chrg_amt": "100.00", "clm_line_srvc_unit_qty": "1.0000",
    "clm_rndrg_prvdr_tax_num": "111222333", "rndrg_prvdr_npi_num": "1000000001", "clm_carr_pmt_dnl_cd": "1",
    "clm_prcsg_ind_cd": "A", "clm_adjsmt_type_cd": "0", "clm_efctv_dt": "2024-02-20", "clm_idr_ld_dt": "2024-02-21",
    "clm_cntl_num": "C1", "dgns_prcdr_icd_ind": "0", "clm_dgns_1_cd": "E119", "clm_line_dgns_cd": "E119",
}  # fmt: skip
HEADER = {
    "cur_clm_uniq_id": "2000000000001", "prvdr_oscar_num": "330001", "bene_mbi_id": "1A", "clm_type_cd": "40",
    "clm_from_dt": "2024-03-01", "clm_thru_dt": "2024-03-02", "clm_bill_fac_type_cd": "1", "clm_bill_clsfctn_cd": "3",
    "prncpl_dgns_cd": "I10", "clm_pmt_amt": "150.00", "prvdr_fac_fips_st_cd": "36", "bene_ptnt_stus_cd": "01",
    "fac_prvdr_npi_num": "1000000009", "clm_adjsmt_type_cd": "0", "clm_efctv_dt": "2024-03-20",
    "clm_idr_ld_dt": "2024-03-21", "clm_bill_freq_cd": "1", "dgns_prcdr_icd_ind": "0",
    "clm_mdcr_instnl_tot_chrg_amt": "500.00", "clm_blg_prvdr_oscar_num": "330001",
}  # fmt: skip
REVENUE = {
    "cur_clm_uniq_id": "2000000000001", "clm_line_num": "1", "bene_mbi_id": "1A", "clm_type_cd": "40",
    "clm_line_from_dt": "2024-03-01", "clm_line_thru_dt": "2024-03-01", "clm_line_prod_rev_ctr_cd": "0510",
    "clm_line_instnl_rev_ctr_dt": "2024-03-01", "clm_line_hcpcs_cd": "G0463", "clm_from_dt": "2024-03-01",
    "clm_thru_dt": "2024-03-02", "clm_line_srvc_unit_qty": "1.0000", "clm_line_cvrd_pd_amt": "150.00",
}  # fmt: skip


def fixed(number: int, *rows: dict[str, str]) -> str:
    """A file of fixed width, as delivered: numbers to the right of their columns, all else to the left."""
    words = LENGTHS[number].split()
    columns = list(zip(words[::2], map(int, words[1::2]), strict=True))
    assert sum(length for _, length in columns) == TOTAL[number]
    text = ""
    for row in rows:
        unknown = set(row) - {name for name, _ in columns}
        assert not unknown, unknown
        for name, length in columns:
            value = row.get(name, "")
            assert len(value) <= length
            text += value.rjust(length) if name in RIGHT else value.ljust(length)
        text += "\n"
    return text


def of(number: int, base: dict[str, str], **values: str) -> dict[str, str]:
    names = LENGTHS[number].split()[::2]
    return {name: value for name, value in {**base, **values}.items() if name in names}


def physician(**values: str) -> dict[str, str]:
    return of(5, LINE, **values)


def revenue(**values: str) -> dict[str, str]:
    return of(2, REVENUE, **values)


def header(**values: str) -> dict[str, str]:
    return of(1, HEADER, **values)
