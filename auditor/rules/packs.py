"""Packs: the rule files of the project's ``rulesets/`` and of the folders a user adds, as one checked set."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.base.errors import InputRefused, UsageError
from auditor.rules.loader import load_rule
from auditor.rules.model import Override, Rule


@dataclass(frozen=True)
class RuleSet:
    """Rules in the order of their strata, the overrides, and one hash over all of it."""

    rules: tuple[Rule, ...]
    overrides: tuple[Override, ...]
    hash: str


def load_packs(folders: Sequence[Path], only: Sequence[str] = ()) -> RuleSet:
    """Read every ``*.yaml`` under the folders.

    ``only`` limits to rule ids, catalogue ids or families (an id of a variant brings its rule). Ids must be unique over
    all folders. Raises InputRefused (exit 3) for a bad file, UsageError (exit 2) for a name that meets no rule.
    """
    rules: list[Rule] = []
    overrides: list[Override] = []
    seen: dict[str, str] = {}
    for folder in folders:
        if not folder.is_dir():
            raise InputRefused(
                what="rule folder refused", where=folder.name, why="it is not a folder", mend="name a folder"
            )
        for path in sorted(folder.rglob("*.yaml")):
            loaded = load_rule(path)
            ids = [loaded.id]
            if isinstance(loaded, Rule):
                ids += [variant.id for variant in loaded.variants]
                rules.append(loaded)
            else:
                overrides.append(loaded)
            for name in ids:
                if name in seen:
                    raise InputRefused(
                        what=f"rule id {name} stands twice",
                        where=f"{seen[name]} and {path.name}",
                        why="an id is never reused",
                        mend="give one of them a new id",
                    )
                seen[name] = path.name
    if only:
        rules = _limit(rules, only)
    rules.sort(key=lambda rule: (rule.stratum, rule.id))
    digest = hashlib.sha256(
        "".join(sorted(r.hash for r in rules) + sorted(o.hash for o in overrides)).encode()
    ).hexdigest()
    return RuleSet(tuple(rules), tuple(overrides), digest)


def _limit(rules: list[Rule], only: Sequence[str]) -> list[Rule]:
    chosen: list[Rule] = []
    for name in only:
        found = [
            rule
            for rule in rules
            if name == rule.family or any(name in (v.id, v.catalogue_id) for v in rule.all_variants)
        ]
        if not found:
            raise UsageError(
                what=f"no rule or family is called {name}",
                where="--rules",
                why="it meets none of the rules loaded",
                mend="see `auditor rules list`",
            )
        chosen += [rule for rule in found if rule not in chosen]
    return chosen
