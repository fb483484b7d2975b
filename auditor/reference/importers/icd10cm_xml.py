"""The XML of the ICD-10-CM tabular list as a stream of chapters, sections and codes with their notes.

An entry is handed on when its element ends, so only those still open are in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from auditor.base.errors import InputRefused
from auditor.reference.importers.interface import Part
from auditor.reference.importers.records import Rejects

_BLOCK = 1 << 20
_DEEPEST = 30
_LONGEST_TEXT = 100_000
_CONTAINERS = {
    "excludes1": "excludes1",
    "excludes2": "excludes2",
    "codeFirst": "code_first",
    "useAdditionalCode": "use_additional",
    "codeAlso": "code_also",
    "sevenChrNote": "seven_chr",
    "sevenChrDef": "seven_chr",
    "includes": "includes",
}
_LEVELS = {"chapter": "chapter", "section": "section", "diag": "code"}
_LEFT_ALONE = frozenset({"inclusionTerm", "notes", "visualImpairment"})
_CATEGORY = r"[A-Z](?:\d[0-9A-Z]|[A-Z]\d)"
_RANGE = re.compile(rf"\(({_CATEGORY}(?:-{_CATEGORY})?)\)\s*$")


@dataclass
class Note:
    """A note with the kind of its container; `character` for a seventh character's definition."""

    kind: str
    text: str
    character: str | None = None


@dataclass
class Entry:
    """A chapter, section or code (without its dot), or the file itself, whose name is its version.

    `number` is a chapter's, `categories` are those below a chapter or section, `index` the sections that a chapter
    says it has.
    """

    level: str
    line: int
    name: str = ""
    number: str = ""
    is_category: bool = False
    notes: list[Note] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    index: list[str] = field(default_factory=list)


def read_entries(part: Part, rejects: Rejects | None) -> Iterator[Entry]:
    """The entries in the order in which they end. Elements that are not known are counted in `rejects`.

    Raises InputRefused for a damaged file, a document type, or nesting and texts beyond all measure.
    """
    place = part.leaf.place
    parser = expat.ParserCreate()
    reader = _Reader(parser, part, rejects)
    try:
        with part.leaf.path.open("rb") as source:
            while block := source.read(_BLOCK):
                parser.Parse(block, False)
                yield from reader.take()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise InputRefused(
            f"the XML is damaged or cut short ({expat.errors.messages[error.code]}, line {error.lineno})",
            where=place,
            why="Part of the list would be missing",
            mend="Download it again",
        ) from error
    yield from reader.take()


class _Reader:
    """Collects entries from parser events."""

    def __init__(self, parser: expat.XMLParserType, part: Part, rejects: Rejects | None) -> None:
        self._parser = parser
        self._part = part
        self._rejects = rejects
        self._open: list[Entry] = [Entry("file", 1)]
        self._done: list[Entry] = []
        self._path: list[str] = []
        self._kind = ""
        self._character: str | None = None
        self._text: list[str] = []
        self._length = 0
        self._passed_over = 0
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._take_text
        parser.StartDoctypeDeclHandler = self._refuse_doctype

    def take(self) -> list[Entry]:
        """The entries finished since the last call."""
        done, self._done = self._done, []
        return done

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name)
        if len(self._path) > _DEEPEST:
            raise self._refused(f"its elements nest more than {_DEEPEST} deep")
        if self._passed_over:
            self._passed_over += 1
            return
        self._text.clear()
        self._length = 0
        here = self._open[-1]
        if name in _LEVELS:
            entry = Entry(_LEVELS[name], self._parser.CurrentLineNumber)
            entry.name = attributes.get("id", "")
            entry.is_category = name == "diag" and here.level != "code"
            self._open.append(entry)
        elif name in _CONTAINERS:
            self._kind = _CONTAINERS[name]
        elif name == "extension":
            self._character = attributes.get("char")
        elif name == "sectionRef":
            here.index.append(attributes.get("id", ""))
        elif name in _LEFT_ALONE or (name == "introduction" and here.level == "file"):
            self._passed_over = 1
        elif here.level != "file" and name not in ("name", "desc", "note", "sectionIndex"):
            self._passed_over = 1
            if self._rejects is not None:
                self._rejects.add(
                    self._part.leaf.name,
                    self._parser.CurrentLineNumber,
                    f"element {name[:40]} is not known",
                )

    def _end(self, name: str) -> None:
        self._path.pop()
        if self._passed_over:
            self._passed_over -= 1
            return
        text = " ".join("".join(self._text).split())
        self._text.clear()
        here = self._open[-1]
        if name in _LEVELS:
            self._finish(self._open.pop())
        elif name in _CONTAINERS:
            self._kind = ""
        elif name in ("note", "extension") and self._kind:
            self._add_note(here, name, text)
        elif name == "name" and here.level == "chapter":
            here.number = text
        elif name == "name" and here.level == "code":
            here.name = text.replace(".", "")
        elif name == "desc" and here.level == "chapter":
            found = _RANGE.search(text)
            here.name = found[1] if found else f"chapter {here.number}"
        elif name == "version" and here.level == "file":
            here.name = text
            self._done.append(here)

    def _add_note(self, here: Entry, name: str, text: str) -> None:
        """Keep a note; inside a definition it goes on with the character before it."""
        if name == "extension":
            here.notes.append(Note(self._kind, text, self._character))
        elif here.notes and here.notes[-1].character is not None and self._path[-1] == "sevenChrDef":
            here.notes[-1].text = f"{here.notes[-1].text} {text}".strip()
        elif text:
            here.notes.append(Note(self._kind, text))

    def _finish(self, entry: Entry) -> None:
        if entry.is_category:
            for above in self._open:
                if above.level != "file":
                    above.categories.append(entry.name)
        self._done.append(entry)

    def _take_text(self, data: str) -> None:
        self._length += len(data)
        if self._length > _LONGEST_TEXT:
            raise self._refused(f"it has a text of more than {_LONGEST_TEXT:,} characters")
        self._text.append(data)

    def _refuse_doctype(self, *_: Any) -> None:
        raise self._refused("it declares a document type")

    def _refused(self, what: str) -> InputRefused:
        return InputRefused(
            what,
            where=self._part.leaf.place,
            why="No tabular list that NCHS publishes does",
            mend="Download it again",
        )
