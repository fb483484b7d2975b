"""The overrides of a run, as they stood in it: a finding is explained by those, whatever is at hand today."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from auditor.base.errors import InputRefused
from auditor.rules import model as m
from auditor.rules.loader import load_rule
from auditor.rules.overrides import as_filed, with_parameters


def with_overrides_of(
    run: Mapping[str, Any],
    rule: m.Rule,
    at_hand: Sequence[m.Override],
    tables: Mapping[str, Mapping[str, str]],
) -> tuple[m.Rule, str]:
    """The rule with the parameters that the overrides of the run set, and what is to be said of them; '' for nothing.

    An override is read from the text that the run kept, or is one of those at hand with the same hash. Where neither
    is to be had, the parameters that it may have set are taken out of the rule: what they decide is not known.
    ``tables`` are the fields of every table by name.
    """
    names = {rule.family, *(variant.id for variant in rule.all_variants)}
    found: list[m.Override] = []
    lost: dict[str, str] = {}
    for entry in _entries(run):
        if not names & set(map(str, entry.get("rules") or ())):
            continue
        override = _override(entry, at_hand, tables)
        if override is not None:
            found.append(override)
        else:
            lost |= dict.fromkeys(_may_set(entry, rule), str(entry.get("id")))
    acting = [item for item in found if item.action == "set_parameter" and item.parameter in rule.parameters]
    made = with_parameters([as_filed(rule)], acting)[0]
    kept = {name: item for name, item in made.parameters.items() if name not in lost}
    return replace(made, parameters=kept), _said(acting, lost)


def _entries(run: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """In the order in which they acted."""
    for entry in run.get("overrides") or ():
        if isinstance(entry, Mapping):
            yield entry


def _override(
    entry: Mapping[str, Any], at_hand: Sequence[m.Override], tables: Mapping[str, Mapping[str, str]]
) -> m.Override | None:
    digest, text = entry.get("hash"), entry.get("text")
    same = next((item for item in at_hand if item.id == entry.get("id") and item.hash == digest), None)
    if same is not None or not isinstance(text, str):
        return same
    content = text.encode("utf-8")
    if hashlib.sha256(content).hexdigest() != digest:
        return None  # changed since
    with tempfile.TemporaryDirectory(prefix="auditor-packs-") as folder:
        path = Path(folder) / "override.yaml"
        path.write_bytes(content)
        try:
            item = load_rule(path, tables)
        except InputRefused:
            return None  # written for another version of the program
    return item if isinstance(item, m.Override) else None


def _may_set(entry: Mapping[str, Any], rule: m.Rule) -> list[str]:
    """The parameters of a rule that an override may have set of which only its entry is known."""
    action = entry.get("action")
    if action is None:  # a run of an older version says neither what it did nor to what
        return list(rule.parameters)
    return [name for name in rule.parameters if action == "set_parameter" and name == entry.get("parameter")]


def _said(acting: Sequence[m.Override], lost: Mapping[str, str]) -> str:
    told = [
        f"In the run override {item.id} set “{item.parameter.replace('_', ' ')}” for some lines, and does so here."
        for item in acting
    ]
    for id_ in sorted(set(lost.values())):
        names = [f"“{name.replace('_', ' ')}”" for name, by in lost.items() if by == id_]
        what = names[0] if len(names) == 1 else "any of its parameters"
        told.append(
            f"The run kept no text of override {id_}, which may have set {what} for some lines: what hangs on that is "
            "marked [not kept]."
        )
    return " ".join(told)
