"""Windows of time in a rule file: named under ``windows:`` or written where they are used."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auditor.rules import model as m
from auditor.rules.parsing import ConditionParser
from auditor.rules.shapes import choice, flag, known_keys, line_of, nearest, section, text, unlike
from auditor.rules.yaml_strict import LineDict, refuse

SPAN_KEYS = ("days", "months", "whole_months", "calendar")
_FARTHEST = {"days": 36_600, "months": 1_200}
"""How far a bound may be away: a hundred years; more is a slip of the pen."""


class Windows:
    """The named windows of a rule file; each is read when it is first asked for, with the roles of the match."""

    def __init__(
        self, path: Path, block: LineDict, parser: ConditionParser, citations: tuple[str, ...]
    ) -> None:
        self._path, self._block, self._parser, self._citations = path, block, parser, citations
        self._read: dict[str, m.Window] = {}

    def of(self, data: Mapping[str, Any], key: str) -> m.Window:
        """The window under ``key``: a name, or the window itself. Raises InputRefused."""
        value = data.get(key)
        if isinstance(value, str):
            return self._named(value, line_of(data, key))
        if not isinstance(value, LineDict):
            raise unlike(
                self._path,
                data,
                key,
                "the name of a window, or a window",
                f"write `{key}: {{days: [-30, 0]}}`",
            )
        known_keys(self._path, value, SPAN_KEYS)
        return m.Window((("", self._span(value)),))

    def all(self) -> dict[str, m.Window]:
        """Every named window. Raises InputRefused for a malformed one."""
        return {name: self._named(name, line_of(self._block, name)) for name in self._block}

    def _named(self, name: str, line: int) -> m.Window:
        if name in self._read:
            return self._read[name]
        if name not in self._block:
            raise refuse(
                self._path, line, f"window `{name}` is not known", "`windows:` does not define it",
                nearest(name, self._block) if self._block else "define it under `windows:`",
            )  # fmt: skip
        block = section(self._path, self._block, name)
        citation = text(self._path, block, "citation")
        if citation not in self._citations:
            raise refuse(
                self._path, line_of(block, "citation"), f"window `{name}` cites `{citation}`",
                "`citations:` has no such key", nearest(citation, self._citations),
            )  # fmt: skip
        if "by" not in block:
            known_keys(self._path, block, (*SPAN_KEYS, "citation"))
            window = m.Window((("", self._span(block)),), None, name, citation)
        else:
            known_keys(self._path, block, ("by", "values", "citation"))
            by = self._parser.field(text(self._path, block, "by"), line_of(block, "by"))
            if by.type != "text" or not by.kind.startswith(("line", "table:")):
                raise unlike(
                    self._path, block, "by", "a text of a line or of a table row", "write `by: ROW.FIELD`"
                )
            values = section(self._path, block, "values")
            if not values:
                raise unlike(
                    self._path, block, "values", "a window for each value", 'write `values: {"010": {...}}`'
                )
            spans = []
            for value in values:
                span = section(self._path, values, value)
                known_keys(self._path, span, SPAN_KEYS)
                spans.append((value, self._span(span)))
            window = m.Window(tuple(spans), by, name, citation)
        self._read[name] = window
        return window

    def _span(self, block: LineDict) -> m.Span:
        if "calendar" in block:
            if set(block) & {"days", "months", "whole_months"}:
                raise unlike(
                    self._path, block, "calendar", "left alone: it is a window by itself", "remove the others"
                )
            word = choice(self._path, block, "calendar", ["month", "year"])
            return m.Span(calendar="month" if word == "month" else "year")
        if "days" not in block and "months" not in block:
            raise refuse(
                self._path, line_of(block), "window refused", "it says neither days nor months",
                "write `{days: [-30, 0]}`, `{months: [-12, 0]}` or `{calendar: year}`",
            )  # fmt: skip
        months, days = self._ends(block, "months"), self._ends(block, "days")
        bounds = [
            None if one is None or two is None else m.Bound(one, two)
            for one, two in zip(months, days, strict=True)
        ]
        start, end = bounds
        if start is not None and end is not None and (start.months, start.days) > (end.months, end.days):
            raise refuse(
                self._path, line_of(block), "window refused", "it ends before it begins",
                "write the earlier bound first: days before are negative",
            )  # fmt: skip
        whole = flag(self._path, block, "whole_months", False)
        if whole and "months" not in block:
            raise unlike(
                self._path, block, "whole_months", "said of months", "write `months: [...]` beside it"
            )
        return m.Span(start, end, whole)

    def _ends(self, block: LineDict, key: str) -> tuple[int | None, int | None]:
        value = block.get(key, [0, 0])
        good = isinstance(value, list) and len(value) == 2
        if not good or not all(
            item is None
            or (isinstance(item, int) and not isinstance(item, bool) and abs(item) <= _FARTHEST[key])
            for item in value
        ):
            raise unlike(
                self._path,
                block,
                key,
                "two whole numbers, the earlier first; null is open",
                f"write `{key}: [-30, 0]`",
            )
        return value[0], value[1]
