"""Marks around the identifiers that a sentence names, so that a profile can put pseudonyms in their place.

A sentence about a claim is put together in SQL from a rule's words and a line's values. Looked for afterwards, the
claim number "2" would be found in every "line 2". So it is marked where it is put in: its kind, its value in
hexadecimal digits (no text of a claim can end or forge a mark), and only in a run whose profile replaces it.
"""

from __future__ import annotations

import re
from typing import Final

OPEN: Final = "\ue000"
CLOSE: Final = "\ue001"
"""Private-use characters: no reader gives them a meaning, and a stray one in a value is no whole mark."""
MARK: Final = re.compile(f"{OPEN}([a-z_]+):([0-9A-F]*){CLOSE}")
WITHHELD: Final = "(withheld)"

CLAIM, PATIENT, PROVIDER, NUMBER, FILE = "claim", "patient", "provider", "number", "file"
WORD, MODIFIER = "word", "modifier"
"""Texts that are shown where they have the form of a code, or of a modifier."""

KINDS: Final[dict[str, str]] = {
    **dict.fromkeys(("claim_id", "original_ref", "payer_icn", "other_version"), CLAIM),
    **dict.fromkeys(("patient_id", "given_patient_id"), PATIENT),
    **dict.fromkeys(("prior_auth", "line_control_no"), NUMBER),
    **dict.fromkeys(("modifiers", "common_modifiers", "differing_modifiers", "all_modifiers"), MODIFIER),
    **dict.fromkeys(
        (
            "provider_id billing_npi rendering_npi facility_npi referring_npi ordering_npi supervising_npi "
            "attending_npi operating_npi billing_tin clia"
        ).split(),
        PROVIDER,
    ),
}
"""The fields of a claim line, or of two, that are more than a code or need a form of their own, by what they name."""

PLAIN: Final = frozenset(
    "payer_id plan_id other_payer_id payer_name line_of_business claim_type setting version_note".split()
)
"""Texts that may stand as they are: payers and plans are no identifiers of a patient, the others are closed lists."""

CODE_FORM: Final = "|".join(
    (
        "[0-9A-Za-z]{0,3}",  # place, bill type, state, specialty, sex, DRG, condition
        "[0-9]{4}",  # revenue
        "[0-9A-Z][0-9]{3}[0-9A-Z]|[0-9A-Z]{4}[0-9]",  # CPT, HCPCS, CDT, HIPPS, contractor
        "[A-Z][0-9][0-9A-Z]{1,5}",  # ICD-10-CM
        "(?=.*[0-9])(?=.*[A-Z])[0-9BCDFGHX][0-9A-Z]{6}",  # ICD-10-PCS
        "[0-9]{11}",  # drug; nine digits may be a social security number
        "[0-9]{3}[0-9A-Z]{6}X",  # taxonomy
        "[0-9A-Z]{2}:[0-9.]{1,10}",  # value and occurrence codes with what they are of
    )
)
"""The forms of codes. A text of no such form is withheld: it may be a name."""
MODIFIER_FORM: Final = "[0-9A-Za-z]{0,2}"
NPI_FORM: Final = "[12][0-9]{9}"


def marked(kind: str, sql: str) -> str:
    """SQL of the text that `sql` gives, within a mark; NULL stays NULL."""
    return f"(chr({ord(OPEN)}) || '{kind}:' || hex(({sql})::VARCHAR) || chr({ord(CLOSE)}))"


def mark(kind: str, value: str) -> str:
    """`value` within a mark, as :func:`marked` makes one in SQL."""
    return f"{OPEN}{kind}:{value.encode('utf-8', 'replace').hex().upper()}{CLOSE}"


def kind_of(field: str) -> str | None:
    """The kind of mark that a text field of a claim line needs; None for one that may stand as it is."""
    return KINDS.get(field) or (None if field in PLAIN else WORD)
