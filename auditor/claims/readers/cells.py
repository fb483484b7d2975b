"""The cells of a sheet, row by row, as the text that a person sees or would type.

A sheet is read as it streams by: rows are cut out of the text of its XML, and cells out of a row by one pattern; a row
that the pattern does not fit to its end is given to a parser of XML. Nothing of a sheet is held but one row. (openpyxl
takes four times as long; python-calamine a third of the time, but it holds the whole sheet, and tells neither a formula
without a value nor the zeros that a format puts before a number.)

Source: ECMA-376 part 1, 18.3 (sheetData, row, c, v, f, is, mergeCell).
"""

from __future__ import annotations

import html
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Context, Decimal, InvalidOperation
from typing import Final
from xml.etree import ElementTree

from auditor.claims.readers.workbook import Formats, Sheet, Workbook, damaged, text_of, unescaped

_BLOCK: Final = 1 << 20
_LONGEST_ROW: Final = 1 << 24
_ROW: Final = re.compile(rb"<(?:\w+:)?row\b([^<>]*?)(?:/>|>(.*?)</(?:\w+:)?row\s*>)", re.DOTALL)
_CELL: Final = re.compile(
    r'\s*<c(?: r="([A-Z]{1,3})[0-9]+")?(?: s="([0-9]+)")?(?: t="([a-zA-Z]+)")?(?: [a-z]+="[0-9]+")*'
    r"(?:/>|>(?:(<f\b[^>]*/>|<f\b[^>]*>[^<]*</f>))?(?:<v(?: xml:space=\"preserve\")?>([^<]*)</v>|<v/>)?"
    r"(?:<is><t(?: xml:space=\"preserve\")?>([^<]*)</t></is>)?</c>)"
)
_START: Final = re.compile(rb"<(?:\w+:)?sheetData\b[^>]*?(/?)>")
_END: Final = re.compile(rb"</(?:\w+:)?sheetData\s*>")
_LONGEST_TAG: Final = 1 << 12
_NUMBER_OF_ROW: Final = re.compile(rb"\br=[\"']([0-9]+)")
_MERGED: Final = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)"')
_PLAIN: Final = re.compile(r"-?[0-9]{1,15}")
_SHOWN: Final = Context(prec=15)
"""Excel shows and keeps fifteen digits; the rest is what the binary form of a decimal number leaves behind."""


_DAMAGE: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, LookupError, ValueError,
    ElementTree.ParseError,
)  # fmt: skip
_COLUMNS: Final = 16_384
_NO_TIME: Final = Decimal("1e-11")
"""A part of a day, under a microsecond, that is none but what a sum of days lost by rounding."""


@dataclass
class Seen:
    """What was met on the way: cells with a formula and no value, of an error, and numbers that lost digits."""

    unvalued: int = 0
    errors: int = 0
    rounded: int = 0
    first: dict[str, int] = field(default_factory=dict)

    def note(self, kind: str, row: int) -> None:
        """Count one, and keep the row of the first."""
        setattr(self, kind, getattr(self, kind) + 1)
        self.first.setdefault(kind, row)


class Cells:
    """Reads the rows of the sheets of one workbook."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._texts = workbook.texts()
        self._formats: Formats = workbook.formats()
        self._days: dict[str, str] = {}

    def rows(self, sheet: Sheet, seen: Seen) -> Iterator[tuple[int, list[str]]]:
        """Every row that has a value: its number in the sheet, from 1, and the text of its cells from column A.

        Raises InputRefused for a sheet that cannot be read.
        """
        number = 0
        try:
            for attributes, content in self._raw_rows(sheet):
                told = _NUMBER_OF_ROW.search(attributes)
                number = int(told[1]) if told else number + 1
                cells = self._cells(content.decode("utf-8"), number, seen)
                if any(cells):
                    yield number, cells
        except _DAMAGE as error:
            raise damaged(self._workbook.name) from error

    def _raw_rows(self, sheet: Sheet) -> Iterator[tuple[bytes, bytes]]:
        """The attributes and the content of every row, as they stand in the XML."""
        pending, begun = b"", False
        with self._workbook.archive.open(sheet.part) as stream:
            while block := stream.read(_BLOCK):
                pending += block
                if not begun:
                    start = _START.search(pending)
                    if start is not None and start[1]:
                        return
                    if start is None:
                        pending = pending[-_LONGEST_TAG:]
                        continue
                    begun, pending = True, pending[start.end() :]
                end = 0
                for found in _ROW.finditer(pending):
                    _require_blank(pending[end : found.start()])
                    yield found[1], found[2] or b""
                    end = found.end()
                pending = pending[end:]
                if over := _END.search(pending):
                    _require_blank(pending[: over.start()])
                    return
                if len(pending) > _LONGEST_ROW:
                    raise ValueError("a row without an end")
        raise EOFError

    def _cells(self, content: str, row: int, seen: Seen) -> list[str]:
        cells: list[str] = []
        at, end = 0, len(content)
        match, places = _CELL.match, _PLACES
        while at < end:
            found = match(content, at)
            if found is None:
                if content[at:].strip():
                    return self._parsed(content, row, seen)
                break
            at = found.end()
            letters, style, kind, formula, value, inline = found.groups()
            place = places[letters] if letters else len(cells)
            while len(cells) < place:
                cells.append("")
            if not value and inline is None:
                if formula is not None:
                    seen.note("unvalued", row)
                cells.append("")
                continue
            text = value if inline is None else inline
            if "&" in text:
                text = html.unescape(text)
            cells.append(self._text(text, style, kind, row, seen))
        return cells

    def _parsed(self, content: str, row: int, seen: Seen) -> list[str]:
        """The cells of a row whose XML is written otherwise: with prefixes, runs of text, other attributes."""
        prefixes = set(re.findall(r"<(\w+):", content)) | set(re.findall(r"\b(\w+):\w+=", content)) - {
            "xml",
            "xmlns",
        }
        declared = "".join(f' xmlns:{prefix}="{prefix}"' for prefix in sorted(prefixes))
        root = ElementTree.fromstring(f"<row{declared}>{content}</row>")  # noqa: S314
        cells: list[str] = []
        for cell in root:
            if _local(cell) != "c":
                continue
            letters = re.match("[A-Z]+", cell.get("r", ""))
            place = _place(letters[0]) if letters else len(cells)
            if place >= _COLUMNS:
                raise ValueError("no such column")
            while len(cells) < place:
                cells.append("")
            parts = {_local(part): part for part in cell}
            if "is" in parts:
                cells.append(text_of(parts["is"]))
            elif "v" in parts and parts["v"].text:
                cells.append(self._text(parts["v"].text, cell.get("s"), cell.get("t"), row, seen))
            else:
                if "f" in parts:
                    seen.note("unvalued", row)
                cells.append("")
        return cells

    def _text(self, value: str, style: str | None, kind: str | None, row: int, seen: Seen) -> str:
        if kind == "s":
            return self._texts[int(value)]
        if kind is None or kind == "n":
            return self._number(value, int(style or 0), row, seen)
        if kind == "b":
            return "true" if value.strip() == "1" else "false"
        if kind == "e":
            seen.note("errors", row)
            return value
        if kind == "d":
            return value.replace("T00:00:00", "").removesuffix("Z")
        return unescaped(value)

    def _number(self, value: str, style: int, row: int, seen: Seen) -> str:
        if style in self._formats.dates:
            known = self._days.get(value)
            if known is None:
                known = self._days[value] = day_of(value, self._formats.epoch_1904)
                if len(self._days) > 100_000:
                    self._days.clear()
            return known
        if not _PLAIN.fullmatch(value):
            shown = shown_number(value)
            if shown is None:
                return value
            if len(shown.lstrip("-").partition(".")[0]) > 15:
                seen.note("rounded", row)
            value = shown
        width = self._formats.zeros.get(style, 0)
        return value.zfill(width) if width and value.isdecimal() else value

    def merged(self, sheet: Sheet) -> list[Merged]:
        """The cells of a sheet that are merged downwards; they are told at its end."""
        found: set[Merged] = set()
        rest = b""
        try:
            with self._workbook.archive.open(sheet.part) as stream:
                while block := stream.read(_BLOCK):
                    text = rest + block
                    if b"mergeCell" in text:
                        for left, top, _, bottom in _MERGED.findall(text):
                            found.add(Merged(_place(left.decode()), int(top), int(bottom)))
                    rest = text[-200:]
        except _DAMAGE as error:
            raise damaged(self._workbook.name) from error
        return sorted(one for one in found if one.bottom > one.top)


@dataclass(frozen=True, order=True)
class Merged:
    """Cells of one column that are merged: the column from 0, the first and last row from 1."""

    column: int
    top: int
    bottom: int


class Filling:
    """Gives merged cells below the first its value, as they show it; those of `columns` alone.

    An amount is not repeated: one payment that stands beside three lines was paid once.
    """

    def __init__(self, merged: list[Merged], columns: frozenset[int]) -> None:
        self._coming = sorted((one for one in merged if one.column in columns), key=lambda one: -one.top)
        self._open: dict[int, tuple[int, str]] = {}

    def fill(self, number: int, cells: list[str]) -> None:
        """Fill the `cells` of the row of this `number`; rows come in their order."""
        while self._coming and self._coming[-1].top <= number:
            one = self._coming.pop()
            if one.top == number:
                self._open[one.column] = (one.bottom, cells[one.column] if one.column < len(cells) else "")
        for column, (bottom, value) in list(self._open.items()):
            if bottom < number:
                del self._open[column]
                continue
            while len(cells) <= column:
                cells.append("")
            cells[column] = cells[column] or value


def _require_blank(between: bytes) -> None:
    """Nothing stands between rows: what does is a row that was not recognised, and would be lost."""
    if between and between.strip():
        raise ValueError("between rows")


def day_of(value: str, epoch_1904: bool) -> str:
    """ISO day, with a time where the number has one, of a number of days; the text itself where it is none."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if not number.is_finite() or not 0 <= number < 2_958_466:
        return value
    days = int(number)
    seconds = int((number - days) * 86_400 + Decimal("0.5"))
    # Excel has a 29 February 1900, which never was.
    first = date(1904, 1, 1) if epoch_1904 else date(1899, 12, 30 if days > 60 else 31)
    if seconds == 86_400 and days + 1 - number <= _NO_TIME:
        days, seconds = days + 1, 0
    seconds = min(seconds, 86_399)  # the last moment of a day (23:59:59.997) is of that day
    day = (first + timedelta(days=days)).isoformat() if days or epoch_1904 else ""
    hours, minutes = divmod(seconds // 60, 60)
    time = f"{hours:02}:{minutes:02}:{seconds % 60:02}" if seconds or not day else ""
    return f"{day} {time}".strip()


def shown_number(value: str) -> str | None:
    """A number of a cell as it is shown, without powers of ten and with fifteen digits at most; None where none is."""
    try:
        number = _SHOWN.create_decimal(value.strip())
    except ArithmeticError:
        return None
    if not number.is_finite() or abs(number.adjusted()) > 40:
        return None
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _place(letters: str) -> int:
    """The place of a column, from 0: A, B, ... Z, AA."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


class _Places(dict[str, int]):
    """The places of columns, each told once."""

    def __missing__(self, letters: str) -> int:
        self[letters] = place = _place(letters)
        return place


_PLACES: Final = _Places()


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
