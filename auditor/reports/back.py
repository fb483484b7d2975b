"""The registers behind the findings: rules, reference data, what was not evaluated, and the run itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from openpyxl import Workbook

from auditor.reports import marking, sheet_names, wording
from auditor.reports.cells import Link
from auditor.reports.columns import Column, Span, cited, logic_values
from auditor.reports.document import AuditDocument, CoverageEntry
from auditor.reports.metrics import coverage_rates
from auditor.reports.rule_pages import in_rows
from auditor.reports.sheets import Formula, Page, Value
from auditor.reports.styles import BY_KIND

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
_COVERAGE = (
    Column("Rule", 18), Column("Title", 40, "wrap"), Column("Evaluated, of those in scope", 50),
    Column("In scope", 14, "whole"), Column("Of what", 14), Column("Dollars in scope", 16, "money"),
    Column("Dollars evaluated", 18, "money"), Column("Evaluated", 12, "whole"), Column("Findings", 12, "whole"),
    Column("Bypassed", 12, "whole"), Column("Suppressed", 12, "whole"), Column("Not evaluated", 12, "whole"),
    Column("Fire rate", 11, "rate"), Column("Bypass rate", 11, "rate"), Column("Not-evaluated rate", 11, "rate"),
)  # fmt: skip


def rule_links(document: AuditDocument) -> dict[str, Link]:
    """By the id of a rule or variant, the link to the rule's row of the Rule register."""
    return {
        name: Link(sheet_names.RULES, row, name)
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
        yield Formula(f"={link.formula(0)}", link.label) if held else None
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
    page = Page(book, sheet_names.RULES, [column.width for column in _RULES], run_id=document.run_id)
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
        excel=sheet_names.table_name(page.name),
    )  # fmt: skip
    page.sheet.print_area = f"A1:{_RULES_PRINTED}{page.at - 1}"
    return page


def tables(book: Workbook, document: AuditDocument) -> Page:
    """The reference-data register: one row a file."""
    page = Page(book, sheet_names.TABLES, [column.width for column in _TABLES], run_id=document.run_id)
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
        excel=sheet_names.table_name(page.name),
    )  # fmt: skip
    return page


def not_evaluated(book: Workbook, document: AuditDocument) -> Page:
    """What no verdict could be reached on, by rule and reason, and the coverage of every rule."""
    widths = [column.width for column in _COVERAGE]
    page = Page(book, sheet_names.GAPS, widths, run_id=document.run_id)
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
    page.table(_GAPS, rows, own_sheet=True, excel=sheet_names.table_name(page.name))
    if not rows:
        page.note(
            "Every line in scope of a rule could be evaluated."
            if document.profile.lists_findings
            else "No reason rests on enough patients to be shown."
        )
    page.section("Coverage of every rule")
    unknown = sum(entry.eligible is None for entry in document.coverage)
    left = f"; {unknown:,} of which nothing is known are not counted in it" if unknown else ""
    page.note(f"All rules of claim lines together: {document.evaluated_share}{left}.")
    page.note(
        "Fire rate: findings ÷ evaluated. Bypass rate: bypassed ÷ (bypassed + findings). Not-evaluated rate: not "
        "evaluated ÷ in scope."
    )
    first = page.at + 1
    covered = [_covered(entry, number) for number, entry in enumerate(document.coverage, start=first)]
    top, last = page.table(_COVERAGE, covered, excel=sheet_names.table_name(page.name, "Coverage"))
    marking.mark_shares(page.sheet, f"O{top + 1}:O{max(last, top + 1)}")
    return page


def run(book: Workbook, document: AuditDocument) -> Page:
    """The run: its id, versions, options and what the engine did."""
    page = Page(book, sheet_names.RUN, [40, 90], run_id=document.run_id, landscape=False)
    page.title("Run manifest")
    page.pair("Run", document.run_id)
    page.section("Claims files")
    for file in document.scope.inputs:
        size = "" if file.bytes is None else f", {file.bytes:,} bytes"
        page.pair(file.name, f"{file.format}{size}, SHA-256 {file.sha256}", BY_KIND["wrap"])
    for heading, pairs in (
        ("Rule packs", document.packs),
        ("Versions", document.versions),
        ("Options", document.options),
        ("Engine", document.engine),
    ):
        page.section(heading)
        for name, value in pairs:
            label = name if pairs is document.packs else wording.spoken(name)
            page.pair(label, value or "not set", BY_KIND["wrap"])
    page.gap()
    page.note("No time of day stands in this workbook: the same inputs give the same workbook.")
    return page


def _known(count: int | None) -> Value:
    return wording.NOT_KNOWN if count is None else count


def _covered(entry: CoverageEntry, at: int) -> list[Value]:
    dollars = wording.NOT_KNOWN if entry.eligible is None else entry.dollars_eligible
    counts: list[Value] = [
        wording.NOT_SHOWN if count is None else count
        for count in (entry.fail, entry.bypassed, entry.suppressed)
    ]
    fire, bypass, missing = coverage_rates(entry)
    return [
        entry.rule_id, entry.title, wording.share(entry.evaluated, entry.eligible), _known(entry.eligible), entry.unit,
        dollars, entry.dollars_evaluated, entry.evaluated, *counts, _known(entry.not_evaluated),
        Formula(f"=ROUND(I{at}/H{at},6)", fire) if fire is not None else None,
        Formula(f"=ROUND(J{at}/(I{at}+J{at}),6)", bypass) if bypass is not None else None,
        Formula(f"=ROUND(L{at}/D{at},6)", missing) if missing is not None else None,
    ]  # fmt: skip
