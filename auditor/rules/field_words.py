"""What the data dictionary is called in sentences: roles, fields, columns of table rows, keys and values.

A field or role without words of its own is spoken by its name, so that nothing is ever left out of a sentence.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from auditor.base.money import format_usd
from auditor.rules import model as m
from auditor.rules.fields import NPI_VALID

_LINE_FIELDS: Final[dict[str, str]] = {
    "patient_id": "patient", "provider_id": "provider", "payer_id": "payer", "claim_id": "claim number",
    "line_no": "line number", "billing_npi": "billing NPI", "billing_tin": "billing TIN",
    "rendering_npi": "rendering NPI", "facility_npi": "facility NPI", "rendering_specialty": "specialty",
    "pos": "place of service", "tob": "type of bill", "date_from": "first day", "date_to": "last day",
    "days": "number of days", "code": "code", "paid": "amount paid", "allowed": "amount allowed",
    "charge": "amount charged", "amount": "amount (paid, else allowed, else charged)", "dx": "diagnoses of the claim",
    "dx_ptr": "diagnosis pointers", "pointed_dx": "diagnoses pointed to", "mac": "contractor (MAC)", "drg": "DRG",
    "service_date": "service date", "service_day": "service date", "day_units": "units of one day",
    "service_zip": "ZIP code of the service", "service_state": "state of the service", "plan_id": "plan",
    "prior_auth": "prior authorisation number", "procedures": "ICD-10-PCS procedures", "codes": "codes",
    "lines": "number of lines", "length_of_stay": "length of stay in days", "principal_dx": "principal diagnosis",
    "age": "age in full years", "sex": "sex", "received_date": "date received", "paid_date": "date paid",
    "admit_date": "date of admission", "discharge_date": "date of discharge", "birth_date": "date of birth",
    "discharge_status": "discharge status", "version_note": "history of the claim",
    "other_version": "claim number of the other version", "other_version_date": "date of the other version",
}  # fmt: skip
_SUM_FIELDS: Final[dict[str, str]] = {
    "units": "total units", "total": "total", "lines": "number of lines", "max_units": "most units on one line",
    "modifiers": "modifiers on the lines", "date": "day", "before": "total before this line",
    "amount": "total amount", "amount_before": "total amount before this line",
}  # fmt: skip
_CLOCK_FIELDS: Final[dict[str, str]] = {
    "earlier": "number of earlier services that count", "limit": "number allowed",
    "last": "date of the latest earlier service", "start": "first day of the period",
}  # fmt: skip
_PAIR_FIELDS: Final[dict[str, str]] = {
    "common_modifiers": "the modifiers that both lines carry",
    "differing_modifiers": "the modifiers that only one of the two lines carries",
    "all_modifiers": "the modifiers of the two lines taken together",
    "common_pointed_dx": "the diagnoses that both lines point to",
    "common_dx_categories": "the diagnosis categories (three characters) that both lines point to",
    "shared_day": "the first day that the two lines share",
    "split_claim": "whether the two lines stand on different claims",
    "flagged_is_later": "whether the flagged line comes after the other one",
    "partners": "the number of lines that stand there beside the flagged one",
}
_COLUMNS: Final[dict[str, str]] = {
    "mai": "MUE adjudication indicator (MAI)", "column_1": "Column 1 code", "column_2": "Column 2 code",
    "addon": "add-on code", "primary_code": "primary code", "primaries": "primary codes listed that day",
    "effective": "first day in force", "deleted": "last day in force", "edit_type": "edit type",
    "glob_days": "global days", "covered_elsewhere": "whether another diagnosis of the claim is covered",
}  # fmt: skip
_KEYS: Final[dict[str, str]] = {
    "patient_id": "patient", "provider_id": "provider", "claim_id": "claim", "payer_id": "payer",
    "service_day": "day of service", "service_date": "service date", "year": "calendar year",
}  # fmt: skip
_ROLES: Final[dict[str, str]] = {
    "line": "the line", "column_1": "the Column 1 line", "column_2": "the Column 2 line",
    "addon": "the add-on line", "primary": "the primary line", "stay": "the stay", "claim": "the claim",
}  # fmt: skip


def spoken(name: str) -> str:
    """An internal name as words: `outpatient_hospital` as 'outpatient hospital'."""
    return name.replace("_", " ")


def _npi(name: str) -> str:
    return spoken(name).replace("npi", "NPI")


FLAGS: Final[dict[str, tuple[str, str]]] = {
    "is_span": ("{role} spans more than one day", "{role} is of one day only"),
    "mods_truncated": ("{role} may have had more modifiers than the claims carry",
                       "{role} shows all its modifiers"),
    "denied": ("{role} was denied by the payer", "{role} was not denied by the payer"),
    "dx_ptr_known": ("the claims say which diagnosis {role} points to",
                     "the claims do not say which diagnosis {role} points to"),
    "no_payment": ("nothing was paid or allowed on {role}",
                   "something was paid or allowed on {role}, or it is not known"),
    "split_claim": ("the two lines stand on different claims", "the two lines stand on one claim"),
    "flagged_is_later": (
        "the flagged line comes after the other one by first day, claim number and line number",
        "the flagged line comes before the other one by first day, claim number and line number",
    ),
    **{name: (f"the {_LINE_FIELDS.get(npi, _npi(npi))} of {{role}} has ten digits and the right check digit",
              f"the {_LINE_FIELDS.get(npi, _npi(npi))} of {{role}} has not ten digits with the right check digit")
       for name, npi in NPI_VALID.items()},
    "unknown": ("a line stands beside it of which that key is not known", "no line stands beside it without that key"),
    "other_session": ("59 or XE stands on a service of its rank", "neither 59 nor XE stands on a service of its rank"),
    "estimated": ("the fee is the national one, since the locality is not known", "the fee is that of the locality"),
    "exhaustive": ("{role} says that its list is complete", "{role} says that its list is not complete"),
    "covered_elsewhere": ("another diagnosis of the claim is covered", "no other diagnosis of the claim is covered"),
}  # fmt: skip
"""Fields that are true or false, as two sentences; any other is `... is yes` or `... is no`."""
_PRICE_FIELDS: Final[dict[str, str]] = {
    "fee": "fee", "expected": "amount due", "multiple_place": "place by fee among the day's services",
    "multiple_share": "part due beside the day's other services", "bilateral_share": "part due for two sides",
    "role_share": "part due for its role in the operation", "practitioner_share": "part due to its practitioner",
    "share": "part due", "paid_share": "amount allowed beside the day's first service, as a part of the fee,",
}  # fmt: skip
_PLURAL: Final = frozenset({"units", "day_units", "codes", "lines_of_business"})
_SPOKEN_VALUES: Final = frozenset({"line_of_business", "claim_type", "setting", "version_note"})


def capital(text: str) -> str:
    """A sentence with its first letter large; the others stay as they are."""
    return text[:1].upper() + text[1:]


def key_words(name: str) -> str:
    """A field by which lines stand together, as a noun."""
    return _KEYS.get(name, _LINE_FIELDS.get(name, spoken(name)))


def role_words(role: str) -> str:
    """A role as the subject of a sentence: `column_2` as 'the Column 2 line'."""
    return _ROLES.get(role, f"the {spoken(role)}" if role.endswith("line") else f"the {spoken(role)} line")


def claim_words(role: str) -> str:
    """A role that is a whole claim: `stay` as 'the stay'."""
    return f"the {spoken(role)}"


def row_words(alias: str) -> str:
    """A table row by the name that the rule gives it."""
    return f"the row “{alias}”"


def column_words(name: str) -> str:
    """A column of a reference table as a noun."""
    return _COLUMNS.get(name, spoken(name))


def table_words(table: m.TableJoin, *, named: bool = True) -> str:
    """What a table is called in print, with the name that rules call it by; the latter alone where it has no title."""
    if not table.title:
        return f"the table {table.name}"
    return f"{table.title} (table {table.name})" if named else table.title


def subject(ref: m.FieldRef) -> str:
    """A field as the subject of a sentence: 'the modifiers of the Column 1 line'."""
    if ref.kind == "pair":
        return _PAIR_FIELDS.get(ref.name, f"the {spoken(ref.name)} of the two lines")
    if ref.kind == "sum":
        return f"the {_SUM_FIELDS.get(ref.name, spoken(ref.name))} of the sum “{ref.role}”"
    if ref.kind == "clock":
        return f"the {_CLOCK_FIELDS.get(ref.name, spoken(ref.name))} of the count “{ref.role}”"
    if ref.kind == "price":
        return f"the {_PRICE_FIELDS.get(ref.name, spoken(ref.name))} of the flagged line by the fee schedule"
    if ref.kind.startswith("table"):
        return f"the {column_words(ref.name)} of {row_words(ref.role)}"
    if ref.kind == "absent":
        return f"what is {spoken(ref.name)} of the absent line"
    if ref.kind == "claim":
        name = "diagnoses" if ref.name == "dx" else _LINE_FIELDS.get(ref.name, spoken(ref.name))
        return f"the {name} of {claim_words(ref.role)}"
    if ref.kind == "line" and ref.name == "dx":
        return f"the diagnoses of the claim of {role_words(ref.role)}"
    return f"the {_LINE_FIELDS.get(ref.name, spoken(ref.name))} of {role_words(ref.role)}"


def is_plural(ref: m.FieldRef) -> bool:
    """Whether the subject of a field takes a plural verb."""
    return ref.type in {"texts", "integers"} or ref.name in _PLURAL


def flag_words(ref: m.FieldRef, value: bool) -> str:
    """A field that is true or false, as a sentence."""
    if ref.name in FLAGS:
        role = row_words(ref.role) if ref.kind.startswith("table") else role_words(ref.role)
        return FLAGS[ref.name][0 if value else 1].format(role=role)
    return f"{subject(ref)} is {'yes' if value else 'no'}"


def literal_words(ref: m.FieldRef | None, value: Any) -> str:
    """One value as it stands in a sentence; cents as dollars where the field is money."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if ref is not None and ref.type == "money" and isinstance(value, int | Decimal):
        return format_usd(int(value))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if ref is not None and ref.name in _SPOKEN_VALUES and isinstance(value, str):
        return spoken(value)
    return f"“{value}”" if value == "" else str(value)
