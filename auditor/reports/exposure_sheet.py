"""The sheet Exposure: every heading gross, before and after precedence, live beside checked, tied to what was paid."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from auditor.base.money import format_usd
from auditor.reports import live, marking, native_charts, sheet_names, wording
from auditor.reports.columns import Column, Span
from auditor.reports.document import SECTIONS, ZERO, AuditDocument, Breakdown
from auditor.reports.exposures import rule_alone
from auditor.reports.shares import share_of
from auditor.reports.sheets import Formula, Page, Value
from auditor.reports.shown import Shown, shown_of
from auditor.reports.styles import BY_KIND, COUNT, HEAD, HEAD_RIGHT, TEXT, TOTAL

WITHOUT_DOLLARS = ("bypassed", "suppressed", "not_evaluated", "no_amount")
_HEADINGS = (
    Column("Heading", 38), Column("Findings", 12, "whole"), Column("Findings, live", 12, "whole"),
    Column("Claim lines", 12, "whole"), Column("Rules alone", 18, "money"),
    Column("Rules alone, live", 18, "money"), Column("Dollars, checked", 18, "money"),
    Column("Dollars, live", 18, "money"), Column("Difference", 12, "money"),
    Column("Taken by precedence and the cap", 18, "money"), Column("Of which", 30, "wrap"),
)  # fmt: skip
_ALONE = (
    Column("Heading", 38), Column("Findings", 12, "whole"), Column("Claim lines", 12, "whole"),
    Column("Dollars", 18, "money"), Column("Of which", 30, "wrap"),
)  # fmt: skip
"""The headings where no row of findings stands in the workbook."""
_MONTHS = (
    Column("Month", 38), Column("Findings", 12, "whole"), Column("Bypassed", 12, "whole"),
    Column("No verdict", 12, "whole"), Column("Over, claims-evident", 18, "money"),
    Column("Over, record needed", 18, "money"), Column("Under, gross", 18, "money"), Column("At risk", 18, "money"),
)  # fmt: skip


def exposure(book: Workbook, document: AuditDocument, findings: Span) -> Page:
    """Gross over, gross under, at risk, each by class; what was paid; findings by month. `findings`: Finding lines."""
    columns = _HEADINGS if document.profile.lists_findings else (*_ALONE, *_HEADINGS[len(_ALONE) :])
    page = Page(book, sheet_names.EXPOSURE, [column.width for column in columns], run_id=document.run_id)
    page.title("Exposure")
    shown = shown_of(document)
    if document.profile.lists_findings:
        page.note(
            "Checked: the figure of the run. Live: a formula over Finding lines. Gross, never netted, and never added "
            "across headings."
        )
        _headings(page, document, findings)
        page.note(
            "Rules alone: what each rule by itself puts in question; a line in several findings counts in each. "
            "Dollars: each line once and never above what was paid on it."
        )
    else:
        page.note(
            "The figures of the run, gross, never netted, and never added across headings. There is no live one: no "
            "row of findings stands in this workbook."
        )
        _headings_alone(page, document, shown)
        page.note("Dollars: each line once and never above what was paid on it.")
    bypassed = wording.NOT_SHOWN if "bypassed" in document.withheld else format_usd(document.bypassed_paid)
    page.note(f"Paid on the lines of what was bypassed: {bypassed}. For information only.")
    if document.profile.lists_findings:
        page.pair(
            "Findings that the filters leave, live",
            Formula(live.shown(findings), len(document.findings)),
            COUNT,
        )
    _tie(page, document, shown)
    _months(page, document, shown)
    return page


def _headings_alone(page: Page, document: AuditDocument, shown: Shown) -> None:
    """The headings where there are no rows of findings that formulas could add up."""
    totals = document.totals
    rows: list[list[Value]] = [
        [
            wording.SECTION_WORDS[name], shown.findings(totals, name), shown.lines(totals, name),
            None if name in WITHOUT_DOLLARS else shown.dollars(totals, name),
            wording.apart_words(name, totals[name].apart).removeprefix("of which "),
        ]
        for name in SECTIONS
    ]  # fmt: skip
    page.table(_ALONE, rows, excel=sheet_names.table_name(page.name))


def _headings(page: Page, document: AuditDocument, findings: Span) -> None:
    alone, first = rule_alone(document), page.at + 1
    rows: list[list[Value]] = []
    for number, name in enumerate(SECTIONS):
        at, amount = first + number, document.totals[name]
        heading = f"$A{at}"
        values: list[Value] = [
            wording.SECTION_WORDS[name], amount.findings,
            Formula(live.count(findings, Heading=heading), amount.findings), amount.lines,
        ]  # fmt: skip
        own = alone.get(name, ZERO)
        values += [own, Formula(live.dollars(findings, "Exposure,_rule_alone", Heading=heading), own)]
        if name in WITHOUT_DOLLARS:
            values += [None, None, None, None]
        else:
            values += [
                amount.dollars,
                Formula(live.dollars(findings, "Amount_under_its_heading", Heading=heading), amount.dollars),
                Formula(f"=ROUND(G{at}-H{at},2)+(B{at}-C{at})+ROUND(E{at}-F{at},2)", Decimal("0.00")),
                Formula(f"=E{at}-G{at}", own - amount.dollars),
            ]  # fmt: skip
        values.append(wording.apart_words(name, amount.apart).removeprefix("of which "))
        rows.append(values)
    top, last = page.table(_HEADINGS, rows, excel=sheet_names.table_name(page.name))
    marking.mark_differences(page.sheet, f"I{top + 1}:I{last}")


def _tie(page: Page, document: AuditDocument, shown: Shown) -> None:
    """What was billed and paid on the audited lines, and what of it is in question."""
    audited, totals = document.reconciliation.parts[0], document.totals
    lines: Value = shown.known(audited.lines)
    page.section("Tie to what was paid")
    page.line(["", "", "", "Claim lines", "Dollars", "Of paid"], [HEAD, HEAD, HEAD, *[HEAD_RIGHT] * 3])
    first = page.at - 1
    looks = [TEXT, TEXT, TEXT, BY_KIND["whole"], BY_KIND["money"], BY_KIND["rate"]]
    page.line(["Billed on audited lines", "", "", lines, shown.known(audited.charge), None], looks)
    paid_at = page.line(["Paid on audited lines", "", "", lines, shown.known(audited.paid), None], looks)
    for words, dollars, lines in (
        (wording.SECTION_WORDS["over_definite"], shown.dollars(totals, "over_definite"),
         shown.lines(totals, "over_definite")),
        (wording.SECTION_WORDS["over_probable"], shown.dollars(totals, "over_probable"),
         shown.lines(totals, "over_probable")),
        ("Potential underpayment, gross", shown.under(totals), None),
    ):  # fmt: skip
        share: Value = None
        rate = None if isinstance(dollars, str) else share_of(dollars, audited.paid)
        if rate is not None:
            share = Formula(f"=ROUND(E{page.at}/E{paid_at},6)", rate)
        page.line([words, "", "", lines, dollars, share], looks)
    native_charts.bars(
        page.sheet, "From billed to in question (dollars)", (1, first, page.at - 1), [5], f"H{first}", lying=True,
        size=(20, 7.5),
    )  # fmt: skip
    page.at = max(page.at, first + 14)


def _months(page: Page, document: AuditDocument, shown: Shown) -> None:
    page.section("By month of service")
    if not document.by_month:
        page.note(shown.no_row)
        return
    top, last = page.table(_MONTHS, [_month(entry, shown) for entry in document.by_month])
    totals(page, _MONTHS, _month(document.totals, shown), top, last)
    native_charts.bars(
        page.sheet,
        "Findings by month of service",
        (1, top, last),
        [2],
        f"J{top}",
        size=(14, 7.5),
    )


def totals(page: Page, columns: Sequence[Column], checked: Sequence[Value], top: int, last: int) -> None:
    """Two rows under a table: the figures of the run, and the sums of the rows above as formulas."""
    looks = [TOTAL.get(column.kind, TOTAL["text"]) for column in columns]
    numbers = [column.kind in ("whole", "money") for column in columns]
    page.line(
        ["All, checked", *[v if n else None for v, n in zip(checked[1:], numbers[1:], strict=True)]], looks
    )
    sums: list[Value] = ["All, live"]
    for place, (value, number) in enumerate(zip(checked[1:], numbers[1:], strict=True), start=2):
        letter = get_column_letter(place)
        known = value.value if isinstance(value, Formula) else value
        text = f"=SUM({letter}{top + 1}:{letter}{last})"
        sums.append(Formula(text, known) if number and isinstance(known, int | Decimal) else None)
    page.line(sums, looks)


def _month(entry: Breakdown, shown: Shown) -> list[Value]:
    return [
        entry.label, shown.all_findings(entry), shown.findings(entry, "bypassed"),
        shown.findings(entry, "not_evaluated"), shown.dollars(entry, "over_definite"),
        shown.dollars(entry, "over_probable"), shown.under(entry), shown.dollars(entry, "at_risk"),
    ]  # fmt: skip
