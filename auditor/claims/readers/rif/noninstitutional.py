"""Carrier and DME claims of the Chronic Conditions Warehouse: one row a line, the claim's columns on each.

Sources of codes: ResDAC and Blue Button, LINE_PRCSG_IND_CD, CARR_CLM_PMT_DNL_CD, CLM_DISP_CD, CARR_LINE_MTUS_CD and
CARR_LINE_MTUS_CNT; which indicators mean that Medicare paid: CMS, DE-SynPUF codebook, MEDREIMB_CAR.
"""

from __future__ import annotations

from auditor.claims.readers.state_codes import from_ssa
from auditor.claims.readers.wide import numbered
from auditor.claims.readers.wide_diagnoses import Diagnoses, by_date
from auditor.claims.readers.wide_lines import Flag, sum_of

_NUMBERS = numbered("icd_dgns_cd#", 12)
_VERSIONS = numbered("icd_dgns_vrsn_cd#", 12)
DIAGNOSES = Diagnoses(
    claim=tuple(zip(_NUMBERS, _VERSIONS, strict=True)),
    other_version=by_date("clm_thru_dt", "clm_from_dt"),
    principal=("prncpal_dgns_cd", "prncpal_dgns_vrsn_cd"),
    line=("line_icd_dgns_cd", "line_icd_dgns_vrsn_cd"),
)


def processed_unpaid(indicator: str, allowed: str) -> str:
    """SQL: true where the line's processing indicator says that Medicare did not pay it.

    A is allowed; R (reprocessed) and S (secondary payer) are where something was allowed. A blank says nothing.
    """
    some = f"coalesce(TRY_CAST({allowed} AS DECIMAL(18,2)), 0) > 0"
    return f"coalesce({indicator} <> 'A' AND NOT ({indicator} IN ('R', 'S') AND {some}), false)"


def claim_unpaid(code: str) -> str:
    """SQL: true where the carrier's payment denial code says that nobody was paid: none of 1 to 9, A and B."""
    return f"coalesce(NOT regexp_full_match({code}, '0?[1-9]|A|B'), false)"


UNPAID = f"({processed_unpaid('line_prcsg_ind_cd', 'line_alowd_chrg_amt')} OR {claim_unpaid('carr_clm_pmt_dnl_cd')})"
CANCELS = "coalesce(clm_disp_cd IN ('3', '03', '63'), false)"
DENIED_AND_PAID = Flag(
    "denied_paid",
    "warning",
    "{} lines have a payment though their indicators say that they are not paid; they count as denied",
    "denied = 'true' AND TRY_CAST(paid AS DECIMAL(18,2)) > 0",
)
_TIME = "coalesce(mtus_cd = '2', false)"
_ONE = "regexp_full_match(line_srvc_cnt, '0*1(\\.0*)?')"
# One decimal is implied in a count of time units, each of fifteen minutes; a written point is no implied one.
_MINUTES = (
    "CASE WHEN regexp_full_match(mtus_cnt, '[0-9]{1,6}') THEN CAST(CAST(mtus_cnt AS DECIMAL(9,1)) * 1.5 AS VARCHAR) "
    "WHEN regexp_full_match(mtus_cnt, '[0-9]{1,6}\\.[0-9]+') "
    "THEN CAST(CAST(mtus_cnt AS DECIMAL(9,2)) * 15 AS VARCHAR) ELSE mtus_cnt END"
)

_COMMON: dict[str, str] = {
    "claim_id": "clm_id",
    "line_no": "line_num",
    "patient_id": "bene_id",
    "line_of_business": "'medicare'",
    "date_from": "coalesce(line_1st_expns_dt, clm_from_dt)",
    "date_to": "coalesce(line_last_expns_dt, CASE WHEN line_1st_expns_dt IS NULL THEN clm_thru_dt END)",
    "code": "hcpcs_cd",
    "mod1": "hcpcs_1st_mdfr_cd",
    "mod2": "hcpcs_2nd_mdfr_cd",
    "mod3": "hcpcs_3rd_mdfr_cd",
    "mod4": "hcpcs_4th_mdfr_cd",
    "pos": "line_place_of_srvc_cd",
    "charge": "line_sbmtd_chrg_amt",
    "allowed": "line_alowd_chrg_amt",
    "paid": "line_nch_pmt_amt",
    "patient_resp": sum_of("line_bene_ptb_ddctbl_amt", "line_coinsrnc_amt"),
    "other_payer_paid": "line_bene_prmry_pyr_pd_amt",
    "billing_tin": "tax_num",
    "rendering_specialty": "prvdr_spclty",
    "payer_icn": "carr_clm_cntl_num",
    "status": f"CASE WHEN coalesce(final_action = 'N', false) OR {CANCELS} THEN 'not final' END",
    "denied": f"CASE WHEN {UNPAID} THEN 'true' ELSE 'false' END",
    "processing_ind": "line_prcsg_ind_cd",
    "paid_date": "nch_wkly_proc_dt",
    "mac": "carr_num",
    "ndc": "CASE WHEN NOT regexp_full_match(line_ndc_cd, '0+') THEN line_ndc_cd END",
}
CARRIER: dict[str, str] = {
    **_COMMON,
    "claim_type": "'professional'",
    "billing_npi": "coalesce(CASE WHEN NOT regexp_full_match(carr_clm_blg_npi_num, '0+') "
    "THEN carr_clm_blg_npi_num END, org_npi_num)",
    "rendering_npi": "prf_physn_npi",
    "referring_npi": "rfr_physn_npi",
    "units": f"CASE WHEN {_TIME} AND NOT {_ONE} THEN NULL ELSE line_srvc_cnt END".replace(
        "mtus_", "carr_line_mtus_"
    ),
    "minutes": f"CASE WHEN {_TIME} THEN {_MINUTES} END".replace("mtus_", "carr_line_mtus_"),
    "service_state": from_ssa("prvdr_state_cd"),
    "service_zip": "left(prvdr_zip, 5)",
    "locality": "carr_line_prcng_lclty_cd",
    "clia": "carr_line_clia_lab_num",
}
DME: dict[str, str] = {
    **_COMMON,
    "claim_type": "'dme'",
    "billing_npi": "prvdr_npi",
    "ordering_npi": "rfr_physn_npi",
    "units": "line_srvc_cnt",
    # Supplies are priced where the patient lives.
    "service_state": f"coalesce({from_ssa('dmerc_line_prcng_state_cd')}, {from_ssa('prvdr_state_cd')})",
}
