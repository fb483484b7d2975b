"""The data dictionary a rule may speak of: every field, its type, and the claim-line column it stands for.

A field is written ``role.name``. What the name means depends on the kind of role: a claim line (``column_1``,
``line``, ``addon``, ``primary`` ...), the pair of two lines (``pair``), a day sum (the ``as`` of a ``sum``), a
table row (the ``as`` of a ``table`` or ``coverage``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from auditor.claims.columns import RARE_COLUMNS
from auditor.rules.library_tables import (
    OwnName,
    WithLibrary,
    fields_of_table,
    key_of_table,
    title_of_table,
)

FieldType = Literal["text", "integer", "number", "money", "date", "flag", "texts", "integers"]

_TYPES: Final[Mapping[str, FieldType]] = {
    "VARCHAR": "text", "DATE": "date", "BIGINT": "money", "DECIMAL(18,3)": "number", "VARCHAR[]": "texts",
}  # fmt: skip
RARE_FIELDS: Final[dict[str, FieldType]] = {column.name: _TYPES[column.sql_type] for column in RARE_COLUMNS}
"""Fields that only some formats have: a rule that reads one is not evaluated on a feed without it."""

NPI_VALID: Final[Mapping[str, str]] = {
    f"{name}_valid": name
    for name in "billing_npi rendering_npi facility_npi referring_npi ordering_npi supervising_npi attending_npi "
    "operating_npi".split()
}
"""Flags that tell whether an NPI has ten digits and its check digit, by the column that each is made of.

The check digit is that of Luhn over the digits with 80840 before them (45 CFR 162.406). Without an NPI it is not known.
"""

LINE_FIELDS: Final[dict[str, FieldType]] = {
    "claim_id": "text",
    "line_no": "integer",
    "payer_id": "text",
    "line_of_business": "text",
    "patient_id": "text",
    "birth_date": "date",
    "sex": "text",
    "claim_type": "text",
    "setting": "text",
    "provider_id": "text",
    "billing_npi": "text",
    "billing_tin": "text",
    "rendering_npi": "text",
    "rendering_specialty": "text",
    "facility_npi": "text",
    "pos": "text",
    "tob": "text",
    "frequency_code": "text",
    "date_from": "date",
    "date_to": "date",
    "days": "integer",
    "is_span": "flag",
    "code": "text",
    "revenue_code": "text",
    "modifiers": "texts",
    "mods_truncated": "flag",
    "units": "number",
    "charge": "money",
    "allowed": "money",
    "paid": "money",
    "denied": "flag",
    "dx": "texts",
    "dx_ptr": "integers",
    "pointed_dx": "texts",
    "paid_date": "date",
    "received_date": "date",
    "service_state": "text",
    "service_zip": "text",
    "locality": "text",
    "mac": "text",
    "drg": "text",
    "admit_date": "date",
    "discharge_date": "date",
    "discharge_status": "text",
    "plan_id": "text",
    "prior_auth": "text",
    "procedures": "texts",
    "version_note": "text",
    "other_version": "text",
    "other_version_date": "date",
    **RARE_FIELDS,
    # derived
    "age": "integer",
    "service_date": "date",
    "service_day": "date",
    "day_units": "number",
    "amount": "money",
    "dx_ptr_known": "flag",
    "no_payment": "flag",
    **dict.fromkeys(NPI_VALID, "flag"),
}

WORKED_OUT: Final = frozenset({"age", "amount", "day_units", "dx_ptr_known", "no_payment", *NPI_VALID})
"""Fields worked out where they are asked for; lines are put together by fields that they have."""

LINE_SQL: Final[dict[str, str]] = {
    "service_date": "date_from",
    "service_day": "date_from",
}
"""Fields whose SQL column has another name; every other field is the column of its own name."""

PAIR_FIELDS: Final[dict[str, FieldType]] = {
    "common_modifiers": "texts",
    "differing_modifiers": "texts",
    "all_modifiers": "texts",
    "common_pointed_dx": "texts",
    "common_dx_categories": "texts",
    "split_claim": "flag",
    "shared_day": "date",
    "flagged_is_later": "flag",
    "partners": "integer",
}

SAID_OF_PAIR: Final[frozenset[str]] = frozenset({"partners"})
"""Fields of two lines for sentences, not for conditions: they are known once all conditions have been asked."""

SUM_FIELDS: Final[dict[str, FieldType]] = {
    "date": "date",
    "units": "number",
    "amount": "money",
    "before": "number",
    "amount_before": "money",
    "lines": "integer",
    "max_units": "number",
    "modifiers": "texts",
}

CLOCK_FIELDS: Final[dict[str, FieldType]] = {
    "earlier": "integer",
    "limit": "number",
    "last": "date",
    "start": "date",
}
"""Of a sequence: visits in its window before it, how many it allows, the latest of them, the first day."""

CLAIM_HEADER: Final = tuple(
    (
        "claim_id payer_id plan_id line_of_business patient_id birth_date sex age claim_type setting billing_npi "
        "billing_tin rendering_npi facility_npi tob frequency_code drg admit_date discharge_date discharge_status "
        "paid_date received_date service_state service_zip mac prior_auth dx procedures referring_npi attending_npi "
        "operating_npi admitting_dx reason_dx external_dx admit_hour admit_type admit_source discharge_hour "
        "condition_codes occurrence_codes value_codes related_causes payer_sequence other_payer_id"
    ).split()
)
"""Fields of a line that say something of its whole claim."""

_OF_CLAIM: Final[dict[str, FieldType]] = {
    "date_from": "date",
    "date_to": "date",
    "service_date": "date",
    "days": "integer",
    "codes": "texts",
    "revenue_codes": "texts",
    "modifiers": "texts",
    "lines": "integer",
    "charge": "money",
    "allowed": "money",
    "paid": "money",
    "other_payer_paid": "money",
    "length_of_stay": "integer",
    "principal_dx": "text",
}
CLAIM_FIELDS: Final = _OF_CLAIM | {name: LINE_FIELDS[name] for name in CLAIM_HEADER if name in LINE_FIELDS}
"""Of a claim: its header, and what its lines that were not denied add up to."""

PRICE_FIELDS: Final[dict[str, FieldType]] = {
    "fee": "money",
    "expected": "money",
    "multiple_place": "integer",
    "multiple_share": "number",
    "bilateral_share": "number",
    "role_share": "number",
    "practitioner_share": "number",
    "share": "number",
    "paid_share": "number",
    "other_session": "flag",
    "estimated": "flag",
}
"""Of the flagged line by the fee schedule: its fee, the parts of it that are due, what was allowed beside others."""

ABSENT_FIELDS: Final[dict[str, FieldType]] = {"unknown": "flag"}

_TABLE_FIELDS: Final[dict[str, Mapping[str, FieldType]]] = {
    "ncci_ptp": {
        "edition": "text",
        "setting": "text",
        "column_1": "text",
        "column_2": "text",
        "effective": "date",
        "deleted": "date",
        "modifier_indicator": "text",
        "rationale": "text",
    },
    "ncci_mue": {
        "edition": "text",
        "setting": "text",
        "code": "text",
        "value": "integer",
        "mai": "text",
        "effective": "date",
        "deleted": "date",
        "rationale": "text",
    },
    "ncci_aoc": {
        "edition": "text",
        "edit_type": "text",
        "addon": "text",
        "primary_code": "text",
        "effective": "date",
        "deleted": "date",
    },
    "ncci_aoc_code": {
        "edition": "text",
        "edit_type": "text",
        "addon": "text",
        "primaries": "texts",
        "effective": "date",
        "deleted": "date",
    },
    "coverage_policy": {
        "edition": "text",
        "article": "text",
        "version": "text",
        "code": "text",
        "jurisdiction": "text",
        "requires": "text",
        "exhaustive": "flag",
        "effective": "date",
        "deleted": "date",
        "covered_elsewhere": "flag",
    },
}

TABLE_FIELDS: Final[Mapping[str, Mapping[str, FieldType]]] = WithLibrary(_TABLE_FIELDS, fields_of_table)
"""The columns of each reference table as ``reference.attach`` lays it out; dates inclusive on both ends.

Beyond those written out here, every table of the library, by its own name.
"""

SAID_ONLY: Final[frozenset[str]] = frozenset({"primaries"})
"""Fields for sentences, not for conditions: the primary codes listed for an add-on code on the day."""

_TABLE_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "ncci_ptp": ("setting", "column_1", "column_2", "modifier_indicator"),
    "ncci_mue": ("setting", "code", "mai", "value"),
    "ncci_aoc": ("edit_type", "addon", "primary_code"),
    "ncci_aoc_code": ("edit_type", "addon"),
    "coverage_policy": ("article", "version", "code", "jurisdiction"),
}

TABLE_KEYS: Final[Mapping[str, tuple[str, ...]]] = WithLibrary(_TABLE_KEYS, key_of_table)
"""What names a row of a table in a finding, without edition or dates, so that a finding's id survives a re-issue."""

_TABLE_NAMES: Final[dict[str, str]] = {
    "ncci_ptp": "NCCI procedure-to-procedure (PTP) edits",
    "ncci_mue": "NCCI medically unlikely edits (MUE)",
    "ncci_aoc": "NCCI add-on code edits",
    "ncci_aoc_code": "NCCI add-on code edits",
    "coverage": "Coverage table",
    "coverage_policy": "Coverage table",
}

TABLE_NAMES: Final[Mapping[str, str]] = WithLibrary(_TABLE_NAMES, title_of_table)
"""What each table is called where its row is cited."""

ANSWERING_TABLE: Final[Mapping[str, str]] = OwnName(
    {
        "ncci_ptp": "ncci_ptp",
        "ncci_mue": "ncci_mue",
        "ncci_aoc": "ncci_aoc",
        "ncci_aoc_code": "ncci_aoc",
        "coverage_policy": "coverage",
    }
)
"""The name under which ``ref_answers`` says for which dates a table can answer; its own, if no other stands here."""

ROW_NEEDED: Final[frozenset[str]] = frozenset({"ncci_mue", "coverage_policy"})
"""Tables where a code without a row is *not evaluated* (confidential MUE values, no policy), never passed."""
