"""The workbook: the working paper in which reviewers write, laid out from the document."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from auditor.reports import (
    back,
    columns,
    comparing_sheets,
    exposure_sheet,
    front,
    input_sheets,
    marking,
    rule_sheet,
    sheet_names,
    wording,
)
from auditor.reports.cells import RowWriter
from auditor.reports.columns import Column, Span
from auditor.reports.document import AuditDocument
from auditor.reports.excel_tables import add_table
from auditor.reports.finishing import finish
from auditor.reports.protection import protect_book, protect_sheet, restrict
from auditor.reports.sheet_heads import head_sheets
from auditor.reports.sheets import LEGAL, Page, heading, set_up
from auditor.reports.styles import BY_KIND
from auditor.reports.theme import PLAIN, Theme
from auditor.reports.trend import Trend


def write_xlsx(
    document: AuditDocument,
    path: Path,
    *,
    trend: Trend | None = None,
    theme: Theme = PLAIN,
    rows_per_sheet: int = columns.MOST_ROWS,
) -> None:
    """Write the workbook of `document` to `path`; `trend` is the document against an earlier run.


    The sheets are those of `sheet_names`, in its order: Superseded where a line is, Remittances and Unmatched where
    there are any; those of single findings and rows only where the profile lists them. Those of many rows go on to
    'Finding lines 2' and so on after `rows_per_sheet` rows (headings included). No text of the input can become a
    formula. The same document gives the same bytes. Raises OSError when `path` cannot be written.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    lists = _Lists(document, rows_per_sheet)
    pages = _laid_out(book, document, lists, trend, theme)
    protect_book(book)
    _describe(book, document)
    head_sheets(book, document.counsel_header, theme)
    parts = {name: f"xl/worksheets/sheet{place}.xml" for place, name in enumerate(book.sheetnames, start=1)}
    values = lists.values()
    ends = {one.kind: one.name for one in lists.sheets}
    rows = {
        parts[one.name]: (one.rows, _rows(values[one.kind], one, last=ends[one.kind] == one.name))
        for one in lists.sheets
        if one.rows
    }
    known = {parts[page.name]: page.known for page in pages}
    opened = {parts[one.name]: one.cells for one in lists.sheets if one.cells}
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".xlsx-") as folder:
        laid_out = Path(folder) / "laid-out.xlsx"
        book.save(laid_out)
        finish(laid_out, path, rows, known, opened)


@dataclass(frozen=True)
class _Sheet:
    """A sheet whose rows are streamed in: the list it is part of, its name, its rows, their writer, what is open."""

    kind: str
    name: str
    rows: int
    writer: RowWriter
    cells: str


class _Lists:
    """The lists of many rows, how each lies over sheets, and the sheets laid out so far."""

    def __init__(self, document: AuditDocument, rows_per_sheet: int) -> None:
        def span(name: str, rows: int, *, keyed: bool = False) -> Span:
            return Span(name, rows, rows_per_sheet, keyed)

        self.document, self.listed = document, document.profile.lists_findings
        under = sum(document.totals[name].findings for name in columns.UNDER_SECTIONS) if self.listed else 0
        self.findings = span(sheet_names.FINDINGS, len(document.findings), keyed=True)
        self.evidence = span(sheet_names.EVIDENCE, document.findings.evidence_lines, keyed=True)
        self.under = span(sheet_names.UNDER, under)
        self.aside = span(sheet_names.ASIDE, len(document.set_aside))
        self.gone = span(sheet_names.GONE, len(document.superseded))
        self.unmatched = span(sheet_names.UNMATCHED, len(document.remittances.rows))
        sentences = sum(1 for _ in columns.logic_values(document.rules, document.overrides))
        self.logic = span(sheet_names.LOGIC, sentences)
        self.sheets: list[_Sheet] = []

    def names(self) -> list[str]:
        """The names of all sheets behind the cover, in order."""

        def always(span: Span) -> list[str]:
            return [name for name, _ in span.sheets]

        def some(span: Span) -> list[str]:
            return always(span) if span.rows else []

        def listed(*spans: Span) -> list[str]:
            return [name for span in spans for name in always(span)] if self.listed else []

        told = [sheet_names.REMITTANCES] if self.document.remittances.told else []
        return [
            sheet_names.SUMMARY, sheet_names.BY_RULE, *listed(self.findings, self.evidence),
            sheet_names.PROVIDERS, sheet_names.TREND, sheet_names.EXPOSURE, sheet_names.SAMPLE, *listed(self.under),
            sheet_names.GAPS, sheet_names.RULES, *always(self.logic), sheet_names.TABLES, sheet_names.QUALITY,
            *listed(self.aside), *some(self.gone), *told, *some(self.unmatched), sheet_names.RUN,
        ]  # fmt: skip

    def add_listed(self, book: Workbook, span: Span, layout: Sequence[Column]) -> None:
        """Lay out the sheets of `span` where the profile lists findings and rows, with headings only."""
        if self.listed:
            self.add(book, span, layout)

    def add(self, book: Workbook, span: Span, layout: Sequence[Column], *, sortable: bool = True) -> None:
        """Lay out the sheets of `span` with headings only. What other sheets link into by row is not `sortable`."""
        for name, held in span.sheets:
            sheet = book.create_sheet(name)
            set_up(sheet, self.document.run_id, landscape=True, paper=LEGAL)
            sheet.sheet_view.showGridLines = sheet.print_options.gridLines = True
            _head(sheet, layout, held, sortable=sortable)
            looks = [replace(BY_KIND[column.kind], line=False) for column in layout]
            writer = RowWriter(
                [column.kind for column in layout],
                [look.number(book) for look in looks],
                [look.number(book, guard=True) for look in looks],
                {n: c.room for n, c in enumerate(layout[: columns.PRINTED]) if c.kind == "wrap"},
            )
            cells = f"A2:{get_column_letter(len(layout))}{max(held + 1, 2)}" if sortable else ""
            self.sheets.append(_Sheet(span.name, name, held, writer, cells))

    def values(self) -> dict[str, Iterator[list[object]]]:
        """The rows of every list by its name."""
        document, rules = self.document, back.rule_links(self.document)
        return {
            self.findings.name: columns.finding_values(
                iter(document.findings), self.evidence, rules, back.override_links(document, self.logic),
                document.table_words,
            ),
            self.evidence.name: columns.evidence_values(
                iter(document.findings), self.findings, document.descriptors
            ),
            self.under.name: columns.under_values(iter(document.findings), self.findings, rules),
            self.aside.name: columns.set_aside_values(iter(document.set_aside)),
            self.gone.name: columns.superseded_values(iter(document.superseded)),
            self.unmatched.name: columns.unmatched_values(iter(document.remittances.rows)),
            self.logic.name: columns.logic_values(document.rules, document.overrides),
        }  # fmt: skip


def _laid_out(
    book: Workbook, document: AuditDocument, lists: _Lists, trend: Trend | None, theme: Theme
) -> list[Page]:
    """Every sheet in order; the rows of the lists are still to come."""
    pages = [
        front.cover(book, document, lists.names(), theme),
        front.summary(book, document, lists.findings, trend),
        rule_sheet.by_rule(book, document, lists.findings, back.rule_links(document)),
    ]
    lists.add_listed(book, lists.findings, columns.FINDINGS)
    lists.add_listed(book, lists.evidence, columns.evidence_columns(document.descriptors))
    pages += [
        comparing_sheets.providers(book, document),
        comparing_sheets.trend_sheet(book, document, trend),
        exposure_sheet.exposure(book, document, lists.findings),
        comparing_sheets.sample(book, document),
    ]
    lists.add_listed(book, lists.under, columns.UNDER)
    pages += [back.not_evaluated(book, document), back.rules(book, document, lists.logic)]
    lists.add(book, lists.logic, columns.LOGIC, sortable=False)
    pages += [back.tables(book, document), input_sheets.quality(book, document, lists.aside)]
    lists.add_listed(book, lists.aside, columns.SET_ASIDE)
    if lists.gone.rows:
        lists.add(book, lists.gone, columns.SUPERSEDED)
    if document.remittances.told:
        pages.append(input_sheets.remittances(book, document))
    if lists.unmatched.rows:
        lists.add(book, lists.unmatched, columns.UNMATCHED)
    return [*pages, back.run(book, document)]


def _head(sheet: Worksheet, layout: Sequence[Column], rows: int, *, sortable: bool) -> None:
    last, bottom = get_column_letter(len(layout)), max(rows + 1, 2)
    for number, column in enumerate(layout, start=1):
        cell = sheet.cell(1, number, column.heading)
        heading(column).on(cell)
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    sheet.row_dimensions[1].height = 30
    sheet.freeze_panes = "B2"
    sheet.print_title_rows = "1:1"
    add_table(sheet, sheet_names.table_name(sheet.title), [column.heading for column in layout], 1, rows)
    protect_sheet(sheet)
    if sortable:
        restrict(sheet, layout, 2, bottom)
    if layout is columns.FINDINGS:
        sheet.print_area = f"A1:{get_column_letter(columns.PRINTED)}{rows + 1}"
        marking.mark_findings(sheet, layout, bottom)
    else:
        sheet.print_area = f"A1:{last}{rows + 1}"


def _rows(values: Iterator[list[object]], sheet: _Sheet, *, last: bool) -> Iterator[str]:
    """The next rows of `values`, from row 2 of a sheet on; after the `last` sheet of a list nothing is held open."""
    row = sheet.writer.row
    for number, cells in enumerate(islice(values, sheet.rows), start=2):
        yield row(number, cells)
    if last:
        next(values, None)


def _describe(book: Workbook, document: AuditDocument) -> None:
    """Document properties without a clock, a user or a machine."""
    properties = book.properties
    properties.creator = properties.lastModifiedBy = "auditor"
    properties.title = document.title
    properties.subject = f"Run {document.run_id}"
    properties.category = "Working paper"
    properties.description = wording.LIMITATION
    properties.identifier = document.run_id
    properties.created = properties.modified = datetime(1980, 1, 1)
