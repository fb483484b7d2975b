"""Audits of a few lines by rules that a test writes itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from auditor.rules.packs import load_packs
from auditor.workbench.case_tables import FAR, LONG_AGO
from tests.findings.worlds import Finding, World, audited, findings

HEAD = """\
id: {id}
catalogue_id: CAT-01
title: A rule of this test
family: payer
class: definite
severity: low
citations: [{{key: policy, document: A policy, section: "1", url: "https://example.org", verified: true}}]
explanation: "{{{role}.claim_id}}"
"""
SET = """\
id: PAY-OWN-101
title: An override of this test
family: payer
override:
  rules: [PAY-OWN-001]
  action: set_parameter
  parameter: {parameter}
  value: {value}
  when: {{{when}}}
  reason: by contract
  approved_by: me
"""
ANSWERS = tuple((name, "*", LONG_AGO, FAR) for name in ("ncci_ptp", "ncci_mue", "ncci_aoc", "coverage"))


def found(
    folder: Path,
    rule: str,
    lines: Sequence[Mapping[str, Any]],
    *,
    role: str = "line",
    tables: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    override: Mapping[str, str] | None = None,
    more: Mapping[str, str] | None = None,
) -> list[Finding]:
    """The findings, by line, of a rule (what follows its head) on lines of one patient and claim, paid $10 each."""
    texts = {"PAY-OWN-001": HEAD.format(id="PAY-OWN-001", role=role) + rule, **(more or {})}
    if override is not None:
        texts["PAY-OWN-101"] = SET.format(**override)
    for name, text in texts.items():
        (folder / f"{name}_own.yaml").write_text(text, encoding="utf-8")
    usual = {"claim_id": "A", "patient_id": "P", "date_from": date(2024, 7, 1), "code": "99213", "paid": 10}
    whole = [usual | {"line_no": at} | dict(line) for at, line in enumerate(lines, 1)]
    world = World(
        whole, {name: list(map(dict, rows)) for name, rows in (tables or {}).items()}, ANSWERS, True
    )
    with audited(world, rules=load_packs([folder])) as con:
        return sorted(findings(con), key=lambda item: (item["claim_id"], item["line_no"], item["rule_id"]))
