"""CCLF2 with CCLF1, 3 and 4: revenue lines of institutional claims, and their headers, procedures and diagnoses.

A related set of claims has one billing provider, from and through date and person (the natural key of Part A).
Payments of lines are used where they add up to the header's; else the header's is counted once and shared among the
lines. What is no line of its own: a header without lines, a line without a header, the line of totals. Source: CMS,
CCLF Information Packet, 2.2, 3.5, 5.1.2, 5.2, 5.3.1; UB-04, revenue code 0001.
"""

from __future__ import annotations

from collections.abc import Sequence

from auditor.claims.model import MAX_DIAGNOSES, MAX_PROCEDURES
from auditor.claims.readers.cclf.part_b import ADJUSTS, CANCELS, STATUS, turned
from auditor.claims.readers.state_codes import from_fips
from auditor.claims.readers.wide import Laid
from auditor.claims.readers.wide_diagnoses import by_date
from auditor.claims.readers.wide_lines import Flag

NO_HEADER, NO_LINES, TOTAL_LINE = "header_missing", "lines_missing", "total_line"
REASONS = {
    NO_HEADER: "the claim of this revenue line has no header among the files (CCLF1)",
    TOTAL_LINE: "revenue code 0001 is the total of the claim's other lines",
}
HEADER_PAID = Flag(
    "claim_payment",
    "note",
    "{} lines are of claims whose lines' payments do not add up to the header's; the header's is counted once and "
    "shared among the lines, evenly, for the lines have no charges",
    "_header_paid",
)
_REVISES = f"({CANCELS} OR {ADJUSTS} OR coalesce(clm_bill_freq_cd IN ('7', '8'), false))"
_NATURAL = (
    "concat_ws('-', coalesce(clm_blg_prvdr_oscar_num, prvdr_oscar_num), replace(clm_from_dt, '-', ''), "
    "replace(clm_thru_dt, '-', ''))"
)
_UNPAID = (
    "clm_mdcr_npmt_rsn_cd IS NOT NULL AND clm_mdcr_npmt_rsn_cd <> 'P' "
    "AND coalesce(TRY_CAST(clm_pmt_amt AS DECIMAL(18,2)), 0) <= 0"
)
_CODE = (
    "CASE WHEN clm_line_prod_rev_ctr_cd IN ('0022', '0023', '0024') "
    "THEN coalesce(clm_line_hcpcs_cd, CASE WHEN strlen(clm_rev_apc_hipps_cd) = 5 THEN clm_rev_apc_hipps_cd END) "
    "ELSE clm_line_hcpcs_cd END"
)
FIELDS: dict[str, str] = {
    "claim_id": "cur_clm_uniq_id",
    "line_no": "ltrim(clm_line_num, '0')",
    "patient_id": "_patient",
    "claim_type": "'institutional'",
    "line_of_business": "'medicare'",
    "tob": "concat(clm_bill_fac_type_cd, clm_bill_clsfctn_cd, clm_bill_freq_cd)",
    "frequency_code": f"CASE WHEN {ADJUSTS} THEN '7' WHEN NOT {CANCELS} THEN clm_bill_freq_cd END",
    "payer_icn": _NATURAL,
    "original_ref": f"CASE WHEN {_REVISES} THEN {_NATURAL} END",
    "status": STATUS,
    "denied": f"CASE WHEN {_UNPAID} THEN 'true' ELSE 'false' END",
    "date_from": "coalesce(clm_line_instnl_rev_ctr_dt, clm_line_from_dt, clm_from_dt)",
    "date_to": "CASE WHEN clm_line_instnl_rev_ctr_dt IS NULL THEN CASE WHEN clm_line_from_dt IS NULL THEN clm_thru_dt "
    "ELSE clm_line_thru_dt END END",
    "code": _CODE,
    "revenue_code": "clm_line_prod_rev_ctr_cd",
    **{f"mod{n}": f"hcpcs_{n}_mdfr_cd" for n in range(1, 6)},
    "units": "clm_line_srvc_unit_qty",
    "paid": "CASE WHEN _total THEN NULL WHEN NOT _header_paid THEN "
    f"{turned('clm_line_cvrd_pd_amt')} WHEN _bears THEN {turned('clm_pmt_amt')} END",
    "facility_npi": "coalesce(fac_prvdr_npi_num, clm_blg_prvdr_npi_num)",
    "billing_npi": "coalesce(fac_prvdr_npi_num, clm_blg_prvdr_npi_num)",
    "attending_npi": "coalesce(atndg_prvdr_npi_num, clm_atndg_prvdr_npi_num)",
    "operating_npi": "coalesce(oprtg_prvdr_npi_num, clm_oprtg_prvdr_npi_num)",
    "paid_date": "clm_efctv_dt",
    "drg": "CASE WHEN regexp_full_match(dgns_drg_cd, '0[0-9]{3}') THEN substr(dgns_drg_cd, 2) ELSE dgns_drg_cd END",
    "discharge_status": "bene_ptnt_stus_cd",
    "admit_type": "clm_admsn_type_cd",
    "admit_source": "clm_admsn_src_cd",
    "service_state": from_fips("prvdr_fac_fips_st_cd"),
    "mac": "clm_cntrctr_num",
    "admitting_dx": "admtg_dgns_cd",
    "dx_version": "CASE WHEN len(_dx) = 0 THEN NULL WHEN dgns_prcdr_icd_ind = '9' THEN '9' "
    f"WHEN dgns_prcdr_icd_ind IN ('0', '10') THEN '10' ELSE {by_date('clm_thru_dt', 'clm_from_dt')} END",
    **{f"dx{n}": f"_dx[{n}]" for n in range(1, MAX_DIAGNOSES + 1)},
    "external_dx": "nullif(array_to_string(_external, ','), '')",
    "poa": "CASE WHEN cardinality(_poa) > 0 THEN array_to_string(list_transform(_dx, "
    "lambda c: coalesce(map_extract_value(_poa, c), '-')), ',') END",
    **{f"px{n}": f"_px[{n}]" for n in range(1, MAX_PROCEDURES + 1)},
}
_AMOUNT = "TRY_CAST({} AS DECIMAL(18,2))"
_HEADER = (
    "prvdr_oscar_num", "clm_bill_fac_type_cd", "clm_bill_clsfctn_cd", "prncpl_dgns_cd", "admtg_dgns_cd",
    "clm_mdcr_npmt_rsn_cd", "clm_pmt_amt", "prvdr_fac_fips_st_cd", "bene_ptnt_stus_cd", "dgns_drg_cd",
    "fac_prvdr_npi_num", "oprtg_prvdr_npi_num", "atndg_prvdr_npi_num", "clm_adjsmt_type_cd", "clm_efctv_dt",
    "clm_admsn_type_cd", "clm_admsn_src_cd", "clm_bill_freq_cd", "dgns_prcdr_icd_ind", "clm_mdcr_instnl_tot_chrg_amt",
    "clm_blg_prvdr_oscar_num", "clm_blg_prvdr_npi_num", "clm_oprtg_prvdr_npi_num", "clm_atndg_prvdr_npi_num",
    "clm_cntrctr_num",
)  # fmt: skip


def headers(laid: Sequence[Laid]) -> str:
    """A relation of claim headers, one a claim: of several deliveries the last."""
    columns = ", ".join(
        ("cur_clm_uniq_id", "bene_mbi_id", "bene_hic_num", "clm_from_dt", "clm_thru_dt", *_HEADER)
    )
    every = " UNION ALL ".join(
        f"SELECT {columns}, {place} * 1000000000000 + pos AS _place FROM {one.relation}"
        for place, one in enumerate(laid)
    )
    return (
        f"(SELECT {columns} FROM ({every}) QUALIFY row_number() OVER (PARTITION BY cur_clm_uniq_id "
        "ORDER BY _place DESC) = 1)"
    )


def with_headers(lines: str, headers: str, procedures: Sequence[Laid], diagnoses: Sequence[Laid]) -> str:
    """The FROM clause of revenue lines with what their claims say.

    _has_header, _total (the line of totals), _header_paid (the header's payment stands for those of the lines), _bears
    (the line that bears it), _dx, _external and _px (codes in order, each once), _poa (by code).
    """
    rows = (
        "(SELECT *, coalesce(clm_line_prod_rev_ctr_cd = '0001' AND clm_line_hcpcs_cd IS NULL, false) AS _may_be_total "
        f"FROM {lines})"
    )
    paid = _AMOUNT.format("clm_line_cvrd_pd_amt")
    sums = (
        "(SELECT cur_clm_uniq_id AS s_id, count(*) FILTER (NOT _may_be_total) AS _others, "
        f"CASE WHEN count(clm_line_cvrd_pd_amt) FILTER (NOT _may_be_total) = count({paid}) FILTER (NOT _may_be_total) "
        f"THEN sum({paid}) FILTER (NOT _may_be_total) END AS _by_line, "
        "coalesce(min(pos) FILTER (NOT _may_be_total), min(pos)) AS _bearer "
        f"FROM {rows} GROUP BY cur_clm_uniq_id)"
    )
    kept = ", ".join(_HEADER)
    found = f"(SELECT cur_clm_uniq_id AS h_id, clm_from_dt AS h_from, clm_thru_dt AS h_thru, {kept} FROM {headers})"
    header = _AMOUNT.format("clm_pmt_amt")
    codes = "coalesce(_listed, [])"
    return (
        "(SELECT *, h_id IS NOT NULL AS _has_header, _may_be_total AND _others > 0 AS _total, pos = _bearer AS _bears, "
        f"coalesce({header} IS DISTINCT FROM _by_line AND {header} IS NOT NULL, false) AS _header_paid, "
        f"list_filter(list_prepend(prncpl_dgns_cd, {codes}), lambda c, i: c IS NOT NULL "
        f"AND list_position(list_prepend(prncpl_dgns_cd, {codes}), c) = i) AS _dx "
        f"FROM {rows} JOIN {sums} ON s_id = cur_clm_uniq_id LEFT JOIN {found} ON h_id = cur_clm_uniq_id "
        f"LEFT JOIN {_diagnoses(diagnoses)} ON d_id = cur_clm_uniq_id "
        f"LEFT JOIN {_procedures(procedures)} ON p_id = cur_clm_uniq_id)"
    )


def without_lines(headers: str, lines: Sequence[str]) -> str:
    """A SELECT with the columns of `ASIDE`: headers of claims of which no file of revenue lines has a line."""
    ids = " UNION ALL ".join(f"SELECT cur_clm_uniq_id FROM {relation}" for relation in lines)
    return (
        f"SELECT CAST(NULL AS BIGINT) AS source_pos, '{NO_LINES}' AS reason_code, "
        "'the header of this claim (CCLF1) has no revenue line among the files (CCLF2)' AS reason, "
        "cur_clm_uniq_id AS claim_id, CAST(NULL AS VARCHAR) AS line_no, clm_mdcr_instnl_tot_chrg_amt AS charge, "
        f"{turned('clm_pmt_amt')} AS paid FROM {headers} AS h "
        f"WHERE NOT EXISTS (SELECT 1 FROM ({ids}) AS l WHERE l.cur_clm_uniq_id = h.cur_clm_uniq_id) "
        "ORDER BY cur_clm_uniq_id"
    )


def _diagnoses(laid: Sequence[Laid]) -> str:
    """Codes by their number; those of external causes apart. (CLM_PROD_TYPE_CD: E accident, 1 first E code, D other)"""
    every = _every(
        laid, ("cur_clm_uniq_id", "clm_prod_type_cd", "clm_val_sqnc_num", "clm_dgns_cd", "clm_poa_ind")
    )
    external = "coalesce(clm_prod_type_cd IN ('E', '1'), false)"
    order = "TRY_CAST(clm_val_sqnc_num AS INTEGER), clm_dgns_cd"
    return (
        f"(SELECT cur_clm_uniq_id AS d_id, list(clm_dgns_cd ORDER BY {order}) FILTER (NOT {external}) AS _listed, "
        f"list(DISTINCT clm_dgns_cd ORDER BY clm_dgns_cd) FILTER ({external}) AS _external, "
        # A code may be an external cause too, with another indicator; of the others each stands once.
        "map_from_entries(list(DISTINCT {'k': clm_dgns_cd, 'v': clm_poa_ind}) FILTER (clm_poa_ind IS NOT NULL "
        f"AND NOT {external})) AS _poa FROM "
        f"(SELECT DISTINCT ON (cur_clm_uniq_id, clm_dgns_cd, {external}) * FROM ({every}) "
        f"WHERE clm_dgns_cd IS NOT NULL ORDER BY {order}) GROUP BY cur_clm_uniq_id)"
    )


def _procedures(laid: Sequence[Laid]) -> str:
    every = _every(laid, ("cur_clm_uniq_id", "clm_val_sqnc_num", "clm_prcdr_cd"))
    order = "TRY_CAST(clm_val_sqnc_num AS INTEGER), clm_prcdr_cd"
    return (
        f"(SELECT cur_clm_uniq_id AS p_id, list(clm_prcdr_cd ORDER BY {order}) AS _px FROM "
        f"(SELECT DISTINCT ON (cur_clm_uniq_id, clm_prcdr_cd) * FROM ({every}) WHERE clm_prcdr_cd IS NOT NULL "
        f"ORDER BY {order}) GROUP BY cur_clm_uniq_id)"
    )


def _every(laid: Sequence[Laid], columns: Sequence[str]) -> str:
    listed = ", ".join(columns)
    parts = [f"SELECT {listed} FROM {one.relation}" for one in laid]
    nothing = ", ".join(f"CAST(NULL AS VARCHAR) AS {name}" for name in columns)
    return " UNION ALL ".join(parts) or f"SELECT {nothing} WHERE false"
