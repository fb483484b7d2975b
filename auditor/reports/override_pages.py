"""One page an override of a payer inside the report: what run.json says of the override that acted or could act."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.reports.rows import Citation, citation
from auditor.reports.rule_pages import Told, passages

Entry = Mapping[str, Any]
_DOES = {"suppress": "sets findings aside", "reclassify": "lowers findings", "set_parameter": "sets a value"}


@dataclass(frozen=True, slots=True)
class OverridePage:
    """An override that bears on a rule of the run, or that set findings of it aside.

    `does` is its action in a few words, `rules` the ids of rules of the run that it bears on, `suppressed` how many
    findings it set aside, `logic` headings with their sentences: scope, days, effect, reason, approval.
    """

    id: str
    title: str
    does: str
    rules: tuple[str, ...]
    suppressed: int
    hash: str
    logic: tuple[tuple[str, tuple[Told, ...]], ...]
    citations: tuple[Citation, ...] = ()
    tests: tuple[str, ...] = ()


def override_pages(
    overrides: Iterable[Any], rules: Sequence[tuple[str, str, Iterable[str]]], suppressed: Mapping[str, int]
) -> tuple[OverridePage, ...]:
    """The overrides of a run that bear on a rule of it, or that set findings aside, by id.

    `rules` are (id, family, ids of the variants), `suppressed` how many findings each override set aside.
    """
    pages = [_page(entry, rules, suppressed) for entry in overrides if isinstance(entry, Mapping)]
    return tuple(sorted((page for page in pages if page.rules or page.suppressed), key=lambda page: page.id))


def _page(
    entry: Entry, rules: Sequence[tuple[str, str, Iterable[str]]], suppressed: Mapping[str, int]
) -> OverridePage:
    name, meant = str(entry.get("id", "")), set(_texts(entry.get("rules")))
    return OverridePage(
        id=name,
        title=str(entry.get("title") or ""),
        does=_does(entry),
        rules=tuple(rule for rule, family, variants in rules if meant & {rule, family, *variants}),
        suppressed=suppressed.get(name, 0),
        hash=str(entry.get("hash") or ""),
        logic=passages(entry.get("logic")) or _without_logic(entry),
        citations=tuple(
            citation(item) for item in _listed(entry.get("citations")) if isinstance(item, Mapping)
        ),
        tests=_texts(entry.get("tests")),
    )


def _does(entry: Entry) -> str:
    """The action in a few words, with what it lowers to or sets."""
    action = str(entry.get("action") or "")
    said = _DOES.get(action, action.replace("_", " "))
    if action == "reclassify" and entry.get("to"):
        return f"{said} to {'at risk' if entry['to'] == 'risk' else 'record needed'}"
    if action == "set_parameter" and entry.get("parameter"):
        return f"{said}: “{str(entry['parameter']).replace('_', ' ')}”"
    return said


def _without_logic(entry: Entry) -> tuple[tuple[str, tuple[Told, ...]], ...]:
    """What a run of an older version kept: which rules, the last day, why, and who approved it."""
    said = (
        ("Which findings it is about", [f"Those of {', '.join(_texts(entry.get('rules')))}"]),
        ("From when until when", [f"To {entry['expires']}" if entry.get("expires") else "No end"]),
        ("Why, and who approved it", [
            text for text in (
                str(entry.get("reason") or ""),
                f"Approved by: {entry['approved_by']}" if entry.get("approved_by") else "",
            ) if text
        ]),
    )  # fmt: skip
    return tuple((heading, tuple(Told(text) for text in texts)) for heading, texts in said if texts)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(item) for item in _listed(value))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
