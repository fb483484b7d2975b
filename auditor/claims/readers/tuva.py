"""Tuva's `medical_claim`, CSV or Parquet: one row per claim_id and claim_line_number.

Layout: the Tuva Project's input layer (medical_claim). It has no diagnosis pointers, no denials and no frequency
code but the last digit of the bill type; line dates may be blank and then stand on the claim.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from auditor.base.errors import InputRefused
from auditor.claims import sniff
from auditor.claims.feed import ReadOptions
from auditor.claims.headers import HeaderMap, mapped_by_user, require_needed
from auditor.claims.intake import Source
from auditor.claims.model import MAX_DIAGNOSES, MAX_MODIFIERS, MAX_PROCEDURES, plain_key
from auditor.claims.readers.interface import Staged
from auditor.claims.readers.table import outline, stage_table

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
    **{f"mod{n}": (f"hcpcs_modifier_{n}",) for n in range(1, MAX_MODIFIERS + 1)},
    **{f"dx{n}": (f"diagnosis_code_{n}",) for n in range(1, MAX_DIAGNOSES + 1)},
    **{f"px{n}": (f"procedure_code_{n}",) for n in range(1, MAX_PROCEDURES + 1)},
}


class TuvaReader:
    """Reads Tuva's medical_claim by its own names; a column map of the user comes first."""

    name = "tuva"

    def recognises(self, con: duckdb.DuckDBPyConnection, source: Source) -> bool:
        """By the header: claim_line_number with hcpcs_modifier_1, revenue_center_code and a person."""
        try:
            return sniff.is_tuva(outline(con, source).headers)
        except InputRefused:
            return False

    def stage(
        self, con: duckdb.DuckDBPyConnection, source: Source, options: ReadOptions, workspace: Path
    ) -> Staged:
        """See `Reader.stage`."""
        table = outline(con, source)
        places: dict[str, int] = {}
        for place, header in enumerate(table.headers):
            places.setdefault(plain_key(header), place)
        columns: dict[str, tuple[int, ...]] = {}
        for field, names in _COLUMNS.items():
            found = tuple(places[plain_key(name)] for name in names if plain_key(name) in places)
            if found:
                columns[field] = found
        user = mapped_by_user(table.headers, options.column_map, source.name)
        columns.update({field: (place,) for field, place in user.items()})
        used = {place for found in columns.values() for place in found}
        unmapped = tuple(header for place, header in enumerate(table.headers) if place not in used)
        header_map = HeaderMap(columns, unmapped)
        require_needed(header_map, table.headers, source.name)
        return stage_table(con, source, table, header_map, self.name, workspace)
