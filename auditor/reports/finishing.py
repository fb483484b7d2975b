"""From the workbook that openpyxl laid out to the file: large sheets streamed in, nothing of the clock left."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from auditor.reports.cells import escaped
from auditor.reports.protection import OPEN_RANGE

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:)")
_FORMULA = re.compile(r'<c r="([A-Z]+[0-9]+)"([^>]*)><f>([^<]*)</f><v ?/?>(?:</v>)?</c>')
_DIMENSION = re.compile(rb'(<dimension ref="A1:[A-Z]+)[0-9]+')
_PROTECTED = re.compile(rb"<sheetProtection [^>]*/>")
_END: Final = b"</sheetData>"
_CHUNK: Final = 1 << 18


def finish(
    source: Path,
    target: Path,
    rows: Mapping[str, tuple[int, Iterable[str]]],
    known: Mapping[str, Mapping[str, str]],
    opened: Mapping[str, str] | None = None,
) -> None:
    """Copy the workbook `source` to `target`, part by part.

    `rows` gives, by part ("xl/worksheets/sheet3.xml"), how many rows to add to it and the rows as XML; `known` the
    values of formulas by part and cell, so that programs that do not calculate show them too; `opened` the cells, by
    part, that every user may change though the sheet is protected. All times are set to 1980.
    """
    with (
        zipfile.ZipFile(source) as read,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as write,
    ):
        for name in read.namelist():
            part = zipfile.ZipInfo(name, date_time=_EPOCH)
            part.compress_type = zipfile.ZIP_DEFLATED
            part.create_system = 3
            part.external_attr = 0o644 << 16
            content = read.read(name)
            if name == "docProps/core.xml":
                content = _STAMP.sub(rb"\g<1>1980-01-01T00:00:00Z\2", content)
            if known.get(name):
                content = _valued(content.decode("utf-8"), known[name]).encode("utf-8")
            if opened and name in opened:
                content = _PROTECTED.sub(rb"\g<0>" + _opened(opened[name]), content, count=1)
            with write.open(part, "w", force_zip64=True) as out:
                if name not in rows:
                    out.write(content)
                    continue
                number, added = rows[name]
                head, end, tail = content.partition(_END)
                out.write(_DIMENSION.sub(rb"\g<1>%d" % (number + 1), head, count=1))
                for chunk in _chunks(added):
                    out.write(chunk)
                out.write(end + tail)


def _chunks(rows: Iterable[str]) -> Iterator[bytes]:
    waiting: list[str] = []
    size = 0
    for row in rows:
        waiting.append(row)
        size += len(row)
        if size >= _CHUNK:
            yield "".join(waiting).encode("utf-8")
            waiting, size = [], 0
    yield "".join(waiting).encode("utf-8")


def _opened(cells: str) -> bytes:
    """What opens `cells`; openpyxl knows no such element."""
    return (
        f'<protectedRanges><protectedRange sqref="{cells}" name="{OPEN_RANGE}"/></protectedRanges>'.encode()
    )


def _valued(xml: str, known: Mapping[str, str]) -> str:
    """Every formula whose value is known, with the value beside it."""

    def valued(found: re.Match[str]) -> str:
        value = known.get(found[1])
        if value is None:
            return found[0]
        kind = "" if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value) else ' t="str"'
        return f'<c r="{found[1]}"{found[2]}{kind}><f>{found[3]}</f><v>{escaped(value)}</v></c>'

    return _FORMULA.sub(valued, xml)
