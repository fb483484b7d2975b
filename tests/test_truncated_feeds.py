"""Feeds that drop modifiers or diagnosis pointers: what they leave open is not said to be evident, and is said."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from auditor.base.resources import resource_dir
from auditor.matching.columns import columns_matched, conditions_of
from auditor.matching.sql import fields_of
from auditor.pipeline import AuditOptions, run_audit
from auditor.rules import model as m
from auditor.rules.packs import load_packs
from tests.claims_csv import NEVER_TOGETHER, UNLESS_MODIFIED, pair_of, write_claims

QUICK = AuditOptions(use_starter=True, workers=0, reports=False)
MODIFIERS = {"modifiers", "common_modifiers", "differing_modifiers", "all_modifiers"}
POINTERS = {"pointed_dx", "dx_ptr", "common_pointed_dx"}


@pytest.fixture(autouse=True)
def no_library_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AUDITOR_LIBRARY", str(tmp_path / "none"))


@pytest.fixture(scope="module")
def rules() -> Sequence[m.Rule]:
    return load_packs([resource_dir("rulesets")]).rules


def read_by(rule: m.Rule) -> set[str]:
    conditions: set[str] = set().union(*(fields_of(part) for part in conditions_of(rule)))
    return conditions | columns_matched(rule)


def lowered_by(class_rule: m.ClassRule) -> set[str]:
    return set().union(*(fields_of(part) for part in class_rule.probable_when))


def lifted(part: m.Condition, *, denied: bool = False) -> bool:
    """Whether a modifier that is missing could make the condition false."""
    if isinstance(part, m.All | m.AnyOf):
        return any(lifted(item, denied=denied) for item in part.parts)
    if isinstance(part, m.Not):
        return lifted(part.part, denied=not denied)
    assert isinstance(part, m.Test)
    read = {ref.name for ref in m.fields_read(part)}
    asks_for_one = part.op in {"contains", "overlaps", "any_starts_with", "exists"}
    return bool(read & MODIFIERS) and asks_for_one == denied


def may_be_lifted(rule: m.Rule) -> bool:
    """Whether a missing modifier could lift what the rule finds: two that exclude each other no third one lifts."""
    if rule.match is None or (rule.bypass is not None and fields_of(rule.bypass) & MODIFIERS):
        return True
    beside = (rule.match.absent, rule.match.because, rule.match.sum, rule.match.sequence)
    return any(item is not None for item in beside) or lifted(rule.match.when)


def test_every_shipped_rule_that_rests_on_modifiers_needs_a_record_where_some_may_be_missing(
    rules: Sequence[m.Rule],
) -> None:
    open_ones = {
        named.id
        for rule in rules
        if read_by(rule) & MODIFIERS and may_be_lifted(rule)
        for named in rule.all_variants
        if named.class_rule.base == "definite" and "mods_truncated" not in lowered_by(named.class_rule)
    }
    assert open_ones == set()


def test_every_shipped_rule_that_rests_on_pointers_asks_for_them_or_needs_a_record(
    rules: Sequence[m.Rule],
) -> None:
    resting = [
        rule
        for rule in rules
        if read_by(rule) & POINTERS or (rule.match is not None and rule.match.coverage is not None)
    ]
    assert resting
    for rule in resting:
        for named in rule.all_variants:
            evident = named.class_rule.base == "definite"
            assert not evident or "dx_ptr_known" in lowered_by(named.class_rule) or "dx_ptr" in rule.requires


def audited(
    folder: Path, rows: Sequence[Mapping[str, str]], without: set[str]
) -> tuple[list[dict[str, Any]], Any]:
    """The findings, and run.json, of rows of a file that lacks some columns."""
    cut = [{name: cell for name, cell in one.items() if name not in without} for one in rows]
    run_audit([write_claims(folder / "claims.csv", cut)], folder / "run", QUICK)
    found = pq.read_table(folder / "run" / "findings.parquet").to_pylist()
    return found, json.loads((folder / "run" / "run.json").read_text(encoding="utf-8"))


PAIRS = [*pair_of("P1", UNLESS_MODIFIED), *pair_of("P2", NEVER_TOGETHER)]


@pytest.mark.slow
def test_a_feed_of_four_modifiers_gives_pairs_that_are_evident(tmp_path: Path) -> None:
    found, run = audited(tmp_path, PAIRS, set())
    assert {item["class"] for item in found if item["family"] == "ptp"} == {"definite"}
    assert not [note for note in run["notes"] if "modifiers a line" in note]


@pytest.mark.slow
def test_a_feed_of_two_modifiers_lowers_them_and_says_so_of_each_and_of_the_feed(tmp_path: Path) -> None:
    found, run = audited(tmp_path, PAIRS, {"mod3", "mod4"})
    pairs = {item["patient_id"]: item for item in found if item["family"] == "ptp"}
    assert {item["class"] for item in pairs.values()} == {"probable"}
    assert "one that lifts the edit may be missing" in pairs["P1"]["explanation"]
    assert "lifts the edit may be missing" not in pairs["P2"]["explanation"]
    assert "what was billed cannot be seen in full" in pairs["P2"]["explanation"]
    assert [note for note in run["notes"] if note.startswith("a file carries 2 of 4 modifiers a line")]


@pytest.mark.slow
def test_a_feed_without_modifiers_units_and_charges_leaves_rules_not_evaluated_and_says_which(
    tmp_path: Path,
) -> None:
    gone = {"mod1", "mod2", "mod3", "mod4", "charge", "pos", "dx_ptr"}
    found, run = audited(tmp_path, [one | {"units": ""} for one in PAIRS], gone)
    assert not [item for item in found if item["family"] in ("ptp", "mue")]
    reasons = {
        item["rule_id"]: {told["reason"] for told in item["reasons"]}
        for item in run["coverage"]
        if item["family"] in ("ptp", "mue")
    }
    assert reasons["NCCI-PTP-001"] == {"the feed has no modifiers"}
    assert all(
        "the feed has no modifiers" in reasons[name]
        for name in ("NCCI-PTP-001", "NCCI-MUE-001", "NCCI-MUE-002", "NCCI-MUE-003", "NCCI-MUE-004")
    )
    assert "the claims carry no modifiers; rules that rest on them are not evaluated" in run["notes"]
    assert "the claims carry no units; rules that count them are not evaluated" in run["notes"]
    assert any(
        note.startswith("the claims do not say which diagnoses a line is for") for note in run["notes"]
    )


@pytest.mark.slow
def test_the_carrier_sample_without_modifiers_runs_and_says_what_it_leaves_open(
    tmp_path: Path, shared_data: Path
) -> None:
    sample = shared_data / "claims" / "desynpuf_claimsdb"
    (carrier,) = [path for path in sample.iterdir() if path.suffix == ".csv" and "carrier" in path.name]
    run = run_audit([carrier], tmp_path / "run", QUICK).run
    assert run["counts"]["lines_audited"] > 0
    reasons = {item["rule_id"]: {told["reason"] for told in item["reasons"]} for item in run["coverage"]}
    assert reasons["NCCI-PTP-001"] == reasons["MOD-PAIR-001"] == {"the feed has no modifiers"}
    # Published limits begin in 2013, these claims end before.
    assert {item["eligible"] for item in run["coverage"] if item["rule_id"].startswith("NCCI-MUE")} == {0}
    assert "the claims carry no modifiers; rules that rest on them are not evaluated" in run["notes"]
    assert "the claims carry no units; rules that count them are not evaluated" in run["notes"]
