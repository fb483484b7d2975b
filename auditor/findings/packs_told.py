"""What ``run.json`` says of packs: which there were, which were left out, and what was therefore not evaluated."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from duckdb import DuckDBPyConnection

from auditor.findings.leaving_out import refused_ids
from auditor.findings.partition import Task
from auditor.rules import model as m
from auditor.rules.pack_model import PackInfo, Unread
from auditor.rules.packs import RuleSet


def packs(rules: RuleSet) -> list[dict[str, Any]]:
    """Every pack that was named, by id: facts, hash, signature, number of rules, and why it is broken, if it is."""
    return [
        {
            "id": pack.id,
            "title": pack.facts.title,
            "version": pack.version,
            "publisher": pack.facts.publisher,
            "payer_scope": pack.facts.payer_scope,
            "invented": pack.facts.invented,
            "source": pack.source,
            "hash": pack.hash,
            "signature": pack.signature.state,
            "signer": pack.signature.signer,
            "rules": pack.rules,
            "overrides": pack.overrides,
            "tables": [
                {"name": spec.name, "title": spec.title, "rows": len(spec.rows), "sha256": spec.sha256}
                for spec in rules.tables
                if spec.name in pack.tables and not pack.broken
            ],
            "broken": pack.broken,
        }
        for pack in rules.packs
    ]


def retired(rules: RuleSet) -> list[dict[str, Any]]:
    """The rules that are known but out of use: since when, why, and what took their place."""
    return [
        {
            "id": rule.id,
            "version": rule.version,
            "hash": rule.hash,
            "title": rule.title,
            "variants": [variant.id for variant in rule.all_variants],
            "on": rule.retired.on.isoformat() if rule.retired else None,
            "because": rule.retired.because if rule.retired else "",
            "successor": rule.retired.successor if rule.retired else "",
            "pack": _pack(rules, rule),
        }
        for rule in rules.retired
    ]


def origin(con: DuckDBPyConnection, rules: RuleSet) -> dict[str, dict[str, Any]]:
    """By rule id, what the rule register adds to a rule: its pack, and the text of its file if it found anything.

    SHA-256 of the text is the rule's hash: with it a finding can be explained when the file is gone.
    """
    found = {row[0] for row in con.execute("SELECT DISTINCT rule_hash FROM finding").fetchall()}
    return {
        rule.id: {
            "pack": _pack(rules, rule),
            **({"text": rules.texts[rule.hash]} if rule.hash in found and rule.hash in rules.texts else {}),
        }
        for rule in rules.rules
    }


def _pack(rules: RuleSet, rule: m.Rule) -> str:
    pack = rules.pack_of(rule.id)
    return pack.name if pack is not None else ""


def not_evaluated(rules: RuleSet) -> list[dict[str, Any]]:
    """Rows of coverage for what stands in broken packs: each rule that could be named, else the pack itself."""
    rows = []
    for pack in rules.broken:
        mine = [item for item in rules.unread if item.pack == pack.id]
        rows += [_row(item.id, item.title, item.family, pack) for item in mine]
        if pack.unnamed or not (mine or pack.unread):
            number = f"{pack.unnamed:,} files" if pack.unnamed > 1 else "a file"
            title = f"Rules of {number} of which no id can be read" if pack.unnamed else pack.facts.title
            rows.append(_row(f"pack {pack.id}", title, "", pack))
    return rows


def _row(name: str, title: str, family: str, pack: PackInfo) -> dict[str, Any]:
    reason = f"its pack {pack.name} is broken and was left out"
    return {
        "rule_id": name,
        "title": title,
        "family": family if family in m.FAMILIES else "payer",
        "unit": "claim lines",
        **dict.fromkeys("eligible evaluated fail bypassed suppressed not_evaluated".split(), 0),
        "dollars": "0.00",
        "dollars_eligible": "0.00",
        "dollars_evaluated": "0.00",
        "reasons": [{"reason": reason, "lines": 0, "dollars": "0.00"}],
    }


def banners(task: Task) -> list[str]:
    """What every report must say first: packs that were left out, and rules that could not be evaluated."""
    said = [_left_out(pack, task.rules.unread) for pack in task.rules.broken]
    for name, reason in refused_ids(task):
        said.append(f"Rule {name} was left out of this audit and evaluated nothing: {reason}.")
    return said


def _left_out(pack: PackInfo, unread: Iterable[Unread]) -> str:
    mine = [item.id for item in unread if item.pack == pack.id]
    parts = [f"The pack {pack.name} is broken and was left out; the others were not touched by it."]
    if mine:
        more = f" and {len(mine) - 8:,} more" if len(mine) > 8 else ""
        parts.append(f"Not evaluated, which is not a pass: {', '.join(mine[:8])}{more}.")
    elif not pack.unread:
        parts.append("None of its rules was evaluated, which is not a pass.")
    if pack.overrides:
        parts.append("Its overrides do not apply either: findings that they would have set aside stand.")
    parts.append(f"What is wrong first: {pack.broken}")
    return " ".join(parts)
