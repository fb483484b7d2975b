"""The sheets about the input: Data quality & reconciliation, and Remittances."""

from __future__ import annotations

from decimal import Decimal

from openpyxl import Workbook

from auditor.reports import marking, sheet_names, wording
from auditor.reports.columns import Column, Span
from auditor.reports.document import AuditDocument, ReconciliationRow
from auditor.reports.sheets import Formula, Page, Value
from auditor.reports.shown import Shown, shown_of
from auditor.reports.styles import BY_KIND, HEAD, HEAD_RIGHT, TEXT, TOTAL

_QUALITY = (
    Column("What", 62, "wrap"), Column("Catalogue", 18), Column("Lines", 20, "whole"), Column("Paid", 20, "money"),
    Column("What became of them", 44, "wrap"), Column("Where", 80, "wrap"),
)  # fmt: skip


def quality(book: Workbook, document: AuditDocument, aside: Span) -> Page:
    """Input = audited + superseded + set aside, checked and live; all checks; odd values and what readers noticed."""
    page = Page(book, sheet_names.QUALITY, [column.width for column in _QUALITY], run_id=document.run_id)
    page.title(sheet_names.QUALITY)
    _reconciliation(page, document, aside)
    _checks(page, document)
    _odd_values(page, document)
    _noticed(page, document)
    return page


def _reconciliation(page: Page, document: AuditDocument, aside: Span) -> None:
    given, shown = document.reconciliation, shown_of(document)
    page.section("Reconciliation")
    page.line(["", "Lines", "Paid", "Charged"], [HEAD, *[HEAD_RIGHT] * 3])
    looks = [TEXT, BY_KIND["whole"], BY_KIND["money"], BY_KIND["money"]]
    total = [TOTAL["text"], TOTAL["whole"], TOTAL["money"], TOTAL["money"]]
    whole_at = page.line(_reconciled(given.whole, shown), total)
    first = page.at
    for part in given.parts:
        page.line(_reconciled(part, shown), looks)
    last = page.at - 1
    sums: list[Value] = ["Audited + superseded + set aside, live"]
    rest: list[Value] = ["Difference, live"]
    for letter, value in zip("BCD", (given.whole.lines, given.whole.paid, given.whole.charge), strict=True):
        known = 0 if value is None else value
        sums.append(Formula(f"=SUM({letter}{first}:{letter}{last})", known) if value is not None else None)
        rest.append(
            Formula(f"=ROUND({letter}{whole_at}-{letter}{page.at},2)", Decimal(0))
            if value is not None
            else None
        )
    page.line(sums, total)
    rest_at = page.line(rest, looks)
    marking.mark_differences(page.sheet, f"B{rest_at}:D{rest_at}")
    if given.rows_read is not None:
        page.note(f"{given.rows_read:,} rows of the source.")
    if not document.profile.lists_findings:
        page.note("Reasons why rows were set aside are of single rows and are not shown in this report.")
        return
    page.section("Rows on the sheet Set aside")
    page.line(["", "Checked", "Live"], [HEAD, HEAD_RIGHT, HEAD_RIGHT])
    parts = [f"ROWS({sheet_names.quoted(name)}!$A$2:$A${rows + 1})" for name, rows in aside.sheets if rows]
    live = Formula("=" + "+".join(parts or ["0"]), len(document.set_aside))
    page.line(["Rows", len(document.set_aside), live], [TEXT, BY_KIND["whole"], BY_KIND["whole"]])
    page.section("Set aside by reason")
    page.line(["Reason", "Lines", "Paid, where it could be read"], [HEAD, HEAD_RIGHT, HEAD_RIGHT])
    for reason in document.set_aside_reasons:
        page.line([wording.spoken(reason.reason), reason.lines, reason.dollars], looks[:3])


def _checks(page: Page, document: AuditDocument) -> None:
    page.section("Checks")
    page.note(
        "Each figure was computed twice by different ways. A report with a check that does not hold is not written."
    )
    page.line(["Check", "One way", "The other", "Holds"], HEAD)
    first = page.at
    for check in document.reconciliation.checks:
        page.line([check.name, check.left, check.right, "yes" if check.holds else "no"], BY_KIND["wrap"])
    marking.mark_text(page.sheet, f"D{first}:D{max(page.at - 1, first)}", "no", marking.RED)


def _odd_values(page: Page, document: AuditDocument) -> None:
    """Odd values on audited lines: what, how many, what became of them, where."""
    page.section("Data quality: odd values on audited lines")
    rows: list[list[Value]] = [
        [odd.says, odd.catalogue_id, odd.lines, odd.paid, odd.treated, odd.where]
        for odd in document.odd_values
    ]
    if rows:
        page.table(_QUALITY, rows, excel=sheet_names.table_name("Odd values"))
    else:
        page.note(
            "None of the checks of data quality is met by an audited line."
            if document.profile.lists_findings
            else "Odd values are of single lines and are not shown in this report."
        )
    if not document.profile.lists_findings:
        return
    page.note(
        f"Further remarks of the reader stand on {sheet_names.COVER}; rows that could not be audited on "
        f"{sheet_names.ASIDE}."
    )


def _noticed(page: Page, document: AuditDocument) -> None:
    wrap, count = BY_KIND["wrap"], BY_KIND["whole"]
    if document.diagnostics:
        page.section("What was noticed while reading")
        page.line(["What", "How grave", "Times", "", "File", "Segments or rows"], HEAD)
        for item in document.diagnostics:
            page.line(
                [item.says, item.severity, item.count, None, item.source_file, item.where],
                [wrap, TEXT, count, TEXT, wrap, wrap],
            )
    if document.superseded_reasons:
        page.section("Superseded: lines that a later version or a reversal takes the place of")
        page.line(["Reason", "", "Lines", "Paid"], [HEAD, HEAD, HEAD_RIGHT, HEAD_RIGHT])
        for reason in document.superseded_reasons:
            page.line(
                [reason.reason, None, reason.lines, reason.dollars], [wrap, TEXT, count, BY_KIND["money"]]
            )
        page.note("The sheet Superseded lists each of them with its place and the claim that supersedes it.")


def remittances(book: Workbook, document: AuditDocument) -> Page:
    """How far remittances were joined to claims, and what of both lacks its counterpart."""
    given = document.remittances
    page = Page(book, sheet_names.REMITTANCES, [70, 60, 24], run_id=document.run_id, landscape=False)
    page.title("Remittances and the claims that they answer")
    for says, figure in given.told:
        page.line([says, figure], [BY_KIND["wrap"], TEXT])
    page.section("Without counterpart")
    if not given.without:
        page.note("Every remittance has its claim, and every claim its remittance.")
        return page
    page.line(["What", "Why", "How many"], [HEAD, HEAD, HEAD_RIGHT])
    for side, why, count in given.without:
        page.line([side, why, count], [TEXT, BY_KIND["wrap"], BY_KIND["whole"]])
    page.note(
        "The sheet Unmatched lists each of them with its place; a remittance without claim is set aside."
    )
    return page


def _reconciled(row: ReconciliationRow, shown: Shown) -> list[Value]:
    return [row.label, shown.known(row.lines), shown.known(row.paid), shown.known(row.charge)]
