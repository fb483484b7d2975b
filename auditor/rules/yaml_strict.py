"""A YAML reader that refuses what has cost others dear: duplicate keys, aliases, tags, and codes without quotes.

Plain scalars are read by YAML 1.1 rules only where the outcome is beyond doubt: ``true``/``false``, ``null``, whole
numbers, decimals and ISO dates. ``00100`` (which YAML makes 64), ``on``, ``yes``, ``1e5`` and ``12:30`` are refused
with file and line, and the mend: put quotes round it.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from auditor.base.errors import InputRefused

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same composer in C where the library was built with it: rule files are read at every start."""
MAX_BYTES = 1_000_000
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_DOUBTFUL = re.compile(
    r"(?:[-+]?[0-9][0-9_]*(?:[.:eE][-+0-9_:.eE]*)?|0[xob][0-9a-fA-F_]+|[-+]?\.(?:inf|nan))\Z", re.IGNORECASE
)
_PLAIN_TAGS = frozenset({"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})
_BOOLEAN_WORDS = frozenset({"yes", "no", "on", "off", "y", "n"})


class LineDict(dict[str, Any]):
    """A mapping that remembers the line of the file where it and each of its keys stand."""

    line: int = 0
    key_lines: dict[str, int]


def refuse(path: Path, line: int, what: str, why: str, mend: str) -> InputRefused:
    """An error that names the rule file and line."""
    return InputRefused(what=what, where=f"{path.name}, line {line}", why=why, mend=mend)


def read_yaml(path: Path) -> LineDict:
    """Read one rule file into mappings that know their lines.

    Raises InputRefused (exit 3) for anything but one mapping of plain YAML under a megabyte.
    """
    try:
        text = path.read_bytes()
        if len(text) > MAX_BYTES:
            raise refuse(
                path,
                1,
                "rule file refused",
                "it is larger than one megabyte",
                "split it into one rule a file",
            )
        node = yaml.compose(text.decode("utf-8"), Loader=_LOADER)
    except UnicodeDecodeError as error:
        raise refuse(path, 1, "rule file refused", "it is not UTF-8 text", "save it as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise refuse(
            path, line, "rule file is not valid YAML", str(error.problem), "compare with a neighbouring rule"
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise refuse(path, 1, "rule file is not valid YAML", "it cannot be read", "save it again") from error
    if not isinstance(node, yaml.MappingNode):
        raise refuse(path, 1, "rule file refused", "it is not one mapping of keys", "begin with `id:`")
    try:
        value = _value(path, node, set())
    except RecursionError as error:
        raise refuse(
            path, 1, "rule file is not valid YAML", "it is nested too deep", "write it flatter"
        ) from error
    assert isinstance(value, LineDict)
    return value


def _value(path: Path, node: yaml.Node, seen: set[int]) -> Any:
    line = node.start_mark.line + 1
    if id(node) in seen:
        raise refuse(
            path, line, "alias refused", "rule files hold no anchors or aliases", "write the value out"
        )
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode | yaml.SequenceNode) and node.tag not in _PLAIN_TAGS:
        raise refuse(path, line, "tag refused", f"`{node.tag}` is not plain YAML", "remove the tag")
    if isinstance(node, yaml.MappingNode):
        result = LineDict()
        result.line, result.key_lines = line, {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            at = key_node.start_mark.line + 1
            if not isinstance(key, str):
                raise refuse(path, at, "key refused", "a key must be a plain word", "write `key: value`")
            if key in result:
                raise refuse(
                    path, at, f"key `{key}` stands twice", "the first would be lost", "remove one of the two"
                )
            result[key] = _value(path, value_node, seen)
            result.key_lines[key] = at
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_value(path, item, seen) for item in node.value]
    if isinstance(node, yaml.ScalarNode):
        return _scalar(path, node, line)
    raise refuse(path, line, "value refused", "unknown YAML form", "use text, numbers, lists or mappings")


def _scalar(path: Path, node: yaml.ScalarNode, line: int) -> Any:
    text = str(node.value)
    if node.tag not in {
        "tag:yaml.org,2002:str",
        "tag:yaml.org,2002:int",
        "tag:yaml.org,2002:float",
        "tag:yaml.org,2002:bool",
        "tag:yaml.org,2002:null",
        "tag:yaml.org,2002:timestamp",
    }:
        raise refuse(path, line, "tag refused", f"`{node.tag}` is not plain YAML", "remove the tag")
    if node.style:  # quoted or block text; None or empty for a plain scalar
        return text
    lowered = text.lower()
    if lowered in {"", "null", "~"}:
        return None
    if lowered in {"true", "false"}:
        return lowered == "true"
    if lowered in _BOOLEAN_WORDS:
        raise refuse(
            path, line, f"`{text}` refused", "YAML reads it as true or false", f'write "{text}" in quotes'
        )
    if _WHOLE.match(text):
        return int(text)
    if _DECIMAL.match(text):
        return Decimal(text)
    if _DATE.match(text):
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise refuse(path, line, f"`{text}` is no date", str(error), "correct the date") from error
    if _DOUBTFUL.match(text):
        raise refuse(
            path,
            line,
            f"`{text}` refused",
            "YAML would turn it into another number",
            f'write "{text}" in quotes',
        )
    return text
