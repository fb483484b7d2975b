"""One broken pack never stops the others: it is named with its first error, left out, and its rules are told."""

from __future__ import annotations

import shutil
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from auditor.base.errors import InputRefused, UsageError
from auditor.rules.packs import RuleSet, load_packs
from tests.rules.pack_making import make_pack, manifest_text, override_text, rule_text


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return make_pack(tmp_path / "good", "good", one=rule_text("G-1"), two=rule_text("G-2", "mue"))


def isolated(*folders: Path, only: tuple[str, ...] = (), as_of: date | None = None) -> RuleSet:
    return load_packs(folders, only, isolate=True, as_of=as_of)


def ids(found: RuleSet) -> list[str]:
    return [rule.id for rule in found.rules]


BREAKAGES = {
    "bad YAML": ("a", "id: [\n", "not valid YAML"),
    "an unknown key": ("a", rule_text("B-1", more="severty: low\n"), "did you mean `severity`"),
    "aliases": ("a", "id: &x B-9\ntitle: *x\n", "alias refused"),
    "a tag": ("a", "id: !!python/object/apply:os.system [ls]\n", "tag refused"),
    "an id of its own twice": ("a", rule_text("B-2"), "stands twice"),
    "a pack.yaml without version": ("pack", "id: bad\ntitle: t\npublisher: p\n", "`version` is missing"),
    "a pack for a later program": ("pack", manifest_text("bad", more="requires_auditor: 99.0.0\n"), "99.0.0"),
    "a pack that lacks another": ("pack", manifest_text("bad", more="depends: [{id: absent}]\n"), "depends on"),
    "a pack that lacks a later one": (
        "pack", manifest_text("bad", more="depends: [{id: good, version: 1.0.1}]\n"), "good 1.0.1 or later",
    ),
}  # fmt: skip


@pytest.mark.parametrize("breakage", BREAKAGES)
@pytest.mark.parametrize("first", [True, False])
def test_a_broken_pack_is_left_out_and_named_wherever_it_stands(
    tmp_path: Path, good: Path, breakage: str, first: bool
) -> None:
    name, content, said = BREAKAGES[breakage]
    bad = make_pack(tmp_path / "bad", "bad", b=rule_text("B-2"), o=override_text("B-O", "G-1"))
    (bad / f"{name}.yaml").write_text(content, encoding="utf-8")
    found = isolated(*((bad, good) if first else (good, bad)))
    assert ids(found) == ["G-2", "G-1"] and found.overrides == ()
    (broken,) = found.broken
    assert broken.id == "bad" and said in broken.broken
    assert ".yaml" in broken.broken or "bad 1.0.0" in broken.broken
    assert "B-2" in {item.id for item in found.unread} and broken.overrides == 1
    with pytest.raises(InputRefused):
        load_packs([good, bad])


def test_the_first_error_is_that_of_the_first_file(tmp_path: Path, good: Path) -> None:
    bad = make_pack(tmp_path / "bad", "bad", b="id: [\n", a=rule_text("B-1", more="severty: x\n"))
    assert isolated(good, bad).broken[0].broken.startswith("a.yaml, line ")


def test_ids_are_read_also_from_files_that_are_no_rules(tmp_path: Path, good: Path) -> None:
    bad = make_pack(
        tmp_path / "bad", "bad",
        a="id: B-1 # first\ntitle: 'Not closed\nlist: [\n",
        b=rule_text("B-2", more="nonsense: 1\nvariants: [{id: B-3, when: {}}]\n"),
        c="nothing: [\n",
        d=rule_text("B-4"),
    )  # fmt: skip
    found = isolated(good, bad)
    assert [(item.id, item.family) for item in found.unread] == [
        ("B-1", ""),
        ("B-2", "payer"),
        ("B-4", "payer"),
    ]
    assert found.broken[0].unnamed == 1 and "B-3" in found.unread[1].names


def test_an_id_in_two_packs_breaks_the_one_named_later_and_names_both(tmp_path: Path, good: Path) -> None:
    late = make_pack(tmp_path / "late", "late", x=rule_text("G-1"), y=rule_text("L-1"))
    found = isolated(good, late)
    assert ids(found) == ["G-2", "G-1"] and found.broken[0].id == "late"
    assert "pack good 1.0.0, one.yaml" in found.broken[0].broken
    assert "pack late 1.0.0, x.yaml" in found.broken[0].broken
    assert [item.id for item in found.unread] == ["G-1", "L-1"]
    turned = isolated(late, good)
    assert turned.broken[0].id == "good" and ids(turned) == ["G-1", "L-1"]


def test_a_broken_pack_holds_no_id_that_another_could_not_have(tmp_path: Path, good: Path) -> None:
    bad = make_pack(tmp_path / "bad", "bad", a="id: [\n", b=rule_text("G-1"))
    assert [pack.id for pack in isolated(bad, good).broken] == ["bad"]


def test_a_pack_that_rests_on_a_broken_one_falls_with_it(tmp_path: Path, good: Path) -> None:
    bad = make_pack(tmp_path / "bad", "bad", a="id: [\n")
    leans = make_pack(tmp_path / "leans", "leans", more="depends: [{id: bad}]\n", a=rule_text("L-1"))
    far = make_pack(tmp_path / "far", "far", more="depends: [{id: leans}]\n", a=rule_text("F-1"))
    found = isolated(far, leans, good, bad)
    assert {pack.id for pack in found.broken} == {"bad", "leans", "far"} and ids(found) == ["G-2", "G-1"]
    told = {pack.id: pack.broken for pack in found.broken}
    assert "name it too" not in told["leans"] + told["far"]
    assert "bad, which is broken itself" in told["leans"] and "a.yaml, line 2" in told["leans"]
    assert "leans, which is broken itself" in told["far"] and "a.yaml, line 2" in told["far"]
    assert "name it too with --rulesets bad" in isolated(leans, good).broken[0].broken


def test_the_same_pack_twice_is_one_and_two_versions_are_not(tmp_path: Path, good: Path) -> None:
    shutil.copytree(good, tmp_path / "copy")
    assert len(isolated(good, tmp_path / "copy").packs) == 1
    (tmp_path / "copy" / "pack.yaml").write_text(manifest_text("good", "2.0.0"), encoding="utf-8")
    found = isolated(good, tmp_path / "copy")
    assert [(pack.version, bool(pack.broken)) for pack in found.packs] == [("1.0.0", False), ("2.0.0", True)]
    assert "good 1.0.0 and good 2.0.0" in found.broken[0].broken


def test_folders_without_pack_yaml_are_packs_of_version_0_and_a_note_says_so(tmp_path: Path) -> None:
    one = make_pack(tmp_path / "a" / "mine", None, x=rule_text("A-1"))
    two = make_pack(tmp_path / "b" / "mine", None, y=rule_text("B-1"))
    found = isolated(one, two)
    assert [(pack.id, pack.version, pack.broken) for pack in found.packs] == [
        ("mine", "0", ""),
        ("mine_2", "0", ""),
    ]
    assert any("no pack.yaml" in note and "version 0" in note for note in found.notes)
    assert found.pack_of("B-1") is found.packs[1]


def test_what_is_no_part_of_a_pack_is_told(tmp_path: Path) -> None:
    folder = make_pack(tmp_path / "acme", x=rule_text("A-1"))
    (folder / "tool.py").write_text("raise SystemExit\n", encoding="utf-8")
    assert any("tool.py" in note for note in isolated(folder).notes)


def test_an_override_of_a_rule_that_is_out_is_noted(tmp_path: Path, good: Path) -> None:
    bad = make_pack(tmp_path / "bad", "bad", a="id: [\n", b=rule_text("B-1"))
    leans = make_pack(tmp_path / "leans", "leans", o=override_text("O-1", "B-1, G-1"))
    (note,) = isolated(good, bad, leans).notes
    assert "O-1" in note and "B-1" in note and "pack bad" in note


# ---- when nothing is left ------------------------------------------------------------------------------


def test_when_nothing_is_left_the_reason_is_the_first_error(tmp_path: Path) -> None:
    bad = make_pack(tmp_path / "bad", "bad", a="id: [\n")
    with pytest.raises(InputRefused, match="nothing is left") as caught:
        isolated(bad)
    assert caught.value.exit_code == 3 and "a.yaml, line 2" in str(caught.value)


def test_a_selection_that_only_a_broken_pack_could_meet_is_an_error(tmp_path: Path, good: Path) -> None:
    bad = make_pack(tmp_path / "bad", "bad", a="id: [\n", b=rule_text("B-1", "em"))
    for name in ("B-1", "em"):
        with pytest.raises(InputRefused, match=r"pack bad 1\.0\.0"):
            isolated(good, bad, only=(name,))
    found = isolated(good, bad, only=("B-1", "G-1"))
    assert ids(found) == ["G-1"] and [item.id for item in found.unread] == ["B-1"]
    assert isolated(good, bad, only=("G-1",)).unread == ()


def test_a_name_that_nobody_has_is_wrong_usage_and_the_broken_pack_is_told(
    tmp_path: Path, good: Path
) -> None:
    bad = make_pack(tmp_path / "bad", "bad", a="nothing: [\n")
    with pytest.raises(UsageError, match="N-1") as caught:
        isolated(good, bad, only=("N-1",))
    assert "bad 1.0.0" in caught.value.why


def test_a_name_that_leads_nowhere_is_refused_also_beside_good_packs(tmp_path: Path, good: Path) -> None:
    absent = [
        tmp_path / "absent",
        Path("no-such-pack"),
        Path("no-such-pack@1.0.0"),
        tmp_path / "absent.audpack",
    ]
    for name, isolate in product(absent, (True, False)):
        with pytest.raises(InputRefused) as caught:
            load_packs([good, name], isolate=isolate)
        assert caught.value.exit_code == 3


# ---- what the set's hash says --------------------------------------------------------------------------


def test_a_broken_pack_bears_on_the_hash_of_the_set(tmp_path: Path, good: Path) -> None:
    bad = make_pack(tmp_path / "bad", "bad", a="id: [\n")
    assert isolated(good).hash != isolated(good, bad).hash == isolated(bad, good).hash
    assert isolated(good, bad) == isolated(bad, good)


# ---- rules out of use ----------------------------------------------------------------------------------

RETIRED = "retired: {on: 2025-01-01, because: The edit was withdrawn., successor: G-1}\n"


@pytest.fixture
def old(tmp_path: Path, good: Path) -> Path:
    (good / "old.yaml").write_text(rule_text("G-OLD", status="deprecated", more=RETIRED), encoding="utf-8")
    return good


def test_a_retired_rule_is_known_and_not_run(old: Path) -> None:
    found = isolated(old)
    assert "G-OLD" not in ids(found) and [rule.id for rule in found.retired] == ["G-OLD"]
    explained = found.explaining("G-OLD")
    assert explained is not None and explained.retired is not None and explained.retired.successor == "G-1"
    assert found.pack_of("G-OLD") is not None and found.explaining("NONE-1") is None


def test_a_retired_rule_runs_when_it_is_named_itself(old: Path) -> None:
    assert ids(isolated(old, only=("G-OLD",))) == ["G-OLD"]
    assert ids(isolated(old, only=("payer",))) == ["G-1"]
    assert ids(isolated(old, only=("CAT-01",))) == ["G-2", "G-1"]


def test_an_audit_as_of_a_day_before_runs_it(old: Path) -> None:
    assert "G-OLD" in ids(isolated(old, as_of=date(2024, 12, 31)))
    assert "G-OLD" not in ids(isolated(old, as_of=date(2025, 1, 1)))


def test_a_name_that_only_a_retired_rule_has_is_told_as_such(tmp_path: Path, old: Path) -> None:
    (old / "old.yaml").write_text(
        rule_text("G-OLD", "em", status="deprecated", more=RETIRED), encoding="utf-8"
    )
    with pytest.raises(UsageError, match=r"retired rule.*G-OLD"):
        isolated(old, only=("em",))


def test_the_id_of_a_retired_rule_is_not_free(tmp_path: Path, old: Path) -> None:
    late = make_pack(tmp_path / "late", "late", x=rule_text("G-OLD"))
    assert [pack.id for pack in isolated(old, late).broken] == ["late"]


@pytest.mark.parametrize(
    ("status", "more", "said"),
    [
        ("stable", RETIRED, "status: deprecated"),
        ("deprecated", "retired: {because: x}\n", "`on` is missing"),
        ("deprecated", "retired: {on: 2025-01-01}\n", "`because` is missing"),
        ("deprecated", 'retired: {on: "soon", because: x}\n', "must be a date"),
        ("deprecated", "retired: {on: 2025-01-01, because: x, successor: G-OLD}\n", "does not follow itself"),
        ("deprecated", "retired: {on: 2025-01-01, because: x, after: G-1}\n", "`after` is not known"),
    ],
)
def test_what_a_retirement_must_say(tmp_path: Path, status: str, more: str, said: str) -> None:
    folder = make_pack(tmp_path / "acme", x=rule_text("G-OLD", status=status, more=more))
    with pytest.raises(InputRefused, match="line ") as caught:
        load_packs([folder])
    assert said in str(caught.value)
