"""What differs between two versions of a rule file, key by key, in the author's own words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from auditor.rules.yaml_strict import parse_yaml

_UNTOLD: Final = frozenset({"tests", "changelog"})
_LONGEST: Final = 160


@dataclass(frozen=True)
class FileChange:
    """A key whose value differs: its path (``match.when.all[1]``), and the value on either side; empty: not there.

    Of two lists of plain values only what one of them has and the other has not.
    """

    path: str
    before: str
    after: str
    of_list: bool = False

    @property
    def part(self) -> str:
        """The top key that it stands under."""
        return self.path.split(".")[0].split("[")[0]

    @property
    def said(self) -> str:
        """In words, on one line."""
        if self.of_list:
            told = [
                f"{verb} {items}" for verb, items in (("drops", self.before), ("adds", self.after)) if items
            ]
            return f"{self.path}: {', '.join(told) or 'the order of its values'}"
        return f"{self.path}: {self.before or '(absent)'} -> {self.after or '(absent)'}"


def file_changes(before: str, after: str) -> tuple[FileChange, ...]:
    """The keys in which the texts of two rule files differ, in the order of the second; layout does not count.

    Inline tests and the changelog are left out. Raises InputRefused for a text that is no strict YAML.
    """
    one, two = (parse_yaml(Path("rule file"), text.encode("utf-8")) for text in (before, after))
    kept = [{key: value for key, value in side.items() if key not in _UNTOLD} for side in (one, two)]
    return tuple(_differences("", kept[0], kept[1]))


def _differences(path: str, one: Any, two: Any) -> Iterator[FileChange]:
    if one == two and type(one) is type(two):
        return
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        for key in [*two, *(key for key in one if key not in two)]:
            below = f"{path}.{key}" if path else str(key)
            yield from _differences(below, one.get(key), two.get(key))
    elif _nested(one) and _nested(two):
        common = min(len(one), len(two))
        for at in range(max(len(one), len(two))):
            sides = (one[at] if at < len(one) else None, two[at] if at < len(two) else None)
            if at < common or sides != (None, None):
                yield from _differences(f"{path}[{at}]", *sides)
    elif isinstance(one, list) and isinstance(two, list):
        yield FileChange(path, _beyond(one, two), _beyond(two, one), of_list=True)
    else:
        yield FileChange(path, _shown(one), _shown(two))


def _nested(value: Any) -> bool:
    """A list of mappings, which is looked into; a list of plain values is shown whole."""
    return isinstance(value, list) and any(isinstance(item, Mapping) for item in value)


def _beyond(one: list[Any], two: list[Any]) -> str:
    """The values of a list that the other has not."""
    own = [item for item in one if item not in two]
    return _shown(own) if own else ""


def _shown(value: Any) -> str:
    """A value on one line, cut where it is long; empty for none."""
    if value is None:
        return ""
    text = str(value) if isinstance(value, str | date) else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
