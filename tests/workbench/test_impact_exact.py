"""An impact is the difference of two whole audits, row by row, for every kind of change."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.workbench.impact_differences import HEADINGS
from auditor.workbench.impact_run import EarlierRun
from tests.workbench import impact_world
from tests.workbench.impact_changes import ALWAYS, CHANGES, MEET_NOTHING, Edits, change
from tests.workbench.impact_world import World, ask, audit, expected, make_world, of_row, said, small_world

pytestmark = pytest.mark.slow
EVERY = bool(os.environ.get("EVERY_IMPACT"))
"""Set, every kind of change is tried, which takes minutes; else every third."""
SOME = list(CHANGES) if EVERY else [*dict.fromkeys([*list(CHANGES)[::3], *ALWAYS])]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("world"), 2_500, prepare=impact_world.more_rules)


def hold_against_audits(
    world: World,
    tmp_path: Path,
    patch: pytest.MonkeyPatch,
    edits: Edits,
    in_place: bool,
    whole: bool = True,
    **more,
) -> int:
    """Ask the impact of a change and compare it with a whole audit of the changed rules; how many findings differ."""
    rules = world.copy(tmp_path / "rules")
    changed, without = change(rules, edits)
    after = audit(patch, world, rules, tmp_path / "after")
    found = ask(
        patch,
        world,
        rules if in_place else world.rulesets,
        changed=tuple(changed),
        without=tuple(without),
        **more,
    )
    wanted = expected(world.run, after)
    assert {d.finding_id: d.kind for d in found.differences} == {
        key: kind for key, (kind, _, _) in wanted.items()
    }
    for item in found.differences:
        _, one, two = wanted[item.finding_id]
        assert (said(item.before), said(item.after)) == (of_row(one), of_row(two))
    assert all(case.lines for case in found.samples if case.difference.claim_id)
    assert all(
        sum(line.flagged for line in case.lines) >= 1 for case in found.samples if case.difference.claim_id
    )
    if whole:
        hold_figures(found, world.run, after)
    return len(wanted)


def hold_figures(found, before: Path, after: Path) -> None:
    """Dollars and coverage are those of the two runs."""
    sides = [json.loads((run / "run.json").read_text()) for run in (before, after)]
    by_heading = {amounts.heading: amounts for amounts in found.amounts}
    for name, words in HEADINGS.items():
        if name in sides[0]["dollars"]:
            amounts = by_heading[words]
            assert [amounts.dollars_before, amounts.dollars_after] == [
                Decimal(s["dollars"][name]) for s in sides
            ]
    for at, attribute in enumerate(("before", "after")):
        counts = sides[at]["counts"]["findings"]
        for verdict in ("bypassed", "suppressed", "not_evaluated"):
            said_here = getattr(by_heading[HEADINGS[verdict]], f"findings_{attribute}")
            assert said_here == sum(counts.get(verdict, {}).values())
        coverage = {entry["rule_id"]: entry for entry in sides[at]["coverage"]}
        for reach in found.reach:
            entry = coverage.get(reach.rule_id)
            seen = (getattr(reach, f"eligible_{attribute}"), getattr(reach, f"evaluated_{attribute}"))
            assert seen == ((entry["eligible"], entry["evaluated"]) if entry else (None, None)), reach


@pytest.mark.parametrize("name", SOME)
def test_the_impact_is_the_difference_of_two_audits(world, tmp_path, monkeypatch, name) -> None:
    differing = hold_against_audits(world, tmp_path, monkeypatch, CHANGES[name], in_place=len(name) % 2 == 0)
    assert (differing > 0) == (name not in MEET_NOTHING), "the change shows nothing"


AFRESH = ["a bypass taken out", "what falls taken out", "several at once", "a benchmark changed"]


@pytest.mark.parametrize("name", AFRESH if EVERY else list(AFRESH)[::3])
def test_it_is_so_when_both_sides_are_evaluated_afresh(world, tmp_path, monkeypatch, name) -> None:
    monkeypatch.setattr(EarlierRun, "by_this_program", False)
    assert hold_against_audits(world, tmp_path, monkeypatch, CHANGES[name], in_place=False, whole=False) > 0


@pytest.mark.parametrize("name", ["what falls taken out", "a benchmark changed", "several at once"])
def test_it_is_so_in_several_partitions(world, tmp_path, monkeypatch, name) -> None:
    assert hold_against_audits(world, tmp_path, monkeypatch, CHANGES[name], in_place=False, partitions=3) > 0


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> World:
    return small_world(tmp_path_factory.mktemp("packed"), pack=True)


@pytest.mark.parametrize(
    ("version", "edits", "kinds"),
    [
        ("1.0.0", {"tiny_codes": ("20610,no", "20610,yes")}, {"added"}),
        ("1.0.0", {"tiny_codes": ("99214,yes", "99215,yes")}, {"added", "removed"}),
        ("1.0.1", {"pack": ("Invented", "Made up")}, {"reworded"}),
        ("1.0.1", {"tiny_codes": ("2024-08-15", "2024-07-12")}, {"removed", "reworded"}),
    ],
)
@pytest.mark.parametrize("afresh", [False, True])
def test_a_table_of_a_pack_is_part_of_the_change(
    packed, tmp_path, monkeypatch, version, edits, kinds, afresh
) -> None:
    if afresh:
        monkeypatch.setattr(EarlierRun, "by_this_program", False)
    rules = packed.copy(tmp_path / "rules")
    pack = impact_world.write_pack(rules / "tiny_pack", version, **edits)
    after = audit(monkeypatch, packed, rules, tmp_path / "after")
    found = ask(monkeypatch, packed, packed.rulesets, changed=(pack,))
    wanted = expected(packed.run, after)
    assert {d.finding_id: d.kind for d in found.differences} == {
        key: kind for key, (kind, _, _) in wanted.items()
    }
    assert {item.kind for item in found.differences} == kinds
    if not afresh:  # edited where it lies: the run stands for what was before
        again = ask(monkeypatch, packed, rules, changed=(pack,))
        assert again.differences == found.differences
