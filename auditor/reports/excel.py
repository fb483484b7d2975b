"""The workbook: the working paper in which reviewers write, laid out from the document."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from auditor.reports import back, columns, front
from auditor.reports.cells import RowWriter
from auditor.reports.columns import Column, Span
from auditor.reports.document import AuditDocument
from auditor.reports.finishing import finish
from auditor.reports.sheet_heads import head_sheets
from auditor.reports.sheets import LEGAL, heading, set_up
from auditor.reports.styles import BY_KIND
from auditor.reports.theme import PLAIN, Theme


def write_xlsx(
    document: AuditDocument, path: Path, *, rows_per_sheet: int = columns.MOST_ROWS, theme: Theme = PLAIN
) -> None:
    """Write the workbook of `document` to `path`.

    Sheets: Cover, Summary, Findings, Evidence, Rules, Rule logic, Reference data, Not evaluated, Set aside, Superseded
    (where a line is), Remittances and Unmatched (where there are any), Data quality, Reconciliation, Run. Those of many
    rows go on to 'Findings 2' and so on after `rows_per_sheet` rows (headings included). No text of the input can
    become a formula. The same document gives the same bytes. Raises OSError when `path` cannot be written.
    """
    findings = Span("Findings", len(document.findings), rows_per_sheet)
    evidence = Span("Evidence", document.findings.evidence_lines, rows_per_sheet)
    aside = Span("Set aside", len(document.set_aside), rows_per_sheet)
    gone = Span("Superseded", len(document.superseded), rows_per_sheet)
    unmatched = Span("Unmatched", len(document.remittances.rows), rows_per_sheet)
    sentences = sum(1 for _ in columns.logic_values(document.rules, document.overrides))
    logic = Span("Rule logic", sentences, rows_per_sheet)
    book = Workbook()
    book.remove(book.worksheets[0])
    names = [
        "Summary", *(name for name, _ in findings.sheets), *(name for name, _ in evidence.sheets), "Rules",
        *(name for name, _ in logic.sheets), "Reference data", "Not evaluated", *(name for name, _ in aside.sheets),
        *(name for name, held in gone.sheets if held), *(["Remittances"] if document.remittances.told else []),
        *(name for name, held in unmatched.sheets if held), "Data quality", "Reconciliation", "Run",
    ]  # fmt: skip
    pages = [front.cover(book, document, names), front.summary(book, document, findings)]
    large = [
        *_large(book, findings, columns.FINDINGS, document),
        *_large(book, evidence, columns.evidence_columns(document.descriptors), document),
    ]
    pages.append(back.rules(book, document, logic))
    large += _large(book, logic, columns.LOGIC, document)
    pages += [back.tables(book, document), back.not_evaluated(book, document)]
    large += _large(book, aside, columns.SET_ASIDE, document)
    large += _large(book, gone, columns.SUPERSEDED, document) if gone.rows else ()
    pages += [back.remittances(book, document)] if document.remittances.told else []
    large += _large(book, unmatched, columns.UNMATCHED, document) if unmatched.rows else ()
    pages += [
        back.data_quality(book, document),
        back.reconciliation(book, document, aside),
        back.run(book, document),
    ]
    _describe(book, document)
    head_sheets(book, document.counsel_header, theme)
    values = {
        findings.name: columns.finding_values(
            iter(document.findings), evidence, back.rule_links(document), back.override_links(document, logic),
            document.table_words,
        ),
        evidence.name: columns.evidence_values(iter(document.findings), findings, document.descriptors),
        aside.name: columns.set_aside_values(iter(document.set_aside)),
        gone.name: columns.superseded_values(iter(document.superseded)),
        unmatched.name: columns.unmatched_values(iter(document.remittances.rows)),
        logic.name: columns.logic_values(document.rules, document.overrides),
    }  # fmt: skip
    parts = {name: f"xl/worksheets/sheet{place}.xml" for place, name in enumerate(book.sheetnames, start=1)}
    rows = {
        parts[name]: (held, _rows(values[kind], held, writer)) for kind, name, held, writer in large if held
    }
    known = {parts[page.name]: page.known for page in pages}
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".xlsx-") as folder:
        laid_out = Path(folder) / "laid-out.xlsx"
        book.save(laid_out)
        finish(laid_out, path, rows, known)


def _large(
    book: Workbook, span: Span, layout: Sequence[Column], document: AuditDocument
) -> Iterator[tuple[str, str, int, RowWriter]]:
    """The sheets of `span` with headings only, and for each the writer of its rows."""
    for name, held in span.sheets:
        sheet = book.create_sheet(name)
        set_up(sheet, document.run_id, landscape=True, paper=LEGAL)
        sheet.sheet_view.showGridLines = sheet.print_options.gridLines = True
        _head(sheet, layout, held)
        looks = [replace(BY_KIND[column.kind], line=False) for column in layout]
        writer = RowWriter(
            [column.kind for column in layout],
            [look.number(book) for look in looks],
            [look.number(book, guard=True) for look in looks],
            {n: column.room for n, column in enumerate(layout[: columns.PRINTED]) if column.kind == "wrap"},
        )
        yield span.name, name, held, writer


def _head(sheet: Worksheet, layout: Sequence[Column], rows: int) -> None:
    last, bottom = get_column_letter(len(layout)), max(rows + 1, 2)
    for number, column in enumerate(layout, start=1):
        cell = sheet.cell(1, number, column.heading)
        heading(column).on(cell)
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = column.width
        _restrict(sheet, column, f"{letter}2:{letter}{bottom}")
    sheet.row_dimensions[1].height = 30
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{last}{rows + 1}"
    sheet.print_title_rows = "1:1"
    if layout is columns.FINDINGS:
        sheet.print_area = f"A1:{get_column_letter(columns.PRINTED)}{rows + 1}"


def _restrict(sheet: Worksheet, column: Column, cells: str) -> None:
    """What a reviewer may enter: a disposition of the list, an amount, a date."""
    rule: DataValidation | None = None
    if column.heading == "Disposition":
        rule = DataValidation(
            type="list", formula1='"' + ",".join(columns.DISPOSITIONS) + '"', allow_blank=True
        )
        rule.error = "Choose one of: " + ", ".join(columns.DISPOSITIONS)
    elif column.kind == "entry_money":
        rule = DataValidation(type="decimal", operator="greaterThanOrEqual", formula1="0", allow_blank=True)
        rule.error = "An amount in dollars, 0 or more"
    elif column.kind == "entry_date":
        rule = DataValidation(type="date", operator="greaterThan", formula1="36526", allow_blank=True)
        rule.error = "A date after 2000-01-01"
    if rule is not None:
        rule.errorTitle, rule.showErrorMessage = column.heading, True
        sheet.add_data_validation(rule)
        rule.add(cells)


def _rows(values: Iterator[list[object]], held: int, writer: RowWriter) -> Iterable[str]:
    """The next `held` rows of `values`, from row 2 of a sheet on."""
    row: Callable[[int, Sequence[object]], str] = writer.row
    return (row(number, cells) for number, cells in enumerate(islice(values, held), start=2))


def _describe(book: Workbook, document: AuditDocument) -> None:
    """Document properties without a clock, a user or a machine."""
    properties = book.properties
    properties.creator = properties.lastModifiedBy = "auditor"
    properties.title = document.title
    properties.identifier = document.run_id
    properties.created = properties.modified = datetime(1980, 1, 1)
