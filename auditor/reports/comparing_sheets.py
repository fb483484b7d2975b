"""The sheets that compare: Provider scorecards and Trend, and Sample & estimate, which says what is not there yet."""

from __future__ import annotations

from openpyxl import Workbook

from auditor.reports import marking, sheet_names, wording
from auditor.reports.columns import Column
from auditor.reports.document import SECTIONS, AuditDocument, Breakdown
from auditor.reports.exposure_sheet import WITHOUT_DOLLARS, totals
from auditor.reports.profile import INTERNAL
from auditor.reports.scorecards import ENOUGH, HIGH, LOW, PEERS, Scorecard, scorecards
from auditor.reports.sheets import Formula, Page, Value
from auditor.reports.shown import FAILING, Shown, shown_of
from auditor.reports.styles import BY_KIND, HEAD, HEAD_RIGHT, TEXT
from auditor.reports.trend import Trend

_PROVIDERS = (
    Column("Provider", 24, "wrap"), Column("Findings", 12, "whole"), Column("Over, claims-evident", 16, "money"),
    Column("Over, record needed", 16, "money"), Column("Under, gross", 16, "money"), Column("At risk", 16, "money"),
    Column("Bypassed", 12, "whole"), Column("Bypassed + findings", 12, "whole"), Column("Bypass rate", 10, "rate"),
    Column("Percentile among providers", 12, "whole"), Column("Position", 18), Column("Suppressed", 14, "whole"),
    Column("No verdict", 11, "whole"),
)  # fmt: skip
_TREND = (
    Column("Rule", 30), Column("Title", 46, "wrap"), Column("Findings, earlier", 12, "whole"),
    Column("Findings, now", 12, "whole"), Column("Repeated", 12, "whole"), Column("New", 12, "whole"),
    Column("No longer found", 12, "whole"), Column("Same rule and provider as earlier", 16, "whole"),
    Column("Repeat-finding rate", 12, "rate"), Column("New, table replaced", 14, "whole"),
    Column("Gone, table replaced", 14, "whole"),
)  # fmt: skip
_SAMPLE = (
    ("Target population", "not defined"), ("Sampling frame", "not defined"), ("Sampling unit", "not defined"),
    ("Frame: number of units and dollars", "no frame was made"), ("Design and strata", "no design was chosen"),
    ("Sample size, and why", "no size was set"), ("Source of random numbers and seed", "no numbers were drawn"),
    ("Method of selection", "nothing was selected"), ("Sample results: n of N, dollars", "nothing was reviewed"),
    ("Estimation: method, point estimate, lower and upper limit", "no estimate was made"),
)  # fmt: skip


def providers(book: Workbook, document: AuditDocument) -> Page:
    """One row a provider: headings, bypass rate with its numerator and denominator, and where it stands."""
    page = Page(book, sheet_names.PROVIDERS, [column.width for column in _PROVIDERS], run_id=document.run_id)
    cards, shown = scorecards(document), shown_of(document)
    rows = [_card(card, number, shown) for number, card in enumerate(cards, start=2)]
    top, last = page.table(_PROVIDERS, rows, own_sheet=True, excel=sheet_names.table_name(page.name))
    for text in ("high", "low"):
        marking.mark_text(page.sheet, f"K{top + 1}:K{max(last, top + 1)}", text)
    if not cards:
        page.note(shown.no_row)
        return page
    page.gap()
    whole = document.totals
    checked: list[Value] = [
        "All", shown.all_findings(whole), *_dollars(whole, shown), shown.findings(whole, "bypassed"),
        wording.NOT_SHOWN
        if shown.hides(whole, "bypassed", *FAILING)
        else whole["bypassed"].findings + whole.findings,
        None, None, None, shown.findings(whole, "suppressed"), shown.findings(whole, "not_evaluated"),
    ]  # fmt: skip
    totals(
        page,
        _PROVIDERS,
        [None if c.kind == "rate" else v for v, c in zip(checked, _PROVIDERS, strict=True)],
        top,
        last,
    )
    page.gap()
    page.prose(
        f"Providers are the rendering NPI, else the billing NPI. Bypass rate: bypassed ÷ (bypassed + findings). The "
        f"percentile is among the providers of this feed with at least {ENOUGH} of these, where there are {PEERS}; "
        f"high from the {HIGH}th, low to the {LOW}th. A position is no finding: specialties and patients differ.", 11
    )  # fmt: skip
    if document.profile.lists_findings:
        page.prose(
            "Indicators against peers of the same specialty stand in Finding lines under the heading At risk.",
            11,
        )
    page.prose(wording.LIMITATION, 11)
    return page


def _card(card: Scorecard, number: int, shown: Shown) -> list[Value]:
    entry, rate = card.entry, card.rate
    return [
        entry.key if entry.pooled else entry.label, shown.all_findings(entry), *_dollars(entry, shown),
        shown.findings(entry, "bypassed"),
        wording.NOT_SHOWN if card.of is None else card.of,
        Formula(f"=ROUND(G{number}/H{number},6)", rate) if rate is not None else None,
        card.percentile, card.position, shown.findings(entry, "suppressed"), shown.findings(entry, "not_evaluated"),
    ]  # fmt: skip


def _dollars(entry: Breakdown, shown: Shown) -> list[Value]:
    return [
        shown.dollars(entry, "over_definite"), shown.dollars(entry, "over_probable"), shown.under(entry),
        shown.dollars(entry, "at_risk"),
    ]  # fmt: skip


def trend_sheet(book: Workbook, document: AuditDocument, trend: Trend | None) -> Page:
    """This run against an earlier one, by heading and rule; without one, what to do to get it."""
    page = Page(book, sheet_names.TREND, [column.width for column in _TREND], run_id=document.run_id)
    page.title("Trend")
    if trend is None:
        page.prose(
            "No earlier audit was named. Run the audit with --previous and the folder of an earlier one: this sheet "
            "then says which findings are new, repeated or no longer found, and what goes with replaced tables."
            if document.profile.name == INTERNAL
            else "Findings are compared by their ids, which this report does not have. Compare internal audits.", 8
        )  # fmt: skip
        return page
    page.pair("Earlier run", trend.run)
    page.pair("This run", document.run_id)
    for said in trend.conditions:
        page.prose(said, 8)
    page.prose(
        "Repeated: a finding with the same id (rule, lines and reference row) in both. No longer found does not say "
        "resolved: the later claims may not hold these lines. Table replaced: the finding cites a row of a table of "
        "which the runs used other editions.", 8
    )  # fmt: skip
    page.section("Headings")
    page.line(["Heading", "", "Findings, earlier", "Findings, now", "Dollars, earlier", "Dollars, now", "Difference"],
              [HEAD, HEAD, *[HEAD_RIGHT] * 5])  # fmt: skip
    looks = [TEXT, TEXT, BY_KIND["whole"], BY_KIND["whole"], *[BY_KIND["money"]] * 3]
    by_name = {heading.section: heading for heading in trend.headings}
    for name in SECTIONS:
        if (heading := by_name.get(name)) is None:
            continue
        row: list[Value] = [wording.SECTION_WORDS[name], None, heading.earlier, heading.now, None, None, None]
        if name not in WITHOUT_DOLLARS:
            difference = heading.dollars_now - heading.dollars_earlier
            row[4:] = [
                heading.dollars_earlier, heading.dollars_now, Formula(f"=F{page.at}-E{page.at}", difference)
            ]  # fmt: skip
        page.line(row, looks)
    page.section("Rules")
    rows: list[list[Value]] = []
    titles = {entry.key: entry.label for entry in document.by_rule}
    first = page.at + 1
    for number, rule in enumerate(trend.rules, start=first):
        known = document.rule_index.get(rule.rule_id)
        share = Formula(f"=ROUND(H{number}/C{number},6)", rule.rate) if rule.rate is not None else None
        rows.append([
            rule.rule_id, titles.get(rule.rule_id) or (known.title if known else None), rule.earlier, rule.now,
            rule.repeated, rule.new, rule.gone, rule.again, share, rule.new_by_table, rule.gone_by_table,
        ])  # fmt: skip
    top, last = page.table(_TREND, rows, excel=sheet_names.table_name(page.name))
    if rows:
        whole = trend.whole
        sums: list[Value] = [
            "All", None, whole.earlier, whole.now, whole.repeated, whole.new, whole.gone, whole.again, None,
            whole.new_by_table, whole.gone_by_table,
        ]  # fmt: skip
        page.gap()
        totals(page, _TREND, sums, top, last)
    return page


def sample(book: Workbook, document: AuditDocument) -> Page:
    """What a sample and an estimate would have to say, and that there is none."""
    page = Page(book, sheet_names.SAMPLE, [56, 70], run_id=document.run_id, landscape=False)
    page.title("Sample & estimate")
    page.prose(
        "No probability sample was drawn in this run, so nothing here is estimated. The findings are a census of lines "
        "that met a rule; they are never extrapolated. Only what a reviewer confirmed on a probability sample may be "
        "estimated to its frame.", 2
    )  # fmt: skip
    page.gap()
    page.line(["What a report on a sample holds", "In this run"], HEAD)
    for name, said in _SAMPLE:
        page.line([name, said], BY_KIND["wrap"])
    page.section("What a frame could be made of")
    parts = document.reconciliation.parts
    known = shown_of(document).known
    page.line(["Claim lines audited", known(parts[0].lines)], [TEXT, BY_KIND["whole"]])
    page.line(["Paid on them", known(parts[0].paid)], [TEXT, BY_KIND["money"]])
    page.line(["Claims", known(document.scope.claims)], [TEXT, BY_KIND["whole"]])
    page.line(["Patients", known(document.scope.patients)], [TEXT, BY_KIND["whole"]])
    return page
