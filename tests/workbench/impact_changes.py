"""Changes of rules of every kind, as edits of the rule files of `impact_world`."""

from __future__ import annotations

from pathlib import Path

from tests.workbench.impact_world import OVERRIDE

MINE = """\
id: MOD-MINE-001
catalogue_id: AM-06
title: An office visit at the highest level
family: {family}
class: {kind}
severity: low
applies_to: {{claim_type: [professional]}}
citations: [{{key: a, document: A}}]
match: {{lines: [line], when: {{line.code: {{in: [{codes}]}}}}}}
flag: [line]
{more}exposure: {{direction: over, method: line}}
explanation: "{{line.code}} of {{line.service_date}}"
"""
FALLS = "concludes: {not_payable: line}\n"
LIFTING = "    - {is: lifting_modifier_present}\n    - {not: {is: distinct"
PTP_EXPOSURE = "exposure: {direction: over, method: line, basis: paid, lines: [column_2]}\nexplanation"
UNJUDGED = "{not_in: $judged_by_another_rule}"


def new(
    family: str = "modifier", kind: str = "probable", more: str = "", codes: str = "99215 99205 99214"
) -> str:
    listed = ", ".join(f'"{code}"' for code in codes.split())
    return MINE.format(family=family, kind=kind, more=more, codes=listed)


def override(
    rules: str,
    when: str = "line.code: {exists: true}",
    action: str = "suppress",
    id_: str = "PAY-MINE-001",
) -> str:
    return OVERRIDE.format(id=id_, rules=rules, action=action, when=when)


Edits = list[tuple[str, str, str]]
"""(beginning of the file's name, text, its replacement); without a text a new file, with * the file is taken out."""

CHANGES: dict[str, Edits] = {
    "a condition widened": [("NCCI-MUE-003", '{mue.mai: "3"}', '{mue.mai: {in: ["2", "3"]}}')],
    "a condition narrowed": [
        ("MOD-QUAL-001", "{line.code: {exists: true}}", '{line.code: {starts_with: "9"}}')
    ],
    "a parameter changed": [("NCCI-AOC-001", '["99292"]', '["99292", "90472", "29826", "96361", "90461"]')],
    "a list of modifiers that lift made shorter": [
        ("NCCI-PTP-001", '"XE", "XP", "XS", "XU"]\n', '"XE"]\n'),
        ("NCCI-PTP-001", '"57", "58", "59", "78"', '"57", "58", "78"'),
    ],
    "the class lowered": [("NCCI-AOC-001", "is: definite", "is: probable")],
    "the class raised": [("NCCI-MUE-003", "class: probable", "class: definite")],
    "a bypass added": [
        ("NCCI-MUE-003", "flag: [line]", 'bypass: {line.code: {starts_with: "2"}}\nflag: [line]')
    ],
    "a bypass taken out": [
        ("NCCI-PTP-001", LIFTING, LIFTING.replace("\n", '\n    - {column_2.code: "0"}\n'))
    ],
    "unless taken out": [("NCCI-PTP-001", "unless: {not_payable: column_1}\n", "")],
    "what falls taken out": [("NCCI-PTP-001", "concludes: {not_payable: column_2}\n", "")],
    "what falls added": [("INT-BASE-002", "flag: [line]\n", f"{FALLS}flag: [line]\n")],
    "the cascade narrowed": [("NCCI-AOC-003", UNJUDGED, '{starts_with: "1"}')],
    "the family changed": [("NCCI-MUE-002", "family: mue", "family: ptp")],
    "the family changed to an earlier one": [
        ("MOD-PAIR-001", "family: modifier", "family: integrity"),
        ("MOD-PAIR-001", "flag: [line]\n", f"{FALLS}flag: [line]\n"),
    ],
    "the exposure changed": [("NCCI-MUE-003", "method: excess_units", "method: line")],
    "the exposure at risk": [
        ("NCCI-PTP-001", PTP_EXPOSURE, PTP_EXPOSURE.replace("basis: paid", "basis: paid, at_risk: true"))
    ],
    "another direction": [("NCCI-MUE-002", "direction: over", "direction: under")],
    "the explanation changed": [("NCCI-MUE-002", "explanation: >-\n", "explanation: >-\n  Look here.\n")],
    "effective later": [("NCCI-MUE-003", "effective: {", "effective: {from: 2024-08-15, to: null} #")],
    "the scope changed": [
        (
            "NCCI-PTP-001",
            "line_of_business: [medicare, medicare_advantage, medicaid]",
            "line_of_business: [medicaid]",
        )
    ],
    "a variant renamed": [("MOD-PAIR-001", "id: MOD-PAIR-005", "id: MOD-PAIR-009")],
    "a title and a bypass reason": [
        ("NCCI-PTP-001", "bypass_reason: >-\n", "bypass_reason: >-\n  So.\n"),
        ("NCCI-PTP-001", "title: Column 2 code paid with", "title: Column 2 code processed with"),
    ],
    "a field that the feed lacks": [("NCCI-MUE-003", "requires: [", "requires: [claim_line.admit_date, ")],
    "a new rule": [("MOD-MINE-001", "", new())],
    "a new rule that takes lines down": [
        (
            "MOD-MINE-001",
            "",
            new("integrity", "definite", FALLS, "45385 20610 93000 11102 17000 73562 93306 99214"),
        )
    ],
    "a sequence with another limit": [("FREQ-BASE-001", "limit: 1", "limit: 2")],
    "a sequence in which every visit counts": [
        ("FREQ-BASE-001", "    as: clock", "    as: clock\n    restart: every")
    ],
    "visits that fall before a sequence looks at them": [
        ("MOD-MINE-001", "", new("integrity", "definite", FALLS, "99213 99214"))
    ],
    "a rule taken out": [("NCCI-PTP-001", "*", "")],
    "a rule of a later stratum taken out": [("NCCI-AOC-003", "*", "")],
    "a rule retired": [
        ("NCCI-MUE-003", "status: stable", "status: deprecated\nretired: {on: 2026-01-01, because: so}")
    ],
    "a benchmark changed": [("LVL-EM-001", "min_n: 11", "min_n: 16")],
    "a benchmark taken out": [("LVL-MOD25-001", "*", "")],
    "an override of a rule added": [("PAY-MINE-001", "", override("NCCI-PTP-001"))],
    "an override of a family added": [
        ("PAY-MINE-001", "", override("mue", 'line.modifiers: {disjoint: ["59"]}'))
    ],
    "an override of a variant added": [("PAY-MINE-001", "", override("NCCI-PTP-002"))],
    "an override that lowers added": [("PAY-MINE-001", "", override("ptp", action="reclassify\n  to: risk"))],
    "an override of a parameter added": [
        (
            "PAY-MINE-001",
            "",
            override(
                "NCCI-AOC-001",
                "line.claim_type: professional",
                'set_parameter\n  parameter: judged_by_another_rule\n  value: ["90472", "29826", "96361"]',
            ),
        )
    ],
    "an override that meets nothing": [("PAY-MINE-001", "", override("ptp", "line.payer_id: NOBODY"))],
    "an override taken out": [("PAY-BASE-001", "*", "")],
    "an override that lowers taken out": [("PAY-BASE-002", "*", "")],
    "an override of a parameter taken out": [("PAY-BASE-003", "*", "")],
    "an override widened": [("PAY-BASE-001", 'starts_with: "9"', "exists: true")],
    "an override moved to other rules": [("PAY-BASE-002", "rules: [mue]", "rules: [ptp]")],
    "an override of another action": [
        ("PAY-BASE-002", "action: reclassify\n  to: probable", "action: suppress")
    ],
    "an override of another value": [("PAY-BASE-003", '["25"]', '["25", "59", "XS"]')],
    "overrides added that come before others by id, and meet them": [
        ("PAY-A-100", "", override("mue, addon, ptp", action="reclassify\n  to: risk", id_="PAY-A-100")),
        (
            "PAY-A-200",
            "",
            override(
                "NCCI-PTP-001",
                'line.service_state: {in: ["PA", "WA", "NY"]}',
                'set_parameter\n  parameter: associated_modifiers\n  value: ["59"]',
                id_="PAY-A-200",
            ),
        ),
    ],
    "several at once": [
        ("NCCI-MUE-003", "class: probable", "class: definite"),
        ("MOD-MINE-001", "", new()),
        ("NCCI-AOC-002", "*", ""),
        ("PAY-MINE-001", "", override("NCCI-AOC-001")),
    ],
}
ALWAYS = ("overrides added that come before others by id, and meet them",)
"""Kinds of changes that are tried every time."""
MEET_NOTHING = {"an override that meets nothing"}


def change(folder: Path, edits: Edits) -> tuple[list[Path], list[str]]:
    """Edit the rule files in `folder`; the files that changed, and the ids taken out."""
    changed: dict[str, Path] = {}
    without = []
    for name, text, replacement in edits:
        if text == "*":
            next(folder.rglob(f"{name}*.yaml")).unlink()
            without.append(name)
            continue
        if not text:
            path = folder / f"{name}_mine.yaml"
            path.write_text(replacement, encoding="utf-8")
        else:
            path = next(folder.rglob(f"{name}*.yaml"))
            was = path.read_text(encoding="utf-8")
            assert text in was, f"{name} has no {text!r}"
            path.write_text(was.replace(text, replacement), encoding="utf-8")
        changed[name] = path
    return list(changed.values()), without
