"""A YAML reader that refuses what has cost others dear: duplicate keys, aliases, tags, and codes without quotes.

Plain scalars are read by YAML 1.1 rules only where the outcome is beyond doubt: ``true``/``false``, ``null``, whole
numbers, decimals and ISO dates. ``00100`` (which YAML makes 64), ``on``, ``yes``, ``1e5`` and ``12:30`` are refused
with file and line, and the mend: put quotes round it.

A file may come from anyone. It is read as a stream of events, so that nothing is built of it before it is looked at: no
object is ever made but mappings, lists, texts, numbers, dates, true, false and null, and size, depth and count are
bounded. Only plain files are opened, so that neither a device nor a pipe can hold the reader.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from auditor.base.errors import InputRefused
from auditor.rules.unseen import about, number_of, shown, unseen_at
from auditor.rules.yaml_faults import fault_of

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same parser in C where the library was built with it: rule files are read at every start."""
MAX_BYTES = 1_000_000
MAX_DEPTH = 50
"""Mappings and lists within each other; the deepest condition that a person can read has some ten."""
MAX_KEY = 200
MAX_VALUES = 100_000
"""Texts, numbers, lists and mappings in one file; the longest list of codes that a rule carries has some thousands."""
_MAX_DIGITS = 30
_SHOWN = 200
"""Of a value that is refused, so many characters are repeated."""
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_DOUBTFUL = re.compile(
    r"(?:[-+]?[0-9][0-9_]*(?:[.:eE][-+0-9_:.eE]*)?|0[xob][0-9a-fA-F_]+|[-+]?\.(?:inf|nan))\Z", re.IGNORECASE
)
_THREE_NUMBERS = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\Z")
"""A version, which no reader of YAML takes for a number."""
_BOOLEAN_WORDS = {"yes": "true", "no": "false", "on": "true", "off": "false", "y": "true", "n": "false"}
"""What YAML 1.1 makes of words that are meant as texts as often."""
_LINE_END = re.compile("\r\n|\r|\n")
_QUOTES = frozenset("'\"")
_WORDS_OF_YAML = frozenset({"<<", "="})


class LineDict(dict[str, Any]):
    """A mapping that remembers the line of the file where it and each of its keys stand."""

    line: int = 0
    key_lines: dict[str, int]


def refuse(path: Path, line: int, what: str, why: str, mend: str) -> InputRefused:
    """An error that names the rule file and line. A long value within it is cut short, an unseen character told."""
    return InputRefused(
        what=told(what), where=f"{told(path.name)}, line {line}", why=told(why), mend=told(mend)
    )


def told(text: str) -> str:
    """A text that may come from a file, as a message shows it: bounded, and with nothing unseen in it."""
    if len(text) > 2 * _SHOWN:
        text = f"{text[:_SHOWN]} ... {text[-_SHOWN // 2 :]}"
    return shown(text)


def read_yaml(path: Path) -> LineDict:
    """Read one rule file into mappings that know their lines.

    Raises InputRefused (exit 3) for anything but one mapping of plain YAML under a megabyte in a plain file.
    """
    return parse_yaml(path, read_bytes(path, MAX_BYTES))


def read_bytes(path: Path, most: int) -> bytes:
    """The content of a plain file of at most ``most`` bytes; of a larger one no more than that is ever read.

    Raises InputRefused for a larger one and for what is no plain file; waits for no pipe. A link that the caller named
    is followed.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise refuse(
            path, 1, "file refused", error.strerror or "it cannot be opened", "name a file that can be read"
        ) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise refuse(path, 1, "file refused", "it is no plain file", "name a file")
    with os.fdopen(handle, "rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        if most == MAX_BYTES:
            raise refuse(
                path, 1, "file refused", "it is larger than one megabyte", "split it: one rule a file"
            )
        raise refuse(path, 1, "file refused", f"it is larger than {most:,} bytes", "name a smaller one")
    return content


def parse_yaml(path: Path, content: bytes) -> LineDict:
    """The one mapping that ``content`` holds; ``path`` is what messages name. Raises InputRefused (exit 3)."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        why = "it is not UTF-8 text"
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            why = "it is UTF-16 text, not UTF-8"
        raise refuse(path, 1, "rule file refused", why, "save it as UTF-8") from error
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise refuse(path, line, "rule file refused", "it has zero bytes in it", "save it as UTF-8 text")
    _all_seen(path, text)
    try:
        return _Reader(path, yaml.parse(text, Loader=_LOADER)).document()
    except yaml.MarkedYAMLError as error:
        if error.problem_mark is not None and "nesting depth" in str(error.problem):
            # It looks ahead, from PyYAML 6.0.4 on a thousand levels at most, before it gives the first of them.
            raise _too_deep(path, error.problem_mark.line + 1) from error
        fault = fault_of(error, text)
        raise refuse(path, fault.line, "rule file is not valid YAML", fault.why, fault.mend) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise refuse(
            path, 1, "rule file is not valid YAML", "it cannot be read", "save it as plain UTF-8 text"
        ) from error


def _too_deep(path: Path, line: int) -> InputRefused:
    return refuse(
        path, line, "rule file is not valid YAML for a rule", f"it is nested deeper than {MAX_DEPTH} levels",
        "write it flatter",
    )  # fmt: skip


def _all_seen(path: Path, text: str) -> None:
    """Refuse what is not seen anywhere in a file, its comments too. YAML takes some of it for the end of a line."""
    for number, line in enumerate(_LINE_END.split(text), 1):
        at = unseen_at(line)
        if at >= 0:
            why, mend = about(line[at])
            raise refuse(
                path, number, f"character {number_of(line[at])} refused", f"column {at + 1}, {why}", mend
            )


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


class _Reader:
    """Makes values of a file's events, as they come."""

    def __init__(self, path: Path, events: Iterator[yaml.Event]) -> None:
        self._path, self._events = path, events
        self._values = 0

    def document(self) -> LineDict:
        for event in self._events:
            if isinstance(event, yaml.MappingStartEvent):
                self._plain(event)
                found = self._mapping(event, 1)
                self._end()
                return found
            if isinstance(event, yaml.ScalarEvent | yaml.SequenceStartEvent | yaml.AliasEvent):
                break
        raise refuse(self._path, 1, "rule file refused", "it is not one mapping of keys", "begin with `id:`")

    def _end(self) -> None:
        """After the mapping nothing may follow, for nobody would read it."""
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                raise self._refuse(
                    event, "second document refused", "a file holds one rule", "make two files"
                )

    def _refuse(self, event: yaml.Event, what: str, why: str, mend: str) -> InputRefused:
        return refuse(self._path, _line(event), what, why, mend)

    def _plain(self, event: Any) -> None:
        """Refuse what refers to something else or would make another kind of value. The event begins a value."""
        if event.anchor is not None:  # an alias has the name of its anchor there
            raise self._refuse(
                event, "alias refused", "rule files hold no anchors or aliases", "write the value out"
            )
        tag = event.tag
        if tag and tag != "!":  # "!" is what the parser says of a quoted text
            raise self._refuse(event, "tag refused", f"`{tag}` is not plain YAML", "remove the tag")

    def _value(self, event: yaml.Event, depth: int) -> Any:
        self._plain(event)
        self._values += 1
        if self._values > MAX_VALUES:
            raise self._refuse(
                event,
                "rule file refused",
                f"it holds more than {MAX_VALUES:,} values",
                "make a table of them",
            )
        if type(event) is yaml.ScalarEvent:
            return self._scalar(event)
        if depth >= MAX_DEPTH:
            raise _too_deep(self._path, _line(event))
        if type(event) is yaml.MappingStartEvent:
            return self._mapping(event, depth + 1)
        items: list[Any] = []
        for item in self._events:
            if type(item) is yaml.SequenceEndEvent:
                break
            items.append(self._value(item, depth + 1))
        return items

    def _mapping(self, start: yaml.Event, depth: int) -> LineDict:
        result = LineDict()
        result.line, result.key_lines = _line(start), {}
        for event in self._events:
            if type(event) is yaml.MappingEndEvent:
                break
            key, at = self._key(event), _line(event)
            if key in result:
                raise self._refuse(
                    event, f"key `{key}` stands twice", "the first would be lost", "remove one of the two"
                )
            result[key] = self._value(next(self._events), depth)
            result.key_lines[key] = at
        return result

    def _key(self, event: yaml.Event) -> str:
        self._plain(event)
        if type(event) is not yaml.ScalarEvent:
            raise self._refuse(event, "key refused", "a key must be a plain word", "write `key: value`")
        key = str(event.value)
        if len(key) > MAX_KEY:
            raise self._refuse(
                event, "key refused", f"it is longer than {MAX_KEY} characters", "a key is a plain word"
            )
        if key in _WORDS_OF_YAML and not event.style:
            raise self._refuse(
                event, f"key `{key}` refused", "rule files merge nothing into a mapping", "write the keys out"
            )
        if event.style:
            self._seen(event, key)
        return key

    def _seen(self, event: yaml.ScalarEvent, text: str) -> None:
        """Refuse what is unseen in a quoted text; of any other no more is left than of the file itself."""
        if event.style == '"' and (at := unseen_at(text)) >= 0:  # only here a sign can stand for another
            raise self._refuse(event, f"character {number_of(text[at])} refused", *about(text[at]))
        if event.style in _QUOTES and text != (bare := text.strip()) and " " not in bare:
            raise self._refuse(
                event, f'`"{text}"` refused', "a blank stands at an end of it, and no code of a claim has one",
                f'write "{bare}"',
            )  # fmt: skip

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        text: str = event.value
        if event.style:  # quoted or block text; None or empty for a plain scalar
            self._seen(event, text)
            return text
        lowered = text.lower() if len(text) <= 5 else ""
        if not text or lowered in {"null", "~"}:
            return None
        if lowered in {"true", "false"}:
            return lowered == "true"
        if lowered in _BOOLEAN_WORDS:
            raise self._refuse(
                event, f"`{text}` refused", "YAML reads it as true or false",
                f'write {_BOOLEAN_WORDS[lowered]}, or "{text}" in quotes where the text is meant',
            )  # fmt: skip
        if text[0].isalpha():
            return text
        if _DATE.match(text):
            try:
                return date.fromisoformat(text)
            except ValueError as error:
                raise self._refuse(event, f"`{text}` is no date", str(error), "correct the date") from error
        whole = _WHOLE.match(text)
        if whole or _DECIMAL.match(text):
            if len(text) > _MAX_DIGITS:
                raise self._refuse(
                    event, f"`{text}` refused", f"it has more than {_MAX_DIGITS} digits", "write it in quotes"
                )
            return int(text) if whole else Decimal(text)
        if _DOUBTFUL.match(text) and not _THREE_NUMBERS.match(text):
            raise self._refuse(
                event,
                f"`{text}` refused",
                "YAML would turn it into another number",
                f'write "{text}" in quotes',
            )
        if text in _WORDS_OF_YAML:
            raise self._refuse(
                event, f"`{text}` refused", "YAML gives it a meaning of its own", f'write "{text}" in quotes'
            )
        return text
