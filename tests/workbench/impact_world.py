"""A small world for impacts: synthetic claims of the starter edition, an audit of them, and rule files to change."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from auditor import pipeline
from auditor.base.resources import resource_dir
from auditor.cli.synth import vocabulary_of
from auditor.pipeline import AuditOptions, run_audit
from auditor.reference import Library
from auditor.synth import SynthOptions
from auditor.synth import write_claims as write_synthetic
from auditor.synth.generate import STARTER_PERIOD
from auditor.workbench import impact
from auditor.workbench.impact import ImpactRequest, measure_impact
from auditor.workbench.impact_model import Impact, Side
from tests.twin.product import claim_row, write_claims

RULESETS = resource_dir("rulesets")
KEPT = frozenset({"ncci", "modifier", "coverage", "duplicate", "integrity", "upcoding", "payers", "tables"})
"""The folders of shipped rules that a world has."""
NOT_COMPARED = {"rule_hash", "rule_version"}
PRIMARIES = "45385 45378 20610 93000 11102 17000 22630 22612 64702 29881 73562 99291 96360 90460".split()
OUTCOME = "verdict class exposure exposure_counted direction exposure_basis suppressed_by reason".split()
Edit = Callable[[Path], Mapping[str, Any]]
"""Changes a copy of the rule files and says what to ask: `changed` files, or ids to leave out (`without`)."""


@dataclass
class World:
    """Claims and the run that was made of them; `rulesets` are the rule files of that run."""

    folder: Path
    claims: Path
    run: Path
    rulesets: Path

    def copy(self, to: Path) -> Path:
        return Path(shutil.copytree(self.rulesets, to))


OVERRIDE = """\
id: {id}
title: A payer's way
family: payer
override:
  rules: [{rules}]
  action: {action}
  when: {{{when}}}
  reason: by contract
  approved_by: nobody
"""
BASE_OVERRIDES = {
    "PAY-BASE-001": ("NCCI-PTP-005, addon", "suppress", 'line.code: {starts_with: "9"}'),
    "PAY-BASE-002": ("mue", "reclassify\n  to: probable", 'line.code: {starts_with: "8"}'),
    "PAY-BASE-003": (
        "NCCI-PTP-001",
        'set_parameter\n  parameter: associated_modifiers\n  value: ["25"]',
        'line.service_state: {in: ["PA", "WA"]}',
    ),
}
BASE = """\
id: {id}
catalogue_id: AM-06
title: A line of certain codes
family: duplicate
class: definite
severity: low
citations: [{{key: a, document: A}}]
match: {{lines: [line], when: {{line.code: {{in: [{codes}]}}}}}}
flag: [line]
{more}exposure: {{direction: over, method: line}}
explanation: "{{line.code}} of {{line.service_date}}"
"""


PACK = {
    "pack.yaml": """\
id: tiny-pack
title: A pack with a table of its own
version: {version}
publisher: Nobody
description: Invented.
requires_auditor: 0.1.0
""",
    "tables/tiny_codes.yaml": """\
title: Codes that need a look
columns: {code: text, look: text}
key: [code]
code_column: code
source: Invented
""",
    "tables/tiny_codes.csv": """\
code,look,effective,deleted
99214,yes,2024-01-01,
99213,yes,2024-01-01,2024-08-15
20610,no,2024-01-01,
""",
    "PLACE-TINY-001_listed.yaml": """\
id: PLACE-TINY-001
catalogue_id: AM-06
title: A code of the list
family: place
class: probable
severity: low
citations: [{key: a, document: A}]
match:
  lines: [line]
  table: {name: tiny_codes, as: listed, on: {code: line.code}, in_force_on: service_day}
  when: {listed.look: "yes"}
flag: [line]
exposure: {direction: over, method: line}
explanation: "{line.code} is listed"
""",
}


SEQUENCE = """\
id: FREQ-BASE-001
catalogue_id: AM-06
title: A visit too many
family: frequency
class: definite
severity: low
citations: [{key: a, document: A}]
match:
  lines: [visit]
  sequence:
    same: [patient_id]
    where: {visit.code: {in: ["99213", "99214", "99212", "99215"]}}
    window: {days: [-30, 0]}
    limit: 1
    as: clock
flag: [visit]
concludes: {not_payable: visit}
exposure: {direction: over, method: line}
explanation: "{visit.code}, {clock.earlier} before it"
"""


def write_pack(folder: Path, version: str = "1.0.0", **edits: tuple[str, str]) -> Path:
    """The tiny pack; `edits` replace a text in the file whose name begins so."""
    for name, text in PACK.items():
        for begins, (old, new) in edits.items():
            if Path(name).name.startswith(begins) and old in text:
                text = text.replace(old, new)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{version}", version), encoding="utf-8")
    return folder


def more_rules(rulesets: Path) -> None:
    """Rules of an early stratum, one of which takes lines down, and benchmarks that few visits are enough for."""
    (rulesets / "FREQ-BASE-001_base.yaml").write_text(SEQUENCE, encoding="utf-8")
    fell = "concludes: {not_payable: line}\n"
    for id_, codes, more in (("INT-BASE-001", PRIMARIES[::2], fell), ("INT-BASE-002", PRIMARIES[1::2], "")):
        listed = ", ".join(f'"{code}"' for code in codes)
        text = BASE.format(id=id_, codes=listed, more=more)
        (rulesets / f"{id_}_base.yaml").write_text(text, encoding="utf-8")
    for id_, (rules, action, when) in BASE_OVERRIDES.items():
        text = OVERRIDE.format(id=id_, rules=rules, action=action, when=when)
        (rulesets / f"{id_}_base.yaml").write_text(text, encoding="utf-8")
    for path in (rulesets / "upcoding").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        for name, value in {
            "min_n": 11,
            "min_peers": 2,
            "percentile": 50,
            "certainty": 50,
            "fdr": 50,
        }.items():
            text = re.sub(rf"\b{name}: [0-9]+", f"{name}: {value}", text)
        path.write_text(text, encoding="utf-8")


def make_world(
    folder: Path,
    lines: int,
    seed: int = 7,
    errors: float = 0.3,
    prepare: Callable[[Path], None] | None = None,
) -> World:
    starter = Library.starter()
    written = write_synthetic(
        folder / "claims", vocabulary_of(starter, seed, STARTER_PERIOD), SynthOptions(lines, seed, errors)
    )
    rulesets = Path(shutil.copytree(RULESETS, folder / "rulesets", ignore=_other_folders))
    if prepare is not None:
        prepare(rulesets)
    world = World(folder, written.claims_file, folder / "run", rulesets)
    with pytest.MonkeyPatch.context() as patch:
        audit(patch, world, rulesets, world.run)
    return world


def _other_folders(folder: str, names: list[str]) -> list[str]:
    """Of the shipped rules those in folders that no change here touches: every audit would read and plan them anew."""
    if Path(folder) != Path(RULESETS):
        return []
    return [name for name in names if (RULESETS / name).is_dir() and name not in KEPT]


def audit(
    patch: pytest.MonkeyPatch,
    world: World,
    rulesets: Path,
    out: Path,
    packs: tuple[Path, ...] = (),
    **options: Any,
) -> Path:
    """A whole audit with the rule files in `rulesets`, and those of `packs` beside them."""
    patch.setattr(
        pipeline, "resource_dir", lambda name: rulesets if name == "rulesets" else resource_dir(name)
    )
    given = AuditOptions(
        use_starter=True, workers=0, reports=False, cases_checked=20, rulesets=packs, **options
    )
    run_audit([world.claims], out, given)
    return out


def ask(patch: pytest.MonkeyPatch, world: World, at_hand: Path, **request: Any) -> Impact:
    """The impact of a change on the world's run, with the rule files `at_hand`."""
    patch.setattr(impact, "resource_dir", lambda _: at_hand)
    values: dict[str, Any] = {
        "run": world.run,
        "claims": (world.claims,),
        "workers": 0,
        "cases_checked": 20,
    } | request
    return measure_impact(ImpactRequest(**values))


def rows_of(run: Path) -> dict[str, dict[str, Any]]:
    """The findings of a run by id, without what names the version of a rule file."""
    with duckdb.connect() as con:
        cursor = con.execute("SELECT * FROM read_parquet(?)", [str(run / "findings.parquet")])
        names = [column[0] for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    found = {row["finding_id"]: {k: v for k, v in row.items() if k not in NOT_COMPARED} for row in rows}
    assert len(found) == len(rows)
    return found


def expected(before: Path, after: Path) -> dict[str, tuple[str, dict | None, dict | None]]:
    """The difference of two whole audits: kind and both rows, by finding."""
    one, two = rows_of(before), rows_of(after)
    found = {}
    for key in one.keys() | two.keys():
        a, b = one.get(key), two.get(key)
        if a == b:
            continue
        kind = "added" if a is None else "removed" if b is None else "reworded"
        if a is not None and b is not None and any(a[name] != b[name] for name in OUTCOME):
            kind = "changed"
        found[key] = (kind, a, b)
    return found


def said(side: Side | None) -> tuple[Any, ...] | None:
    if side is None:
        return None
    return (
        side.verdict, side.cls, side.direction, side.at_risk, side.exposure, side.counted, side.basis,
        side.suppressed_by, side.reason, side.explanation, side.premises,
    )  # fmt: skip


def of_row(row: Mapping[str, Any] | None) -> tuple[Any, ...] | None:
    if row is None:
        return None
    return (
        row["verdict"], row["class"], row["direction"], row["at_risk"], row["exposure"], row["exposure_counted"],
        row["exposure_basis"] or "", row["suppressed_by"] or "", row["reason"] or "", row["explanation"],
        tuple(row["premises"]),
    )  # fmt: skip


SMALL_RULES = {
    "DUP-TINY-001": ("duplicate", "definite", '{line.code: "20610"}', "concludes: {not_payable: line}\n"),
    "EM-TINY-001": ("em", "definite", '{line.code: {in: ["99214", "99215"]}}', ""),
    "EM-TINY-002": ("em", "probable", '{line.code: "99215"}', 'bypass: {line.modifiers: {contains: "25"}}\n'),
}


def small_rule(id_: str, **other: str) -> str:
    """A rule of one line; `other` takes the place of its family, kind, when or more."""
    family, kind, when, more = SMALL_RULES[id_]
    values = {"family": family, "kind": kind, "when": when, "more": more, "title": "A tiny rule"} | other
    return (
        f"id: {id_}\ncatalogue_id: AM-06\ntitle: {values['title']}\nfamily: {values['family']}\n"
        f"class: {values['kind']}\nseverity: low\ncitations: [{{key: a, document: A}}]\n"
        f"match: {{lines: [line], when: {values['when']}}}\nflag: [line]\n{values['more']}"
        'exposure: {direction: over, method: line}\nexplanation: "{line.code} of {line.service_date}"\n'
    )


def small_world(folder: Path, *, pack: bool = False) -> World:
    """A dozen claim lines of three patients and two providers, and an audit by three rules; with the pack by four."""
    rows = [
        claim_row(
            claim_id=f"C{patient}{visit}", line_no=line, patient_id=f"P{patient}", code=code, mods=mods,
            date_from=f"2024-07-1{visit}", rendering_npi="1000000012" if patient < 3 else "1000000020", paid=paid,
        )
        for patient in (1, 2, 3)
        for visit, line, code, mods, paid in (
            (1, 1, "99215", "25" if patient == 2 else "", "100.00"), (1, 2, "20610", "", "60.00"),
            (2, 1, "99214", "", "80.00"), (3, 1, "99213", "", "50.00"),
        )
    ]  # fmt: skip
    rulesets = folder / "rulesets"
    rulesets.mkdir(parents=True)
    for id_ in SMALL_RULES:
        (rulesets / f"{id_}_tiny.yaml").write_text(small_rule(id_), encoding="utf-8")
    if pack:
        write_pack(rulesets / "tiny_pack")
    world = World(folder, write_claims(rows, folder / "claims.csv"), folder / "run", rulesets)
    with pytest.MonkeyPatch.context() as patch:
        audit(patch, world, rulesets, world.run)
    return world
