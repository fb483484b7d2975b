"""Files of the CCW, written from a few columns of each layout."""

from __future__ import annotations

_CLAIM = {
    "dml_ind": "INSERT", "bene_id": "-7", "clm_id": "-5001", "clm_grp_id": "9", "final_action": "F",
    "clm_from_dt": "03-Nov-2015", "clm_thru_dt": "04-NOV-2015", "nch_wkly_proc_dt": "20-Nov-2015",
}  # fmt: skip
_LINE = {
    **_CLAIM, "clm_disp_cd": "1", "carr_num": "61026", "carr_clm_pmt_dnl_cd": "1", "clm_pmt_amt": "72.00",
    "rfr_physn_npi": "1000000004", "carr_clm_rfrng_pin_num": "", "prncpal_dgns_cd": "E119",
    "prncpal_dgns_vrsn_cd": "0", "icd_dgns_cd1": "E119", "icd_dgns_vrsn_cd1": "0", "icd_dgns_cd2": "",
    "icd_dgns_vrsn_cd2": "", "carr_clm_cntl_num": "ICN1", "line_num": "1", "tax_num": "111222333",
    "prvdr_spclty": "08", "line_srvc_cnt": "1.0", "line_place_of_srvc_cd": "11", "line_1st_expns_dt": "03-Nov-2015",
    "line_last_expns_dt": "04-NOV-2015", "hcpcs_cd": "99213", "hcpcs_1st_mdfr_cd": "", "hcpcs_2nd_mdfr_cd": "",
    "betos_cd": "M1B", "line_nch_pmt_amt": "72.00", "line_bene_ptb_ddctbl_amt": "0", "line_coinsrnc_amt": "0",
    "line_bene_prmry_pyr_pd_amt": "0", "line_sbmtd_chrg_amt": "120.00", "line_alowd_chrg_amt": "90.00",
    "line_prcsg_ind_cd": "A", "line_icd_dgns_cd": "E119", "line_icd_dgns_vrsn_cd": "0", "line_ndc_cd": "",
}  # fmt: skip
_CARRIER = {
    **_LINE, "carr_clm_blg_npi_num": "0000000000", "prf_physn_npi": "1000000001", "org_npi_num": "1000000002",
    "prvdr_state_cd": "IL", "prvdr_zip": "606011234", "carr_line_prcng_lclty_cd": "15", "carr_line_mtus_cnt": "1",
    "carr_line_mtus_cd": "3", "carr_line_clia_lab_num": "", "carr_line_ansthsa_unit_cnt": "0",
}  # fmt: skip
_DME = {
    **_LINE, "hcpcs_cd": "E0601", "prvdr_npi": "1000000003", "dmerc_line_prcng_state_cd": "01", "prvdr_state_cd": "MO",
    "dmerc_line_supplr_type_cd": "3", "hcpcs_3rd_mdfr_cd": "", "hcpcs_4th_mdfr_cd": "", "dmerc_line_mtus_cd": "3",
}  # fmt: skip
_REVENUE = {
    **_CLAIM, "fi_clm_proc_dt": "18-Nov-2015", "claim_query_code": "3", "prvdr_num": "330001", "clm_fac_type_cd": "1",
    "clm_srvc_clsfctn_type_cd": "3", "clm_freq_cd": "1", "fi_num": "15444", "clm_mdcr_non_pmt_rsn_cd": " ",
    "clm_pmt_amt": "100.00", "fi_clm_actn_cd": "1", "prvdr_state_cd": "22", "org_npi_num": "1000000009",
    "at_physn_npi": "1000000008", "op_physn_npi": "", "ptnt_dschrg_stus_cd": "1", "clm_tot_chrg_amt": "300.00",
    "clm_admsn_dt": "", "clm_drg_cd": "", "admtg_dgns_cd": "", "prncpal_dgns_cd": "I10", "prncpal_dgns_vrsn_cd": "0",
    "icd_dgns_cd1": "E119", "icd_dgns_vrsn_cd1": "0", "clm_poa_ind_sw1": "Y", "icd_dgns_cd2": "I10",
    "icd_dgns_vrsn_cd2": "0", "clm_poa_ind_sw2": "N", "fst_dgns_e_cd": "", "icd_dgns_e_cd1": "", "icd_prcdr_cd1": "",
    "rsn_visit_cd1": "", "fi_doc_clm_cntl_num": "DCN1", "fi_orig_clm_cntl_num": "", "clm_line_num": "1",
    "rev_cntr": "0510", "rev_cntr_dt": "03-Nov-2015", "rev_cntr_1st_ansi_cd": "", "rev_cntr_2nd_ansi_cd": "",
    "rev_cntr_apc_hipps_cd": "0", "hcpcs_cd": "G0463", "hcpcs_1st_mdfr_cd": "", "hcpcs_2nd_mdfr_cd": "",
    "rev_cntr_ide_ndc_upc_num": "", "rev_cntr_unit_cnt": "1", "rev_cntr_prvdr_pmt_amt": "0",
    "rev_cntr_ptnt_rspnsblty_pmt": "0", "rev_cntr_pmt_amt_amt": "100.00", "rev_cntr_tot_chrg_amt": "300.00",
    "rndrng_physn_npi": "1000000007",
}  # fmt: skip
BENEFICIARY = {
    "dml_ind": "INSERT", "bene_id": "-7", "bene_birth_dt": "31-Jan-1941", "bene_sex_ident_cd": "2", "death_dt": "",
    "rfrnc_yr": "2015", "drvd_line_4_adr": "", "efctv_bgn_dt": "",
}  # fmt: skip


def rif(*rows: dict[str, str]) -> str:
    """A pipe-separated file with the columns of the first row."""
    names = list(rows[0])
    lines = ["|".join(name.upper() for name in names)]
    return "\n".join([*lines, *("|".join(row[name] for name in names) for row in rows)]) + "\n"


def carrier(**values: str) -> dict[str, str]:
    return _with(_CARRIER, values)


def dme(**values: str) -> dict[str, str]:
    return _with(_DME, values)


def revenue(**values: str) -> dict[str, str]:
    return _with(_REVENUE, values)


def without(row: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in row.items() if name not in names}


def _with(row: dict[str, str], values: dict[str, str]) -> dict[str, str]:
    unknown = set(values) - set(row)
    assert not unknown, unknown
    return {**row, **values}
