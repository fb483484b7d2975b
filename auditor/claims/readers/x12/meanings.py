"""Code lists of the 837 that the canonical model has words of its own for.

Source: implementation guides ASC X12N 005010X222A1 (professional), X223A3 (institutional), X224A3 (dental) and
004010X098, X096, X097: SBR09 claim filing indicator, GS08 version identifier, HI code list qualifiers, NM101 entities.
"""

from __future__ import annotations

from collections.abc import Mapping

_FILING = {
    "medicare": "MA MB",
    "medicare_advantage": "16",
    "medicaid": "MC",
    # Preferred provider, point of service, exclusive provider, indemnity; dental maintenance; the plans of federal
    # employees, which private insurers run.
    "commercial": "12 13 14 15 17 BL CI FI HM",
}
LINE_OF_BUSINESS: Mapping[str, str] = {
    code: line for line, codes in _FILING.items() for code in codes.split()
}
"""SBR09 to line of business; every other code that is given is `other`, a blank stays blank."""

CLAIM_TYPE_OF_GUIDE: Mapping[str, str] = {
    **dict.fromkeys(("X222", "X098", "X298"), "professional"),
    **dict.fromkeys(("X223", "X096", "X299"), "institutional"),
    **dict.fromkeys(("X224", "X097", "X300"), "dental"),
}
"""The guide's number in GS08 or ST03 to claim type; X298 to X300 report claims that were adjudicated."""
CLAIM_TYPE_OF_SEGMENT: Mapping[str, str] = {"SV1": "professional", "SV2": "institutional", "SV3": "dental"}

DME_CONTRACTORS = frozenset({"16013", "17013", "18003", "19003"})
"""Payer ids of the four Medicare contractors for durable medical equipment: they take no other claims (CMS, CEDI)."""

# 4010 has the same lists without the A; ZZ was its patient's reason for visit.
DIAGNOSES = frozenset({"ABK", "ABF", "BK", "BF"})
ADMITTING = frozenset({"ABJ", "BJ"})
REASON = frozenset({"APR", "PR", "ZZ"})
EXTERNAL = frozenset({"ABN", "BN"})
PROCEDURES = frozenset({"BBR", "BBQ", "BR", "BQ"})
ICD9 = frozenset({"BK", "BF", "BJ", "PR", "BN"})
NOT_USED = frozenset({"BP", "BO", "TC", "TQ", "CAH", "ABU", "BU", "ABV", "BV", "APW", "JP"})
"""Qualifiers of HI that no rule reads: anaesthesia-related procedures, treatment codes, dental terms."""

FACILITY = frozenset({"77", "FA", "LI", "TL"})
"""Service location; in 4010 also facility, independent laboratory, testing laboratory."""
PROVIDERS: Mapping[str, str] = {
    "82": "rendering", "DN": "referring", "P3": "referring", "DK": "ordering", "DQ": "supervising",
    "71": "attending", "72": "operating",
}  # fmt: skip
"""NM101 to the role of a provider of the claim."""
LINE_PROVIDERS: Mapping[str, str] = {
    entity: role for entity, role in PROVIDERS.items() if role not in ("attending", "operating")
}
"""NM101 to the role of a provider of one line."""


def guide_number(version: str) -> str:
    """The number of the guide in a version identifier: X222 of 005010X222A1; blank when it has none."""
    place = version.find("X")
    return version[place : place + 4].upper() if place >= 0 else ""
