"""The one layout of a rule file: the order of its keys, blanks, comments and line ends; its words stay as they are.

The text is moved in blocks, a top-level key with all that stands under it and the comments directly above it. What is
written is read again, and kept only where it says exactly what the file said before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from auditor.base.errors import InputRefused
from auditor.rules.loader import RULE_KEYS
from auditor.rules.pack_manifest import KEYS as PACK_KEYS
from auditor.rules.yaml_strict import MAX_BYTES, parse_yaml, read_bytes

KEY_ORDER: Final = (
    "id catalogue_id version title status retired owner family class severity effective applies_to citations cites "
    "requires optional parameters windows let match benchmark override variants bypass bypass_reason "
    "bypass_explanation unless flag concludes exposure explanation unjudged_explanation record_needed root_cause "
    "false_positives carc_analogue related changelog tests"
).split()
"""What it is, who says so, what it looks for, what follows, what is said of it, and how it is shown."""

RULE_ORDER: Final = tuple(dict.fromkeys([*KEY_ORDER, *RULE_KEYS]))
_ONLY_RULES: Final = {"family", "match", "benchmark", "override", "citations", "tests"}
"""Keys that tell a rule file from a ``pack.yaml``, which has an order of its own."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def order_of(keys: Iterable[str]) -> list[str]:
    """The keys in the order of the layout; those that it does not know stand last, in the order given."""
    listed = list(keys)
    order = RULE_ORDER if set(listed) & _ONLY_RULES else (*PACK_KEYS, *RULE_ORDER)
    known = {key: at for at, key in enumerate(dict.fromkeys(order))}
    return sorted(listed, key=lambda key: known.get(key, len(known)))


@dataclass(frozen=True)
class _Block:
    """A top-level key, the comments above it and all that stands under it."""

    key: str
    lines: tuple[str, ...]


def format_file(path: Path) -> str | None:
    """The file as it should be written, None where it already is.

    Raises InputRefused for a file that cannot be read, or whose meaning another layout would change.
    """
    content = read_bytes(path, MAX_BYTES)
    before = parse_yaml(path, content)
    try:
        text = formatted(content.decode("utf-8-sig"))
        after = parse_yaml(path, text.encode())
    except (ValueError, InputRefused):
        after, text = None, ""
    if after is None or after != before or list(after) != order_of(before):
        raise InputRefused(
            "the file was left as it is",
            where=path.name,
            why="in the layout it would say something else, by a block of text or a comment that another key rests on",
            mend="put the keys in order by hand; `auditor rules lint` names the first that is out of place",
        )
    return None if text.encode() == content else text


def write_formatted(path: Path, text: str) -> None:
    """Put `text` in the place of a file in one step, with the file's own rights; a link stays a link."""
    target = path.resolve()
    beside = target.with_name(f".{target.name}.new")
    try:
        beside.write_bytes(text.encode())
        beside.chmod(target.stat().st_mode)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def formatted(text: str) -> str:
    """A rule file's text in the layout. Raises ValueError where its top-level keys cannot be told apart."""
    lines = _cleaned(text.replace("\r\n", "\n").replace("\r", "\n"))
    head, blocks, tail = _blocks(lines)
    at = {key: number for number, key in enumerate(order_of(block.key for block in blocks))}
    ordered = sorted(blocks, key=lambda block: at[block.key])
    written = [*head, *(line for block in ordered for line in block.lines), *tail]
    return "\n".join(_spaced(written)) + "\n"


def _cleaned(text: str) -> list[str]:
    """The lines without blanks at their ends, and with a blank after each ``#`` of a comment, texts left alone."""
    lines = text.split("\n")
    quoted = _inside(text, lines)
    found = []
    for at, line in enumerate(lines):
        spans = quoted.get(at, [])
        if not spans or spans[-1][1] < len(line):
            line = (
                line.rstrip(" \t") if not spans else line[: spans[-1][1]] + line[spans[-1][1] :].rstrip(" \t")
            )
        mark = next(
            (
                place
                for place, sign in enumerate(line)
                if sign == "#"
                and (place == 0 or line[place - 1] in " \t")
                and not any(start <= place < end for start, end in spans)
            ),
            None,
        )
        if mark is not None and line[mark + 1 : mark + 2] not in ("", " ", "#", "!"):
            line = f"{line[: mark + 1]} {line[mark + 1 :]}"
        found.append(line)
    return found


def _inside(text: str, lines: list[str]) -> dict[int, list[tuple[int, int]]]:
    """By line, the stretches that are values or keys: a ``#`` there is no comment, a blank there may mean something."""
    found: dict[int, list[tuple[int, int]]] = {}
    for token in yaml.scan(text, Loader=_LOADER):
        if not isinstance(token, yaml.ScalarToken):
            continue
        start, end = token.start_mark, token.end_mark
        block = token.style in ("|", ">")
        for at in range(start.line, min(end.line, len(lines) - 1) + 1):
            if block and at == start.line:
                continue  # the line of the sign itself: a comment may stand there
            first = start.column if at == start.line else 0
            # A plain or quoted text folds its lines, so that blanks at their ends mean nothing.
            last = end.column if at == end.line else len(lines[at]) if block else len(lines[at].rstrip(" \t"))
            if last > first:
                found.setdefault(at, []).append((first, last))
    return found


def _blocks(lines: list[str]) -> tuple[list[str], list[_Block], list[str]]:
    """The lines before the first key, the keys with what is theirs, and the lines after the last.

    Raises ValueError for a text whose top is no mapping written key by key.
    """
    node = yaml.compose("\n".join(lines) + "\n", Loader=_LOADER)
    if not isinstance(node, yaml.MappingNode) or node.flow_style or not node.value:
        raise ValueError("no mapping written key by key")
    starts = [(key.start_mark.line, str(key.value)) for key, _ in node.value]
    if any(key.start_mark.column for key, _ in node.value) or len({line for line, _ in starts}) < len(starts):
        raise ValueError("keys that do not begin their lines")
    own = [
        _with_comments(lines, line, starts[at - 1][0] if at else -1) for at, (line, _) in enumerate(starts)
    ]
    head = lines[: own[0]]
    end = _last(lines, starts[-1][0])
    blocks = []
    for at, (_, key) in enumerate(starts):
        stop = own[at + 1] if at + 1 < len(starts) else end
        blocks.append(_Block(key, tuple(_trimmed(lines[own[at] : stop]))))
    return head, blocks, lines[end:]


def _with_comments(lines: list[str], line: int, before: int) -> int:
    """The first of the comment lines that stand directly above a key, with no blank line between."""
    while line - 1 > before and lines[line - 1].startswith("#") and not _for_the_file(lines[line - 1]):
        line -= 1
    return line


def _for_the_file(comment: str) -> bool:
    """Whether a comment speaks to an editor or of the whole file, so that it stays at the top."""
    bare = comment.lstrip("# ").lower()
    return bare.startswith(("yaml-language-server:", "$schema:", "spdx-", "copyright"))


def _last(lines: list[str], start: int) -> int:
    """Where the last key ends: comments at the margin after it belong to the file."""
    end = len(lines)
    while end - 1 > start and (not lines[end - 1] or lines[end - 1].startswith(("#", "..."))):
        end -= 1
    return end


def _trimmed(lines: list[str]) -> list[str]:
    """A block without blank lines at its end."""
    while lines and not lines[-1]:
        lines = lines[:-1]
    return lines


def _spaced(lines: list[str]) -> list[str]:
    """No blank line at the top or the end."""
    while lines and not lines[0]:
        lines = lines[1:]
    return _trimmed(lines)
