"""Where the columns of the files of a Claim and Claim Line Feed stand in their records of fixed width.

Source: CMS, CCLF Information Packet, version 36, tables of the record layouts (the same positions in the CCLF File Data
Elements Resource of 2021); positions count from 1, both ends included. Layouts grew at their ends: a record that ends
before a column has none. Before 2018 the files had no Medicare Beneficiary Identifier and every later position was
another: such files are refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """A file of the feed: its number, its part in the reading, the columns used, and the places that hold dates.

    `columns` give first and last position; `days` are columns that are a date or blank in every record, `certain`
    those that are always a date. `widths` are record lengths: of the oldest layout with these positions, and the last
    that is known. `signature` are names that only an export of this file with headers has.
    """

    number: str
    part: str
    columns: Mapping[str, tuple[int, int]]
    certain: tuple[str, ...]
    days: tuple[str, ...]
    widths: tuple[int, int]
    signature: frozenset[str]


def _columns(text: str) -> dict[str, tuple[int, int]]:
    words = text.split()
    return {
        name: (int(first), int(last))
        for name, first, last in zip(words[::3], words[1::3], words[2::3], strict=True)
    }


_DX = " ".join(
    f"clm_dgns_{n}_cd {first} {first + 6}"
    for n, first in zip(range(1, 13), [*range(276, 332, 7), *range(333, 361, 7)], strict=True)
)
LAYOUTS: tuple[Layout, ...] = (
    Layout(
        "1", "claim headers of Part A (CCLF1)",
        _columns(
            "cur_clm_uniq_id 1 13 prvdr_oscar_num 14 19 bene_mbi_id 20 30 bene_hic_num 31 41 clm_type_cd 42 43 "
            "clm_from_dt 44 53 clm_thru_dt 54 63 clm_bill_fac_type_cd 64 64 clm_bill_clsfctn_cd 65 65 "
            "prncpl_dgns_cd 66 72 admtg_dgns_cd 73 79 clm_mdcr_npmt_rsn_cd 80 81 clm_pmt_amt 82 98 "
            "prvdr_fac_fips_st_cd 100 101 bene_ptnt_stus_cd 102 103 dgns_drg_cd 104 107 fac_prvdr_npi_num 109 118 "
            "oprtg_prvdr_npi_num 119 128 atndg_prvdr_npi_num 129 138 clm_adjsmt_type_cd 149 150 clm_efctv_dt 151 160 "
            "clm_admsn_type_cd 182 183 clm_admsn_src_cd 184 185 clm_bill_freq_cd 186 186 dgns_prcdr_icd_ind 188 188 "
            "clm_mdcr_instnl_tot_chrg_amt 189 203 clm_blg_prvdr_oscar_num 293 312 clm_blg_prvdr_npi_num 313 322 "
            "clm_oprtg_prvdr_npi_num 323 332 clm_atndg_prvdr_npi_num 333 342 clm_cntrctr_num 433 437"
        ),
        ("clm_from_dt", "clm_thru_dt"), ("clm_efctv_dt",), (188, 437),
        frozenset({"cur_clm_uniq_id", "clm_bill_fac_type_cd", "clm_pmt_amt"}),
    ),
    Layout(
        "2", "claims",
        _columns(
            "cur_clm_uniq_id 1 13 clm_line_num 14 23 bene_mbi_id 24 34 bene_hic_num 35 45 clm_type_cd 46 47 "
            "clm_line_from_dt 48 57 clm_line_thru_dt 58 67 clm_line_prod_rev_ctr_cd 68 71 "
            "clm_line_instnl_rev_ctr_dt 72 81 clm_line_hcpcs_cd 82 86 clm_from_dt 104 113 clm_thru_dt 114 123 "
            "clm_line_srvc_unit_qty 124 147 clm_line_cvrd_pd_amt 148 164 hcpcs_1_mdfr_cd 165 166 "
            "hcpcs_2_mdfr_cd 167 168 hcpcs_3_mdfr_cd 169 170 hcpcs_4_mdfr_cd 171 172 hcpcs_5_mdfr_cd 173 174 "
            "clm_rev_apc_hipps_cd 175 179"
        ),
        ("clm_from_dt", "clm_thru_dt"), ("clm_line_from_dt", "clm_line_thru_dt", "clm_line_instnl_rev_ctr_dt"),
        (164, 199), frozenset({"cur_clm_uniq_id", "clm_line_num", "clm_line_prod_rev_ctr_cd"}),
    ),
    Layout(
        "3", "procedures of Part A (CCLF3)",
        _columns(
            "cur_clm_uniq_id 1 13 clm_type_cd 36 37 "
            "clm_val_sqnc_num 38 39 clm_prcdr_cd 40 46 clm_prcdr_prfrm_dt 47 56 "
            "clm_from_dt 74 83 clm_thru_dt 84 93 dgns_prcdr_icd_ind 94 94"
        ),
        ("clm_from_dt", "clm_thru_dt"), ("clm_prcdr_prfrm_dt",), (93, 114),
        frozenset({"cur_clm_uniq_id", "clm_prcdr_cd", "clm_val_sqnc_num"}),
    ),
    Layout(
        "4", "diagnoses of Part A (CCLF4)",
        _columns(
            "cur_clm_uniq_id 1 13 clm_type_cd 36 37 clm_prod_type_cd 38 38 clm_val_sqnc_num 39 40 clm_dgns_cd 41 47 "
            "clm_from_dt 65 74 clm_thru_dt 75 84 clm_poa_ind 85 91 dgns_prcdr_icd_ind 92 92"
        ),
        ("clm_from_dt", "clm_thru_dt"), (), (84, 112),
        frozenset({"cur_clm_uniq_id", "clm_dgns_cd", "clm_val_sqnc_num"}),
    ),
    Layout(
        "5", "claims",
        _columns(
            "cur_clm_uniq_id 1 13 clm_line_num 14 23 bene_mbi_id 24 34 bene_hic_num 35 45 clm_type_cd 46 47 "
            "clm_from_dt 48 57 clm_thru_dt 58 67 rndrg_prvdr_fips_st_cd 71 72 clm_prvdr_spclty_cd 73 74 "
            "clm_pos_cd 76 77 clm_line_from_dt 78 87 "
            "clm_line_thru_dt 88 97 clm_line_hcpcs_cd 98 102 clm_line_cvrd_pd_amt 103 117 "
            "clm_line_dgns_cd 119 125 clm_rndrg_prvdr_tax_num 126 135 rndrg_prvdr_npi_num 136 145 "
            "clm_carr_pmt_dnl_cd 146 147 clm_prcsg_ind_cd 148 149 clm_adjsmt_type_cd 150 151 clm_efctv_dt 152 161 "
            "clm_cntl_num 172 211 clm_line_alowd_chrg_amt 223 239 clm_line_srvc_unit_qty 240 263 "
            "hcpcs_1_mdfr_cd 264 265 hcpcs_2_mdfr_cd 266 267 hcpcs_3_mdfr_cd 268 269 hcpcs_4_mdfr_cd 270 271 "
            f"hcpcs_5_mdfr_cd 272 273 clm_disp_cd 274 275 {_DX} dgns_prcdr_icd_ind 332 332 "
            "clm_rndrg_prvdr_npi_num 364 373 clm_rfrg_prvdr_npi_num 374 383 clm_cntrctr_num 384 388"
        ),
        ("clm_from_dt", "clm_thru_dt", "clm_line_from_dt"), ("clm_line_thru_dt", "clm_efctv_dt"), (275, 388),
        frozenset({"cur_clm_uniq_id", "clm_line_num", "clm_prvdr_spclty_cd", "clm_line_hcpcs_cd"}),
    ),
    Layout(
        "6", "claims",
        _columns(
            "cur_clm_uniq_id 1 13 clm_line_num 14 23 bene_mbi_id 24 34 bene_hic_num 35 45 clm_type_cd 46 47 "
            "clm_from_dt 48 57 clm_thru_dt 58 67 clm_pos_cd 69 70 clm_line_from_dt 71 80 clm_line_thru_dt 81 90 "
            "clm_line_hcpcs_cd 91 95 clm_line_cvrd_pd_amt 96 110 payto_prvdr_npi_num 112 121 "
            "ordrg_prvdr_npi_num 122 131 clm_carr_pmt_dnl_cd 132 133 clm_prcsg_ind_cd 134 135 "
            "clm_adjsmt_type_cd 136 137 clm_efctv_dt 138 147 "
            "clm_cntl_num 158 197 clm_line_alowd_chrg_amt 209 225 clm_disp_cd 226 227 "
            "clm_blg_prvdr_npi_num 228 237 clm_rfrg_prvdr_npi_num 238 247"
        ),
        ("clm_from_dt", "clm_thru_dt", "clm_line_from_dt"), ("clm_line_thru_dt", "clm_efctv_dt"), (225, 247),
        frozenset({"cur_clm_uniq_id", "clm_line_num", "ordrg_prvdr_npi_num", "clm_line_hcpcs_cd"}),
    ),
    Layout(
        "7", "drug events of Part D (CCLF7)",
        _columns("cur_clm_uniq_id 1 13 clm_line_ndc_cd 36 46 clm_line_from_dt 49 58 clm_efctv_dt 153 162"),
        ("clm_line_from_dt",), ("clm_efctv_dt",), (162, 195),
        frozenset({"cur_clm_uniq_id", "clm_line_ndc_cd", "clm_line_rx_srvc_rfrnc_num"}),
    ),
    Layout(
        "8", "patients",
        _columns("bene_mbi_id 1 11 bene_hic_num 12 22 bene_dob 33 42 bene_sex_cd 43 43 bene_death_dt 52 61"),
        ("bene_dob",), ("bene_death_dt",), (188, 549),
        frozenset({"bene_mbi_id", "bene_dob", "bene_sex_cd"}),
    ),
    Layout(
        "9", "former numbers of patients (CCLF9)",
        _columns("hicn_mbi_xref_ind 1 1 crnt_num 2 12 prvs_num 13 23 prvs_id_efctv_dt 24 33 prvs_id_obslt_dt 34 43"),
        (), ("prvs_id_efctv_dt", "prvs_id_obslt_dt"), (43, 55),
        frozenset({"crnt_num", "prvs_num"}),
    ),
)  # fmt: skip
BY_NUMBER = {layout.number: layout for layout in LAYOUTS}
