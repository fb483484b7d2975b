"""What was written is read back: every output says the figures of the document, or none of them stays.

The page is read as its text with the data unpacked, the workbook by its headings, Markdown and JSON as they are.
"""

from __future__ import annotations

import base64
import gzip
import html
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

from openpyxl import load_workbook

from auditor.base.errors import InternalCheckFailed
from auditor.base.money import format_usd
from auditor.reports import sheet_names
from auditor.reports.document import SECTIONS, AuditDocument
from auditor.reports.markdown import WITHOUT_DOLLARS, heading_cells
from auditor.reports.packing import unpacked_column
from auditor.reports.payload import PAGE_FINDINGS
from auditor.reports.wording import NOT_SHOWN, SECTION_WORDS

_COLUMNS: Final = re.compile(
    r'<script type="text/plain" id="data-(head|x_section|x_amount)">([^<]*)</script>'
)
_LISTED: Final = re.compile(re.escape(sheet_names.FINDINGS) + r"( \d+)?")
_ROW: Final = b"<row "
_CHUNK: Final = 1 << 20


def read_back(document: AuditDocument, folder: Path) -> None:
    """Compare the totals in the four outputs in `folder` with those of `document`.

    Raises InternalCheckFailed that names output, heading and both figures at the first difference.
    """
    readers: tuple[tuple[str, Callable[[AuditDocument, Path], Iterator[str]]], ...] = (
        ("audit.json", _of_json), ("audit.md", _of_markdown), ("audit.html", _of_page), ("audit.xlsx", _of_workbook),
    )  # fmt: skip
    for name, differences in readers:
        found = next(differences(document, folder / name), None)
        if found is not None:
            raise InternalCheckFailed(
                f"{name} does not say what the document says: {found}",
                where="report",
                why="outputs of one audit must not disagree, so nothing was written",
                mend="this is a fault of the program; please report it with the run_id",
            )


def _of_json(document: AuditDocument, path: Path) -> Iterator[str]:
    told = json.loads(path.read_text(encoding="utf-8"))
    for name in SECTIONS:
        held = told["totals"]["sections"].get(name, {"dollars": "0.00", "findings": 0})
        yield from _differs(document, name, Decimal(held["dollars"]), held["findings"])


def _of_markdown(document: AuditDocument, path: Path) -> Iterator[str]:
    rows = {line.strip() for line in path.read_text(encoding="utf-8").splitlines()}
    for name in SECTIONS:
        wanted = f"| {' | '.join(heading_cells(document, name))} |"
        if wanted not in rows:
            yield f"{SECTION_WORDS[name]}: no row {wanted}"


def _of_page(document: AuditDocument, path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    shown = html.unescape(text)
    for name in SECTIONS:
        amount = format_usd(document.totals[name].dollars)
        if name not in WITHOUT_DOLLARS and name not in document.withheld and amount not in shown:
            yield f"{SECTION_WORDS[name]}: {amount} is nowhere on the page"
    found: dict[str, str] = dict(_COLUMNS.findall(text))
    if found.keys() != {"head", "x_section", "x_amount"}:
        yield "the data of its findings cannot be found"
        return
    kinds = json.loads(gzip.decompress(base64.b64decode(found["head"])))["kinds"]
    sections, amounts = (unpacked_column(kinds[name], found[f"x_{name}"]) for name in ("section", "amount"))
    listed = document.findings.count if document.profile.lists_findings else 0
    if len(amounts) != min(listed, PAGE_FINDINGS):
        yield f"{len(amounts):,} findings in its table instead of {listed:,}"
    if not document.profile.lists_findings or listed > PAGE_FINDINGS:
        return
    cents, counts = [0] * len(SECTIONS), [0] * len(SECTIONS)
    for section, cent in zip(sections, amounts, strict=True):
        if section is not None:
            cents[section] += cent or 0
            counts[section] += 1
    for place, name in enumerate(SECTIONS):
        yield from _differs(document, name, Decimal(cents[place]).scaleb(-2), counts[place])


def _of_workbook(document: AuditDocument, path: Path) -> Iterator[str]:
    """The headings on Executive summary and on Exposure, and how many rows Finding lines has."""
    book = load_workbook(path, read_only=True, data_only=True)
    try:
        live = document.profile.lists_findings
        for sheet, findings, dollars in (
            (sheet_names.SUMMARY, ["Findings"], ["Dollars"]),
            (sheet_names.EXPOSURE, ["Findings", "Findings, live"], ["Dollars, checked", "Dollars, live"])
            if live
            else (sheet_names.EXPOSURE, ["Findings"], ["Dollars"]),
        ):
            rows = _headings_of(book[sheet].iter_rows(max_row=60, values_only=True))
            for found in _differs_on(document, rows, findings, dollars):
                yield f"sheet {sheet}: {found}"
        parts = {
            name: f"xl/worksheets/sheet{place}.xml" for place, name in enumerate(book.sheetnames, start=1)
        }
    finally:
        book.close()
    lists = [part for name, part in parts.items() if _LISTED.fullmatch(name)]
    wanted = document.findings.count + len(lists)
    if (written := _rows_in(path, lists)) != wanted:
        yield f"{written:,} rows with their headings on {sheet_names.FINDINGS} instead of {wanted:,}"


def _headings_of(rows: Iterable[tuple[object, ...]]) -> dict[str, dict[str, object]]:
    """By heading the cells of its row, by column, of the first table that begins with 'Heading'."""
    columns: list[str] = []
    found: dict[str, dict[str, object]] = {}
    for row in rows:
        if not columns:
            columns = [str(name) for name in row] if row and row[0] == "Heading" else []
        elif row and isinstance(row[0], str):
            found.setdefault(row[0], dict(zip(columns, row, strict=False)))
    return found


def _differs_on(
    document: AuditDocument,
    rows: Mapping[str, Mapping[str, object]],
    findings: Sequence[str],
    dollars: Sequence[str],
) -> Iterator[str]:
    for name in SECTIONS:
        amount, cells = document.totals[name], rows.get(SECTION_WORDS[name])
        if cells is None:
            yield f"{SECTION_WORDS[name]}: no such row"
            continue
        for column in (*findings, *(() if name in WITHOUT_DOLLARS else dollars)):
            wanted = Decimal(amount.findings) if column in findings else amount.dollars
            if name in document.withheld:
                if cells.get(column) != NOT_SHOWN:
                    yield f"{SECTION_WORDS[name]}: {column} is not withheld"
            elif _number(cells.get(column)) != wanted:
                yield f"{SECTION_WORDS[name]}: {column} is {cells.get(column)} instead of {wanted}"


def _rows_in(path: Path, parts: Iterable[str]) -> int:
    """How many rows are written in some parts of a workbook, whatever these say of their dimensions."""
    count = 0
    with zipfile.ZipFile(path) as book:
        for part in parts:
            with book.open(part) as text:
                left = b""
                while chunk := text.read(_CHUNK):
                    count += (left + chunk).count(_ROW)
                    left = chunk[1 - len(_ROW) :]
    return count


def _number(value: object) -> Decimal | None:
    """A cell's number in cents precision: a workbook holds binary fractions."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return Decimal(str(value)).quantize(Decimal("0.01"))


def _differs(document: AuditDocument, name: str, dollars: Decimal, findings: int) -> Iterator[str]:
    amount = document.totals[name]
    wanted = Decimal(0) if name in WITHOUT_DOLLARS else amount.dollars
    if findings != amount.findings:
        yield f"{SECTION_WORDS[name]}: {findings:,} findings instead of {amount.findings:,}"
    if (Decimal(0) if name in WITHOUT_DOLLARS else dollars) != wanted:
        yield f"{SECTION_WORDS[name]}: {format_usd(dollars)} instead of {format_usd(wanted)}"
