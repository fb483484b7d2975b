"""One Markdown page a rule and an index by family, made from the rule files; deterministic, so they can be checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from auditor.base.errors import InputRefused
from auditor.reports.rule_diagram import diagram_file
from auditor.reports.wording import class_words, family_words
from auditor.rules import model as m
from auditor.rules.condition_words import Said
from auditor.rules.outline import outline
from auditor.rules.packs import RuleSet
from auditor.rules.phrasing import phrase, phrase_override
from auditor.workbench.markdown import safe, table

INDEX = "README.md"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)*")
_MADE = "Made by `auditor rules docs` from the rule file; edit that, not this page."
_FAMILIES = {"mue": "Medically unlikely edits", "addon": "Add-on codes", "em": "Evaluation and management"}
_HELD = "verified", "authority not verified"


def rule_page(rule: m.Rule, *, picture: bool = True, full: bool = True) -> str:
    """A rule's page: what it finds, the law, its logic, what it gets wrong, tests, history."""
    base = rule.class_rule.base
    facts = [
        f"Version {rule.version}", rule.status, f"family {family_words(rule.family)}", class_words(base),
        f"severity {rule.severity}", f"catalogue {rule.catalogue_id}",
    ]  # fmt: skip
    parts = [f"# {rule.id}: {safe(rule.title)}", " · ".join(safe(item) for item in facts if item)]
    if rule.owner:
        parts.append(f"Owner: {safe(rule.owner)}")
    if picture:
        parts.append(f"![{safe(rule.title)}, step by step]({rule.id}.svg)")
    for passage in phrase(rule, full=full):
        parts += [f"## {passage.heading}", bullets(passage.said)]
    parts += ["## The law", _law(rule)]
    parts += _list("Known false positives", rule.false_positives)
    if rule.carc_analogue:
        parts += ["## CARC analogue", safe(rule.carc_analogue)]
    parts += ["## Tests", _tests(rule.tests)]
    if rule.related:
        parts += ["## Related rules", *(f"- {_related(item)}" for item in rule.related)]
    parts += ["## History", _history(rule.changelog)]
    parts.append(f"File `{rule.file}`, SHA-256 `{rule.hash}`. {_MADE}")
    return "\n\n".join(parts) + "\n"


def override_page(override: m.Override) -> str:
    """The page of a payer's override."""
    parts = [f"# {override.id}: {safe(override.title)}", f"Override: {override.action.replace('_', ' ')}"]
    for passage in phrase_override(override, full=True):
        parts += [f"## {passage.heading}", bullets(passage.said)]
    parts += ["## Tests", _tests(override.tests)]
    parts.append(f"File `{override.file}`, SHA-256 `{override.hash}`. {_MADE}")
    return "\n\n".join(parts) + "\n"


def index_page(rules: Iterable[m.Rule], overrides: Iterable[m.Override]) -> str:
    """All rules by family in the order of the strata, then the overrides."""
    listed = list(rules)
    parts = ["# Rules", f"{len(listed)} rules. {_MADE}"]
    for family in m.FAMILIES:
        own = sorted((rule for rule in listed if rule.family == family), key=lambda rule: rule.id)
        if own:
            rows = [
                (f"[{rule.id}]({rule.id}.md)", safe(rule.title), class_words(rule.class_rule.base), rule.status,
                 ", ".join(item.id for item in rule.variants), str(len(rule.tests)))
                for rule in own
            ]  # fmt: skip
            parts.append(f"## {_FAMILIES.get(family) or family_words(family).capitalize()}")
            parts.append(table(("Rule", "What it finds", "Class", "Status", "Variants", "Tests"), rows))
    changed = sorted(overrides, key=lambda item: item.id)
    if changed:
        parts.append("## Overrides of payers")
        told: list[Sequence[str]] = [
            (f"[{item.id}]({item.id}.md)", safe(item.title), item.action, ", ".join(item.rules))
            for item in changed
        ]
        parts.append(table(("Override", "What it says", "Action", "Of"), told))
    return "\n\n".join(parts) + "\n"


def pages(pack: RuleSet) -> dict[str, str]:
    """Every file of the documentation of a set of rules, by name. Raises InputRefused for an id that names no file."""
    named = [(rule.id, rule.file) for rule in (*pack.rules, *pack.retired)] + [
        (item.id, item.file) for item in pack.overrides
    ]
    for name, file in named:
        if _NAME.fullmatch(name) is None:
            raise InputRefused(
                "the id of a rule cannot name a page", where=file, why="it is not letters, digits, dots and dashes",
                mend="give it an id such as PAY-ACME-001",
            )  # fmt: skip
    rules = [*pack.rules, *pack.retired]
    made = {INDEX: index_page(rules, pack.overrides)}
    for rule in rules:
        made[f"{rule.id}.md"] = rule_page(rule)
        made[f"{rule.id}.svg"] = diagram_file(rule.title, [step.plain() for step in outline(rule)])
    made |= {f"{item.id}.md": override_page(item) for item in pack.overrides}
    return made


def write_pages(made: Mapping[str, str], folder: Path) -> tuple[int, int]:
    """Write what differs and remove pages of rules that are gone; returns how many were written and removed.

    Other files of the folder are left alone. Raises OSError when it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stale = differing(made, folder)
    for name in stale:
        if name in made:
            (folder / name).write_text(made[name], encoding="utf-8", newline="\n")
        else:
            (folder / name).unlink()
    written = sum(name in made for name in stale)
    return written, len(stale) - written


def differing(made: Mapping[str, str], folder: Path) -> list[str]:
    """The names of pages in the folder that are missing, differ, or are of a rule that is gone."""
    held = {
        path.name: path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(folder.glob("*"))
        if path.suffix in {".md", ".svg"} and path.is_file()
    }
    ours = {
        name for name, text in held.items() if name in made or _MADE in text or '<svg class="flow"' in text
    }
    same = {name for name in ours if made.get(name) == held[name]}
    return sorted((set(made) | ours) - same)


def bullets(said: Sequence[Said], depth: int = 0) -> str:
    """Sentences as a nested Markdown list."""
    lines = []
    for item in said:
        lines.append(f"{'  ' * depth}- {safe(item.text)}")
        if item.parts:
            lines.append(bullets(item.parts, depth + 1))
    return "\n".join(lines)


def _law(rule: m.Rule) -> str:
    lines = []
    for item in rule.citations:
        document = safe(item.document or f"table {item.table}")
        name = f"[{document}]({item.url})" if item.url.startswith(("https://", "http://")) else document
        place = ", ".join(safe(part) for part in (item.section, item.revision) if part)
        kind = " (only repeats the criterion)" if item.secondary else ""
        table = f"; the row of the table {item.table} is the criterion" if item.table else ""
        lines.append(
            f"- `{item.key}` {name}{', ' + place if place else ''}: **{_HELD[not item.verified]}**{kind}{table}"
        )
        if item.note:
            lines.append(f"  - {safe(item.note)}")
        if item.read_at:
            lines.append(f"  - read at {safe(item.read_at)}")
    if rule.cites:
        lines.append(f"- A finding prints: {', '.join(f'`{key}`' for key in rule.cites)}")
    return "\n".join(lines)


def _tests(cases: Sequence[Mapping[str, Any]]) -> str:
    if not cases:
        return "None."
    rows = []
    for at, case in enumerate(cases, start=1):
        given = [_given(item) for item in case.get("lines") or case.get("providers") or ()]
        around = [
            f"{name}: {_value(value)}" for name, value in case.items() if name in {"answers", "dx_ptr_known"}
        ]
        for name, held in (case.get("tables") or {}).items():
            around += [f"{name}: {_given(row)}" for row in held]
        wanted = [_given(item) for item in case.get("expect") or ()] or ["no finding of this rule"]
        rows.append((safe(str(case.get("name") or f"case {at}")), *map(_cell, (given, around, wanted))))
    return table(("Case", "Lines", "Tables", "Expected"), rows)


def _given(item: Any) -> str:
    if not isinstance(item, Mapping):
        return _value(item)
    place = f"{item['claim_id']}/{item['line_no']} " if {"claim_id", "line_no"} <= set(item) else ""
    hidden = {"claim_id", "line_no"} if place else set()
    return place + ", ".join(f"{name} {_value(value)}" for name, value in item.items() if name not in hidden)


def _value(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, list | tuple):
        return " ".join(_value(item) for item in value) or "none"
    if isinstance(value, Mapping):
        return " ".join(f"{key} {_value(item)}" for key, item in value.items())
    return value.isoformat() if isinstance(value, date) else str(value)


def _cell(lines: Sequence[str]) -> str:
    return "<br>".join(safe(line) for line in lines)


def _related(item: Mapping[str, Any]) -> str:
    more = ", ".join(f"{key} {_value(value)}" for key, value in item.items() if key not in {"id", "type"})
    said = f"{str(item.get('type', 'related to')).replace('_', ' ')} [{item.get('id')}]({item.get('id')}.md)"
    return f"{said}, {safe(more)}" if more else said


def _history(changes: Sequence[Mapping[str, Any]]) -> str:
    told = [", ".join(f"{key} {_value(value)}" for key, value in change.items()) for change in changes]
    return "\n".join(f"- {safe(line)}" for line in told) or "Not recorded."


def _list(heading: str, items: Sequence[str]) -> list[str]:
    return [f"## {heading}", "\n".join(f"- {safe(item)}" for item in items)] if items else []
