"""Inpatient, outpatient, SNF, home health and hospice claims of the CCW: one row a revenue line, the claim's on each.

Payment: lines' payments are used where they add up to the claim's; else the claim's is counted once and shared among
its lines by charge. Sources: CMS, CCLF Information Packet, 3.5 (Part A header against revenue center expenditures);
ResDAC, REV_CNTR_PMT_AMT_AMT and REV_CNTR_PRVDR_PMT_AMT; UB-04, revenue code 0001 is the total of the others.
"""

from __future__ import annotations

from auditor.claims.model import MAX_PROCEDURES
from auditor.claims.readers.state_codes import from_ssa
from auditor.claims.readers.wide import numbered
from auditor.claims.readers.wide_diagnoses import Diagnoses, by_date, listed
from auditor.claims.readers.wide_lines import Flag

DIAGNOSES = Diagnoses(
    claim=tuple(zip(numbered("icd_dgns_cd#", 25), numbered("icd_dgns_vrsn_cd#", 25), strict=True)),
    other_version=by_date("clm_thru_dt", "clm_from_dt"),
    principal=("prncpal_dgns_cd", "prncpal_dgns_vrsn_cd"),
    present_on_admission=numbered("clm_poa_ind_sw#", 25),
)
_NONE_PAID = (
    "clm_mdcr_non_pmt_rsn_cd IS NOT NULL AND clm_mdcr_non_pmt_rsn_cd <> 'P' "
    "AND coalesce(TRY_CAST(clm_pmt_amt AS DECIMAL(18,2)), 0) <= 0"
)
"""Why Medicare paid nothing, on a claim not paid; P is a request for payment. (ResDAC, CLM_MDCR_NON_PMT_RSN_CD)"""
CANCELS = "(coalesce(fi_clm_actn_cd IN ('2', '4', '6'), false) OR coalesce(claim_query_code = '0', false))"
"""Cancelled by a credit. (CCW data dictionary, FI_CLM_ACTN_CD; CLAIM_QUERY_CODE 0 is a credit adjustment)"""
TOTAL_LINE = "total_line"
REASONS = {TOTAL_LINE: "revenue code 0001 is the total of the claim's other lines"}
HEADER_PAID = Flag(
    "claim_payment",
    "note",
    "{} lines are of claims whose lines' payments do not add up to the claim's, or are not given; the claim's is "
    "counted once and shared among the lines by charge",
    "_header_paid",
)
HEADERS_DIFFER = Flag(
    "claim_payments_differ",
    "warning",
    "{} lines are of claims that say different payments of the whole claim; the lines' own are used",
    "_headers_differ",
)
# A payment group stands in place of the code on lines of a prospective rate.
_CODE = (
    "CASE WHEN _rev IN ('0022', '0023', '0024') THEN coalesce(hcpcs_cd, "
    "CASE WHEN strlen(rev_cntr_apc_hipps_cd) = 5 THEN rev_cntr_apc_hipps_cd END) ELSE hcpcs_cd END"
)

FIELDS: dict[str, str] = {
    "claim_id": "clm_id",
    "line_no": "clm_line_num",
    "patient_id": "bene_id",
    "claim_type": "'institutional'",
    "line_of_business": "'medicare'",
    "facility_npi": "org_npi_num",
    "billing_npi": "org_npi_num",
    "rendering_npi": "rndrng_physn_npi",
    "attending_npi": "at_physn_npi",
    "operating_npi": "op_physn_npi",
    "tob": "concat(clm_fac_type_cd, clm_srvc_clsfctn_type_cd, clm_freq_cd)",
    "frequency_code": "clm_freq_cd",
    "payer_icn": "fi_doc_clm_cntl_num",
    "original_ref": "fi_orig_clm_cntl_num",
    "status": f"CASE WHEN coalesce(final_action = 'N', false) OR {CANCELS} THEN 'not final' END",
    "denied": f"CASE WHEN {_NONE_PAID} THEN 'true' ELSE 'false' END",
    "date_from": "coalesce(rev_cntr_dt, clm_from_dt)",
    "date_to": "CASE WHEN rev_cntr_dt IS NULL THEN clm_thru_dt END",
    "code": _CODE,
    "revenue_code": "CASE WHEN rev_cntr IS NOT NULL THEN _rev END",
    "mod1": "hcpcs_1st_mdfr_cd",
    "mod2": "hcpcs_2nd_mdfr_cd",
    "mod3": "hcpcs_3rd_mdfr_cd",
    "mod4": "hcpcs_4th_mdfr_cd",
    "units": "rev_cntr_unit_cnt",
    "charge": "CASE WHEN NOT _total THEN rev_cntr_tot_chrg_amt END",
    "paid": "CASE WHEN _total THEN NULL WHEN NOT _header_paid THEN _line_paid WHEN _bears THEN clm_pmt_amt END",
    "patient_resp": "CASE WHEN NOT _total THEN rev_cntr_ptnt_rspnsblty_pmt END",
    "adjustments": "nullif(concat_ws(',', "
    + ", ".join(
        f"CASE WHEN regexp_full_match(rev_cntr_{place}_ansi_cd, '[A-Z]{{2}}[0-9A-Z]{{1,4}}') "
        f"THEN left(rev_cntr_{place}_ansi_cd, 2) || '-' || substr(rev_cntr_{place}_ansi_cd, 3) END"
        for place in ("1st", "2nd", "3rd", "4th")
    )
    + "), '')",
    "paid_date": "coalesce(fi_clm_proc_dt, nch_wkly_proc_dt)",
    "service_state": from_ssa("prvdr_state_cd"),
    "mac": "fi_num",
    "drg": "clm_drg_cd",
    "admit_date": "coalesce(clm_admsn_dt, clm_hospc_start_dt_id)",
    "discharge_date": "nch_bene_dschrg_dt",
    "discharge_status": "ptnt_dschrg_stus_cd",
    "admit_type": "clm_ip_admsn_type_cd",
    "admit_source": "clm_src_ip_admsn_cd",
    "admitting_dx": "admtg_dgns_cd",
    "reason_dx": listed(*numbered("rsn_visit_cd#", 3)),
    "external_dx": listed("fst_dgns_e_cd", *numbered("icd_dgns_e_cd#", 12)),
    "ndc": "CASE WHEN regexp_full_match(rev_cntr_ide_ndc_upc_num, '[0-9]{11}') "
    "AND NOT regexp_full_match(rev_cntr_ide_ndc_upc_num, '0+') THEN rev_cntr_ide_ndc_upc_num END",
    "ndc_quantity": "rev_cntr_ndc_qty",
    "ndc_unit": "rev_cntr_ndc_qty_qlfr_cd",
    **{f"px{n}": f"icd_prcdr_cd{n}" for n in range(1, MAX_PROCEDURES + 1)},
}

_AMOUNT = "TRY_CAST({} AS DECIMAL(18,2))"
_KEY = ("bene_id", "clm_id", "final_action", "clm_freq_cd", "fi_doc_clm_cntl_num", "dml_ind")
"""What tells claims and their versions apart, so that no payment is held against another's lines."""
_SOUND = (
    "coalesce(hcpcs_cd, rev_cntr) IS NOT NULL "
    "AND (hcpcs_cd IS NULL OR regexp_full_match(hcpcs_cd, '[0-9A-Za-z]{5}'))"
)


def with_payments(relation: str) -> str:
    """The FROM clause of a laid file with what its claims say of payment, and of the line of totals.

    _rev is the revenue code in four digits, _total says that it is the line of totals, _header_paid that the claim's
    payment stands for those of its lines, _bears that the line bears it, _line_paid is the line's own, and
    _headers_differ says that the lines of a claim say different payments of the whole.
    """
    rows = (
        "(SELECT *, CASE WHEN regexp_full_match(rev_cntr, '[0-9]{1,3}') THEN lpad(rev_cntr, 4, '0') ELSE rev_cntr END "
        f"AS _rev FROM {relation})"
    )
    rows = f"(SELECT *, coalesce(_rev = '0001' AND hcpcs_cd IS NULL, false) AS _may_be_total FROM {rows})"
    sums = ", ".join(
        f"CASE WHEN count({column}) FILTER (NOT _may_be_total) > 0 AND count({column}) FILTER (NOT _may_be_total) = "
        f"count({_AMOUNT.format(column)}) FILTER (NOT _may_be_total) "
        f"THEN sum({_AMOUNT.format(column)}) FILTER (NOT _may_be_total) END AS {name}"
        for name, column in (("_by_line", "rev_cntr_pmt_amt_amt"), ("_by_provider", "rev_cntr_prvdr_pmt_amt"))
    )
    header = _AMOUNT.format("clm_pmt_amt")
    claims = (
        f"(SELECT {', '.join(f'{name} AS k_{name}' for name in _KEY)}, count(*) FILTER (NOT _may_be_total) AS _others, "
        f"{sums}, min({header}) AS _header, max({header}) > min({header}) AS _headers_differ, "
        f"coalesce(min(pos) FILTER (NOT _may_be_total AND {_SOUND}), min(pos) FILTER (NOT _may_be_total), min(pos)) "
        f"AS _bearer FROM {rows} GROUP BY ALL)"
    )
    same = " AND ".join(f"k_{name} IS NOT DISTINCT FROM {name}" for name in _KEY)
    return (
        "(SELECT *, _may_be_total AND _others > 0 AS _total, pos = _bearer AS _bears, "
        "CASE WHEN _by_line = _header OR _by_provider IS DISTINCT FROM _header THEN rev_cntr_pmt_amt_amt "
        "ELSE rev_cntr_prvdr_pmt_amt END AS _line_paid, "
        "coalesce(NOT _headers_differ AND _by_line IS DISTINCT FROM _header AND _by_provider IS DISTINCT FROM _header, "
        f"false) AS _header_paid FROM {rows} JOIN {claims} ON {same})"
    )
