"""Rows of an xlsx sheet as text, read as a stream.

A PTP workbook holds 600,000 rows and more; readers that lay out the whole sheet take gigabytes, and a hostile
file with one cell in the last corner takes all there is. Here a row is made, handed on and forgotten.
Numbers become the digits a person sees (20240701, not 20240701.0), dates become YYYY-MM-DD.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.parsers import expat

from auditor.base.errors import InputRefused
from auditor.reference.archives import Limits, checked_blocks, open_zip

_COLUMNS = 256
_STRINGS = 2_000_000
_EPOCH = date(1899, 12, 30)
_BUILTIN_DATES = frozenset(range(14, 18)) | {22}
_DATE_FORMAT = re.compile(r"[dy]", re.IGNORECASE)
_FORMAT_TEXT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_DIGITS = "0123456789"

_Start = Callable[[str, dict[str, str]], None]
_End = Callable[[str], None]


class Workbook:
    """An open xlsx file: `sheets` are the names of its worksheets in order."""

    def __init__(self, path: Path, place: str, limits: Limits | None = None) -> None:
        """Read the workbook's lists, not yet its rows. Raises InputRefused when it is damaged or hostile."""
        self._limits = limits or Limits()
        self._place = place
        self._zip = open_zip(path, place, self._limits)
        self._members = {info.filename.lower(): info for info in self._zip.infolist()}
        self._paths = self._read_sheet_paths()
        self.sheets = tuple(self._paths)
        self._strings: list[str] | None = None
        self._date_styles: frozenset[str] | None = None

    def __enter__(self) -> Workbook:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def rows(self, sheet: str) -> Iterator[list[str]]:
        """The rows of one sheet that have any content, each a list of cell texts (blank: empty string)."""
        if self._strings is None:
            self._strings = self._read_strings()
        if self._date_styles is None:
            self._date_styles = self._read_date_styles()
        reader = _SheetReader(self._strings, self._date_styles)
        parser = self._parser(reader.start, reader.end, None)
        reader.take_text_from(parser)
        for block in self._blocks(self._paths[sheet]):
            self._feed(parser, block)
            yield from reader.take_rows()
        self._finish(parser)
        yield from reader.take_rows()

    def _read_sheet_paths(self) -> dict[str, str]:
        """Worksheet names with their members, through the workbook's relations."""
        targets: dict[str, str] = {}
        sheets: list[tuple[str, str]] = []

        def relation(name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
                targets[attributes.get("Id", "")] = attributes.get("Target", "")

        def sheet(name: str, attributes: dict[str, str]) -> None:
            if name.rpartition(":")[2] == "sheet":
                key = next((v for k, v in attributes.items() if k.rpartition(":")[2] == "id"), "")
                sheets.append((attributes.get("name", ""), key))

        self._parse("xl/_rels/workbook.xml.rels", relation)
        self._parse("xl/workbook.xml", sheet)
        return {
            name: posixpath.normpath(posixpath.join("/xl", targets[key])).lstrip("/")
            for name, key in sheets
            if key in targets
        }

    def _read_strings(self) -> list[str]:
        """The shared strings, without phonetic readings."""
        strings: list[str] = []
        if "xl/sharedstrings.xml" not in self._members:
            return strings
        pieces: list[str] = []
        state = {"text": False, "phonetic": 0}

        def start(name: str, _: dict[str, str]) -> None:
            local = name.rpartition(":")[2]
            if local == "rPh":
                state["phonetic"] += 1
            elif local == "t":
                state["text"] = not state["phonetic"]

        def end(name: str) -> None:
            local = name.rpartition(":")[2]
            if local == "si":
                strings.append("".join(pieces))
                if len(strings) > _STRINGS:
                    raise InputRefused(
                        f"the workbook has more than {_STRINGS:,} different texts",
                        where=self._place,
                        why="No published table has so many; they would fill the memory",
                    )
                pieces.clear()
            elif local == "rPh":
                state["phonetic"] -= 1
            elif local == "t":
                state["text"] = False

        def text(data: str) -> None:
            if state["text"]:
                pieces.append(data)

        self._parse("xl/sharedStrings.xml", start, end, text)
        return strings

    def _read_date_styles(self) -> frozenset[str]:
        """Numbers of the cell styles that show a date."""
        formats: set[str] = {str(number) for number in _BUILTIN_DATES}
        styles: list[str] = []
        state = {"cells": False}

        def start(name: str, attributes: dict[str, str]) -> None:
            local = name.rpartition(":")[2]
            if local == "numFmt":
                code = _FORMAT_TEXT.sub("", attributes.get("formatCode", ""))
                if _DATE_FORMAT.search(code):
                    formats.add(attributes.get("numFmtId", ""))
            elif local == "cellXfs":
                state["cells"] = True
            elif local == "xf" and state["cells"]:
                styles.append(attributes.get("numFmtId", "0"))

        def end(name: str) -> None:
            if name.rpartition(":")[2] == "cellXfs":
                state["cells"] = False

        if "xl/styles.xml" in self._members:
            self._parse("xl/styles.xml", start, end)
        return frozenset(str(i) for i, number in enumerate(styles) if number in formats)

    def _parse(
        self, member: str, start: _Start, end: _End | None = None, text: Callable[[str], None] | None = None
    ) -> None:
        parser = self._parser(start, end, text)
        for block in self._blocks(member):
            self._feed(parser, block)
        self._finish(parser)

    def _parser(
        self, start: _Start, end: _End | None, text: Callable[[str], None] | None
    ) -> expat.XMLParserType:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = start
        if end is not None:
            parser.EndElementHandler = end
        if text is not None:
            parser.CharacterDataHandler = text
        # No table needs a document type, and entity bombs live there.
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        return parser

    def _refuse_doctype(self, *_: Any) -> None:
        raise InputRefused(
            "the workbook declares a document type",
            where=self._place,
            why="No spreadsheet program writes one",
        )

    def _blocks(self, member: str) -> Iterator[bytes]:
        info = self._members.get(member.lower())
        if info is None:
            raise self._damaged()
        try:
            yield from checked_blocks(self._zip, info, self._limits)
        except InputRefused as error:
            raise InputRefused(error.what, where=self._place, why=error.why, mend=error.mend) from error

    def _feed(self, parser: expat.XMLParserType, block: bytes) -> None:
        try:
            parser.Parse(block, False)
        except (expat.ExpatError, IndexError, ValueError) as error:
            raise self._damaged() from error

    def _finish(self, parser: expat.XMLParserType) -> None:
        try:
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise self._damaged() from error

    def _damaged(self) -> InputRefused:
        return InputRefused(
            "the workbook is damaged or cut short", where=self._place, mend="Download it again"
        )


class _SheetReader:
    """Collects the rows of a worksheet from parser events."""

    def __init__(self, strings: list[str], date_styles: frozenset[str]) -> None:
        self._strings = strings
        self._date_styles = date_styles
        self._rows: list[list[str]] = []
        self._cells: list[str] = []
        self._columns: dict[str, int] = {}
        self._kind = "n"
        self._style = ""
        self._column = 0
        self._text: list[str] = []
        self._set_text: Callable[[bool], None] = lambda on: None

    def take_text_from(self, parser: expat.XMLParserType) -> None:
        """Listen to character data only between the tags of a value: most of a sheet is markup."""
        take = self._text.append

        def switch(on: bool) -> None:
            parser.CharacterDataHandler = take if on else None

        self._set_text = switch

    def take_rows(self) -> list[list[str]]:
        """The rows finished since the last call."""
        rows, self._rows = self._rows, []
        return rows

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """A start tag."""
        if name == "c" or name.endswith(":c"):
            reference = attributes.get("r")
            self._column = self._place(reference) if reference else len(self._cells)
            self._kind = attributes.get("t", "n")
            self._style = attributes.get("s", "")
            self._text.clear()
        elif name in ("v", "t") or name.endswith((":v", ":t")):
            self._set_text(True)

    def end(self, name: str) -> None:
        """An end tag."""
        if name in ("v", "t") or name.endswith((":v", ":t")):
            self._set_text(False)
        elif name == "c" or name.endswith(":c"):
            if self._text and self._column < _COLUMNS:
                cells = self._cells
                while len(cells) < self._column:
                    cells.append("")
                cells.append(self._value("".join(self._text)))
        elif self._cells and (name == "row" or name.endswith(":row")):
            self._rows.append(self._cells)
            self._cells = []

    def _place(self, reference: str) -> int:
        """Zero-based column of a cell reference such as `C12`."""
        letters = reference.rstrip(_DIGITS)
        column = self._columns.get(letters)
        if column is None:
            column = 0
            for letter in letters:
                column = column * 26 + ord(letter) - 64
            column -= 1
            self._columns[letters] = column
        return column

    def _value(self, raw: str) -> str:
        kind = self._kind
        if kind == "s":
            return self._strings[int(raw)]
        if kind != "n":
            return raw[:10] if kind == "d" else raw
        if self._style in self._date_styles:
            return _as_date(raw)
        return raw if raw.isdigit() else _as_number(raw)


def _as_number(raw: str) -> str:
    """A stored number as its digits; what is none stays as it is."""
    try:
        number = float(raw)
    except ValueError:
        return raw
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else raw


def _as_date(raw: str) -> str:
    """A day number of the 1900 date system as YYYY-MM-DD; what is none stays as it is."""
    try:
        return (_EPOCH + timedelta(days=int(float(raw)))).isoformat()
    except (ValueError, OverflowError):
        return raw
