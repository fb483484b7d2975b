"""The columns of the large sheets: finding lines with the reviewer's columns, evidence, underpayments, lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from auditor.reports import wording
from auditor.reports.cells import Link
from auditor.reports.document import RuleEntry
from auditor.reports.override_pages import OverridePage
from auditor.reports.rows import Citation, Finding, ReferenceRow, SetAsideRow
from auditor.reports.rule_pages import in_rows
from auditor.reports.superseded_rows import SupersededRow
from auditor.reports.unmatched_rows import UnmatchedRow
from auditor.reports.wording import UNVERIFIED

MOST_ROWS: Final = 1_048_576


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its width in characters, its kind.

    Kinds: text, wrap (long text), whole, money, units, rate, date, link, entry (for the reviewer, left empty),
    entry_money, entry_date.
    """

    heading: str
    width: float
    kind: str = "text"

    @property
    def room(self) -> int:
        """About how many characters a line of it holds."""
        return int(self.width * 1.05)


DISPOSITIONS: Final[tuple[str, ...]] = (
    "confirmed", "confirmed in part", "not confirmed", "record requested", "referred", "no action",
)  # fmt: skip
REVIEWER: Final[tuple[Column, ...]] = (
    Column("Disposition", 18, "entry"),
    Column("Corrected code", 12, "entry"),
    Column("Corrected amount", 14, "entry_money"),
    Column("Review reason", 30, "entry"),
    Column("Reviewer", 16, "entry"),
    Column("Review date", 12, "entry_date"),
    Column("Review notes", 40, "entry"),
)
_FINDING: Final[tuple[Column, ...]] = (
    Column("Finding ID", 19), Column("Review priority", 8, "whole"), Column("Class", 17, "wrap"),
    Column("Verdict", 11, "wrap"), Column("Rule", 15, "link"), Column("Title", 24, "wrap"), Column("Claim", 17),
    Column("Line", 6, "whole"), Column("Service date", 11, "date"), Column("Code", 8), Column("Modifiers", 10),
    Column("Units", 7, "units"), Column("Paid", 11, "money"), Column("Exposure counted", 11, "money"),
    Column("Exposure basis", 9, "wrap"), Column("Rendering NPI", 12), Column("Explanation", 80, "wrap"),
    Column("Evidence", 9, "link"), Column("Record needed", 18, "wrap"),
)  # fmt: skip
_FURTHER: Final[tuple[Column, ...]] = (
    Column("Heading", 36), Column("Amount under its heading", 14, "money"), Column("Direction", 22),
    Column("At risk", 8), Column("Exposure, rule alone", 14, "money"), Column("Exposure as processed", 14, "money"),
    Column("Exposure, allowed", 14, "money"), Column("Would have been paid", 14, "money"),
    Column("Charge", 12, "money"), Column("Allowed", 12, "money"), Column("Billing NPI", 12),
    Column("Patient", 16), Column("Payer", 12), Column("Line of business", 16),
    Column("Rule version", 8, "whole"), Column("Rule hash", 20), Column("Catalogue", 12), Column("Family", 12),
    Column("Across claims", 8), Column("Reference table", 30), Column("Reference edition", 14),
    Column("Reference key", 20), Column("Effective", 11, "date"), Column("Deleted", 11),
    Column("Further reference rows", 30, "wrap"), Column("Authority", 50, "wrap"), Column("Authority verified", 14),
    Column("Authority address", 40), Column(wording.DRAFT_CAUSE, 24, "wrap"), Column("It follows from", 30, "wrap"),
    Column("Reason of the verdict", 30, "wrap"), Column("Suppressed by", 16, "link"),
)  # fmt: skip
FINDINGS: Final = _FINDING + REVIEWER + _FURTHER
EVIDENCE: Final[tuple[Column, ...]] = (
    Column("Finding ID", 19), Column("Finding", 9, "link"), Column("Rule", 15), Column("Role", 14),
    Column("Claim", 20), Column("Line", 6, "whole"), Column("Service date", 11, "date"), Column("Code", 8),
    Column("Modifiers", 12), Column("Units", 8, "units"), Column("Charge", 12, "money"), Column("Allowed", 12, "money"),
    Column("Paid", 12, "money"), Column("Flagged", 8),
)  # fmt: skip
UNDER: Final[tuple[Column, ...]] = (
    Column("Finding ID", 19), Column("Finding", 9, "link"), Column("Class", 17, "wrap"), Column("Rule", 15, "link"),
    Column("Title", 30, "wrap"), Column("Claim", 20), Column("Line", 6, "whole"), Column("Service date", 11, "date"),
    Column("Code", 8), Column("Modifiers", 10), Column("Units", 7, "units"), Column("Paid", 11, "money"),
    Column("Would have been paid", 14, "money"), Column("Potential underpayment", 14, "money"),
    Column("Exposure basis", 12, "wrap"), Column("Rendering NPI", 12), Column("Explanation", 70, "wrap"),
    Column("Record needed", 22, "wrap"),
)  # fmt: skip
SET_ASIDE: Final[tuple[Column, ...]] = (
    Column("Source file", 30), Column("Row in the file", 12, "whole"), Column("Claim", 20), Column("Line", 8),
    Column("Reason code", 24), Column("Reason", 60, "wrap"), Column("Charge", 12, "money"), Column("Paid", 12, "money"),
)  # fmt: skip
SUPERSEDED: Final[tuple[Column, ...]] = (
    Column("Source file", 30), Column("Row in the file", 12, "whole"), Column("Claim", 20), Column("Line", 8, "whole"),
    Column("Reason", 50, "wrap"), Column("Superseded by claim", 20), Column("Paid", 12, "money"),
)  # fmt: skip
UNMATCHED: Final[tuple[Column, ...]] = (
    Column("What", 30), Column("Claim", 24), Column("Why it has no counterpart", 60, "wrap"), Column("Source file", 30),
    Column("Row in the file", 12, "whole"),
)  # fmt: skip
LOGIC: Final[tuple[Column, ...]] = (
    Column("Rule", 16), Column("Part", 30, "wrap"), Column("Sentence", 130, "wrap"),
)  # fmt: skip
UNDER_SECTIONS: Final = ("under_definite", "under_probable")
PRINTED: Final = len(_FINDING)


@dataclass(frozen=True, slots=True)
class Span:
    """How rows are laid over sheets of one kind: `Set aside`, `Set aside 2`, ... with a heading row on each.

    `keyed` says that links to its rows find them by their first cell, also after somebody sorted the sheet.
    """

    name: str
    rows: int
    rows_per_sheet: int = MOST_ROWS
    keyed: bool = False

    @property
    def sheets(self) -> tuple[tuple[str, int], ...]:
        """(sheet name, rows on it) of every sheet, at least one."""
        held = self.rows_per_sheet - 1
        number = max(1, -(-self.rows // held))
        return tuple(
            (self.sheet(place), min(held, max(self.rows - place * held, 0))) for place in range(number)
        )

    def sheet(self, place: int) -> str:
        """The name of the sheet at `place`, counted from 0."""
        return self.name if place == 0 else f"{self.name} {place + 1}"

    def link(self, row: int, label: str) -> Link:
        """A link to the row numbered `row` from 0 over all sheets."""
        place, offset = divmod(row, self.rows_per_sheet - 1)
        return Link(self.sheet(place), offset + 2, label, keyed=self.keyed)


def finding_values(
    findings: Iterator[Finding],
    evidence: Span,
    rules: Mapping[str, Link] | None = None,
    overrides: Mapping[str, Link] | None = None,
    table_words: Callable[[str], str] = wording.table_words,
) -> Iterator[list[object]]:
    """The cells of the sheets Finding lines, in the order of `FINDINGS`.

    `rules` links a rule id to its register row, `overrides` the id of an override to its first row of Rule logic;
    `table_words` says what a reference table is called.
    """
    known, changed = rules or {}, overrides or {}
    blank: list[object] = [None] * len(REVIEWER)
    begun = 0
    for finding in findings:
        lines = len(finding.evidence)
        link = evidence.link(begun, f"{lines} line{'s' if lines != 1 else ''}") if lines else None
        begun += lines
        yield (
            _shown(finding, link, known.get(finding.rule_id))
            + blank
            + _further(finding, changed, table_words)
        )


def evidence_columns(meanings: Mapping[str, str]) -> tuple[Column, ...]:
    """The columns of the sheets Evidence lines: with what the codes mean, where the library may tell."""
    return (*EVIDENCE, Column("Description", 60, "wrap")) if meanings else EVIDENCE


def evidence_values(
    findings: Iterator[Finding], span: Span, meanings: Mapping[str, str]
) -> Iterator[list[object]]:
    """The cells of the sheets Evidence lines, in the order of `evidence_columns`; `span` is that of Finding lines."""
    for number, finding in enumerate(findings):
        link = span.link(number, "open")
        for line in finding.evidence:
            flagged = line.claim_id == finding.claim_id and line.line_no == finding.line_no
            yield [
                finding.finding_id, link, finding.rule_id, wording.spoken(line.role), line.claim_id, line.line_no,
                line.service_date, line.code, " ".join(line.modifiers), line.units, line.charge,
                line.allowed, line.paid,
                "yes" if flagged else "", *([meanings.get(line.code, "")] if meanings else []),
            ]  # fmt: skip


def under_values(
    findings: Iterator[Finding], span: Span, rules: Mapping[str, Link]
) -> Iterator[list[object]]:
    """The cells of the sheets Underpayments, in the order of `UNDER`; `span` is that of Finding lines."""
    for number, finding in enumerate(findings):
        if finding.section not in UNDER_SECTIONS:
            continue
        yield [
            finding.finding_id, span.link(number, "open"), wording.class_words(finding.cls),
            rules.get(finding.rule_id, finding.rule_id), finding.title, finding.claim_id or wording.PROVIDER_LEVEL,
            finding.line_no, finding.service_date, finding.code, " ".join(finding.modifiers), finding.units,
            finding.paid, finding.corrected, finding.amount,
            wording.REASON_WORDS.get(finding.exposure_basis, finding.exposure_basis), finding.rendering_npi,
            finding.explanation, "; ".join(finding.record_needed),
        ]  # fmt: skip


def set_aside_values(rows: Iterator[SetAsideRow]) -> Iterator[list[object]]:
    """The cells of the Set aside sheets, in the order of `SET_ASIDE`."""
    for row in rows:
        yield [
            row.source_file, row.source_pos, row.claim_id, row.line_no, row.reason_code, row.reason, row.charge,
            row.paid,
        ]  # fmt: skip


def superseded_values(rows: Iterator[SupersededRow]) -> Iterator[list[object]]:
    """The cells of the Superseded sheets, in the order of `SUPERSEDED`."""
    for row in rows:
        yield [
            row.source_file, row.source_pos, row.claim_id, row.line_no, row.reason, row.by_claim_id, row.paid,
        ]  # fmt: skip


def unmatched_values(rows: Iterator[UnmatchedRow]) -> Iterator[list[object]]:
    """The cells of the Unmatched sheets, in the order of `UNMATCHED`."""
    for row in rows:
        yield [row.side, row.claim_id, row.why, row.source_file, row.source_pos]


def logic_values(
    rules: Iterable[RuleEntry], overrides: Iterable[OverridePage] = ()
) -> Iterator[list[object]]:
    """The cells of the Rule logic sheets: what each rule, then each override, did in words, a sentence a row."""
    for rule in rules:
        for heading, said in rule.page.logic:
            for sentence in in_rows(said):
                yield [rule.id, heading, sentence]
    for item in overrides:
        yield [item.id, "Override of a payer", f"{item.title}: {item.does}" if item.title else item.does]
        for heading, said in item.logic:
            for sentence in in_rows(said):
                yield [item.id, heading, sentence]


def cited(citation: Citation) -> str:
    """A citation as one text: document, section (revision), and whether it was not verified."""
    text = ", ".join(part for part in (citation.document, citation.section) if part)
    text += f" ({citation.revision})" if citation.revision else ""
    return text if citation.verified else f"{text} [{UNVERIFIED}]"


def _shown(finding: Finding, link: Link | None, rule: Link | None) -> list[object]:
    return [
        finding.finding_id, finding.review_priority, wording.class_words(finding.cls),
        wording.verdict_words(finding.verdict), rule or finding.rule_id, finding.title,
        finding.claim_id or wording.PROVIDER_LEVEL, finding.line_no, finding.service_date, finding.code,
        " ".join(finding.modifiers), finding.units, finding.paid, finding.exposure_counted,
        wording.REASON_WORDS.get(finding.exposure_basis, finding.exposure_basis), finding.rendering_npi,
        finding.explanation, link, "; ".join(finding.record_needed),
    ]  # fmt: skip


def _further(
    finding: Finding, overrides: Mapping[str, Link], table_words: Callable[[str], str]
) -> list[object]:
    first = finding.reference_rows[0] if finding.reference_rows else None
    verified = [citation.verified for citation in finding.citations]
    return [
        wording.SECTION_WORDS[finding.section], finding.amount,
        wording.DIRECTION_WORDS.get(finding.direction, finding.direction), "yes" if finding.at_risk else "",
        finding.exposure, finding.exposure_as_processed, finding.exposure_allowed, finding.corrected, finding.charge,
        finding.allowed, finding.billing_npi, finding.patient_id, finding.payer_id,
        wording.spoken(finding.line_of_business),
        finding.rule_version, finding.rule_hash, finding.catalogue_id, wording.family_words(finding.family),
        "yes" if finding.split_claim else "",
        table_words(first.table) if first else "no table", first.edition if first else "",
        first.key if first else "", first.effective if first else None,
        _end(first) if first else "", "\n".join(_row(row, table_words) for row in finding.reference_rows[1:]),
        "\n".join(cited(citation) for citation in finding.citations) or UNVERIFIED,
        "yes" if verified and all(verified) else "in part" if any(verified) else UNVERIFIED,
        "\n".join(citation.url for citation in finding.citations if citation.url), finding.root_cause,
        "\n".join(finding.premises), finding.reason,
        overrides.get(finding.suppressed_by, finding.suppressed_by),
    ]  # fmt: skip


def _end(row: ReferenceRow) -> str:
    return row.deleted.isoformat() if row.deleted else wording.OPEN_END


def _row(row: ReferenceRow, table_words: Callable[[str], str]) -> str:
    begin = row.effective.isoformat() if row.effective else "no date"
    return f"{table_words(row.table)} {row.edition} {row.key}, effective {begin}, deleted {_end(row)}"
