"""What is wrong in a text that is not YAML, in words for whoever wrote it: the parser's own speak of tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

_KEY = re.compile(r"\s*(?:- +)*(?P<key>[A-Za-z_][\w.]*): +(?P<text>\S.*)\Z")
_TOP = re.compile(r"[A-Za-z_][\w]*:")
_MOST = 60
"""Of a line that is written again as it should stand."""
_FOLD = "begin a text of several lines with `>-`, and indent each of its lines"


@dataclass(frozen=True)
class Fault:
    """What is wrong (line from 1), why YAML cannot read it, and how to mend it."""

    line: int
    why: str
    mend: str


def fault_of(error: yaml.MarkedYAMLError, text: str) -> Fault:
    """The fault behind what the parser says of ``text``; its own words where it is none of the common ones."""
    lines = text.split("\n")
    mark, began = error.problem_mark, error.context_mark
    problem, context = str(error.problem), str(error.context or "")
    if mark is None:
        return Fault(1, problem, "compare with a neighbouring rule")
    line = _line(lines, mark.line)
    before, rest = line[: mark.column], line[mark.column :]
    if "\t" in line[: len(line) - len(line.lstrip())] or rest.startswith("\t"):
        return Fault(
            mark.line + 1,
            "the line is indented by a tab, and YAML knows blanks only",
            "put blanks in its place",
        )
    if "cannot start any token" in problem:
        return Fault(
            mark.line + 1,
            f"a text cannot begin with `{rest[:1]}`",
            f"put the text in quotes: {_quoted(rest)}",
        )
    if "quoted scalar" in context and began is not None:
        return _quotes(problem, began.line, mark.line, rest)
    if "mapping values are not allowed" in problem:
        return _colon(mark.line, line, before)
    if "flow sequence" in context or "flow mapping" in context:
        return _flow(began, mark, lines, "]" if "sequence" in context else "}")
    if "find expected ':'" in problem and began is not None:
        return Fault(
            began.line + 1, "the line is neither `key: value` nor part of the text above it",
            f"{_FOLD}; a key has a colon and a blank after it",
        )  # fmt: skip
    if "block mapping" in context:
        return _in_mapping(mark.line, before, rest)
    return _other(problem, mark.line, rest)


def _quotes(problem: str, began: int, at: int, rest: str) -> Fault:
    if "escape" in problem:
        return Fault(
            at + 1, "a backslash in double quotes has a meaning of its own", "use single quotes, or write two"
        )
    return Fault(began + 1, "a quote that begins here is never closed", "close the quote")


def _colon(at: int, line: str, before: str) -> Fault:
    """A colon where no key may stand: within a text, or on a line that is indented below a key with a value."""
    if re.search(r":\s", before):
        return Fault(at + 1, "a text has a colon and a blank in it, as a key has", _in_quotes(line))
    return Fault(
        at + 1, "the line is indented as if it were part of the one above, which has its value already",
        f"begin it where the key above begins; {_FOLD}",
    )  # fmt: skip


def _flow(began: yaml.Mark | None, mark: yaml.Mark, lines: list[str], end: str) -> Fault:
    """Within brackets or braces."""
    opened = began.line if began is not None else mark.line
    line = _line(lines, mark.line)
    since = re.split(r"[,{\[]", line[: mark.column])[-1]
    if line[mark.column :].startswith(":") and re.search(r":\s", since):
        return Fault(
            mark.line + 1, "a text has a colon and a blank in it, as a key has",
            f"put the text in quotes: {_quoted(since.partition(':')[2] + line[mark.column :])}",
        )  # fmt: skip
    beyond = mark.line > opened and (mark.line >= len(lines) or not line.strip() or bool(_TOP.match(line)))
    if beyond:
        return Fault(
            opened + 1,
            f"what begins with `{'[' if end == ']' else '{'}` is never closed",
            f"close it with `{end}`",
        )
    return Fault(
        mark.line + 1, f"neither a comma nor `{end}` stands before {_quoted(line[mark.column :])}",
        f"part the items by commas, close every quote, and end with `{end}`",
    )  # fmt: skip


def _in_mapping(at: int, before: str, rest: str) -> Fault:
    """Where the next key was to come."""
    last = before.rstrip()[-1:]
    if last and last in "}]":
        return Fault(
            at + 1,
            f"the value ends with `{last}`, and text follows it",
            f"put the text in quotes, or {_FOLD}",
        )
    if last and last in "\"'":
        return Fault(
            at + 1,
            "text follows a closing quote",
            "put the whole text in one pair of quotes, the other kind within it",
        )
    if rest[:1] and rest[:1] in "]}":
        return Fault(at + 1, f"`{rest[:1]}` closes nothing", "remove it, or open it")
    return Fault(
        at + 1, "the line is indented otherwise than the keys that it stands among",
        f"begin it where the key above begins; {_FOLD}",
    )  # fmt: skip


def _other(problem: str, at: int, rest: str) -> Fault:
    if "'-' indicator" in problem or "but found '?'" in problem:
        return Fault(
            at + 1,
            "the line stands in a list and does not begin with `- `",
            "begin it with `- `, or where the list's key begins",
        )
    if "comment or line break" in problem or "indentation indicators" in problem:
        return Fault(at + 1, "text follows `>-` on its line", "begin the text on the next line, indented")
    if "node content" in problem:
        return Fault(
            at + 1, f"nothing stands before `{rest[:1]}`", "remove the comma, or write what was meant"
        )
    return Fault(at + 1, problem, "compare with a neighbouring rule")


def _in_quotes(line: str) -> str:
    """How to mend a line whose text has a colon in it: the line itself, where it is short."""
    found = _KEY.match(line)
    if found is None or len(found["text"]) > _MOST or found["text"][0] in "\"'{[>|":
        return "put the text in quotes, or begin it on the next line after `>-`"
    return f"put the text in quotes: `{found['key']}: {_quoted(found['text'])}`"


def _quoted(text: str) -> str:
    """A text as it would stand in quotes, up to what ends it within brackets."""
    shown = re.split(r"[,}\]]| #", text.strip())[0].strip().strip("\"'")
    return '"' + shown[:_MOST].replace('"', "'") + '"'


def _line(lines: list[str], at: int) -> str:
    return lines[at].rstrip("\r") if at < len(lines) else ""
