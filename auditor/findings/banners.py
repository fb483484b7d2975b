"""What stands above all else in a report: what was left out, stood in for something, or must not be relied on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from auditor.findings import packs_told
from auditor.findings.made import Made
from auditor.matching.coverage import WITHOUT
from auditor.profiles.replaced_npis import note_of
from auditor.rules.field_words import spoken

_BUSINESS_WORDS: Final = {
    "medicare": "Medicare", "medicare_advantage": "Medicare Advantage", "medicaid": "Medicaid",
    "commercial": "commercial", "other": "none that the rules know",
}  # fmt: skip
_WORDS: Final = {"version_note": "history (frequency code, status or date of payment)"}
"""Fields that are no column of a feed, by what they are made of."""


def _unanswered(made: Made) -> list[str]:
    """The tables that had no publication for some eligible line, in words."""
    ends = " publication answers for the service date"
    reasons = {gap.reason for gap in made.tally.gaps if gap.lines and gap.reason.endswith(ends)}
    return sorted({text.removeprefix(WITHOUT).removeprefix("no ").removesuffix(ends) for text in reasons})


def told(made: Made, coverage: Sequence[Mapping[str, Any]], business: Collection[str]) -> list[str]:
    """The banners of a run, from its coverage by rule and the lines of business of its lines."""
    banners = packs_told.banners(made.task)
    if made.reconciliation.lines_audited == 0:
        banners.append(
            "No line was audited: every row was set aside or superseded. That nothing was found says nothing. See the "
            "notes and the rows set aside."
        )
    elif 2 * made.reconciliation.lines_set_aside > made.reconciliation.lines_read:
        banners.append(
            f"More than half of what was read is set aside and not audited: {made.reconciliation.lines_set_aside:,} of "
            f"{made.reconciliation.lines_read:,} claim lines. That nothing was found on them says nothing. See the "
            "rows set aside, by reason."
        )
    if made.reference.starter:
        banners.append(
            "Audited against the starter edition: a small hand-made selection of edits for demonstration. Import the "
            "CMS tables with `auditor tables import` before relying on what was not found."
        )
    if not made.reference.tables:
        banners.append(
            "No reference table answered: none had been published by the day asked, or the library is empty. Rules "
            "that need one evaluated nothing."
        )
    for table in made.reference.tables:
        if table.carried_forward:
            banners.append(
                f"{table.table} {table.edition} was carried forward beyond its quarter at the user's request."
            )
    banners += _not_run(made, coverage)
    banners += note_of(made.task.replaced_npis)
    unanswered = _unanswered(made)
    if unanswered:
        banners.append(
            f"Not answered for some of these service dates by any loaded publication: {', '.join(unanswered)}. "
            "What was not evaluated is listed with its lines and dollars; it is not a pass."
        )
    other = sorted({"medicaid", "medicare_advantage"} & set(business))
    if other and made.reference.tables:
        named = " and ".join(name.replace("_", " ") for name in other)
        banners.append(
            f"Lines of {named} were held against {_whose(made.reference.medicaid)}: states and plans follow NCCI with "
            "differences of their own."
            + (
                " Where Medicaid's editions do not answer for a date, nothing else does."
                if made.reference.medicaid
                else ""
            )
        )
    for table in made.reference.tables:
        for note in () if made.reference.starter else table.notes:
            banners.append(f"{table.table} {table.edition}: {note}")
    if "medicaid" in business and made.reference.passed_over:
        told = ", ".join(
            f"{table} {setting}".replace("_", " ") for table, setting in sorted(made.reference.passed_over)
        )
        banners.append(
            f"Medicaid's own edits are in the library ({told}) and did not answer, because these claims are not of "
            "Medicaid alone. Audit the Medicaid claims by themselves to hold them against their own edits."
        )
    if made.reference.cpt_descriptors:
        banners.append(
            "Descriptions of CPT codes come from the private library of whoever made this report. They are copyright "
            "of the American Medical Association; pass the report on only as far as your licence allows."
        )
    if made.feed.line_of_business_defaulted:
        taken = _BUSINESS_WORDS[made.options.get("line_of_business", "medicare")]
        banners.append(
            f"Not every line names its line of business; those that do not were taken as {taken}."
            if "line_of_business" in made.feed.fields
            else f"The claims do not name a line of business; all lines were taken as {taken}."
        )
    return banners


def _not_run(made: Made, coverage: Sequence[Mapping[str, Any]]) -> list[str]:
    """Of the rules that these claims concern, how many could not run for want of a field."""
    concerned = {
        number
        for number, row in enumerate(coverage)
        if row["eligible"] or (row["unit"] != "claim lines" and number not in made.task.idle)
    }
    lacking = {number: name for number, name in made.task.missing.items() if number in concerned}
    if not lacking:
        return []
    names = ", ".join(sorted({_WORDS.get(name, spoken(name)) for name in lacking.values()}))
    return [
        f"{len(lacking)} of the {len(concerned)} rules that concern these claims could not run on them, for the claims "
        f"have no {names}. What was not evaluated is not a pass."
    ]


def _whose(medicaid: Collection[tuple[str, str]]) -> str:
    """Whose edits answered, in words."""
    own = ", ".join(f"{table} {setting}".replace("_", " ") for table, setting in sorted(medicaid))
    return f"Medicaid's own edits ({own}), and Medicare's tables for the rest" if own else "Medicare's tables"
