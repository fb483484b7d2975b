"""Whom an output folder is for, and what it therefore holds: internal, external (a limited data set), board.

Sources, as read: 45 CFR 164.514(e)(2) lists the direct identifiers that a limited data set is without (names, postal
address other than town, state and ZIP, telephone, social security, medical record, health plan beneficiary and account
numbers ...), "of the individual or of relatives, employers, or household members of the individual". Dates and ZIP are
not in the list. 164.514(c) forbids codes that are made of information about the individual, and to disclose how codes
are turned back. That no cell below eleven is shown is CMS's policy for its own data; its text was not read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

INTERNAL: Final = "internal"
EXTERNAL: Final = "external"
BOARD: Final = "board"
PROFILES: Final = (INTERNAL, EXTERNAL, BOARD)
LEAST_PATIENTS: Final = 11
"""A figure of fewer patients is not shown to a board."""


@dataclass(frozen=True, slots=True)
class ProfileNote:
    """The profile in words: its name, what is printed as its label, and how confidential information was handled.

    `lists_findings` is False where no row of findings, evidence or source stands in the output: then there is nothing
    that live formulas or a table of findings could be laid over.
    """

    name: str = INTERNAL
    label: str = "Internal: full identifiers"
    handling: tuple[str, ...] = (
        "This report holds protected health information with full identifiers. It is for those who need them for the "
        "review; for anyone else make one with --profile external or board.",
    )
    lists_findings: bool = True


_EXTERNAL: Final = ProfileNote(
    EXTERNAL,
    "External: limited data set",
    (
        "This report is laid out as a limited data set (45 CFR 164.514(e)(2)): it holds no names, addresses or numbers "
        "of patients. Dates of service and ages stay. It is still protected health information and may be given only "
        "under a data use agreement (45 CFR 164.514(e)(4)).",
        "Numbers of patients, claims and payers' control numbers, finding ids, the run id and the SHA-256 of claims "
        "files are pseudonyms by a keyed hash (HMAC-SHA-256). The key is in no part of the output. The same number has "
        "the same pseudonym in every report made with the same key.",
        "NPIs stay: they are numbers of providers and not of the individual or of relatives, employers or household "
        "members, which alone 164.514(e)(2) names; also where a provider has one patient only, for what then could be "
        "told is told by the dates of service too, which may stay. A provider number that has not the form of an NPI "
        "has a pseudonym: it may be a tax or social security number, or that of a relative paid for care.",
        "Payer and plan ids stay. Where a payer id is the name of a patient's employer, give another with --payer.",
        "Claims files are numbered instead of named, and texts that quote a file, a sheet or a value are cut.",
    ),
)
_BOARD: Final = ProfileNote(
    BOARD,
    "Board: aggregates only",
    (
        "This report holds aggregates only: no finding, claim, patient, date of service or row of the source. Files "
        "of rows in its folder are empty.",
        f"A figure that rests on fewer than {LEAST_PATIENTS} patients is not shown. Such figures of one heading are "
        f"put together into one row, with the smallest of the others where the row itself would rest on fewer than "
        f"{LEAST_PATIENTS} patients, so that none of them can be computed from the total. Where the total of a heading "
        f"rests on fewer than {LEAST_PATIENTS} patients, nothing of that heading is shown.",
        "Findings about a provider as a whole rest on all of the provider's lines and are no figures of patients.",
    ),
    lists_findings=False,
)
NOTES: Final = {INTERNAL: ProfileNote(), EXTERNAL: _EXTERNAL, BOARD: _BOARD}


def note_of(name: str) -> ProfileNote:
    """The profile by its name; a run that names none is internal."""
    return NOTES.get(name or INTERNAL, ProfileNote())
