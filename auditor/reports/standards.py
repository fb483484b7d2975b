"""What an audit report states of itself: objective, scope, methodology, reliability of the data, limitations.

The elements are those that government auditing standards ask of a report (GAGAS, 2024 revision, chapters 8 and 9; the
text of that revision was not read, so no paragraph is quoted). Each is text with the values of this run; what only the
auditor or the auditee can say stands as a place to fill in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

DRAFT: Final = "draft, auditor to confirm"


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its heading, its sentences, and whether it is a draft that the auditor confirms or fills in."""

    heading: str
    texts: tuple[str, ...]
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """The values that the elements are made of, each as it is printed elsewhere in the report."""

    period: str
    lines_of_business: Sequence[str]
    payers: Sequence[str]
    lines_audited: str
    claims: str
    patients: str
    rules: int
    rules_asked: tuple[int, int] | None
    tables: int
    evaluated: str
    checks: int
    set_aside: Iterable[str]
    odd_values: int
    compared: str
    disagreements: str
    handling: Sequence[str]
    limitations: Sequence[str]


def _asked(rules: tuple[int, int] | None) -> str:
    """How many of the loaded rules said something of these claims: to count those that could not would promise more."""
    if rules is None:
        return ""
    concerned, evaluated = rules
    return f"{concerned} of the rules have such lines here, and {evaluated} of them could be evaluated. "


def elements(told: Told) -> tuple[Element, ...]:
    """The elements in the order in which a report has them."""
    aside = list(told.set_aside)
    return (
        Element(
            "Objective",
            (
                "To find, in paid or processed claims, lines whose payment a published rule puts in "
                "question, in both "
                "directions, and to say for each which rule, which row of which table, and which "
                "record settles it.",
            ),
            draft=True,
        ),
        Element(
            "Scope",
            (
                f"{told.lines_audited} lines of {told.claims} claims for {told.patients} patients, "
                f"{told.period}.",
                f"Lines of business: {', '.join(told.lines_of_business) or 'not named'}. "
                f"Payers: {', '.join(told.payers) or 'not named'}.",
                "Not in scope: medical necessity as a record would show it, quality of care, intent, "
                "and claims that "
                "are not in the files listed.",
            ),
        ),
        Element(
            "Methodology",
            (
                f"{told.rules} rules and {told.tables} reference tables were loaded. Each line was held against the "
                "rules that it is in scope of, with the edition in force on the date of service. "
                f"{_asked(told.rules_asked)}Rules, editions and files are listed with their hashes.",
                f"Evaluated: {told.evaluated}. What could not be evaluated is listed by rule and reason "
                "and is no pass.",
                "A second evaluator, written separately, judged cases again from the raw lines and rows. Cases: "
                f"{told.compared}; differences: {told.disagreements}.",
                "Where several findings concern one line, its dollars are counted once, claims-evident "
                "before record "
                "needed, and never above what was paid on it.",
            ),
        ),
        Element(
            "Reliability of the data",
            (
                "The dollars and lines of the input were added up in two ways and reconciled: audited, "
                "superseded and "
                f"set aside make up what was read. {told.checks} checks were made, and all of them hold.",
                f"Set aside: {'; '.join(aside)}." if aside else "No row set aside is told of in this report.",
                f"{told.odd_values} kinds of odd values were met on audited lines; they are listed with "
                "their treatment."
                if told.odd_values
                else "No odd values on audited lines are told of in this report.",
                "The claims were not compared with the systems they were taken from, nor with medical "
                "records.",
            ),
        ),
        Element(
            "Sampling design",
            (
                "None: every line of the files was evaluated. The findings are a census of lines that "
                "met a rule and are "
                "no probability sample; nothing is estimated from them, and they may not be extrapolated.",
            ),
        ),
        Element(
            "Elements of a finding",
            (
                "Criteria: the citation and the row of the table. Condition: the sentence of the "
                "finding with its lines. "
                "Effect: the exposure with its basis and class.",
                f"Cause and recommendation are drafts ({DRAFT}).",
            ),
        ),
        Element("Limitations", tuple(told.limitations)),
        Element(
            "Statement on auditing standards",
            (
                "This report was made by a program. It does not state that the audit was conducted in "
                "accordance with "
                "generally accepted government auditing standards; whether it was is for the auditor "
                "to state.",
            ),
            draft=True,
        ),
        Element(
            "Views of responsible officials",
            ("Not obtained. To be added before the report is final.",),
            draft=True,
        ),
        Element("Confidential information", tuple(told.handling)),
        Element(
            "Report and return (42 CFR 401.305)",
            (
                "This report does not say that anything has been identified within the meaning of that "
                "section, and sets "
                "no date: when credible information was obtained, when an investigation began and when "
                "an amount was "
                "identified are for the organisation and its counsel to enter. The section, as amended "
                "from 2025-01-01, "
                "was read in summaries and not in its own text.",
            ),
        ),
    )
