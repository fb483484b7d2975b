"""The 60-day worksheet as a workbook: the user enters dates for each group, and formulas compute what follows.

The formulas say what `clock.py` says, step by step in columns of their own, so that a reader can follow them; texts of
the input are text cells, and no formula is made of them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from auditor.reports import wording
from auditor.reports.cells import LINE_HEIGHT, serial
from auditor.reports.columns import MOST_ROWS, Column
from auditor.reports.dress import COUNSEL_NOTE, Dress
from auditor.reports.finishing import finish
from auditor.reports.letters import clock as c
from auditor.reports.letters import words
from auditor.reports.letters.sixty_day import Group, Worksheet, WorksheetLine
from auditor.reports.sheet_heads import head_sheets
from auditor.reports.sheets import LEGAL, Formula, Page, Value, heading, set_up
from auditor.reports.styles import BANNER, BY_KIND, TOTAL, Look

DATED: Final = Look(format="yyyy-mm-dd", side="left")
_ENTRIES: Final = (
    "Credible information",
    "Identified",
    "Investigation begun",
    "Investigation concluded",
    "Cost report due",
)
GROUPS: Final[tuple[Column, ...]] = (
    Column("Group", 7), Column("Cause", 26, "wrap"), Column("Rules", 17, "wrap"), Column("Findings", 9, "whole"),
    Column("Claims-evident", 12, "money"), Column("Record needed", 12, "money"),
    *(Column(name, 12, "entry_date") for name in _ENTRIES),
    Column("Day 60", 11, "date"), Column("Day 180", 11, "date"), Column("Stands still from", 11, "date"),
    Column("Stands still to", 11, "date"), Column("Days left", 6, "whole"), Column("Report and return by", 12, "date"),
    Column("Remark", 38, "wrap"),
)  # fmt: skip
REFUNDS: Final[tuple[Column, ...]] = (
    Column("Group", 8), Column("Payer", 24, "entry"), Column("Refund method", 24, "entry"),
    Column("Refund reference", 24, "entry"), Column("Date of refund", 14, "entry_date"),
    Column("Amount", 14, "entry_money"), Column("State", 30, "entry"),
)  # fmt: skip
LINES: Final[tuple[Column, ...]] = (
    Column("Group", 8), Column("Finding ID", 19), Column("Rule", 15), Column("Class", 16), Column("Claim", 20),
    Column("Line", 7, "whole"), Column("Service date", 12, "date"), Column("Code", 9), Column("Amount", 13, "money"),
    Column("Payment received", 14, "entry_date"), Column("Look-back", 30, "wrap"),
)  # fmt: skip
_AT: Final = {column.heading: get_column_letter(number) for number, column in enumerate(GROUPS, start=1)}


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of a group that formulas refer to, by what they hold."""

    row: int

    def __getitem__(self, name: str) -> str:
        return f"${_AT[name]}{self.row}"


def write_worksheet_book(sheet: Worksheet, path: Path, dress: Dress) -> None:
    """Write the worksheet to `path` with the sheets Groups, Lines, Refunds, How it is computed.

    Dates that were entered stand in every group; formulas carry their values, so that programs that do not calculate
    show them. Beyond 1,048,000 lines the sheets go on as Lines 2 ... The same worksheet gives the same bytes. Raises
    OSError when `path` cannot be written.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    pages = [
        _groups(book, sheet, dress), *_lines(book, sheet, dress), _refunds(book, sheet, dress),
        _basis(book, sheet, dress),
    ]  # fmt: skip
    head_sheets(book, dress.counsel, dress.theme)
    _describe(book, sheet)
    known = {f"xl/worksheets/sheet{place}.xml": page.known for place, page in enumerate(pages, start=1)}
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".xlsx-") as folder:
        laid_out = Path(folder) / "laid-out.xlsx"
        book.save(laid_out)
        finish(laid_out, path, {}, known)


def _groups(book: Workbook, sheet: Worksheet, dress: Dress) -> Page:
    page = Page(book, "Groups", [column.width for column in GROUPS], run_id=sheet.document.run_id)
    set_up(page.sheet, sheet.document.run_id, landscape=True, paper=LEGAL)
    _head(page, "60-day worksheet", sheet, dress)
    page.prose(words.REGULATION_READ, 11, BANNER)
    page.note("Shaded cells are yours. Nothing is computed until a date of identification is entered.")
    page.gap()
    first = page.line([column.heading for column in GROUPS], [heading(column) for column in GROUPS])
    page.sheet.row_dimensions[first].height = 30
    looks = [BY_KIND[column.kind] for column in GROUPS]
    for group in sheet.groups:
        page.line(_group_cells(group, sheet, page.at), looks)
        page.sheet.row_dimensions[page.at - 1].height = LINE_HEIGHT * max(3, len(group.rules)) + 4
    last = page.at - 1
    totals: list[Value] = ["All", "checked", None, len(sheet.lines), sheet.over_definite, sheet.over_probable]
    looks_of_totals = [TOTAL.get(column.kind, TOTAL["text"]) for column in GROUPS]
    page.line([*totals, *[None] * (len(GROUPS) - len(totals))], looks_of_totals)
    live: list[Value] = ["All", "live", None]
    for place, value in ((4, len(sheet.lines)), (5, sheet.over_definite), (6, sheet.over_probable)):
        letter = get_column_letter(place)
        live.append(Formula(f"=SUM({letter}{first + 1}:{letter}{last})", value))
    page.line([*live, *[None] * (len(GROUPS) - len(live))], looks_of_totals)
    page.sheet.freeze_panes = f"B{first + 1}"
    page.sheet.print_title_rows = f"{first}:{first}"
    _dates_only(page, *(f"{_AT[name]}{first + 1}:{_AT[name]}{last}" for name in _ENTRIES))
    return page


def _group_cells(group: Group, sheet: Worksheet, row: int) -> list[Value]:
    entered, clock = sheet.entered, sheet.clock
    made = formulas(row)

    def day(name: str, value: date | None) -> Formula:
        return Formula(made[name], "" if value is None else serial(value) or "")

    return [
        group.key, f"{group.cause} ({group.family})", "\n".join(group.rules), group.findings, group.over_definite,
        group.over_probable, entered.credible_information, entered.identified,
        entered.investigation_start, entered.investigation_end, entered.cost_report_due,
        day("Day 60", clock.day_60), day("Day 180", clock.day_180),
        day("Stands still from", clock.suspended_from), day("Stands still to", clock.suspended_to),
        Formula(made["Days left"], "" if clock.days_left is None else clock.days_left),
        day("Report and return by", clock.deadline), Formula(made["Remark"], " ".join(clock.remarks)),
    ]  # fmt: skip


def formulas(row: int) -> dict[str, str]:
    """The formulas of the group in row `row`, by heading; each says what `clock.clock` says of the same dates."""
    at = _Cells(row)
    credible, known, begun, ended, due = (at[name] for name in _ENTRIES)
    day_60, day_180, still, until = (
        at["Day 60"],
        at["Day 180"],
        at["Stands still from"],
        at["Stands still to"],
    )
    none = f'{known}=""'
    turned = f'AND({ended}<>"",{ended}<{begun})'
    over = f'AND({ended}<>"",{ended}<{known})'
    counted = f'AND({known}<>"",{begun}<>"",NOT({turned}),{begun}<={day_60},NOT({over}))'
    said = [
        (f'{none}', c.NOT_ENTERED),
        (f'AND({known}<>"",{credible}<>"",{credible}>{known})', c.CREDIBLE_LATER),
        (f'AND({known}<>"",{known}<DATE({c.AMENDED.year},{c.AMENDED.month},{c.AMENDED.day}))', c.EARLIER_TEXT),
        (f'AND({known}<>"",{begun}="",{ended}<>"")', c.END_ALONE),
        (f'AND({known}<>"",{begun}<>"",{turned})', c.TURNED_ROUND),
        (f'IF({none},FALSE,AND({begun}<>"",NOT({turned}),{begun}>{day_60}))', c.TOO_LATE),
        (f'IF({none},FALSE,AND({begun}<>"",NOT({turned}),{begun}<={day_60},{over}))', c.OVER_BEFORE),
        (f'IF({none},FALSE,AND({still}<>"",{ended}=""))', c.OPEN_INVESTIGATION),
        (f'IF({none},FALSE,AND({still}<>"",{ended}<>"",{ended}>{day_180}))', c.OUTLASTED),
    ]  # fmt: skip
    remark = "&".join(f'IF({condition},"{text} ","")' for condition, text in said)
    return {
        "Day 60": f'=IF({none},"",{known}+{c.RETURN_DAYS})',
        "Day 180": f'=IF({none},"",{known}+{c.SUSPENSION_DAYS})',
        "Stands still from": f'=IF({none},"",IF({counted},MAX({begun},{known}),""))',
        "Stands still to": f'=IF({still}="","",IF({ended}="",{day_180},MIN({ended},{day_180})))',
        "Days left": f'=IF({still}="","",{c.RETURN_DAYS}-({still}-{known}))',
        "Report and return by": f'=IF({none},"",MAX(IF({still}="",{day_60},{until}+{at["Days left"]}),{due}))',
        "Remark": f"=TRIM({remark})",
    }


def _lines(book: Workbook, sheet: Worksheet, dress: Dress) -> Iterator[Page]:
    most = MOST_ROWS - 20
    for number, start in enumerate(range(0, max(len(sheet.lines), 1), most), start=1):
        yield _some_lines(
            book,
            f"Lines {number}" if number > 1 else "Lines",
            sheet,
            sheet.lines[start : start + most],
            dress,
        )


def _some_lines(
    book: Workbook, name: str, sheet: Worksheet, lines: Sequence[WorksheetLine], dress: Dress
) -> Page:
    page = Page(book, name, [column.width for column in LINES], run_id=sheet.document.run_id)
    _head(page, "Lines and the look-back of six years", sheet, dress)
    page.gap()
    first = page.line([column.heading for column in LINES], [heading(column) for column in LINES])
    page.sheet.row_dimensions[first].height = 30
    looks = [BY_KIND[column.kind] for column in LINES]
    for line in lines:
        finding = line.finding
        page.line(
            [
                line.group, finding.finding_id, finding.rule_id, wording.CLASS_SHORT[finding.cls], finding.claim_id,
                finding.line_no, finding.service_date, finding.code, finding.amount, None,
                Formula(look_back_formula(page.at), line.look_back),
            ],
            looks,
        )  # fmt: skip
    page.sheet.freeze_panes = f"C{first + 1}"
    page.sheet.print_title_rows = f"{first}:{first}"
    page.sheet.auto_filter.ref = f"A{first}:{get_column_letter(len(LINES))}{max(page.at - 1, first)}"
    _dates_only(page, f"J{first + 1}:J{max(page.at - 1, first + 1)}")
    return page


def look_back_formula(row: int) -> str:
    """The look-back of the line in row `row`, by its group's date of identification; as `clock.look_back` says it."""
    known = f"INDEX(Groups!${_AT['Identified']}:${_AT['Identified']},MATCH($A{row},Groups!$A:$A,0))"

    def within(cell: str) -> str:
        # DATE carries 29 February over to 1 March, as years_after does.
        return f"{known}<=DATE(YEAR({cell})+{c.LOOK_BACK_YEARS},MONTH({cell}),DAY({cell}))"

    by_service = f'IF($G{row}="",FALSE,{within(f"$G{row}")})'
    return (
        f'=IF({known}="","",IF($J{row}<>"",IF({within(f"$J{row}")},"{c.INSIDE}","{c.OUTSIDE}"),'
        f'IF({by_service},"{c.INSIDE_BY_SERVICE}","{c.PAYMENT_NEEDED}")))'
    )


def _refunds(book: Workbook, sheet: Worksheet, dress: Dress) -> Page:
    page = Page(book, "Refunds", [column.width for column in REFUNDS], run_id=sheet.document.run_id)
    _head(page, "Refunds, for the user to enter", sheet, dress)
    page.gap()
    page.table(REFUNDS, [[group.key, *[None] * (len(REFUNDS) - 1)] for group in sheet.groups])
    _dates_only(page, f"E{page.at - len(sheet.groups)}:E{page.at - 1}")
    return page


def _basis(book: Workbook, sheet: Worksheet, dress: Dress) -> Page:
    page = Page(book, "How it is computed", [110], run_id=sheet.document.run_id, landscape=False)
    _head(page, "How it is computed, and what is not", sheet, dress)
    texts = [*words.WORKSHEET_NOTES, wording.LIMITATION]
    texts += [
        f"Left out: {number:,} findings of the line of business {wording.spoken(name) or 'not named'}, to which the "
        "regulation does not speak."
        for name, number in sheet.left_out
    ]
    for text in [*texts, *([COUNSEL_NOTE] if dress.counsel else []), *sheet.document.banners]:
        page.prose(text, 1)
        page.gap()
    return page


def _head(page: Page, title: str, sheet: Worksheet, dress: Dress) -> None:
    for text in (dress.counsel, dress.theme.organisation):
        if text:
            page.note(text)
    page.title(title)
    for note in sheet.notes:
        page.note(note)


def _dates_only(page: Page, *cells: str) -> None:
    rule = DataValidation(type="date", operator="greaterThan", formula1="36526", allow_blank=True)
    rule.error, rule.errorTitle, rule.showErrorMessage = "A date after 2000-01-01", "A date", True
    page.sheet.add_data_validation(rule)
    for part in cells:
        rule.add(part)


def _describe(book: Workbook, sheet: Worksheet) -> None:
    """Document properties without a clock, a user or a machine."""
    properties = book.properties
    properties.creator = properties.lastModifiedBy = "auditor"
    properties.title = "60-day worksheet"
    properties.identifier = sheet.document.run_id
    properties.created = properties.modified = datetime(1980, 1, 1)
