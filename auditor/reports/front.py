"""The first sheets of the workbook: Cover & scope, and the Executive summary."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from openpyxl import Workbook

from auditor.reports import live, marking, native_charts, sheet_names, standards, wording
from auditor.reports.columns import DISPOSITIONS, Column, Span
from auditor.reports.document import SECTIONS, AuditDocument, Breakdown
from auditor.reports.exposure_sheet import WITHOUT_DOLLARS
from auditor.reports.metrics import Metric, metrics
from auditor.reports.scorecards import Scorecard, scorecards
from auditor.reports.sheet_names import quoted
from auditor.reports.sheets import Formula, Page, Value
from auditor.reports.shown import Shown, shown_of
from auditor.reports.styles import BANNER, BIG, BY_KIND, STRONG
from auditor.reports.theme import PLAIN, Theme
from auditor.reports.trend import Trend

_REVIEWERS = (
    "On Finding lines the shaded columns are yours: disposition ("
    + ", ".join(DISPOSITIONS)
    + "), corrected code and "
    "amount, reason, reviewer, date and notes. Sort and filter freely: each row takes its finding id and links along.",
    "Causes and recommendations on Findings by rule are drafts; write over them and put your name beside.",
    "Other cells belong to the report and are locked, without a password, so that nothing changes by mishap.",
)
_HEADINGS = (
    Column("Heading", 42, "wrap"), Column("What it counts", 66, "wrap"), Column("Findings", 14, "whole"),
    Column("Claim lines", 14, "whole"), Column("Dollars", 18, "money"),
)  # fmt: skip
_METRICS = (
    Column("Metric", 42, "wrap"), Column("What over what, and what it needs", 66, "wrap"),
    Column("Numerator", 14, "units"), Column("Denominator", 14, "units"), Column("Rate", 18, "rate"),
)  # fmt: skip
_LARGEST = (
    Column("Findings", 14, "whole"), Column("Bypassed", 14, "whole"), Column("Over, claims-evident", 18, "money"),
    Column("Over, record needed", 18, "money"), Column("Under, gross", 18, "money"), Column("At risk", 18, "money"),
)  # fmt: skip
_MOST = 10


def cover(book: Workbook, document: AuditDocument, sheets: Sequence[str], theme: Theme = PLAIN) -> Page:
    """What was audited, what was found in four figures, how to work in this file, how it was made, what it cannot say.

    The organisation of the `theme` is named as the one that prepared the report.
    """
    page = Page(book, sheet_names.COVER, [40, 20, 12, 14, 36], run_id=document.run_id, landscape=False)
    scope, totals, shown = document.scope, document.totals, shown_of(document)
    if document.counsel_header:
        page.note(document.counsel_header)
    page.title(document.title)
    for banner in document.banners:
        page.prose(banner, 5, BANNER)
    page.gap()
    page.blank("Client (to be filled in)")
    if theme.organisation:
        page.pair("Prepared by", theme.organisation)
    page.pair("Profile", document.profile.label)
    page.pair("Period", _period(document))
    page.pair("Lines of business", ", ".join(scope.lines_of_business) or "not named")
    page.pair("Payer", ", ".join(scope.payers) or "not named")
    page.pair("Claim lines audited", _count(document.reconciliation.parts[0].lines, shown))
    page.pair("Claims / patients", f"{_count(scope.claims, shown)} / {_count(scope.patients, shown)}")
    asked = f"{document.rules_asked[1]} of " if document.rules_asked else ""
    page.pair(
        "Rules evaluated, of those loaded" if asked else "Rules loaded", f"{asked}{len(document.rules)}"
    )
    page.pair("Reference tables", str(len(document.tables)))
    page.pair("Evaluated", document.evaluated_words)
    page.pair("Run", document.run_id)
    page.section("What was found")
    for label, value, said in (
        (wording.SECTION_WORDS["over_definite"], shown.dollars(totals, "over_definite"), "over_definite"),
        (wording.SECTION_WORDS["over_probable"], shown.dollars(totals, "over_probable"), "over_probable"),
        ("Potential underpayment, gross", shown.under(totals), "under_definite"),
        (wording.SECTION_WORDS["at_risk"], shown.dollars(totals, "at_risk"), "at_risk"),
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
        [
            [file.name, file.format, shown.known(file.rows), shown.known(file.bytes), file.sha256]
            for file in scope.inputs
        ],
    )  # fmt: skip
    page.section("For reviewers")
    for text in _REVIEWERS if document.profile.lists_findings else _REVIEWERS[1:]:
        page.prose(text, 5)
    _made(page, document)
    page.section("Sheets")
    for name in sheets:
        page.put(page.at, 1, Formula(f'=HYPERLINK("#{quoted(name)}!A1","{name}")', name), BY_KIND["link"])
        page.at += 1
    return page


def _made(page: Page, document: AuditDocument) -> None:
    """What the report states of itself, and what was noticed while it was made."""
    page.section("How this report was made")
    for element in document.standards:
        page.put(
            page.at, 1, f"{element.heading} ({standards.DRAFT})" if element.draft else element.heading, STRONG
        )
        page.at += 1
        for text in element.texts:
            page.prose(text, 5)
    if document.notes:
        page.put(page.at, 1, "Remarks on this run", STRONG)
        page.at += 1
    for note in document.notes:
        page.prose(note, 5)


def summary(book: Workbook, document: AuditDocument, findings: Span, trend: Trend | None = None) -> Page:
    """The headings, the metrics with numerator and denominator, and the largest rules and providers.

    `findings` lies over Finding lines, whose reviewer's columns some metrics follow live.
    """
    widths = [42, 66, *(column.width for column in _LARGEST)]
    page = Page(book, sheet_names.SUMMARY, widths, run_id=document.run_id)
    page.title("Executive summary")
    page.note(
        ("Each figure is checked live on Exposure. " if document.profile.lists_findings else "")
        + "Amounts are gross and are never added across headings."
    )
    page.section("What was found")
    shown = shown_of(document)
    rows: list[list[Value]] = []
    for name in SECTIONS:
        rows.append([
            wording.SECTION_WORDS[name], wording.SECTION_MEANING[name], shown.findings(document.totals, name),
            shown.lines(document.totals, name),
            None if name in WITHOUT_DOLLARS else shown.dollars(document.totals, name),
        ])  # fmt: skip
    page.table(_HEADINGS, rows)
    page.section("Metrics")
    page.note(
        "What needs a reviewer has no figure. A rate without its numerator and denominator is never printed."
    )
    first = page.at + 1
    given = metrics(document, trend)
    top, last = page.table(
        _METRICS, [_metric(item, n, findings) for n, item in enumerate(given, start=first)]
    )
    marking.mark_shares(page.sheet, f"E{top + 1}:E{last}")
    rates = {card.entry.key: _bypass_rate(card) for card in scorecards(document)}
    _largest(page, ("Rule", "Title"), lambda entry: entry.label, document.by_rule, shown)
    _largest(
        page,
        ("Provider", "Bypassed ÷ (bypassed + findings), and where that stands among the providers"),
        lambda entry: rates[entry.key],
        document.by_provider,
        shown,
    )
    return page


def _metric(metric: Metric, number: int, findings: Span) -> list[Value]:
    numerator: Value = metric.numerator
    denominator: Value = metric.denominator
    if metric.live == "reviewed":
        numerator = Formula(live.filled(findings), 0)
    elif metric.live == "confirmed":
        numerator = Formula(live.count(findings, Disposition='"confirmed"'), 0)
        denominator = Formula(live.filled(findings), 0)
    rate: Value = None
    if not metric.without_figure:
        known = "" if metric.rate is None else metric.rate
        rate = Formula(f'=IF(D{number}=0,"",ROUND(C{number}/D{number},6))', known)
    return [metric.name, f"{metric.over}. {metric.remark}.", numerator, denominator, rate]


def _largest(
    page: Page,
    names: tuple[str, str],
    beside: Callable[[Breakdown], str],
    entries: Sequence[Breakdown],
    shown: Shown,
) -> None:
    """The largest rules or providers; `names` head the first two columns, `beside` says what stands in the second."""
    name, second = names
    said = f"by {name.lower()}"
    page.section(f"Largest {name.lower()}s, at most {_MOST}")
    if not entries:
        page.note(shown.no_row)
        return
    page.note("In the order of each one's largest amount; amounts of different headings are not added.")
    rows: list[list[Value]] = [
        [
            entry.key or entry.label, beside(entry),
            shown.all_findings(entry), shown.findings(entry, "bypassed"), shown.dollars(entry, "over_definite"),
            shown.dollars(entry, "over_probable"), shown.under(entry), shown.dollars(entry, "at_risk"),
        ]
        for entry in entries[:_MOST]
    ]  # fmt: skip
    top, last = page.table((Column(name, 42, "wrap"), Column(second, 66, "wrap"), *_LARGEST), rows)
    chart = f"Potential overpayment {said} (dollars)"
    native_charts.bars(page.sheet, chart, (1, top, last), [5, 6], f"A{page.at + 1}", lying=True)
    page.at += 19


def _bypass_rate(card: Scorecard) -> str:
    if card.of is None:
        return wording.NOT_SHOWN
    return f"{wording.share(card.bypassed, card.of)}, {card.position}"


def _period(document: AuditDocument) -> str:
    first, last = document.scope.period_from, document.scope.period_to
    if first is None or last is None:
        return "no service date"
    return f"{first.isoformat()} to {last.isoformat()} ({document.scope.period_basis})"


def _count(value: int | None, shown: Shown) -> str:
    return shown.absent if value is None else f"{value:,}"
