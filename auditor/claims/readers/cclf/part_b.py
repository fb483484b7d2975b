"""CCLF5 and CCLF6: lines of physicians and of suppliers, the claim's columns on each.

A related set of claims has one control number (the natural key of Part B: CLM_CNTL_NUM and the person's current
number). A cancellation (CLM_ADJSMT_TYPE_CD 1) takes back what was paid, an adjustment (2) stands in place of the
original. Amounts of a cancellation have the sign of what they cancel and are turned. Source: CMS, CCLF Information
Packet, 5.1.2, 5.2, 5.3.1; indicators as in :mod:`auditor.claims.readers.rif.noninstitutional`.
"""

from __future__ import annotations

from auditor.claims.readers.rif.noninstitutional import claim_unpaid, processed_unpaid
from auditor.claims.readers.state_codes import from_fips
from auditor.claims.readers.wide import numbered
from auditor.claims.readers.wide_diagnoses import Diagnoses, by_date

CANCELS = "coalesce(ltrim(clm_adjsmt_type_cd, '0') = '1', false)"
ADJUSTS = "coalesce(ltrim(clm_adjsmt_type_cd, '0') = '2', false)"
STATUS = f"CASE WHEN {CANCELS} THEN 'reversed' END"
ORDER = f"CASE WHEN {CANCELS} THEN 1 WHEN {ADJUSTS} THEN 2 ELSE 0 END, pos"
"""Originals, cancellations, adjustments: of two that came on one day the adjustment stands."""


def turned(amount: str) -> str:
    """SQL: an amount as text, of a cancellation with its sign turned; what is no plain number stays as it is."""
    number = f"TRY_CAST({amount} AS DECIMAL(18,2))"
    return f"CASE WHEN {CANCELS} AND {number} IS NOT NULL THEN CAST(-{number} AS VARCHAR) ELSE {amount} END"


UNPAID = f"({processed_unpaid('clm_prcsg_ind_cd', 'clm_line_alowd_chrg_amt')} OR {claim_unpaid('clm_carr_pmt_dnl_cd')})"
PHYSICIAN_DIAGNOSES = Diagnoses(
    claim=tuple((code, "dgns_prcdr_icd_ind") for code in numbered("clm_dgns_#_cd", 12)),
    other_version=by_date("clm_thru_dt", "clm_from_dt"),
    line=("clm_line_dgns_cd", "dgns_prcdr_icd_ind"),
)
_COMMON: dict[str, str] = {
    "claim_id": "cur_clm_uniq_id",
    "line_no": "ltrim(clm_line_num, '0')",
    "patient_id": "_patient",
    "line_of_business": "'medicare'",
    "date_from": "coalesce(clm_line_from_dt, clm_from_dt)",
    "date_to": "coalesce(clm_line_thru_dt, CASE WHEN clm_line_from_dt IS NULL THEN clm_thru_dt END)",
    "code": "clm_line_hcpcs_cd",
    "pos": "clm_pos_cd",
    "allowed": turned("clm_line_alowd_chrg_amt"),
    "paid": turned("clm_line_cvrd_pd_amt"),
    "payer_icn": "clm_cntl_num",
    "original_ref": f"CASE WHEN {CANCELS} OR {ADJUSTS} THEN clm_cntl_num END",
    "frequency_code": f"CASE WHEN {ADJUSTS} THEN '7' WHEN NOT {CANCELS} THEN '1' END",
    "status": STATUS,
    "denied": f"CASE WHEN {UNPAID} THEN 'true' ELSE 'false' END",
    "processing_ind": "clm_prcsg_ind_cd",
    "paid_date": "clm_efctv_dt",
}
PHYSICIAN: dict[str, str] = {
    **_COMMON,
    "claim_type": "'professional'",
    "rendering_npi": "coalesce(rndrg_prvdr_npi_num, clm_rndrg_prvdr_npi_num)",
    "rendering_specialty": "clm_prvdr_spclty_cd",
    "referring_npi": "clm_rfrg_prvdr_npi_num",
    "billing_tin": "clm_rndrg_prvdr_tax_num",
    "units": "clm_line_srvc_unit_qty",
    **{f"mod{n}": f"hcpcs_{n}_mdfr_cd" for n in range(1, 6)},
    "service_state": from_fips("rndrg_prvdr_fips_st_cd"),
    "mac": "clm_cntrctr_num",
}
SUPPLIER: dict[str, str] = {
    **_COMMON,
    "claim_type": "'dme'",
    "billing_npi": "coalesce(payto_prvdr_npi_num, clm_blg_prvdr_npi_num)",
    "ordering_npi": "coalesce(ordrg_prvdr_npi_num, clm_rfrg_prvdr_npi_num)",
}
