"""Packs for tests: a folder with a few rules that mean nothing, and the same in one signed file."""

from __future__ import annotations

from pathlib import Path

RULE = """\
id: {id}
catalogue_id: {catalogue}
title: Rule {id}
status: {status}
family: {family}
class: probable
severity: low
citations: [{{key: a, document: A}}]
match: {{lines: [line], when: {{line.code: "{code}"}}}}
exposure: {{direction: over, method: line}}
explanation: "{{line.code}} on line {{line.line_no}}"
"""
OVERRIDE = """\
id: {id}
title: Override {id}
family: payer
override:
  rules: [{rules}]
  action: suppress
  when: {{line.payer_id: PAYER}}
  reason: by contract
  approved_by: me
"""


def rule_text(
    name: str, family: str = "payer", code: str = "99213", status: str = "draft", more: str = ""
) -> str:
    """A rule that flags every line with a code."""
    return RULE.format(id=name, catalogue="CAT-01", family=family, code=code, status=status) + more


def override_text(name: str, rules: str) -> str:
    """An override of the lines of payer PAYER."""
    return OVERRIDE.format(id=name, rules=rules)


def manifest_text(name: str, version: str = "1.0.0", more: str = "") -> str:
    """A ``pack.yaml``."""
    return f"id: {name}\ntitle: The pack {name}\nversion: {version}\npublisher: Somebody invented\n{more}"


def make_pack(
    folder: Path, name: str | None = "acme", version: str = "1.0.0", more: str = "", **files: str
) -> Path:
    """A pack's folder: ``files`` are texts by file name without its ending; without ``name`` it has no pack.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    if name is not None:
        (folder / "pack.yaml").write_text(manifest_text(name, version, more), encoding="utf-8")
    for stem, content in files.items():
        (folder / f"{stem}.yaml").write_text(content, encoding="utf-8")
    return folder
