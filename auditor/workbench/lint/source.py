"""One rule file as lint reads it: its text, its mappings, and where in the text each of them stands.

A file with words that YAML would turn into something else is read to its end all the same: each refusal is kept, the
word is put in quotes as the refusal asks, and reading goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from auditor.base.errors import InputRefused
from auditor.rules.yaml_strict import MAX_BYTES, LineDict, parse_yaml, read_bytes
from auditor.workbench.lint.messages import Found, Keys, Spot

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_QUOTE_IT = re.compile(r"`([^`]+)` (?:refused|is no date)")
_TICKED = re.compile(r"`([^`]+)`")
_LINE = re.compile(r", line (\d+)\Z")
_MOST = 100
"""Refusals of one file that are told."""

Marks = tuple[Spot, Spot]
"""Where a key stands and where its value stands."""


@dataclass
class Source:
    """A rule file: ``data`` is None where not even a mapping could be read; ``refused`` is what reading found wrong."""

    path: Path
    lines: list[str]
    data: LineDict | None
    refused: list[Found] = field(default_factory=list)
    text: str = ""

    @cached_property
    def marks(self) -> dict[Keys, Marks]:
        """Where every key and value stands; empty where the file could not be read."""
        return _marks(self.text, self.lines) if self.data is not None else {}

    def spot(self, found: Found) -> Spot:
        """Where a finding stands in the text: its own place, else that of the nearest mapping or list around it."""
        if isinstance(found.at, Spot):
            return found.at
        keys = found.at
        while keys and keys not in self.marks:
            keys = keys[:-1]
        if not keys:
            return Spot(1, 1, len(self.line(1)) or 1)
        return self.marks[keys][1 if found.value and keys == found.at else 0]

    def line(self, number: int) -> str:
        """A line of the file as it stands, empty where there is none."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def told(self, error: InputRefused) -> Found:
        """A refusal of the loader as something found, at the word it names where that stands on its line."""
        number = _LINE.search(error.where)
        spot = self._word(int(number[1]) if number else 1, error.what)
        return Found(spot, error.what, error.why, error.mend)

    def _word(self, number: int, what: str) -> Spot:
        text = self.line(number)
        for word in _TICKED.findall(what):
            at = re.search(rf"(?<![\w.]){re.escape(word)}(?![\w])", text)
            if at:
                return Spot(number, at.start() + 1, len(word))
        bare = text.strip()
        return Spot(number, text.find(bare) + 1 if bare else 1, max(1, min(len(bare), 60)))


def read_source(path: Path) -> Source:
    """Read a file. Raises nothing: what cannot be read is in ``refused``."""
    try:
        content = read_bytes(path, MAX_BYTES)
    except InputRefused as error:
        return Source(path, [], None, [Found(Spot(1), error.what, error.why, error.mend)])
    return source_of(path, content)


def source_of(path: Path, content: bytes) -> Source:
    """As :func:`read_source`, of what the file holds."""
    text = content.decode("utf-8-sig", errors="replace")
    source = Source(path, text.splitlines(), None, text=text)
    mended = content
    while len(source.refused) < _MOST:
        try:
            source.data = parse_yaml(path, mended)
        except InputRefused as error:
            found = source.told(error)
            if found in source.refused:
                break
            source.refused.append(found)
            quoted = _quoted(mended, error)
            if quoted is None:
                break
            mended = quoted
        else:
            break
    return source


def texts_in(value: Any, keys: Keys = (), *, fields: bool = False) -> Iterator[tuple[Keys, str]]:
    """Every text in a part of a file, with the way to it; with ``fields`` every key too that is the name of one."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if fields and "." in key:
                yield (*keys, key), key
            yield from texts_in(item, (*keys, key), fields=fields)
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from texts_in(item, (*keys, at), fields=fields)
    elif isinstance(value, str):
        yield keys, value


def _quoted(content: bytes, error: InputRefused) -> bytes | None:
    """The content with the refused word in quotes; None where the refusal asks for something else."""
    word, number = _QUOTE_IT.match(error.what), _LINE.search(error.where)
    if word is None or number is None or ("in quotes" not in error.mend and "is no date" not in error.what):
        return None
    lines = content.decode("utf-8-sig").split("\n")
    at = int(number[1]) - 1
    if at >= len(lines):
        return None
    mended = re.sub(rf"(?<![\w\"'.-]){re.escape(word[1])}(?![\w\"'.-])", f'"{word[1]}"', lines[at], count=1)
    if mended == lines[at]:
        return None
    lines[at] = mended
    return "\n".join(lines).encode()


def _marks(text: str, lines: list[str]) -> dict[Keys, Marks]:
    """Where every key and value stands, in a text that was read: so it is shallow and holds no alias."""
    found: dict[Keys, Marks] = {}
    node = yaml.compose(text, Loader=_LOADER)
    open_nodes: list[tuple[Keys, yaml.Node]] = [((), node)] if node is not None else []
    while open_nodes:
        keys, node = open_nodes.pop()
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                own = (*keys, str(key.value))
                found[own] = (_spot(key, lines), _spot(value, lines))
                open_nodes.append((own, value))
        elif isinstance(node, yaml.SequenceNode):
            for number, item in enumerate(node.value):
                own = (*keys, number)
                found[own] = (_spot(item, lines), _spot(item, lines))
                open_nodes.append((own, item))
    return found


def _spot(node: yaml.Node, lines: list[str]) -> Spot:
    """A node's first line, as far as it goes there."""
    start, end = node.start_mark, node.end_mark
    line = lines[start.line] if start.line < len(lines) else ""
    stop = end.column if end.line == start.line else len(line.rstrip())
    return Spot(start.line + 1, start.column + 1, max(1, stop - start.column))
