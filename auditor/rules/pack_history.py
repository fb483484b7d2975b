"""A rule as it was when it found something, out of the run that it found it in: its file may be gone since."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auditor.base.errors import InputRefused, UsageError
from auditor.rules import fields
from auditor.rules import model as m
from auditor.rules.loader import load_rule
from auditor.rules.yaml_strict import told

_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}\.yaml\Z")


def registered_rule(
    run: Mapping[str, Any],
    name: str,
    rule_hash: str,
    tables: Mapping[str, Mapping[str, str]] = fields.TABLE_FIELDS,
) -> m.Rule:
    """The rule that a finding names by rule id (or variant id) and hash, from the content of its ``run.json``.

    ``tables`` are the fields of the tables that it may name. Raises UsageError (exit 2) where the run has no such rule,
    InputRefused (exit 3) where its text is not there, is not what the hash says, or cannot be read by this version.
    """
    entry = next(
        (
            item
            for item in run.get("rules", ())
            if item.get("hash") == rule_hash and name in {item.get("id"), *_variants(item)}
        ),
        None,
    )
    if entry is None:
        raise UsageError(
            f"the run has no rule {told(name)} with the hash {told(rule_hash)}",
            where="run.json",
            why="a finding is explained by the rule that made it, in the version that made it",
            mend="name the folder of the run that the finding is from",
        )
    text = entry.get("text")
    if not isinstance(text, str):
        raise InputRefused(
            f"the text of rule {told(name)} is not in the run",
            where="run.json",
            why="runs keep the text of rules that found something",
            mend="its title, citations, parameters and sentence stand in `rules` of run.json",
        )
    content = text.encode("utf-8")
    if hashlib.sha256(content).hexdigest() != rule_hash:
        raise InputRefused(
            f"the text of rule {told(name)} is not that of the run",
            where="run.json",
            why="its SHA-256 is not the rule's hash, so it was changed since",
            mend="use the run.json that the audit wrote",
        )
    file = entry.get("file")
    with tempfile.TemporaryDirectory(prefix="auditor-packs-") as folder:
        path = Path(folder) / (file if isinstance(file, str) and _FILE.match(file) else "rule.yaml")
        path.write_bytes(content)
        loaded = load_rule(path, tables)
    if not isinstance(loaded, m.Rule):
        raise InputRefused(
            f"{told(name)} is no rule", where="run.json", mend="name a rule that found something"
        )
    return loaded


def _variants(entry: Mapping[str, Any]) -> list[Any]:
    return [item.get("id") for item in entry.get("variants") or () if isinstance(item, Mapping)]
