"""What ``run.json`` says of packs: which there were, which were left out, and what was therefore not evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from duckdb import DuckDBPyConnection

from auditor.base.errors import RuleNotEvaluated
from auditor.findings.leaving_out import refused_ids
from auditor.findings.partition import Task
from auditor.matching import coverage
from auditor.matching.lines import open_partition
from auditor.rules import model as m
from auditor.rules.pack_model import PackInfo, Unread
from auditor.rules.packs import RuleSet
from auditor.rules.told import plain, told_override

_OF_OVERRIDE = ("id", "title", "rules", "reason", "approved_by", "expires", "hash")


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
            "pack": _pack(rules, rule.id),
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
            "pack": _pack(rules, rule.id),
            **({"text": rules.texts[rule.hash]} if rule.hash in found and rule.hash in rules.texts else {}),
        }
        for rule in rules.rules
    }


def overrides(rules: RuleSet) -> list[dict[str, Any]]:
    """Every override, by id: what it says, its pack, and the text of its file, whether or not it met anything.

    One that sets a parameter leaves no other trace, and a finding cannot be explained without it.
    """
    return [
        {
            **{name: plain(getattr(item, name)) for name in _OF_OVERRIDE},
            **told_override(item),
            "pack": _pack(rules, item.id),
            **({"text": rules.texts[item.hash]} if item.hash in rules.texts else {}),
        }
        for item in rules.overrides
    ]


def _pack(rules: RuleSet, id_: str) -> str:
    pack = rules.pack_of(id_)
    return pack.name if pack is not None else ""


def not_evaluated(con: DuckDBPyConnection, task: Task) -> list[dict[str, Any]]:
    """Rows of coverage for what stands in broken packs: each rule that could be named, else the pack itself.

    Of a rule whose own file loads the lines that it is about are counted; of any other they are not known (None). Reads
    ``claim_line``, and makes ``line`` anew.
    """
    rules = task.rules
    counted = _in_scope(con, task, [item.rule for item in rules.unread if item.rule is not None])
    rows = []
    for pack in rules.broken:
        mine = [item for item in rules.unread if item.pack == pack.id]
        for item in mine:
            unit = "providers" if item.rule is not None and item.rule.benchmark is not None else "claim lines"
            rows.append(_row((item.id, item.title, item.family), pack, counted.get(item.id), unit))
        if pack.unnamed or not (mine or pack.unread):
            number = f"{pack.unnamed:,} files" if pack.unnamed > 1 else "a file"
            title = f"Rules of {number} of which no id can be read" if pack.unnamed else pack.facts.title
            rows.append(_row((f"pack {pack.id}", title, ""), pack))
    return rows


def _in_scope(con: DuckDBPyConnection, task: Task, rules: Sequence[m.Rule]) -> dict[str, tuple[int, Decimal]]:
    """By rule id how many audited lines rules are about, and their dollars.

    Rules that look for codes in a table that is left out with their pack are not among them, nor benchmarks.
    """
    rules = [rule for rule in rules if rule.match is not None]
    found: dict[str, list[int]] = {rule.id: [0, 0] for rule in rules}
    for part in range(task.partitions if rules else 0):
        open_partition(con, part, task.partitions)
        for rule in rules:
            try:
                gaps = coverage.measure(con, [rule], task.facts, {})
            except RuleNotEvaluated:
                found.pop(rule.id, None)
                continue
            for gap in gaps:
                if rule.id in found and not gap.reason.startswith(coverage.BESIDE):
                    found[rule.id][0] += gap.lines
                    found[rule.id][1] += gap.cents
    return {id_: (lines, Decimal(cents).scaleb(-2)) for id_, (lines, cents) in found.items()}


def _row(
    about: tuple[str, str, str],
    pack: PackInfo,
    in_scope: tuple[int, Decimal] | None = None,
    unit: str = "claim lines",
) -> dict[str, Any]:
    """Nothing was evaluated, which is known; how many lines were not is, or is None."""
    name, title, family = about
    lines, dollars = (None, None) if in_scope is None else (in_scope[0], f"{in_scope[1]:.2f}")
    return {
        "rule_id": name,
        "title": title,
        "family": family if family in m.FAMILIES else "payer",
        "unit": unit,
        "eligible": lines,
        **dict.fromkeys("evaluated fail bypassed suppressed".split(), 0),
        "not_evaluated": lines,
        "dollars": "0.00",
        "dollars_eligible": dollars,
        "dollars_evaluated": "0.00",
        "reasons": [
            {
                "reason": f"its pack {pack.name} is broken and was left out",
                "lines": lines,
                "dollars": dollars,
            }
        ],
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
