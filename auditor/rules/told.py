"""What a rule's page is made of, as plain JSON values: it goes into run.json, so that an old report keeps its rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from auditor.rules import model as m
from auditor.rules.outline import outline
from auditor.rules.phrasing import phrase, phrase_override, plain_passages


def told(rule: m.Rule) -> dict[str, Any]:
    """The parts of a rule's page beside the register's: logic in words, steps of the diagram, names of tests ..."""
    return {
        "owner": rule.owner,
        "effective_from": plain(rule.effective_from),
        "effective_to": plain(rule.effective_to),
        "logic": plain_passages(phrase(rule, full=True)),
        "steps": [step.plain() for step in outline(rule)],
        "record_needed": list(rule.record_needed),
        "root_cause": rule.root_cause,
        "related": [plain(item) for item in rule.related],
        "changelog": [plain(item) for item in rule.changelog],
        "tests": _named(rule.tests),
    }


def told_override(override: m.Override) -> dict[str, Any]:
    """What an override does, for which lines and from when until when, as its page in a report tells it."""
    return {
        "action": override.action,
        "to": override.to,
        "parameter": override.parameter,
        "value": plain(override.value),
        "effective_from": plain(override.effective_from),
        "file": override.file,
        "logic": plain_passages(phrase_override(override, full=True)),
        "tests": _named(override.tests),
    }


def _named(tests: Sequence[Mapping[str, Any]]) -> list[str]:
    return [str(case.get("name") or f"case {at}") for at, case in enumerate(tests, start=1)]


def register(rule: m.Rule) -> dict[str, Any]:
    """The whole page: identity, law and parameters, and what :func:`told` gives."""
    return {
        "id": rule.id, "version": rule.version, "hash": rule.hash, "file": rule.file, "title": rule.title,
        "family": rule.family, "class": rule.class_rule.base, "severity": rule.severity, "status": rule.status,
        "catalogue_ids": sorted({item.catalogue_id for item in rule.all_variants}),
        "variants": [
            {"id": item.id, "catalogue_id": item.catalogue_id, "title": item.title} for item in rule.all_variants
        ],
        "citations": [asdict(item) for item in rule.citations],
        "cites": list(rule.cites),
        "false_positives": list(rule.false_positives),
        "requires": list(rule.requires),
        "parameters": {
            name: {
                "citation": parameter.citation,
                "values": [{"from": plain(start), "value": plain(value)} for start, value in parameter.values],
            }
            for name, parameter in rule.parameters.items()
        },
        "carc_analogue": rule.carc_analogue,
    } | told(rule)  # fmt: skip


def plain(value: Any) -> Any:
    """A value as JSON takes it: dates in ISO, decimals as text."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
