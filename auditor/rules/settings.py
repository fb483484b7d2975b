"""Whether a rule can hold the values that overrides set: the loader's own checks, asked again with each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from auditor.base.errors import InputRefused
from auditor.rules import model as m
from auditor.rules.loader import rule_of
from auditor.rules.yaml_strict import parse_yaml


def check_settings(
    overrides: Sequence[m.Override],
    rules: Sequence[m.Rule],
    texts: Mapping[str, str],
    tables: Mapping[str, Mapping[str, str]],
) -> None:
    """Hold every value of a ``set_parameter`` against the rules it is for.

    ``texts`` are the rule files by their SHA-256, ``tables`` the fields of every table that they may name. Raises
    InputRefused, which names the override's file, for a value that the rule's own file could not have.
    """
    for override in overrides:
        for rule in rules if override.action == "set_parameter" else ():
            names = {rule.family, *(variant.id for variant in rule.all_variants)}
            if names & set(override.rules) and override.parameter in rule.parameters and rule.hash in texts:
                _check(override, rule, texts[rule.hash], tables)


def _check(override: m.Override, rule: m.Rule, text: str, tables: Mapping[str, Mapping[str, str]]) -> None:
    path = Path(rule.file)
    data = parse_yaml(path, text.encode())
    value = list(override.value) if isinstance(override.value, tuple) else override.value
    if isinstance(override.value, m.CodeMap):
        value = override.value.codes()
    for period in data["parameters"][override.parameter].values():
        period["value"] = value
    try:
        rule_of(path, data, rule.hash, tables)
    except InputRefused as error:
        raise InputRefused(
            f"override {override.id} sets `{override.parameter}` to what {rule.id} cannot hold",
            where=override.file,
            why=f"there it would be: {error.what}, {error.why}",
            mend=error.mend,
        ) from error
