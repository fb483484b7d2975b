"""What a line is taken in with although something of it was odd, blank or mended: remarks, as bits of `odd`.

A remark costs nothing on the lines that have none. The notes of a run count the lines of each.
"""

from __future__ import annotations

from collections.abc import Iterable

from auditor.claims import forms, rare
from auditor.claims.readers.interface import Staged
from auditor.claims.words import MINUTES, is_neither, literal, no_date, short_year, status_unknown

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
    ("bill_type", "tob is no bill type; inpatient and outpatient cannot be told apart"),
    ("frequency", "frequency_code is none that is known; the claim is taken for one of its own"),
    ("status", "status is no word that is known; the line is taken as paid"),
    ("denied", "denied holds a word that is not known; the line is taken as denied and is not flagged"),
    ("modifiers", "a modifier is not of two characters; which one was meant is not known"),
    (
        "diagnoses",
        "a diagnosis is a word for nothing, or of no ICD-10-CM form and then all of the line's are left out",
    ),
    ("procedures", "a procedure is of no ICD-10-PCS form (ICD-9, CPT) and is left out"),
    (
        "provider_placeholder",
        "an NPI or tax number is a word for nothing, a filler or cut by a spreadsheet (UNKNOWN, 0000000000, 1.23E+09); "
        "taken as missing",
    ),
    ("icd9", "the diagnoses are of ICD-9-CM, which no diagnosis rule reads; kept apart"),
    ("beside", "an amount, quantity or date beside the main ones cannot be read; taken as blank"),
    (
        "claim_number",
        "the payer's number of the claim or the number of the original is a word for nothing, a filler or cut by a "
        "spreadsheet (1.23E+12); taken as missing",
    ),
    (
        "date_to",
        "date_to is a filler and no date (00/00/0000, 12/31/9999, a word for nothing); taken as blank, so that the "
        "line ends on its first day",
    ),
    (
        "short_year",
        "a date has a year of two digits, whose century is not said; a column map with its date_format (MM/DD/YY) "
        "reads it, and `auditor claims map` proposes one",
    ),
    ("float_id", "a number of a person, payer or claim went through a spreadsheet (100.0); read as 100"),
)
"""Name and text of each remark; its place is its bit."""
LISTED = ("bill_type", "frequency", "status", "denied", "modifiers", "diagnoses", "provider_placeholder")
"""Remarks whose lines are kept in `claim_remark`, because a rule sees less of such a line, or sees it otherwise."""
IN_MINUTES = " OR ".join(f"v_unit_basis = {literal(word)}" for word in MINUTES)
"""SQL: true where the units are minutes."""
READABLE_BILL = "coalesce(strlen(w_tob) BETWEEN 2 AND 3 AND w_tob BETWEEN '1' AND ':', false)"
"""SQL: true where the bill type tells the setting."""
PROVIDER_FIELDS = ("billing_npi", "rendering_npi", "facility_npi", "billing_tin")
CLAIM_NUMBERS = ("payer_icn", "original_ref")
NUMBERS = ("claim_id", "patient_id", "payer_id", "plan_id", "billing_tin", *CLAIM_NUMBERS)
"""Fields of which it is said where a number went through a float."""
OPTIONAL_DATES = ("birth_date", "paid_date", "received_date", "admit_date", "discharge_date")
SERVICE_DATES = frozenset(
    {"date_from", "date_to", "paid_date", "received_date", "admit_date", "discharge_date"}
)
"""Dates of which a year of two digits may be read by a map; a birth may lie in either century."""
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
    return f"v_{name} IS NULL AND {name} IS NOT NULL AND trim({name}, {forms.BLANKS}) <> ''"


def any_unread(names: Iterable[str]) -> str:
    """SQL: true where a cell of these holds something, if only blanks, that is no value of its kind.

    It costs a comparison a cell, and spares nearly all rows what is asked of the others.
    """
    return " OR ".join(f"(v_{name} IS NULL) <> ({name} IS NULL)" for name in names) or "false"


def bits(staged: Staged) -> str:
    """SQL: the bits of `REMARKS` that hold for a row; `w_unread` holds :func:`any_unread` of the fields concerned."""
    have = staged.fields
    tests: dict[str, str] = {
        "spreadsheet": " OR ".join(
            f"strlen({name}) <> {width} AND {forms.is_spreadsheet_form(name)}"
            for name, width in _SPREADSHEET_FIELDS.items()
            if name in have
        )
    }
    if staged.date_of_claim:
        tests["date_of_claim"] = "date_of_claim AND v_date_from IS NOT NULL"
    if "line_of_business" in have:
        tests["lob_blank"] = "v_line_of_business IS NULL"
        tests["lob_unknown"] = "w_lob IS NULL"
    if "claim_type" in have:
        tests["type_inferred"] = "v_claim_type IS NULL OR v_claim_type = 'undetermined'"
    if "unit_basis" in have:
        tests["minutes"] = IN_MINUTES
    if "tob" in have:
        tests["bill_type"] = f"v_tob IS NOT NULL AND w_claim_type = 'institutional' AND NOT {READABLE_BILL}"
    if "frequency_code" in have:
        tests["frequency"] = "strlen(v_frequency_code) > 1"
    if "status" in have:
        tests["status"] = status_unknown("v_status")
    if "denied" in have:
        tests["denied"] = f"v_denied AND {is_neither('denied')}"
    if "dx_version" in have:
        tests["icd9"] = "coalesce(v_icd9, '') <> ''"
    tests["float_id"] = " OR ".join(forms.is_of_float(name) for name in NUMBERS if name in have)
    tests["beside"] = rare.unread(have)
    unreadable = {name: unread(name) for name in OPTIONAL_DATES if name in have}
    if "date_to" in have:
        unreadable["date_to"] = f"{unread('date_to')} AND {no_date('date_to')}"
    unreadable["short_year"] = " OR ".join(
        f"{unread(name)} AND {short_year(name)}" for name in sorted(SERVICE_DATES & have)
    )
    unreadable["provider_placeholder"] = " OR ".join(unread(name) for name in PROVIDER_FIELDS if name in have)
    unreadable["claim_number"] = " OR ".join(unread(name) for name in CLAIM_NUMBERS if name in have)
    of_all, of_unread = (
        " + ".join(
            f"CASE WHEN {chosen[name]} THEN {1 << place} ELSE 0 END"
            for place, (name, _) in enumerate(REMARKS)
            if chosen.get(name)
        )
        or "0"
        for chosen in (tests, unreadable)
    )
    return f"CAST({of_all} + CASE WHEN w_unread THEN {of_unread} ELSE 0 END AS UINTEGER)"
