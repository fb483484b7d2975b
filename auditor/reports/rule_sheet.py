"""The sheet Findings by rule: the five elements of each finding, with room to confirm the two that are drafts."""

from __future__ import annotations

from collections.abc import Mapping

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from auditor.reports import live, native_charts, sheet_names, wording
from auditor.reports.cells import Link
from auditor.reports.columns import Column, Span
from auditor.reports.document import AuditDocument, Breakdown
from auditor.reports.elements import Elements, elements
from auditor.reports.exposure_sheet import totals
from auditor.reports.protection import restrict
from auditor.reports.sheets import LEGAL, Formula, Page, Value
from auditor.reports.shown import Shown, shown_of

COLUMNS = (
    Column("Rule", 18, "link"), Column("Title", 28, "wrap"), Column("Class", 18, "wrap"),
    Column("Findings", 12, "whole"), Column("Findings, live", 12, "whole"),
    Column("Over, claims-evident", 15, "money"), Column("Over, record needed", 15, "money"),
    Column("Under, gross", 15, "money"), Column("At risk", 15, "money"), Column("Criteria", 44, "wrap"),
    Column("Condition", 56, "wrap"), Column("Cause (draft)", 28, "entry"),
    Column("Effect or potential effect", 36, "wrap"),
    Column("Recommendation (draft)", 48, "entry"), Column("Drafts confirmed by", 18, "entry"),
    Column("Confirmed on", 12, "entry_date"), Column("Bypassed", 12, "whole"), Column("Suppressed", 14, "whole"),
    Column("No verdict", 10, "whole"),
)  # fmt: skip
_LIVE = 4
"""Where the column that counts on Finding lines stands; a report without that sheet has no such column."""
_PRINTED = "Recommendation (draft)"


def by_rule(book: Workbook, document: AuditDocument, findings: Span, rules: Mapping[str, Link]) -> Page:
    """One row a rule that stands in Finding lines (`findings`), the costliest first; `rules` link to the register."""
    listed = document.profile.lists_findings
    columns = COLUMNS if listed else (*COLUMNS[:_LIVE], *COLUMNS[_LIVE + 1 :])
    headings = [column.heading for column in columns]
    page = Page(book, sheet_names.BY_RULE, [column.width for column in columns], run_id=document.run_id)
    page.sheet.page_setup.paperSize = LEGAL
    given = elements(document)
    shown = shown_of(document)
    lists = findings if listed else None
    rows = [_row(element, number, lists, rules, shown) for number, element in enumerate(given, start=2)]
    name = sheet_names.table_name(page.name)
    top, last = page.table(columns, rows, own_sheet=True, excel=name)
    restrict(page.sheet, columns, top + 1, max(last, top + 1), guard=False)
    if not given:
        page.note(shown.no_row)
        return page
    page.gap()
    checked = _amounts(document.totals, shown)
    left: list[Value] = [
        "All",
        "",
        "",
        shown.all_findings(document.totals),
        *([None] if listed else []),
        *checked[:4],
        *[None] * 7,
        *checked[4:],
    ]
    totals(page, columns, left, top, last)
    page.sheet.print_area = f"A1:{get_column_letter(headings.index(_PRINTED) + 1)}{last}"
    native_charts.bars(
        page.sheet, "Potential overpayment by rule, the ten costliest (dollars)", (1, top, min(last, top + 10)),
        [headings.index(f"Over, {said}") + 1 for said in ("claims-evident", "record needed")],
        f"B{page.at + 2}", lying=True, size=(26, 11),
    )  # fmt: skip
    return page


def _row(
    element: Elements, number: int, findings: Span | None, rules: Mapping[str, Link], shown: Shown
) -> list[Value]:
    """A rule's row; there is no live count without Finding lines (`findings`)."""
    entry = element.entry
    link = rules.get(entry.key)
    words = f'"{wording.VERDICT_WORDS["fail"]}"'
    amounts, count = _amounts(entry, shown), shown.all_findings(entry)
    lived: list[Value] = [count] if findings else []
    if findings and link:
        lived = [Formula(live.count(findings, Rule=f"$A{number}", Verdict=words), entry.findings)]
    return [
        Formula(f"={link.formula(number)}", entry.key) if link else entry.key,
        entry.label if entry.label != entry.key else None,
        wording.class_words(element.cls), count, *lived,
        *amounts[:4], element.criteria, element.condition, element.cause, element.effect, element.recommendation, None,
        None, *amounts[4:],
    ]  # fmt: skip


def _amounts(entry: Breakdown, shown: Shown) -> list[Value]:
    return [
        shown.dollars(entry, "over_definite"), shown.dollars(entry, "over_probable"), shown.under(entry),
        shown.dollars(entry, "at_risk"), shown.findings(entry, "bypassed"), shown.findings(entry, "suppressed"),
        shown.findings(entry, "not_evaluated"),
    ]  # fmt: skip
