"""The parts of an Office Open XML workbook (xlsx, xlsm) beside its cells: sheets, texts, formats of numbers.

Source: ECMA-376 part 1, SpreadsheetML (workbook 18.2, shared strings 18.4, styles 18.8). Texts that cells share are
held in memory, each once; everything else is read as it streams by.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree

from auditor.base.errors import InputRefused

_BUILT_IN_DATES: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Numbers of formats of days and times that no workbook writes down (ECMA-376 part 1, 18.8.30)."""
_UNREADABLE: Final = (
    zipfile.BadZipFile, zlib.error, KeyError, ElementTree.ParseError, EOFError, ValueError, NotImplementedError,
    OSError,
)  # fmt: skip
_RATIO: Final = 400
_GRACE: Final = 64 << 20
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class Sheet:
    """A sheet of cells: its name, where it stands in the package, whether it is hidden."""

    name: str
    part: str
    hidden: bool


@dataclass(frozen=True)
class Formats:
    """How the numbers of a workbook are shown: by style, whether one is a day, and the width that zeros fill.

    `epoch_1904` says that days are counted from 1904-01-01.
    """

    dates: frozenset[int]
    zeros: dict[int, int]
    epoch_1904: bool


class Workbook:
    """An open workbook. Raises InputRefused for one that is damaged or of a kind that is not read."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self.archive, self.name = archive, name
        listed = set(archive.namelist())
        if any(part.endswith("workbook.bin") for part in listed):
            raise InputRefused(
                "this is a binary Excel workbook (xlsb), which is not read",
                where=name,
                mend="Save it as xlsx or CSV.",
            )
        for info in archive.infolist():
            if info.flag_bits & 1:
                raise InputRefused(
                    "the workbook is protected by a password", where=name, mend="Save it without one."
                )
            if info.file_size > _GRACE and info.file_size > _RATIO * max(info.compress_size, 1):
                raise InputRefused(
                    "the workbook unpacks to far more than its size allows and may be a decompression bomb",
                    where=name,
                    mend="Save the sheet as CSV if you trust it.",
                )
        root = self._related("", "officeDocument") or [("", "xl/workbook.xml")]
        main = root[0][1]
        if main not in listed:
            raise InputRefused(
                "this is a document of Office and no workbook",
                where=name,
                mend="Give the claims as xlsx or CSV.",
            )
        self._main = main
        self.epoch_1904 = False
        self.sheets = tuple(self._sheets(listed))

    def texts(self) -> list[str]:
        """The texts that cells share, in their order."""
        parts = [part for _, part in self._related(self._main, "sharedStrings")]
        if not parts or parts[0] not in self.archive.namelist():
            return []
        found: list[str] = []
        for element in self._elements(parts[0], "si"):
            found.append(text_of(element))
        return found

    def formats(self) -> Formats:
        """Which styles are days, and which fill a number with zeros."""
        parts = [part for _, part in self._related(self._main, "styles")]
        if not parts or parts[0] not in self.archive.namelist():
            return Formats(frozenset(), {}, self.epoch_1904)
        root = self._parsed(parts[0])
        dates: set[int] = set()
        zeros: dict[int, int] = {}
        try:
            own = {
                int(one.get("numFmtId", "-1")): one.get("formatCode", "")
                for one in root.iter()
                if _local(one.tag) == "numFmt"
            }
            styles = next((one for one in root if _local(one.tag) == "cellXfs"), ())
            for place, style in enumerate(styles):
                number = int(style.get("numFmtId", "0"))
                code = own.get(number, "")
                if is_date_format(code) if number in own else number in _BUILT_IN_DATES:
                    dates.add(place)
                elif code and set(code) == {"0"}:
                    zeros[place] = len(code)
        except ValueError as error:
            raise damaged(self.name) from error
        return Formats(frozenset(dates), zeros, self.epoch_1904)

    def _sheets(self, listed: set[str]) -> Iterator[Sheet]:
        places = dict(self._related(self._main, "worksheet"))
        for element in self._parsed(self._main).iter():
            local = _local(element.tag)
            if local == "workbookPr" and element.get("date1904", "0") in ("1", "true", "on"):
                self.epoch_1904 = True
            if local == "sheet":
                number = next((v for k, v in element.attrib.items() if _local(k) == "id"), "")
                part = places.get(number)
                if part in listed and part is not None:  # a sheet of charts has no cells
                    yield Sheet(element.get("name", ""), part, element.get("state", "visible") != "visible")

    def _related(self, part: str, kind: str) -> list[tuple[str, str]]:
        """Number and place of the parts of a kind that `part` (none: the package) is related to."""
        folder, file = posixpath.split(part)
        relations = posixpath.join(folder, "_rels", f"{file}.rels")
        if relations not in self.archive.namelist():
            return []
        found = []
        for element in self._parsed(relations):
            if element.get("Type", "").endswith(f"/{kind}"):
                target = element.get("Target", "")
                place = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
                found.append((element.get("Id", ""), posixpath.normpath(place)))
        return found

    def _parsed(self, part: str) -> ElementTree.Element:
        try:
            with self.archive.open(part) as stream:
                return ElementTree.parse(stream).getroot()  # noqa: S314
        except _UNREADABLE as error:
            raise damaged(self.name) from error

    def _elements(self, part: str, local: str) -> Iterator[ElementTree.Element]:
        """The elements of a name, each forgotten when the next is asked for."""
        try:
            with self.archive.open(part) as stream:
                events = ElementTree.iterparse(stream, events=("start", "end"))  # noqa: S314
                _, root = next(events)
                for event, element in events:
                    if event == "end" and _local(element.tag) == local:
                        yield element
                        root.clear()
        except _UNREADABLE as error:
            raise damaged(self.name) from error


def text_of(element: ElementTree.Element) -> str:
    """The text of a shared or inline text, of all its runs but without what tells how it is pronounced."""
    parts = []
    for child in element:
        local = _local(child.tag)
        if local == "t":
            parts.append(child.text or "")
        elif local == "r":
            parts += [one.text or "" for one in child if _local(one.tag) == "t"]
    return unescaped("".join(parts))


def unescaped(text: str) -> str:
    """`text` with the characters that Excel writes as `_x000D_`."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def is_date_format(code: str) -> bool:
    """Whether a format shows a day: it has letters of year, month or day that are no literal text."""
    bare = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.', "", code.split(";")[0]).lower()
    return "general" not in bare and (bool(set(bare) & {"y", "d"}) or re.fullmatch("m+", bare) is not None)


def damaged(name: str) -> InputRefused:
    """The refusal of a workbook that cannot be read to its end."""
    return InputRefused(
        "the workbook is damaged or cut short", where=name, mend="Save it again, or save the sheet as CSV."
    )


def _local(tag: str) -> str:
    """A name without its namespace."""
    return tag.rpartition("}")[2]
