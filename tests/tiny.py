"""Audits of a few lines by rules that a test writes in a few words; both evaluators agree on what they find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from auditor.rules.packs import RuleSet, load_packs
from auditor.workbench.case_tables import FAR, LONG_AGO
from tests.findings.worlds import Finding, World, audited, findings

DAY = date(2024, 7, 10)
ANSWERS = tuple((name, "*", LONG_AGO, FAR) for name in ("ncci_ptp", "ncci_mue", "ncci_aoc", "coverage"))
"""Every table of the NCCI answers for every day."""
USUAL = {"claim_id": "A", "patient_id": "P", "code": "99213", "paid": 10, "date_from": DAY}
"""What a line says that a test does not speak of."""
RULE = """\
id: {id}
catalogue_id: CAT-01
title: A rule of this test
family: {family}
class: {base}
severity: low
citations: [{{key: policy, document: A policy, section: "1", url: "https://example.org", verified: true}}]
record_needed: [note]
"""
OVERRIDE = """\
id: {id}
title: An override of this test
family: payer
override: {{rules: [{of}], when: {{{when}}}, reason: by contract, approved_by: me, {change}}}
"""


def rule(
    body: str,
    name: str = "PAY-TINY-001",
    *,
    family: str = "payer",
    base: str = "definite",
    role: str = "line",
) -> str:
    """The text of a rule: a head, and ``body``; one that explains nothing names the claim of ``role``."""
    explained = "" if "\nexplanation:" in f"\n{body}" else f'explanation: "{{{role}.claim_id}}"\n'
    return RULE.format(id=name, family=family, base=base) + explained + body


def override(name: str, change: str, *, of: str = "PAY-TINY-001", when: str = "line.payer_id: OURS") -> str:
    """The text of an override of a rule for some lines, those of payer OURS where no other are named."""
    return OVERRIDE.format(id=name, change=change, of=of, when=when)


def setting(name: str, parameter: str, value: object, **which: str) -> str:
    """The text of an override that sets a parameter; ``which`` rule and lines as for :func:`override`."""
    change = f"action: set_parameter, parameter: {parameter}, value: {value}"
    return override(name, change, **which)


def pack(folder: Path, *texts: str) -> RuleSet:
    """The rules and overrides of ``texts``."""
    for at, text in enumerate(texts):
        (folder / f"{at}.yaml").write_text(text, encoding="utf-8")
    return load_packs([folder])


def audit(
    folder: Path,
    lines: Sequence[Mapping[str, Any]],
    *texts: str,
    tables: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    prefilter: bool = True,
) -> list[Finding]:
    """The findings, in the order of patient, line and rule; a line is one of claim A and patient P that says no other.

    Raises InternalCheckFailed when the two evaluators differ.
    """
    whole = [USUAL | {"line_no": at} | dict(line) for at, line in enumerate(lines, 1)]
    rows = {name: [dict(row) for row in rows] for name, rows in (tables or {}).items()}
    answers = (*ANSWERS, *((name, "*", LONG_AGO, FAR) for name in rows if name.startswith(("mpfs", "payer"))))
    with audited(World(whole, rows, answers, True), rules=pack(folder, *texts), prefilter=prefilter) as con:
        return sorted(
            findings(con),
            key=lambda finding: (finding["patient_id"], finding["line_no"], finding["rule_id"]),
        )


def shown(finding: Finding, role: str) -> list[int]:
    """The numbers of the lines that a finding shows in a role, in the order of its evidence."""
    return [line["line_no"] for line in finding["evidence"] if line["role"] == role]


def flagged(found: Sequence[Finding]) -> list[int]:
    """The numbers of the lines that are flagged."""
    return [finding["line_no"] for finding in found]
