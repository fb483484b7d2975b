"""The shapes that values of a rule file may have: each accessor gives the value typed, or refuses it by file and line.

A list where a text is meant, or a text where a list is meant, would else be read in silence as something else.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from auditor.base.errors import InputRefused
from auditor.rules.yaml_strict import LineDict, refuse

_MOST_LISTED = 8
"""Items of a list that is written again as it should stand."""


def line_of(data: Mapping[str, Any], key: str = "") -> int:
    """The line of a key, or of the mapping itself."""
    if isinstance(data, LineDict):
        return data.key_lines.get(key, data.line)
    return 1


def unlike(path: Path, data: Mapping[str, Any], key: str, wanted: str, mend: str) -> InputRefused:
    """The refusal of a value that has not the shape wanted."""
    return refuse(path, line_of(data, key), f"`{key}` refused", f"it must be {wanted}", mend)


def need(path: Path, data: Mapping[str, Any], key: str) -> Any:
    """The value of a key that must be there. Raises InputRefused."""
    if data.get(key) is None:
        raise refuse(
            path, line_of(data), f"`{key}` is missing", "the rule is not complete without it", f"add `{key}:`"
        )
    return data[key]


def section(path: Path, data: Mapping[str, Any], key: str) -> LineDict:
    """A key whose value must be a mapping. Raises InputRefused."""
    value = need(path, data, key)
    if not isinstance(value, LineDict):
        raise unlike(path, data, key, "a mapping with keys of its own", f"write `{key}: {{...}}`")
    return value


def maybe_section(path: Path, data: Mapping[str, Any], key: str) -> LineDict:
    """A mapping, empty where the key is absent. Raises InputRefused."""
    if data.get(key) is None:
        empty = LineDict()
        empty.line, empty.key_lines = line_of(data, key), {}
        return empty
    return section(path, data, key)


def sections(path: Path, data: Mapping[str, Any], key: str) -> list[LineDict]:
    """A list of mappings, empty where the key is absent. Raises InputRefused."""
    value = data.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, LineDict) for item in value):
        raise unlike(path, data, key, "a list of mappings", f"write `{key}:` and a line `- {{...}}` for each")
    return value


def texts(path: Path, data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """A list of texts, empty where the key is absent. Raises InputRefused."""
    value = data.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise unlike(path, data, key, "a list of texts", f"write `{key}: {listed(value)}`")
    return tuple(value)


def listed(value: Any) -> str:
    """A value as the list that was meant, where it is one text or number or a list of them; else ``[...]``."""
    items = value if isinstance(value, list) else [value]
    plain = all(isinstance(item, str | int | Decimal) and not isinstance(item, bool) for item in items)
    if not 0 < len(items) <= _MOST_LISTED or not plain:
        return "[...]"
    bare = all(isinstance(item, str) and re.fullmatch(r"[A-Za-z][\w .-]*", item) for item in items)
    return "[" + ", ".join(item if bare else f'"{item}"' for item in map(str, items)) + "]"


def text(path: Path, data: Mapping[str, Any], key: str) -> str:
    """A text, empty where the key is absent. Raises InputRefused."""
    value = data.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise unlike(path, data, key, "a text", f'write `{key}: "..."`')
    return value


def needed_text(path: Path, data: Mapping[str, Any], key: str) -> str:
    """A text that must be there. Raises InputRefused."""
    need(path, data, key)
    return text(path, data, key)


def whole(path: Path, data: Mapping[str, Any], key: str, default: int, least: int, most: int) -> int:
    """A whole number from ``least`` to ``most``. Raises InputRefused."""
    value = data.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise unlike(path, data, key, f"a whole number from {least} to {most}", f"write `{key}: {default}`")
    return value


def flag(path: Path, data: Mapping[str, Any], key: str, default: bool) -> bool:
    """True or false. Raises InputRefused."""
    value = data.get(key, default)
    if not isinstance(value, bool):
        raise unlike(path, data, key, "true or false", f"write `{key}: true`")
    return value


def day(path: Path, data: Mapping[str, Any], key: str) -> date | None:
    """A date, None where the key is absent or null. Raises InputRefused."""
    value = data.get(key)
    if value is not None and not isinstance(value, date):
        raise unlike(path, data, key, "a date", f"write `{key}: 2024-07-01`, without quotes")
    return value


def choice(
    path: Path, data: Mapping[str, Any], key: str, allowed: Iterable[str], default: str | None = None
) -> str:
    """One of a closed set of words. Raises InputRefused, with the nearest."""
    value = need(path, data, key) if default is None else data.get(key, default)
    known = list(allowed)
    if value not in known:
        raise refuse(
            path,
            line_of(data, key),
            f"{key} `{value}` is not known",
            "the set is closed",
            nearest(str(value), known),
        )
    return str(value)


def known_keys(path: Path, data: Mapping[str, Any], keys: Iterable[str]) -> None:
    """Refuse a key that is not in the language, offering the nearest one. Raises InputRefused."""
    allowed = list(keys)
    for key in data:
        if key not in allowed:
            raise refuse(
                path,
                line_of(data, key),
                f"key `{key}` is not known",
                "nothing would read it",
                nearest(key, allowed),
            )


def nearest(name: str, known: Iterable[str]) -> str:
    """How to mend a name that is not known."""
    names = list(known)
    near = difflib.get_close_matches(name, names, 1)
    return f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(names)}"
