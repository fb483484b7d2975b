"""The sheets behind the findings: Rules, Reference data, Not evaluated, Data quality, Reconciliation, Run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from openpyxl import Workbook

from auditor.reports import wording
from auditor.reports.cells import Link
from auditor.reports.columns import Column, Span, cited, logic_values
from auditor.reports.document import AuditDocument, CoverageEntry, ReconciliationRow
from auditor.reports.rule_pages import in_rows
from auditor.reports.sheets import Formula, Page, Value
from auditor.reports.styles import BY_KIND, HEAD, HEAD_RIGHT, TEXT, TOTAL

_RULES = (
    Column("Rule", 16), Column("Version", 8), Column("Title", 30, "wrap"), Column("Class", 20, "wrap"),
    Column("Review priority", 9, "whole"), Column("Authority", 42, "wrap"), Column("Known false positives", 32, "wrap"),
    Column("Sentence", 44, "wrap"), Column("Hash", 24, "wrap"), Column("Family", 12), Column("Status", 10),
    Column("Catalogue", 14, "wrap"), Column("Variants", 40, "wrap"), Column("Needs", 30, "wrap"),
    Column("Parameters", 50, "wrap"), Column("CARC analogue", 10), Column("Logic in words", 16, "link"),
    Column("Records to ask for", 32, "wrap"), Column("Tests", 50, "wrap"), Column("History", 32, "wrap"),
    Column("Overrides of payers", 40, "wrap"),
)  # fmt: skip
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""Rule ids that may stand in a formula of ours."""
_RULES_PRINTED = "I"
_TABLES = (
    Column("Table", 18, "wrap"), Column("Edition", 10, "wrap"), Column("Edition id", 22, "wrap"),
    Column("Rows", 12, "whole"), Column("Published", 11), Column("Imported", 11), Column("Answers from", 11),
    Column("Answers to", 11), Column("Carried forward", 9), Column("Layout", 9, "wrap"), Column("File", 26, "wrap"),
    Column("SHA-256", 34, "wrap"), Column("Notes", 36, "wrap"),
)  # fmt: skip
_GAPS = (
    Column("Rule", 18), Column("Title", 40, "wrap"), Column("Reason", 50, "wrap"), Column("Lines", 14, "whole"),
    Column("Of what", 14), Column("Dollars", 16, "money"),
)  # fmt: skip
_QUALITY = (
    Column("What", 40, "wrap"), Column("Catalogue", 10), Column("Lines", 12, "whole"), Column("Paid", 16, "money"),
    Column("What became of them", 44, "wrap"), Column("Where", 80, "wrap"),
)  # fmt: skip
_COVERAGE = (
    "Rule", "Title", "Evaluated, of those in scope", "In scope", "Of what", "Dollars in scope", "Dollars evaluated",
    "Evaluated", "Findings", "Bypassed", "Suppressed",
)  # fmt: skip


def rule_links(document: AuditDocument) -> dict[str, Link]:
    """By the id of a rule or variant, the link to the rule's row of the sheet Rules."""
    return {
        name: Link("Rules", row, name)
        for row, rule in enumerate(document.rules, start=2)
        for name in (rule.id, *(variant[0] for variant in rule.variants))
        if _SAFE.fullmatch(name)
    }


def _logic_links(document: AuditDocument, logic: Span) -> Iterator[Value]:
    """For each rule, the link to its first row of the sheet Rule logic; nothing where the run kept no logic."""
    begun = 0
    for rule in document.rules:
        held = sum(len(in_rows(said)) for _, said in rule.page.logic)
        link = logic.link(begun, f"{held} sentence{'s' if held != 1 else ''}")
        text = f'=HYPERLINK("#\'{link.sheet}\'!A{link.row}","{link.label}")'
        yield Formula(text, link.label) if held else None
        begun += held


def override_links(document: AuditDocument, logic: Span) -> dict[str, Link]:
    """By the id of an override, the link to its first row of the sheet Rule logic."""
    begun = sum(1 for _ in logic_values(document.rules))
    links = {}
    for item in document.overrides:
        if _SAFE.fullmatch(item.id):
            links[item.id] = logic.link(begun, item.id)
        begun += sum(1 for _ in logic_values((), [item]))
    return links


def rules(book: Workbook, document: AuditDocument, logic: Span) -> Page:
    """The rule register: every rule that ran, in the version that ran; `logic` lies over the sheets Rule logic."""
    page = Page(book, "Rules", [column.width for column in _RULES], run_id=document.run_id)
    page.table(
        _RULES,
        [
            [
                rule.id, rule.version, rule.title, wording.class_words(rule.cls), rule.review_priority,
                "\n".join(" ".join(part for part in (cited(c), c.url) if part) for c in rule.citations),
                "\n".join(rule.false_positives), rule.explanation_template, rule.hash,
                wording.family_words(rule.family), rule.status,
                ", ".join(rule.catalogue_ids),
                "\n".join(f"{name} ({catalogue}) {title}" for name, catalogue, title in rule.variants),
                ", ".join(rule.requires),
                "\n".join(f"{wording.spoken(name)}: {value}" for name, value in rule.parameters), rule.carc,
                logic, "\n".join(rule.page.record_needed), "\n".join(rule.page.tests),
                "\n".join(f"Version {version}, {day}: {change}" for version, day, change in rule.page.history),
                "\n".join(f"{item.id} {item.does}" for item in document.overrides_of(rule.id)),
            ]
            for rule, logic in zip(document.rules, _logic_links(document, logic), strict=True)
        ],
        own_sheet=True,
    )  # fmt: skip
    page.sheet.print_area = f"A1:{_RULES_PRINTED}{page.at - 1}"
    return page


def tables(book: Workbook, document: AuditDocument) -> Page:
    """The reference-data register: one row a file."""
    page = Page(book, "Reference data", [column.width for column in _TABLES], run_id=document.run_id)
    page.table(
        _TABLES,
        [
            [
                document.table_words(table.table), table.edition, table.edition_id, table.rows, table.published,
                table.imported, table.valid_from, table.valid_to or wording.OPEN_END,
                "yes" if table.carried_forward else "no", table.layout, name, sha, "\n".join(table.notes),
            ]
            for table in document.tables
            for name, sha in (table.files or (("", ""),))
        ],
        own_sheet=True,
    )  # fmt: skip
    return page


def not_evaluated(book: Workbook, document: AuditDocument) -> Page:
    """What no verdict could be reached on, by rule and reason, and the coverage of every rule."""
    widths = [*(column.width for column in _GAPS), 18, 14, 12, 12, 12]
    page = Page(book, "Not evaluated", widths, run_id=document.run_id)
    rows: list[list[Value]] = []
    for entry in document.coverage:
        rows += [
            [
                entry.rule_id,
                entry.title,
                wording.spoken(reason.reason),
                _known(reason.lines),
                entry.unit,
                reason.dollars if reason.lines is not None else wording.NOT_KNOWN,
            ]
            for reason in entry.reasons or ()
        ]
        if entry.not_evaluated and not entry.reasons:
            rows.append(
                [entry.rule_id, entry.title, "no reason given", entry.not_evaluated, entry.unit, None]
            )
    page.table(_GAPS, rows, own_sheet=True)
    if not rows:
        page.note(
            "Every line in scope of a rule could be evaluated."
            if document.profile.lists_findings
            else "No reason rests on enough patients to be shown."
        )
    page.section("Coverage of every rule")
    unknown = sum(entry.eligible is None for entry in document.coverage)
    left = f"; {unknown:,} of which nothing is known are not counted in it" if unknown else ""
    page.note(f"All rules of claim lines together: {wording.share(*document.evaluated)}{left}.")
    page.line(_COVERAGE, HEAD)
    money, whole = BY_KIND["money"], BY_KIND["whole"]
    for entry in document.coverage:
        page.line(
            _covered(entry),
            [TEXT, BY_KIND["wrap"], TEXT, whole, TEXT, money, money, whole, whole, whole, whole],
        )
    return page


def data_quality(book: Workbook, document: AuditDocument) -> Page:
    """Odd values on audited lines: what, how many, what became of them, where."""
    page = Page(book, "Data quality", [column.width for column in _QUALITY], run_id=document.run_id)
    page.table(
        _QUALITY,
        [
            [odd.says, odd.catalogue_id, odd.lines, odd.paid, odd.treated, odd.where]
            for odd in document.odd_values
        ],
        own_sheet=True,
    )
    if not document.odd_values:
        page.note(
            "None of the checks of data quality is met by an audited line."
            if document.profile.lists_findings
            else "Odd values are of single lines and are not shown in this report."
        )
    page.note(
        "Further remarks of the reader stand on the Cover; rows that could not be audited on Set aside."
    )
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
    return page


def remittances(book: Workbook, document: AuditDocument) -> Page:
    """How far remittances were joined to claims, and what of both lacks its counterpart."""
    given = document.remittances
    page = Page(book, "Remittances", [70, 60, 24], run_id=document.run_id, landscape=False)
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


def reconciliation(book: Workbook, document: AuditDocument, aside: Span) -> Page:
    """Input = audited + superseded + set aside, as checked constants and as live formulas, and all checks."""
    page = Page(book, "Reconciliation", [66, 18, 20, 20, 20], run_id=document.run_id)
    given = document.reconciliation
    page.title("Reconciliation")
    page.line(["", "Lines", "Paid", "Charged"], [HEAD, *[HEAD_RIGHT] * 3])
    looks = [TEXT, BY_KIND["whole"], BY_KIND["money"], BY_KIND["money"]]
    total = [TOTAL["text"], TOTAL["whole"], TOTAL["money"], TOTAL["money"]]
    whole_at = page.line(_reconciled(given.whole), total)
    first = page.at
    for part in given.parts:
        page.line(_reconciled(part), looks)
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
    page.line(rest, looks)
    if given.rows_read is not None:
        page.note(f"{given.rows_read:,} rows of the source.")
    page.section("Rows on the sheet Set aside")
    page.line(["", "Checked", "Live"], [HEAD, HEAD_RIGHT, HEAD_RIGHT])
    parts = [f"ROWS('{name}'!$A$2:$A${rows + 1})" for name, rows in aside.sheets if rows]
    live = Formula("=" + "+".join(parts or ["0"]), len(document.set_aside))
    page.line(["Rows", len(document.set_aside), live], [TEXT, BY_KIND["whole"], BY_KIND["whole"]])
    page.section("Set aside by reason")
    page.line(["Reason", "Lines", "Paid, where it could be read"], [HEAD, HEAD_RIGHT, HEAD_RIGHT])
    for reason in document.set_aside_reasons:
        page.line([wording.spoken(reason.reason), reason.lines, reason.dollars], looks[:3])
    page.section("Checks")
    page.note(
        "Each figure was computed twice by different ways. A report with a check that does not hold is not written."
    )
    page.line(["Check", "One way", "The other", "Holds"], HEAD)
    for check in given.checks:
        page.line([check.name, check.left, check.right, "yes" if check.holds else "no"], BY_KIND["wrap"])
    return page


def run(book: Workbook, document: AuditDocument) -> Page:
    """The run: its id, versions, options and what the engine did."""
    page = Page(book, "Run", [40, 90], run_id=document.run_id, landscape=False)
    page.title("Run")
    page.pair("Run", document.run_id)
    for heading, pairs in (
        ("Rule packs", document.packs),
        ("Versions", document.versions),
        ("Options", document.options),
        ("Engine", document.engine),
    ):
        page.section(heading)
        for name, value in pairs:
            label = name if pairs is document.packs else wording.spoken(name)
            page.pair(label, value or "none", BY_KIND["wrap"])
    page.gap()
    page.note("No time of day stands in this workbook: the same inputs give the same workbook.")
    return page


def _reconciled(row: ReconciliationRow) -> list[Value]:
    return [row.label, row.lines, row.paid, row.charge]


def _known(count: int | None) -> Value:
    return wording.NOT_KNOWN if count is None else count


def _covered(entry: CoverageEntry) -> list[Value]:
    dollars = wording.NOT_KNOWN if entry.eligible is None else entry.dollars_eligible
    return [
        entry.rule_id, entry.title, wording.share(entry.evaluated, entry.eligible), _known(entry.eligible), entry.unit,
        dollars, entry.dollars_evaluated, entry.evaluated, entry.fail, entry.bypassed, entry.suppressed,
    ]  # fmt: skip
