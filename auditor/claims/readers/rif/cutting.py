r"""Records of pipe-separated text that are cut otherwise than at every pipe.

A backslash before a pipe may make the pipe a part of the value, or may be the last character of a value (an address
that ends in one). Nothing in the text says which; the number of values of the header does.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

_ESCAPED = re.compile(r"(?<!\\)\|")


def cut(lines: Iterator[str], delimiter: str, width: int) -> Iterator[list[str] | str]:
    """Every record of `lines` as its `width` values, or as the reason why it is none. Blank lines are no records."""
    for line in lines:
        text = line.rstrip("\r\n")
        if text.strip():
            yield _record(text, delimiter, width)


def _record(text: str, delimiter: str, width: int) -> list[str] | str:
    plain = _without_surplus(text.split(delimiter), width)
    if len(plain) == width:
        return plain
    if delimiter == "|" and "\\|" in text:
        escaped = [value.replace("\\|", "|") for value in _ESCAPED.split(text)]
        escaped = _without_surplus(escaped, width)
        if len(escaped) == width:
            return escaped
    if '"' in text:
        try:
            quoted = _without_surplus(next(csv.reader([text], delimiter=delimiter, strict=True)), width)
        except csv.Error:
            quoted = []
        if len(quoted) == width:
            return quoted
    return f"the row has {len(plain)} values, the header {width}"


def _without_surplus(row: list[str], width: int) -> list[str]:
    while len(row) > width and not row[-1].strip():
        row = row[:-1]
    return row
