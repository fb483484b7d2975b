"""The first sheets of the workbook: Cover and Summary."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from auditor.reports import wording
from auditor.reports.cells import lines_needed
from auditor.reports.columns import DISPOSITIONS, FINDINGS, Column, Span
from auditor.reports.document import SECTIONS, AuditDocument, Breakdown
from auditor.reports.sheets import Formula, Page, Value
from auditor.reports.styles import BANNER, BIG, BY_KIND, HEAD, HEAD_RIGHT, STRONG, TEXT, TOTAL

_WITHOUT_DOLLARS = ("bypassed", "suppressed", "not_evaluated", "no_amount")
_BREAKDOWN: tuple[Column, ...] = (
    Column("Key", 38), Column("Name", 46, "wrap"), Column("Findings", 12, "whole"),
    Column("Over, claims-evident", 18, "money"), Column("Over, record needed", 18, "money"),
    Column("Under, gross", 16, "money"), Column("At risk", 16, "money"), Column("Bypassed", 12, "whole"),
    Column("Suppressed", 14, "whole"), Column("Not evaluated", 12, "whole"),
)  # fmt: skip


def cover(book: Workbook, document: AuditDocument, sheets: Sequence[str]) -> Page:
    """What was audited, what was found in four figures, how to work in this file, and what it cannot say."""
    page = Page(book, "Cover", [40, 20, 12, 14, 36], run_id=document.run_id, landscape=False)
    scope, totals = document.scope, document.totals
    if document.counsel_header:
        page.note(document.counsel_header)
    page.title(document.title)
    for banner in document.banners:
        page.prose(banner, 5, BANNER)
    page.gap()
    page.pair("Period", _period(document))
    page.pair("Lines of business", ", ".join(scope.lines_of_business) or "not named")
    page.pair("Payer", ", ".join(scope.payers) or "not named")
    page.pair("Claim lines audited", _count(document.reconciliation.parts[0].lines))
    page.pair("Claims / patients", f"{_count(scope.claims)} / {_count(scope.patients)}")
    page.pair("Rules / reference tables", f"{len(document.rules)} / {len(document.tables)}")
    page.pair("Evaluated", wording.share(*document.evaluated))
    page.pair("Run", document.run_id)
    page.pair("Profile", document.profile.label)
    page.section("What was found")
    for label, value, said in (
        (wording.SECTION_WORDS["over_definite"], totals["over_definite"].dollars, "over_definite"),
        (wording.SECTION_WORDS["over_probable"], totals["over_probable"].dollars, "over_probable"),
        ("Potential underpayment, gross", totals.under, "under_definite"),
        (wording.SECTION_WORDS["at_risk"], totals["at_risk"].dollars, "at_risk"),
    ):
        page.put(page.at, 1, label, STRONG)
        page.put(page.at, 2, value, BIG)
        page.sheet.row_dimensions[page.at].height = 21
        page.at += 1
        meaning = (
            "Gross, never set against overpayments."
            if said.startswith("under")
            else wording.SECTION_MEANING[said]
        )
        apart = wording.apart_words(said, totals[said].apart)
        page.prose(f"{meaning} Findings: {totals[said].findings:,}, {apart}." if apart else meaning, 5)
    page.note("The four amounts answer different questions and are never added together.")
    page.section("Claims files")
    page.table(
        [Column("File", 40, "wrap"), Column("Format", 20), Column("Rows", 12, "whole"), Column("Bytes", 14, "whole"),
         Column("SHA-256", 36, "wrap")],
        [[file.name, file.format, file.rows, file.bytes, file.sha256] for file in scope.inputs],
    )  # fmt: skip
    page.section("For reviewers")
    page.prose(
        "On the sheet Findings the shaded columns are yours: disposition (" + ", ".join(DISPOSITIONS) + "), corrected "
        "code and amount, reason, reviewer, date and notes. Sort and filter freely; leave the finding id as it is.", 5
    )  # fmt: skip
    page.section("Limitations")
    for text in wording.LIMITATIONS:
        page.prose(text, 5)
    for note in (*document.notes, *document.profile.handling):
        page.prose(note, 5)
    page.section("Sheets")
    for name in sheets:
        page.put(page.at, 1, Formula(f'=HYPERLINK("#\'{name}\'!A1","{name}")', name), BY_KIND["link"])
        page.at += 1
    return page


def summary(book: Workbook, document: AuditDocument, findings: Span) -> Page:
    """Every heading with its checked constant beside a live formula, then the rules, months and providers."""
    page = Page(book, "Summary", [column.width for column in _BREAKDOWN], run_id=document.run_id)
    page.title("Summary")
    live_rows = document.profile.lists_findings
    page.note(
        "Checked: the figure of the run. Live: a formula over the sheet Findings. They differ by nothing."
        if live_rows
        else "Checked: the figure of the run. There is no live one: no row of findings stands in this workbook."
    )
    page.section("Headings")
    money, whole, text = BY_KIND["money"], BY_KIND["whole"], TEXT
    page.line(
        [
            "Heading",
            "What it counts",
            "Findings",
            "Findings, live",
            "Dollars, checked",
            "Dollars, live",
            "Difference",
            "Of which",
        ],
        [HEAD, HEAD, *[HEAD_RIGHT] * 5, HEAD],
    )
    for name in SECTIONS:
        amount, row = document.totals[name], page.at
        words = wording.SECTION_WORDS[name]
        priced = name not in _WITHOUT_DOLLARS
        values: list[Value] = [
            words, wording.SECTION_MEANING[name], amount.findings,
            Formula(_over(findings, "COUNTIFS({heading},$A" + str(row) + ")"), amount.findings) if live_rows else "",
        ]  # fmt: skip
        if priced and not live_rows:
            values += [amount.dollars, "", ""]
        elif priced:
            live = _over(findings, "SUMIFS({dollars},{heading},$A" + str(row) + ")")
            values += [
                amount.dollars, Formula(live, amount.dollars), Formula(f"=ROUND(E{row}-F{row},2)", Decimal("0.00")),
            ]  # fmt: skip
        else:
            values += ["", "", ""]
        values.append(wording.apart_words(name, amount.apart).removeprefix("of which "))
        page.line(values, [text, BY_KIND["wrap"], whole, whole, money, money, money, BY_KIND["wrap"]])
        room = int(_BREAKDOWN[1].width * 1.05)
        page.sheet.row_dimensions[row].height = 14.5 * max(
            2, lines_needed(wording.SECTION_MEANING[name], room)
        )
    page.note(
        f"Paid on the lines of bypassed pairs: {document.bypassed_paid:,.2f}. Shown for information only."
    )
    _breakdown(page, "By rule", document.by_rule, document.totals)
    _breakdown(page, "By month of service", document.by_month, document.totals)
    _breakdown(page, "By provider", document.by_provider, document.totals, wording.LIMITATION)
    return page


def _breakdown(
    page: Page, title: str, entries: Sequence[Breakdown], totals: Breakdown, said: str = ""
) -> None:
    page.section(title)
    if said:
        page.note(said)
    first = page.at + 1
    page.table(_BREAKDOWN, [_row(entry) for entry in entries])
    if not entries:
        page.note("No finding.")
        return
    last, checked = page.at - 1, _row(totals)
    looks = [TOTAL.get(column.kind, TOTAL["text"]) for column in _BREAKDOWN]
    page.line(["All findings", "checked", *checked[2:]], looks)
    live: list[Value] = ["All findings", "live"]
    for number, value in enumerate(checked[2:], start=3):
        letter = get_column_letter(number)
        live.append(
            Formula(f"=SUM({letter}{first}:{letter}{last})", value if isinstance(value, int | Decimal) else 0)
        )
    page.line(live, looks)


def _row(entry: Breakdown) -> list[Value]:
    return [
        entry.key or entry.label, entry.label if entry.key and entry.label != entry.key else "", entry.findings,
        entry["over_definite"].dollars, entry["over_probable"].dollars, entry.under, entry["at_risk"].dollars,
        entry["bypassed"].findings, entry["suppressed"].findings, entry["not_evaluated"].findings,
    ]  # fmt: skip


def _over(span: Span, formula: str) -> str:
    """`formula` over every Findings sheet, added up; `{heading}` and `{dollars}` are its columns."""
    headings = [column.heading for column in FINDINGS]
    letters = {
        "heading": get_column_letter(headings.index("Heading") + 1),
        "dollars": get_column_letter(headings.index("Amount under its heading") + 1),
    }
    parts = []
    for name, rows in span.sheets:
        last = max(rows + 1, 2)
        ranges = {key: f"'{name}'!${letter}$2:${letter}${last}" for key, letter in letters.items()}
        parts.append(formula.format(**ranges))
    return "=" + "+".join(parts)


def _period(document: AuditDocument) -> str:
    first, last = document.scope.period_from, document.scope.period_to
    if first is None or last is None:
        return "no service date"
    return f"{first.isoformat()} to {last.isoformat()} ({document.scope.period_basis})"


def _count(value: int | None) -> str:
    return "not known" if value is None else f"{value:,}"
