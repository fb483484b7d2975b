"""Tuva's `medical_claim`, CSV or Parquet: one row per claim_id and claim_line_number, with `eligibility` beside it.

Layout: the Tuva Project's input layer (medical_claim, eligibility). It has no diagnosis pointers, no denials and no
frequency code but the last digit of the bill type; line dates may be blank and then stand on the claim. Birth, sex,
death and the line of business stand in eligibility.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import duckdb

from auditor.claims.feed import ReadOptions
from auditor.claims.mapping.headers import HeaderMap, mapped_by_user, require_needed, with_map
from auditor.claims.model import MAX_DIAGNOSES, MAX_MODIFIERS, MAX_PROCEDURES, plain_key
from auditor.claims.readers.interface import CLAIMS, Staged
from auditor.claims.readers.table import Table, csv_relation, outline, stage_table
from auditor.claims.readers.tuva_people import with_eligibility
from auditor.claims.readers.wide import heads_of
from auditor.claims.readers.wide_lines import sum_of
from auditor.claims.refusals import NotClaims
from auditor.claims.sources import sniff
from auditor.claims.sources.intake import Source
from auditor.claims.sources.scan import blocks

# Field to columns; a later column fills what an earlier one leaves blank.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "claim_id": ("claim_id",),
    "line_no": ("claim_line_number",),
    "source_system": ("data_source",),
    "payer_id": ("payer",),
    "plan_id": ("plan",),
    "patient_id": ("person_id", "patient_id", "member_id"),
    "claim_type": ("claim_type",),
    "billing_npi": ("billing_npi", "billing_id"),
    "billing_tin": ("billing_tin",),
    "rendering_npi": ("rendering_npi", "rendering_id"),
    "facility_npi": ("facility_npi", "facility_id"),
    "pos": ("place_of_service_code",),
    "tob": ("bill_type_code",),
    "date_from": ("claim_line_start_date", "claim_start_date"),
    "date_to": ("claim_line_end_date", "claim_end_date"),
    "code": ("hcpcs_code",),
    "revenue_code": ("revenue_center_code",),
    "units": ("service_unit_quantity",),
    "charge": ("charge_amount",),
    "allowed": ("allowed_amount",),
    "paid": ("paid_amount",),
    "paid_date": ("paid_date",),
    "drg": ("drg_code", "ms_drg_code"),
    "admit_date": ("admission_date",),
    "discharge_date": ("discharge_date",),
    "discharge_status": ("discharge_disposition_code",),
    "admit_type": ("admit_type_code",),
    "admit_source": ("admit_source_code",),
    **{f"mod{n}": (f"hcpcs_modifier_{n}",) for n in range(1, MAX_MODIFIERS + 1)},
    **{f"dx{n}": (f"diagnosis_code_{n}",) for n in range(1, MAX_DIAGNOSES + 1)},
    **{f"px{n}": (f"procedure_code_{n}",) for n in range(1, MAX_PROCEDURES + 1)},
}

_BESIDE: dict[str, tuple[str, ...]] = {
    "tuva_dx_type": ("diagnosis_code_type",),
    "tuva_drg_type": ("drg_code_type",),
    "tuva_coinsurance": ("coinsurance_amount",),
    "tuva_copayment": ("copayment_amount",),
    "tuva_deductible": ("deductible_amount",),
    **{f"tuva_poa_{n}": (f"diagnosis_poa_{n}",) for n in range(1, MAX_DIAGNOSES + 1)},
}
"""Columns that are no field by themselves; fields are made of them, and the staging has them under these names."""
ELIGIBILITY = "eligibility"
_PROCEDURE_TYPE = "icd-10-pcs"


class TuvaReader:
    """Reads Tuva's medical_claim by its own names; a column map of the user comes first."""

    name = "tuva"

    def recognises(self, con: duckdb.DuckDBPyConnection, source: Source) -> str | None:
        """By the header: claim_line_number with hcpcs_modifier_1, revenue_center_code and a person.

        Raises NotClaims for `pharmacy_claim`.
        """
        names = heads_of(con, source).names
        if sniff.is_tuva(names):
            return CLAIMS
        if {"enrollment_start_date", "enrollment_end_date", "payer_type"} <= set(names):
            return ELIGIBILITY
        if {"claim_id", "dispensing_date", "ndc_code", "data_source"} <= set(names):
            raise NotClaims(
                "this holds drugs dispensed (Tuva, pharmacy_claim), and no claims that are audited",
                where=source.name,
                mend="Name the file of medical claims.",
            )
        return None

    def stage(
        self,
        con: duckdb.DuckDBPyConnection,
        source: Source,
        options: ReadOptions,
        workspace: Path,
        beside: Mapping[str, tuple[Source, ...]],
    ) -> Staged:
        """See `Reader.stage`."""
        table = outline(con, source)
        places: dict[str, int] = {}
        for place, header in enumerate(table.headers):
            places.setdefault(plain_key(header), place)
        columns: dict[str, tuple[int, ...]] = {}
        for field, names in {**_COLUMNS, **_BESIDE}.items():
            found = tuple(places[plain_key(name)] for name in names if plain_key(name) in places)
            if found:
                columns[field] = found
        columns.update(mapped_by_user(table.headers, options.column_map, source.name))
        used = {place for found in columns.values() for place in found}
        unmapped = tuple(header for place, header in enumerate(table.headers) if place not in used)
        header_map = with_map(HeaderMap(columns, unmapped), options.column_map, table.headers, source.name)
        require_needed(header_map, table.headers, source.name)
        staged = _made(stage_table(con, source, table, header_map, self.name, workspace))
        mislabelled = _mislabelled(con, source, table, columns)
        if mislabelled:
            staged = replace(staged, diagnostics_select=mislabelled)
        return with_eligibility(con, staged, beside.get(ELIGIBILITY, ()), workspace)


def _made(staged: Staged) -> Staged:
    """`staged` with the fields that are made of the columns of `_BESIDE`, and without these."""
    have = staged.fields
    beside = [name for name in _BESIDE if name in have]
    made: dict[str, str] = {}
    if "tuva_dx_type" in have:
        kind = "lower(tuva_dx_type)"
        made["dx_version"] = (
            f"CASE WHEN regexp_matches({kind}, 'icd.?0?9') THEN '9' "
            f"WHEN regexp_matches({kind}, 'icd.?10') THEN '10' END"
        )
    if "tuva_drg_type" in have and "drg" in have:
        made["drg"] = "CASE WHEN coalesce(lower(tuva_drg_type) LIKE '%ms%', true) THEN drg END"
    shares = [name for name in ("tuva_coinsurance", "tuva_copayment", "tuva_deductible") if name in have]
    if shares:
        made["patient_resp"] = sum_of(*shares)
    said = [n for n in range(1, MAX_DIAGNOSES + 1) if f"tuva_poa_{n}" in have and f"dx{n}" in have]
    if said:
        each = ", ".join(f"CASE WHEN dx{n} IS NOT NULL THEN coalesce(tuva_poa_{n}, '-') END" for n in said)
        any_said = ", ".join(f"tuva_poa_{n}" for n in said)
        made["poa"] = f"CASE WHEN coalesce({any_said}, NULL) IS NOT NULL THEN concat_ws(',', {each}) END"
    if not beside:
        return staged
    replaced = [name for name in made if name in have]
    columns = ", ".join(f"{sql} AS {name}" for name, sql in made.items())
    listed = f"SELECT * EXCLUDE ({', '.join([*beside, *replaced])}){', ' if made else ''}{columns}"

    def again(rows: int | None) -> Staged | None:
        slower = staged.recheck(rows)
        return None if slower is None else _made(slower)

    return replace(
        staged,
        select=f"{listed} FROM ({staged.select})",
        fields=(have - set(beside)) | set(made),
        recheck=again,
    )


def _mislabelled(
    con: duckdb.DuckDBPyConnection, source: Source, table: Table, columns: Mapping[str, tuple[int, ...]]
) -> str:
    """A SELECT with the columns of `DIAGNOSTICS` where diagnoses are said to be of the code set of procedures."""
    place = columns.get("tuva_dx_type", (None,))[0]
    if place is None or table.dialect is None:
        return ""
    if not any(_PROCEDURE_TYPE.encode() in block.lower() for block in blocks(source.path)):
        return ""
    relation = csv_relation(source.path, table.dialect, len(table.headers), None)
    try:
        row = con.execute(
            f"SELECT count(*) FROM {relation} WHERE lower(c{place}) = '{_PROCEDURE_TYPE}' "
            f"AND c{columns['dx1'][0]} IS NOT NULL"
        ).fetchone()
    except (duckdb.Error, KeyError):
        return ""
    if row is None or not row[0]:
        return ""
    says = (
        f"{row[0]:,} rows say that their diagnoses are of icd-10-pcs, which has procedures only; "
        "they are read as ICD-10-CM"
    )
    return (
        f"SELECT 'dx_type' AS name, 'warning' AS severity, '{says}' AS says, CAST(NULL AS BIGINT) AS source_pos, "
        "CAST(NULL AS BIGINT) AS byte_offset, CAST(NULL AS VARCHAR) AS claim_id"
    )
