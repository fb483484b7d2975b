"""What every field that a rule may ask is, in one sentence: for the schema's hover and for ``auditor rules fields``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from auditor.claims.columns import LINE_COLUMNS
from auditor.rules import fields
from auditor.rules.fields import FieldType

_LINE: Final[Mapping[str, str]] = {
    "service_date": "First day of service.",
    "service_day": "First day of service; among keys: a day that the lines share.",
    "day_units": "Units of a day: those of a line that spans several days, divided by its days.",
    "amount": "Paid, else allowed, else charge, in dollars.",
    "dx_ptr_known": "The feed has diagnosis pointers.",
    "no_payment": "Nothing was paid on the line.",
    **{
        name: f"{npi} has ten digits and the right check digit (Luhn over 80840 and the number); unknown without one."
        for name, npi in fields.NPI_VALID.items()
    },
    "age": "Full years of the patient on the first day of service.",
    "days": "Days, both ends counted.",
    "charge": "Billed, in dollars.",
    "allowed": "Allowed, in dollars.",
    "paid": "Paid by the payer, in dollars.",
}
_CLAIM: Final[Mapping[str, str]] = {
    "date_from": "First day of service of its lines.",
    "date_to": "Last day of service of its lines.",
    "service_date": "First day of service of its lines.",
    "age": "Full years of the patient on the claim's first day.",
    "days": "Days from the first to the last, both counted.",
    "codes": "The codes of its lines that were not denied.",
    "revenue_codes": "The revenue codes of its lines that were not denied.",
    "modifiers": "The modifiers of its lines that were not denied.",
    "lines": "How many of its lines were not denied.",
    "charge": "Billed on its lines that were not denied, in dollars.",
    "allowed": "Allowed on its lines that were not denied, in dollars.",
    "paid": "Paid on its lines that were not denied, in dollars.",
    "other_payer_paid": "Paid by other payers on its lines that were not denied, in dollars.",
    "length_of_stay": "Days from admission to discharge, the last not counted.",
    "principal_dx": "The first diagnosis of the claim.",
}
_PAIR: Final[Mapping[str, str]] = {
    "common_modifiers": "Modifiers that both lines carry.",
    "differing_modifiers": "Modifiers that one of the two lines carries.",
    "all_modifiers": "Modifiers of either line.",
    "common_pointed_dx": "Diagnoses that both lines point to.",
    "common_dx_categories": "Categories (the first three characters of a diagnosis) that both lines point to.",
    "split_claim": "The two lines lie on different claims.",
    "shared_day": "The first day of service that both lines have.",
    "flagged_is_later": "The flagged line comes after the other by first day, claim number, line number: of two one.",
    "partners": "Beside `one`: how many lines stand there beside the flagged one. For explanations only.",
}
_SUM: Final[Mapping[str, str]] = {
    "date": "The day of the line in the sum.",
    "units": "What is summed: units, or lines or dollars where `of` says so.",
    "amount": "The sum in dollars, of `of: paid`, `allowed` or `charge`.",
    "before": "Of a running sum: what it was before this line.",
    "amount_before": "Of a running sum of dollars: what it was before this line.",
    "lines": "How many lines the sum is of.",
    "max_units": "The most units of one line in the sum.",
    "modifiers": "Modifiers of any line in the sum.",
}
_CLOCK: Final[Mapping[str, str]] = {
    "earlier": "How many visits that count stand in the window before this one.",
    "limit": "How many the sequence allows.",
    "last": "The day of the latest of them.",
    "start": "The first day of the window.",
}
_ABSENT: Final[Mapping[str, str]] = {
    "unknown": "It cannot be told whether such a line stands beside, for a key is missing.",
}
_PRICE: Final[Mapping[str, str]] = {
    "fee": "The fee of all its units as billed, before any part of it, in dollars.",
    "expected": "The part of it that is due, no more than the charge, in dollars; none where a part is not told.",
    "multiple_place": "Its place by fee among the day's lines that are reduced together; 1 for others.",
    "multiple_share": "The part that the day's other services leave of it.",
    "bilateral_share": "1.5 with modifier 50, 0.75 for each of two sides, and so on by the indicator.",
    "role_share": "The part of an assistant, a co-surgeon, or of a part of the global package.",
    "practitioner_share": "0.85 for specialties 50, 89 and 97 (nurses, physician assistants), 0.75 for 80.",
    "share": "All parts together.",
    "paid_share": "What was allowed per fee, held against the line of the first place: about 1 if nothing was reduced.",
    "other_session": "A line of its rank, itself included, has 59 or XE, which may tell of another session.",
    "estimated": "The locality is not known, so that the fee is the national one.",
}
ROLES: Final[Mapping[str, tuple[str, Mapping[str, FieldType], Mapping[str, str]]]] = {
    "line": ("a claim line: each name under `lines`", fields.LINE_FIELDS, _LINE),
    "claim": ("a whole claim: the name under `claims`", fields.CLAIM_FIELDS, _CLAIM),
    "pair": ("two lines together, called pair", fields.PAIR_FIELDS, _PAIR),
    "sum": ("a sum: its `as`", fields.SUM_FIELDS, _SUM),
    "clock": ("a sequence: its `as`, else clock", fields.CLOCK_FIELDS, _CLOCK),
    "price": (
        "the flagged line by the fee schedule: `as` of `priced`, else price",
        fields.PRICE_FIELDS,
        _PRICE,
    ),
    "absent": ("a line that is not there, called absent", fields.ABSENT_FIELDS, _ABSENT),
}
"""By kind of role: what it is, its fields with their types, and what they mean where that of a line is not enough."""

TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "ncci_ptp": {
        "setting": "Practitioner or outpatient hospital: whose edits these are.",
        "column_1": "The code that stays payable.",
        "column_2": "The code that is not payable beside it.",
        "modifier_indicator": "0: no modifier lifts the edit; 1: one may; 9: the edit does not apply.",
        "rationale": "The reason that is published for the edit.",
    },
    "ncci_mue": {
        "setting": "Practitioner, outpatient hospital or dme: whose edits these are.",
        "code": "The code.",
        "value": "The most units that are likely.",
        "mai": "1: by line; 2: by day, of law; 3: by day, unless a record says more.",
        "rationale": "The reason that is published for the value.",
    },
    "ncci_aoc": {
        "edit_type": "1: the primaries are all listed; 2: none is; 3: some are.",
        "addon": "The add-on code.",
        "primary_code": "A code that it may stand beside.",
    },
    "ncci_aoc_code": {
        "edit_type": "1: the primaries are all listed; 2: none is; 3: some are.",
        "addon": "The add-on code.",
        "primaries": "The primary codes listed for it that day; for sentences, not for conditions.",
    },
    "coverage_policy": {
        "article": "The article or policy.",
        "version": "Its version.",
        "code": "The code that it is about.",
        "jurisdiction": "The jurisdiction whose policy it is.",
        "requires": "any: one diagnosis of any group is enough; all: one of every group.",
        "exhaustive": "The policy covers nothing but the diagnoses that are listed.",
        "covered_elsewhere": "A diagnosis of the claim would meet it if the line pointed to it.",
    },
}
"""Of the tables that are not read by the titles of their columns."""

EVERY_ROW: Final[Mapping[str, str]] = {
    "edition": "The edition of the table that the row is from.",
    "effective": "The first day on which the row is in force.",
    "deleted": "The last day on which the row is in force.",
}
"""What every row of every table has."""


def meaning(name: str, role: str = "line") -> str:
    """What a field is, by its name and the kind of its role."""
    own = ROLES[role][2].get(name)
    found = next((column.doc for column in LINE_COLUMNS if column.name == name), "")
    return own or _LINE.get(name) or found or name.replace("_", " ")
