"""What a line is taken in with although something of it was odd, blank or mended: remarks, as bits of `odd`.

A remark costs nothing on the lines that have none. The notes of a run count the lines of each.
"""

from __future__ import annotations

from auditor.claims import forms
from auditor.claims.readers.interface import Staged

REMARKS: tuple[tuple[str, str], ...] = (
    ("spreadsheet", "codes in a spreadsheet's form (99213.0) were mended"),
    ("code_parts", "codes with their label or modifiers in one cell (CPT 99213, 82040-91) were taken apart"),
    ("date_of_claim", "the line has no date of its own; the claim's is used"),
    ("lob_blank", "line_of_business is blank; the default is used"),
    ("lob_unknown", "line_of_business is none that is known; taken as other"),
    ("type_inferred", "claim_type is blank; taken from type of bill and revenue code"),
    ("minutes", "units are minutes, which are not units of service; taken as blank"),
    ("birth_date", "birth_date is not a date; taken as blank"),
    ("paid_date", "paid_date is not a date; taken as blank"),
    ("received_date", "received_date is not a date; taken as blank"),
    ("admit_date", "admit_date is not a date; taken as blank"),
    ("discharge_date", "discharge_date is not a date; taken as blank"),
    (
        "provider_placeholder",
        "an NPI or tax number is a word for nothing, a filler or cut by a spreadsheet (UNKNOWN, 0000000000, 1.23E+09); "
        "taken as missing",
    ),
)
"""Name and text of each remark; its place is its bit."""
PROVIDER_FIELDS = ("billing_npi", "rendering_npi", "facility_npi", "billing_tin")
_OPTIONAL_DATES = ("birth_date", "paid_date", "received_date", "admit_date", "discharge_date")
_SPREADSHEET_FIELDS = {
    "code": 5,
    "revenue_code": 4,
    "billing_npi": 10,
    "rendering_npi": 10,
    "facility_npi": 10,
}
"""Fields and the length at which they cannot be in a spreadsheet's form."""


def bit(name: str) -> int:
    """The bit of the remark called `name` in the column `odd`."""
    return 1 << [known for known, _ in REMARKS].index(name)


def unread(name: str) -> str:
    """True where a cell holds something that is no value of its kind."""
    return f"v_{name} IS NULL AND {name} IS NOT NULL AND trim({name}, ' ' || chr(9)) <> ''"


def bits(staged: Staged) -> str:
    """SQL: the bits of `REMARKS` that hold for a row."""
    have = staged.fields
    tests: dict[str, str] = {
        "spreadsheet": " OR ".join(
            f"strlen({name}) <> {width} AND {forms.is_spreadsheet_form(name)}"
            for name, width in _SPREADSHEET_FIELDS.items()
            if name in have
        )
    }
    if "code" in have:
        tests["code_parts"] = forms.is_procedure_cell("code")
    if staged.date_of_claim:
        tests["date_of_claim"] = "date_of_claim AND v_date_from IS NOT NULL"
    if "line_of_business" in have:
        tests["lob_blank"] = "v_line_of_business IS NULL"
        tests["lob_unknown"] = "w_lob IS NULL"
    if "claim_type" in have:
        tests["type_inferred"] = "v_claim_type IS NULL OR v_claim_type = 'undetermined'"
    if "unit_basis" in have:
        tests["minutes"] = "v_unit_basis = 'MJ'"
    tests["provider_placeholder"] = " OR ".join(unread(name) for name in PROVIDER_FIELDS if name in have)
    tests.update({name: unread(name) for name in _OPTIONAL_DATES if name in have})
    bits = [
        f"CASE WHEN {tests[name]} THEN {1 << place} ELSE 0 END"
        for place, (name, _) in enumerate(REMARKS)
        if tests.get(name)
    ]
    return f"CAST({' + '.join(bits) or '0'} AS UINTEGER)"
