"""DE-SynPUF, the synthetic public use files of 2008 to 2010: one row a claim, its lines side by side.

A claim of the carrier file has up to 13 lines, each with a code, provider, amounts, diagnosis and processing indicator;
a claim of the institutional files up to 45 codes and one payment of the whole. There are no modifiers, units, places of
service or charges: fields that stay missing and are never 0. Diagnoses are of ICD-9-CM. Source: CMS, Linkable 2008-2010
Medicare DE-SynPUF, codebook.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from auditor.base.errors import InputRefused
from auditor.claims.feed import ReadOptions
from auditor.claims.readers.interface import CLAIMS, Staged
from auditor.claims.readers.rif.noninstitutional import processed_unpaid
from auditor.claims.readers.wide import heads_of, lay_down, numbered
from auditor.claims.readers.wide_diagnoses import Diagnoses
from auditor.claims.readers.wide_lines import Flag, Lines, stage_lines, sum_of
from auditor.claims.readers.wide_people import CMS_SEX, Roll, contradictions, gathered
from auditor.claims.refusals import NotClaims
from auditor.claims.sources.intake import Source

PATIENTS = "patients"
NO_LINE = "lines_missing"
_REASONS = {NO_LINE: "no line of the claim has a code or an amount"}
_LINES, _CODES, _SEGMENT = 13, 45, 45
_OF_A_LINE = {
    "code": "hcpcs_cd_#",
    "npi": "prf_physn_npi_#",
    "tin": "tax_num_#",
    "paid": "line_nch_pmt_amt_#",
    "deducted": "line_bene_ptb_ddctbl_amt_#",
    "primary_paid": "line_bene_prmry_pyr_pd_amt_#",
    "coinsured": "line_coinsrnc_amt_#",
    "allowed": "line_alowd_chrg_amt_#",
    "indicator": "line_prcsg_ind_cd_#",
    "dx": "line_icd9_dgns_cd_#",
}
_HEADER = ("desynpuf_id", "clm_id", "clm_from_dt", "clm_thru_dt")
_INSTITUTIONAL = (
    *_HEADER, "segment", "clm_pmt_amt", "at_physn_npi", "op_physn_npi", "clm_admsn_dt", "admtng_icd9_dgns_cd",
    "nch_bene_dschrg_dt", "clm_drg_cd", "nch_prmry_pyr_clm_pd_amt",
)  # fmt: skip
_CARRIER_DIAGNOSES = Diagnoses(
    claim=tuple((code, "'9'") for code in numbered("icd9_dgns_cd_#", 8)),
    other_version="'9'",
    line=("u_dx", "'9'"),
)
_INSTITUTIONAL_DIAGNOSES = Diagnoses(
    claim=tuple((code, "'9'") for code in numbered("icd9_dgns_cd_#", 10)), other_version="'9'"
)
_COMMON = {
    "claim_id": "clm_id",
    "patient_id": "desynpuf_id",
    "line_of_business": "'medicare'",
    "date_from": "clm_from_dt",
    "date_to": "clm_thru_dt",
    "code": "u_code",
}
_CARRIER = {
    **_COMMON,
    "line_no": "u_n",
    "claim_type": "'professional'",
    "rendering_npi": "u_npi",
    "billing_tin": "u_tin",
    "allowed": "u_allowed",
    "paid": "u_paid",
    "patient_resp": sum_of("u_deducted", "u_coinsured"),
    "other_payer_paid": "u_primary_paid",
    "processing_ind": "u_indicator",
    "denied": f"CASE WHEN {processed_unpaid('u_indicator', 'u_allowed')} THEN 'true' ELSE 'false' END",
}
_HOSPITAL = {
    **_COMMON,
    "line_no": f"u_n + {_SEGMENT} * (_segment - 1)",
    "claim_type": "'institutional'",
    "attending_npi": "at_physn_npi",
    "operating_npi": "op_physn_npi",
    "paid": "CASE WHEN _bears_first AND u_n IS NOT DISTINCT FROM _first_code THEN clm_pmt_amt END",
    "admit_date": "clm_admsn_dt",
    "discharge_date": "nch_bene_dschrg_dt",
    "drg": "clm_drg_cd",
    "admitting_dx": "CASE WHEN false THEN admtng_icd9_dgns_cd END",
}
_PERSON = {"birth_date": "p_birth", "sex": "p_sex", "death_date": "p_death"}
_DENIED_AND_PAID = Flag(
    "denied_paid",
    "warning",
    "{} lines have a payment though their indicators say that they are not paid; they count as denied",
    "denied = 'true' AND TRY_CAST(paid AS DECIMAL(18,2)) > 0",
)
_SHARED = Flag(
    "claim_payment",
    "note",
    "{} lines are of claims that have one payment for all their codes; it is counted once and shared among them "
    "evenly, for they have no charges",
    "_aside IS NULL",
)


class SynpufReader:
    """Reads the claims files of DE-SynPUF by their headers, with the beneficiary summaries beside them."""

    name = "desynpuf"

    def recognises(self, con: duckdb.DuckDBPyConnection, source: Source) -> str | None:
        """By the header. Raises NotClaims for drug events."""
        names = frozenset(heads_of(con, source).names)
        if "desynpuf_id" not in names:
            return None
        if "pde_id" in names:
            raise NotClaims(
                "this holds drug events (DE-SynPUF), and no claims that are audited",
                where=source.name,
                mend="Name the files of claims.",
            )
        if "clm_id" in names and _kind(names):
            return CLAIMS
        return PATIENTS if "bene_birth_dt" in names else None

    def stage(
        self,
        con: duckdb.DuckDBPyConnection,
        source: Source,
        options: ReadOptions,
        workspace: Path,
        beside: Mapping[str, tuple[Source, ...]],
    ) -> Staged:
        """See `Reader.stage`."""
        heads = heads_of(con, source)
        names = frozenset(heads.names)
        carrier = _kind(names) == "carrier"
        if not _kind(names):
            raise InputRefused("this is no claims file of DE-SynPUF", where=source.name)
        many = _LINES if carrier else _CODES
        numbers = [n for n in range(1, many + 1) if f"hcpcs_cd_{n}" in names]
        diagnoses = _CARRIER_DIAGNOSES if carrier else _INSTITUTIONAL_DIAGNOSES
        of_a_line = _OF_A_LINE if carrier else {"code": _OF_A_LINE["code"]}
        columns = [pattern.replace("#", str(n)) for pattern in of_a_line.values() for n in numbers]
        wanted = [*(_HEADER if carrier else _INSTITUTIONAL), *(code for code, _ in diagnoses.claim), *columns]
        laid = lay_down(con, source, heads, wanted, workspace)
        lacking = [name.upper() for name in _HEADER if name not in laid.present]
        if lacking:
            raise InputRefused(
                f"this DE-SynPUF file has no column {', '.join(lacking)}",
                where=source.name,
                mend="Export the file again with all columns of its layout.",
            )
        records = laid.relation if carrier else _with_payments(laid.relation, numbers)
        body = diagnoses.over(_side_by_side(records, of_a_line, numbers))
        fields = {**(_CARRIER if carrier else _HOSPITAL), **diagnoses.fields()}
        noticed: list[tuple[str, str, str]] = []
        rolls = _rolls(con, beside, workspace)
        if rolls:
            people = gathered(con, rolls, workspace)
            noticed = contradictions(con, people)
            body += f" LEFT JOIN {people} AS people ON people.person = desynpuf_id"
            fields.update(_PERSON)
        lines = Lines(
            body=body,
            fields=fields,
            known=laid.known,
            present=laid.present,
            aside=f"CASE WHEN u_n IS NULL THEN '{NO_LINE}' END",
            reasons=_REASONS,
            flags=(_DENIED_AND_PAID,) if carrier else (_SHARED,),
            order="pos, u_n",
            stands_for=diagnoses.stands_for,
        )
        return stage_lines(
            con,
            laid,
            lines,
            self.name,
            workspace,
            modifier_columns=0,
            noticed=noticed,
            date_of_claim="true",
            unmapped=tuple(header for header in heads.headers if header.lower() not in laid.known),
        )


def _kind(names: frozenset[str]) -> str:
    """Which file of claims has these columns; empty for none."""
    if "hcpcs_cd_1" not in names:
        return ""
    if "line_nch_pmt_amt_1" in names:
        return "carrier"
    return "institutional" if "clm_pmt_amt" in names else ""


def _side_by_side(records: str, of_a_line: Mapping[str, str], numbers: list[int]) -> str:
    """The FROM clause of records with one row a line that says anything, and one with u_n NULL for a claim without."""
    every = ", ".join(
        "{'n': "
        + str(n)
        + ", "
        + ", ".join(f"'{key}': {p.replace('#', str(n))}" for key, p in of_a_line.items())
        + "}"
        for n in numbers
    )
    amounts = [
        key for key in ("paid", "allowed", "deducted", "coinsured", "primary_paid") if key in of_a_line
    ]
    said = [f"t.{key} IS NOT NULL" for key in of_a_line if key not in amounts]
    # An unused line has amounts of 0; what is no number must be seen by the canonical step.
    said += [
        f"(t.{key} IS NOT NULL AND coalesce(TRY_CAST(t.{key} AS DECIMAL(18,2)) <> 0, true))"
        for key in amounts
    ]
    kept = f"list_filter([{every}], lambda t: {' OR '.join(said)})"
    keys = ", ".join(f"u.{key} AS u_{key}" for key in ("n", *of_a_line))
    return (
        f"(SELECT * EXCLUDE (u), {keys} FROM (SELECT *, unnest(CASE WHEN len({kept}) > 0 THEN {kept} ELSE [NULL] END) "
        f"AS u FROM {records}))"
    )


def _with_payments(relation: str, numbers: list[int]) -> str:
    """Records with _segment, _first_code (its number) and _bears_first: the record that bears its claim's payment.

    A claim may go on in a second record that repeats the payment; payments that differ are each one of their own.
    """
    codes = ", ".join(f"hcpcs_cd_{n}" for n in numbers)
    places = " ".join(f"WHEN hcpcs_cd_{n} IS NOT NULL THEN {n}" for n in numbers)
    amount = "TRY_CAST(clm_pmt_amt AS DECIMAL(18,2))"
    first = (
        "(SELECT desynpuf_id AS k_id, clm_id AS k_claim, "
        f"coalesce(min(pos) FILTER (coalesce({codes}) IS NOT NULL), min(pos)) AS _first, "
        f"coalesce(min({amount}) <> max({amount}), false) AS _differ FROM {relation} GROUP BY ALL)"
    )
    return (
        "(SELECT *, greatest(coalesce(CAST(TRY_CAST(segment AS DECIMAL(9,1)) AS INTEGER), 1), 1) AS _segment, "
        f"CASE {places} END AS _first_code, pos = _first OR _differ AS _bears_first FROM {relation} JOIN {first} "
        "ON k_id IS NOT DISTINCT FROM desynpuf_id AND k_claim IS NOT DISTINCT FROM clm_id)"
    )


def _rolls(
    con: duckdb.DuckDBPyConnection, beside: Mapping[str, tuple[Source, ...]], workspace: Path
) -> list[Roll]:
    wanted = ("desynpuf_id", "bene_birth_dt", "bene_death_dt", "bene_sex_ident_cd")
    sex = CMS_SEX.format("split_part(bene_sex_ident_cd, '.', 1)", "bene_sex_ident_cd")
    return [
        Roll(
            source,
            lay_down(con, source, heads_of(con, source), wanted, workspace),
            "desynpuf_id",
            "bene_birth_dt",
            sex,
            "bene_death_dt",
        )
        for source in beside.get(PATIENTS, ())
    ]
