"""The words of every report: one place, so that page and workbook say the same thing.

They follow the project's wording rules: classes are printed as what they need for proof, never as a degree of
guilt; amounts are potential; nothing paid is called denied; and what was not looked at is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from auditor.rules.fields import TABLE_NAMES

CLASS_WORDS: Final[Mapping[str, str]] = {
    "definite": "claims-evident (no record needed to evaluate)",
    "probable": "record needed",
    "risk": "indicator",
}
CLASS_SHORT: Final[Mapping[str, str]] = {
    "definite": "claims-evident",
    "probable": "record needed",
    "risk": "indicator",
}
VERDICT_WORDS: Final[Mapping[str, str]] = {
    "fail": "finding",
    "bypassed": "bypassed",
    "suppressed": "suppressed by an override",
    "not_evaluated": "not evaluated",
}
DIRECTION_WORDS: Final[Mapping[str, str]] = {
    "over": "potential overpayment",
    "under": "potential underpayment",
    "neutral": "no amount",
}
SECTION_WORDS: Final[Mapping[str, str]] = {
    "over_definite": "Potential overpayment, claims-evident",
    "over_probable": "Potential overpayment, record needed",
    "under_definite": "Potential underpayment, claims-evident",
    "under_probable": "Potential underpayment, record needed",
    "at_risk": "At risk (no overpayment figure)",
    "no_amount": "Finding, money in neither direction",
    "bypassed": "Bypassed by a modifier",
    "suppressed": "Suppressed by an override",
    "not_evaluated": "Candidate without a verdict",
}
SECTION_MEANING: Final[Mapping[str, str]] = {
    "over_definite": "Claims-evident: no record is needed to evaluate it. Gross, each line counted once and never "
    "above what was paid on it.",
    "over_probable": "A record is needed before anything can be concluded. Gross, taken from what the claims-evident "
    "findings left of each line.",
    "under_definite": "Claims-evident. Gross, never set against overpayments.",
    "under_probable": "A record is needed. Gross, never set against overpayments.",
    "at_risk": "Paid dollars behind indicators, and behind findings whose rule, or a payer's override, puts them at "
    "risk only; each line counted once. They may overlap other headings, are no estimate of recovery and are never "
    "added to other figures.",
    "no_amount": "The rule did not hold, and it says of no dollars that too much or too little was paid. A finding of "
    "potential overpayment or underpayment on which no dollars could be put is counted under its own heading.",
    "bypassed": "Would be a finding but for a modifier on the claim; the record was not seen.",
    "suppressed": "Set aside by a named override of the rule set.",
    "not_evaluated": "A line that met a rule, and no verdict could be reached. Lines that a rule could not be asked of "
    "are not among them: they stand under what was not evaluated. A missing table or field is never a pass.",
}
APART_WORDS: Final[Mapping[str, str]] = {
    "over_definite": "of which without an amount",
    "over_probable": "of which without an amount",
    "under_definite": "of which without an amount",
    "under_probable": "of which without an amount",
    "at_risk": "of which indicators",
}
"""What a heading tells apart among its findings; those not named here tell nothing apart."""
PRIORITY_OF_SEVERITY: Final[Mapping[str, int]] = {"critical": 1, "high": 2, "medium": 3, "low": 4}
REASON_WORDS: Final[Mapping[str, str]] = {
    "charge": "charge (no paid or allowed amount in the feed)",
    "allowed": "allowed amount (no paid amount in the feed)",
    "estimated": "estimated",
    "repriced": "repriced by the fee schedule",
    "not_priced": "not priced (no fee at hand)",
}

# A family's name in rule files is public; on paper it must not accuse.
FAMILY_WORDS: Final[Mapping[str, str]] = {
    "upcoding": "level mix",
    "undercoding": "level mix, under",
    "ptp": "code pairs",
}

LIMITATION: Final = (
    "Findings come from claims data without medical records. They assess neither intent nor quality of care."
)
LIMITATIONS: Final[tuple[str, ...]] = (
    LIMITATION,
    "Amounts are potential: they show what the rule puts in question, not what is owed. Whether an overpayment "
    "exists, and when it was identified, are conclusions for the organisation and its counsel.",
    "Potential overpayments and potential underpayments are shown gross, side by side. No figure here is a net.",
    "Claims-evident amounts, amounts that need a record and amounts at risk answer different questions and are "
    "never added together.",
    "The findings are a census of lines that met a rule, not a probability sample: nothing here may be "
    "extrapolated to other claims.",
    "A line without a finding was not found to be correct. It met none of the rules that could be evaluated with "
    "the tables and fields at hand; what could not be evaluated is listed by rule and reason.",
    "Where the words 'authority not verified' stand beside a citation, the text in force on the service date was "
    "not read, and the finding needs a record at the least.",
    "Only lines that were read and audited are covered; superseded lines and lines set aside are counted in the "
    "reconciliation.",
)
UNVERIFIED: Final = "authority not verified"
DRAFT_CAUSE: Final = "Cause (draft, auditor to confirm)"
OPEN_END: Final = "open"
PROVIDER_LEVEL: Final = "provider level"

BANNED: Final[tuple[str, ...]] = (
    "fraud", "fraudulent", "abuse", "abusive", "guilty", "violation", "violations", "unbundling", "unbundled",
    "upcoding", "upcoded", "overpayment identified", "impossible day",
    "cannot have been furnished",
)  # fmt: skip
_BANNED = re.compile(r"\b(?:" + "|".join(re.escape(word) for word in BANNED) + r")\b", re.IGNORECASE)


def banned_in(text: str) -> list[str]:
    """The banned words that stand in `text`, lower case, in order, each as often as it stands there."""
    return [match.group().lower() for match in _BANNED.finditer(text)]


def class_words(name: str | None) -> str:
    """`definite` as 'claims-evident (no record needed to evaluate)', and so on; an unknown name as it is."""
    return CLASS_WORDS.get(name or "", name or "")


def verdict_words(name: str | None) -> str:
    """A verdict in words; `fail` is printed as 'finding'."""
    return VERDICT_WORDS.get(name or "", name or "")


def family_words(name: str) -> str:
    """A family as printed: `upcoding` as 'level mix', `fee_schedule` as 'fee schedule'."""
    return FAMILY_WORDS.get(name, spoken(name))


def spoken(name: str | None) -> str:
    """An internal name as words: `outpatient_hospital` as 'outpatient hospital'."""
    return (name or "").replace("_", " ")


def apart_words(section: str, number: int | None) -> str:
    """What a heading tells apart among its findings: 'of which indicators: 2'; nothing for none, but of indicators.

    None is a number that may not be shown.
    """
    said = APART_WORDS.get(section) if number is not None else None
    return f"{said}: {number:,}" if said and (number or section == "at_risk") else ""


def table_words(name: str, titles: Mapping[str, str] | None = None) -> str:
    """What a reference table is called in print: the title that its pack gives it, or the library; else its name.

    `titles` are those of packs, by the name of the table.
    """
    return (titles or {}).get(name) or (TABLE_NAMES[name] if name in TABLE_NAMES else spoken(name))


NOT_SHOWN: Final = "not shown"
"""Printed for a figure that rests on too few patients to be shown to whoever the report is for."""
NO_FINDING: Final = "No finding."
NO_ROW_SHOWN: Final = "Not shown: there are findings, and too few patients stand behind any figure of them."
"""Printed for a table of findings without a row; the second where it has none because nothing of it may be shown."""
NOT_KNOWN: Final = "not known"
"""Printed for a count or an amount that nobody can tell, as of a rule whose file could not be read."""


def share(part: int | float | None, whole: int | float | None) -> str:
    """A percentage that always carries its numerator and denominator: '98.2% (982 of 1,000)'; a `whole` of None is not
    known, a `part` of None is not shown.
    """
    if part is None:
        return NOT_SHOWN
    if whole is None:
        return NOT_KNOWN
    if not whole:
        return f"no percentage ({part:,} of {whole:,})"
    return f"{percent(part, whole)} ({part:,} of {whole:,})"


def percent(part: int | float, whole: int | float) -> str:
    """A percentage for where numerator and denominator stand beside it; never 100% or 0% of what is less or more."""
    if not whole:
        return "–"
    shown = f"{100 * part / whole:.1f}"
    if part != whole and shown == "100.0":
        shown = "99.9"
    if part and shown == "0.0":
        shown = "under 0.1"
    return f"{shown}%"
