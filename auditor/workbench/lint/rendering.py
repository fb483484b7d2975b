"""Messages as a person reads them, with the line and a caret under the place, and as an editor does."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from auditor.rules.pack_files import MANIFEST
from auditor.rules.yaml_strict import told
from auditor.workbench.lint.messages import Message
from auditor.workbench.lint.packs import PACK

Naming = Callable[[Path], str]
_WIDEST = 110


def as_text(messages: Sequence[Message], name_of: Naming) -> str:
    """One paragraph a message: what, the place, the line with a caret, why, how to mend it."""
    return "\n\n".join(_told(message, name_of(message.file)) for message in messages)


def as_json(messages: Sequence[Message], files: int, name_of: Naming) -> str:
    """A JSON object with the counts and every message, lines and columns from 1."""
    content = {
        "files": files,
        "errors": sum(message.severity == "error" for message in messages),
        "warnings": sum(message.severity == "warning" for message in messages),
        "messages": [message.as_dict(name_of(message.file)) for message in messages],
    }
    return json.dumps(content, indent=1)


def summary(messages: Sequence[Message], files: int) -> str:
    """The last line: how much was looked at, and what was found.

    ``files``: the rule files that were looked at; what is wrong with other files of their packs is counted with them.
    """
    errors = sum(message.severity == "error" for message in messages)
    warnings = len(messages) - errors
    files += len({item.file for item in messages if item.check == PACK.id or item.file.name == MANIFEST})
    looked = "1 file" if files == 1 else f"{files} files"
    if not messages:
        return f"{looked}: nothing to say."
    counted = [
        f"{number} {word}{'s' if number != 1 else ''}"
        for number, word in ((errors, "error"), (warnings, "warning"))
        if number
    ]
    bad = len({message.file for message in messages})
    return f"{' and '.join(counted)} in {bad} of {looked}."


def _told(message: Message, name: str) -> str:
    spot = message.spot
    margin = " " * len(str(spot.line))
    told_of = [
        f"{message.severity}[{message.check}] {message.name}: {message.what}",
        f"{margin}--> {name}:{spot.line}:{spot.column}",
    ]
    if message.source.strip():
        line, column = _window(message.source, spot.column)
        caret = "^" * max(1, min(spot.length, len(line) - column + 1))
        told_of += [
            f"{margin} |",
            f"{spot.line} | {line}",
            f"{margin} | {' ' * (column - 1)}{caret}",
        ]
    told_of.append(f"{margin} = why: {message.why}")
    told_of.append(f"{margin} = mend: {message.mend}")
    return "\n".join(told_of)


def _window(line: str, column: int) -> tuple[str, int]:
    """What is shown of a line, and the column in it: a long line is cut around the place."""
    line = told(line[: 20 * _WIDEST]).replace("\t", " ").rstrip()
    if len(line) <= _WIDEST:
        return line, column
    start = max(0, min(column - 1 - _WIDEST // 3, len(line) - _WIDEST))
    part = line[start : start + _WIDEST]
    return ("..." + part[3:] if start else part), column - start
