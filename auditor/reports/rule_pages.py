"""One page a rule inside the report: what run.json says of the rule that ran, not what the rule files say today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from auditor.reports.rule_diagram import diagram

Entry = Mapping[str, Any]
MOST_PAGES: Final = 100
"""Pages of rules without a finding are left out beyond so many in all; the register still names these rules."""


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence of a rule's logic, and those that stand under it."""

    text: str
    parts: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class RulePage:
    """What a rule's page has beside its line in the register; all of it empty in a run of an older version.

    `logic` are headings with their sentences, `related` (id, how), `history` (version, date, change), `tests` the
    names of the cases in the rule file.
    """

    logic: tuple[tuple[str, tuple[Told, ...]], ...] = ()
    steps: tuple[Entry, ...] = ()
    owner: str = ""
    record_needed: tuple[str, ...] = ()
    root_cause: str = ""
    related: tuple[tuple[str, str], ...] = ()
    history: tuple[tuple[str, str, str], ...] = ()
    tests: tuple[str, ...] = ()

    def drawn(self, name: str, rule: str) -> Markup:
        """The diagram, empty where there are no steps."""
        return diagram(name, rule, self.steps)


def page_of(entry: Entry) -> RulePage:
    """The page of a rule's entry in run.json; what is missing or malformed there stays empty."""
    return RulePage(
        logic=passages(entry.get("logic")),
        steps=tuple(step for step in _listed(entry.get("steps")) if isinstance(step, Mapping)),
        owner=str(entry.get("owner") or ""),
        record_needed=tuple(str(item) for item in _listed(entry.get("record_needed"))),
        root_cause=str(entry.get("root_cause") or ""),
        related=tuple(
            (str(item.get("id", "")), str(item.get("type", "")).replace("_", " "))
            for item in _listed(entry.get("related"))
            if isinstance(item, Mapping)
        ),
        history=tuple(
            (str(item.get("version", "")), str(item.get("date", "")), str(item.get("change", "")))
            for item in _listed(entry.get("changelog"))
            if isinstance(item, Mapping)
        ),
        tests=tuple(str(name) for name in _listed(entry.get("tests"))),
    )


def passages(value: Any) -> tuple[tuple[str, tuple[Told, ...]], ...]:
    """Headings with their sentences out of run.json; what is malformed is left out."""
    return tuple(
        (str(passage[0]), tuple(_told(item) for item in passage[1:]))
        for passage in _listed(value)
        if isinstance(passage, list) and passage
    )


def paged(rules: Iterable[tuple[str, frozenset[str]]], found: Iterable[str]) -> frozenset[str]:
    """The ids of the rules that get a page: all that have a row among the findings, others up to `MOST_PAGES` in all.

    `rules` are (id, ids of its variants), `found` the rule ids that findings bear.
    """
    named = set(found)
    listed = list(rules)
    chosen = [name for name, variants in listed if named & (variants | {name})]
    rest = [name for name, variants in listed if not named & (variants | {name})]
    return frozenset([*chosen, *rest[: max(MOST_PAGES - len(chosen), 0)]])


def _told(item: Any) -> Told:
    if isinstance(item, list) and item:
        return Told(str(item[0]), tuple(_told(part) for part in item[1:]))
    return Told(str(item))


def in_rows(said: Iterable[Told], depth: int = 0) -> list[str]:
    """The sentences one by one, those under another set in by their depth."""
    return [
        row
        for item in said
        for row in (
            ("\N{NO-BREAK SPACE}" * 5 * depth + ("· " if depth else "") + item.text),
            *in_rows(item.parts, depth + 1),
        )
    ]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
