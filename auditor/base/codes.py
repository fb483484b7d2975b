"""Shapes of the field's codes. A shape says what could be a code, never that the code exists."""

from __future__ import annotations

import re

HCPCS = re.compile(r"[0-9]{4}[0-9A-Z]|[A-Z][0-9]{4}")
MODIFIER = re.compile(r"[0-9A-Z]{2}")
# The second character is a letter in categories of fiscal year 2026 on (QA0).
ICD10_CM = re.compile(r"[A-Z](?:[0-9][0-9A-Z]|[A-Z][0-9])[0-9A-Z]{0,4}")
REVENUE = re.compile(r"[0-9]{4}")
NPI = re.compile(r"[12][0-9]{9}")
NPI_ENDS = "_npi"
"""How the names of a claim line's fields end that hold an NPI (rendering_npi, billing_npi ...)."""


def is_hcpcs(code: str) -> bool:
    """True for the shape of a CPT or HCPCS Level II code: 99213, 0001T, J1100 (upper case)."""
    return HCPCS.fullmatch(code) is not None


def is_modifier(modifier: str) -> bool:
    """True for two upper-case letters or digits, at least the shape of a modifier."""
    return MODIFIER.fullmatch(modifier) is not None


def is_icd10_cm(code: str) -> bool:
    """True for the shape of an ICD-10-CM code without its dot, upper case."""
    return ICD10_CM.fullmatch(code) is not None


def normalise_icd10(code: str) -> str:
    """Upper case without dot and blanks: `e11.9 ` becomes `E119`."""
    return code.replace(".", "").replace(" ", "").upper()


def is_npi(npi: str) -> bool:
    """True when ten digits start with 1 or 2 and the check digit holds (Luhn over the prefix 80840)."""
    if NPI.fullmatch(npi) is None:
        return False
    return npi_check_digit(npi[:9]) == int(npi[9])


def npi_check_digit(first_nine: str) -> int:
    """The tenth digit of an NPI. Raises ValueError unless given nine digits."""
    if len(first_nine) != 9 or not first_nine.isdecimal() or not first_nine.isascii():
        raise ValueError("an NPI has nine digits before its check digit")
    # 24 is the Luhn sum of the issuer prefix 80840 (45 CFR 162.406).
    total = 24
    for place, digit in enumerate(first_nine):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return -total % 10
