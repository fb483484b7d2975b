"""Impacts of changes of packs: overrides that meet, rules dropped or retired, tables, limits, packs that do not fit."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.base.resources import resource_dir
from auditor.cli.rules_impact import as_json, print_impact
from auditor.workbench.impact_model import Impact
from auditor.workbench.impact_page import write_page
from auditor.workbench.impact_run import EarlierRun
from tests.workbench.impact_world import (
    World,
    ask,
    audit,
    expected,
    of_row,
    said,
    small_rule,
    small_world,
    write_pack,
)  # fmt: skip

MANIFEST = """\
id: {id}
title: T
version: {version}
publisher: Nobody
description: Invented.
requires_auditor: 0.1.0
"""
RULE = """\
id: EM-ACME-001
catalogue_id: AM-06
title: A listed code
family: em
class: definite
severity: low
citations: [{key: a, document: A}]
parameters: {codes: {2020-01-01: {value: ["99213"], citation: a}}}
match: {lines: [line], when: {line.code: {in: $codes}}}
flag: [line]
exposure: {direction: over, method: line}
explanation: "{line.code} of {line.service_date}"
"""
NEW = RULE.replace("ACME", "NEW")
RETIRED = "status: deprecated\nretired: {on: 2025-01-01, because: Withdrawn.}\n"


def override(id_: str, does: str, rules: str = "EM-ACME-001", npi: str = '"1000000012"') -> str:
    return (
        f"id: {id_}\ntitle: A way\nfamily: payer\noverride:\n  rules: [{rules}]\n  action: {does}\n"
        f"  when: {{line.rendering_npi: {npi}}}\n  reason: by contract\n  approved_by: nobody\n"
    )


def setting(id_: str, code: str) -> str:
    return override(id_, f'set_parameter\n  parameter: codes\n  value: ["{code}"]')


def pack(folder: Path, id_: str, version: str = "1.0.0", **texts: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pack.yaml").write_text(MANIFEST.format(id=id_, version=version), encoding="utf-8")
    for name, text in texts.items():
        (folder / f"{name.replace('_', '-')}.yaml").write_text(text, encoding="utf-8")
    return folder


@dataclass
class Packed:
    """The small world with the pack acme (a rule with a parameter, two overrides) and two packs that set it."""

    world: World
    acme: Path
    pa: Path
    pb: Path

    @property
    def packs(self) -> tuple[Path, ...]:
        return self.acme, self.pa, self.pb


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Packed:
    folder = tmp_path_factory.mktemp("packed")
    made = Packed(
        small_world(folder),
        pack(folder / "acme", "acme", EM_ACME_001=RULE,
             PAY_ACME_500=override("PAY-ACME-500", "suppress", "EM-TINY-001")),
        pack(folder / "pa", "pa", PAY_PA_900=setting("PAY-PA-900", "99214")),
        pack(folder / "pb", "pb", PAY_B_100=setting("PAY-B-100", "99215")),
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        audit(patch, made.world, made.world.rulesets, made.world.run, made.packs)
    return made


def hold(
    packed: Packed, tmp_path: Path, patch: pytest.MonkeyPatch, packs: tuple[Path, ...], found: Impact
) -> int:
    """The impact is the difference of the run and an audit with `packs`; how many findings differ."""
    after = audit(patch, packed.world, packed.world.rulesets, tmp_path / "after", packs)
    wanted = expected(packed.world.run, after)
    assert {d.finding_id: d.kind for d in found.differences} == {
        k: kind for k, (kind, _, _) in wanted.items()
    }
    for item in found.differences:
        _, one, two = wanted[item.finding_id]
        assert (said(item.before), said(item.after)) == (of_row(one), of_row(two))
    return len(wanted)


@pytest.mark.slow
@pytest.mark.parametrize("afresh", [False, True])
def test_of_two_overrides_that_meet_the_first_by_id_rules_before_and_after(
    packed, tmp_path, monkeypatch, afresh
) -> None:
    if afresh:
        monkeypatch.setattr(EarlierRun, "by_this_program", False)
    more = pack(
        tmp_path / "p2", "p2",
        PAY_A_100=override("PAY-A-100", "reclassify\n  to: risk", "EM-TINY-001"),
        PAY_A_200=setting("PAY-A-200", "20610"),
    )  # fmt: skip
    for at_hand in (packed.packs, packed.packs[::-1]):
        found = ask(monkeypatch, packed.world, packed.world.rulesets, rulesets=at_hand, changed=(more,))
        assert hold(packed, tmp_path, monkeypatch, (*at_hand, more), found) > 0


@pytest.mark.slow
def test_the_order_in_which_packs_are_named_makes_no_difference(packed, tmp_path, monkeypatch) -> None:
    changed = tmp_path / "EM-TINY-002.yaml"
    changed.write_text(small_rule("EM-TINY-002", kind="definite"), encoding="utf-8")
    rows = [
        ask(
            monkeypatch, packed.world, packed.world.rulesets, rulesets=at_hand, changed=(changed,)
        ).differences
        for at_hand in (packed.packs, packed.packs[::-1])
    ]
    assert rows[0] == rows[1] and {item.rule_id for item in rows[0]} == {"EM-TINY-002"}
    turned = audit(monkeypatch, packed.world, packed.world.rulesets, tmp_path / "turned", packed.packs[::-1])
    ids = [json.loads((run / "run.json").read_text())["run_id"] for run in (packed.world.run, turned)]
    assert ids[0] == ids[1] and expected(packed.world.run, turned) == {}


@pytest.mark.slow
def test_an_override_edited_where_it_lies_is_known_from_the_run(packed, tmp_path, monkeypatch) -> None:
    pa = Path(shutil.copytree(packed.pa, tmp_path / "pa"))
    text = setting("PAY-PA-900", "99214").replace("by contract", "by another contract")
    (pa / "PAY-PA-900.yaml").write_text(text, encoding="utf-8")
    changed = tmp_path / "EM-TINY-002.yaml"
    changed.write_text(small_rule("EM-TINY-002", kind="definite"), encoding="utf-8")
    found = ask(
        monkeypatch, packed.world, packed.world.rulesets, rulesets=(packed.acme, pa, packed.pb), changed=(changed,)
    )  # fmt: skip
    assert found.trusted and "the run's own version stands on both sides: PAY-PA-900" in found.notes[0]
    found = ask(
        monkeypatch, packed.world, packed.world.rulesets, rulesets=(packed.acme, pa, packed.pb),
        changed=(pa / "PAY-PA-900.yaml",),
    )  # fmt: skip
    assert [part.said for part in found.changed[0].parts] == [
        "override.reason: by contract -> by another contract"
    ]


@pytest.mark.parametrize("given", ["folder", pytest.param("edited in place", marks=pytest.mark.slow)])
@pytest.mark.slow
def test_a_new_version_of_a_pack_takes_out_what_it_drops(packed, tmp_path, monkeypatch, given) -> None:
    new = pack(tmp_path / "acme", "acme", "1.1.0", EM_ACME_002=RULE.replace("EM-ACME-001", "EM-ACME-002"))
    pa = pack(tmp_path / "pa", "pa", PAY_PA_900=setting("PAY-PA-900", "99214").replace("001", "002"))
    pb = pack(tmp_path / "pb", "pb", PAY_B_100=setting("PAY-B-100", "99215").replace("001", "002"))
    at_hand = packed.packs if given == "folder" else (new, pa, pb)
    found = ask(monkeypatch, packed.world, packed.world.rulesets, rulesets=at_hand, changed=(new, pa, pb))
    assert {(item.id, item.kind) for item in found.changed} == {
        ("EM-ACME-001", "taken out"), ("PAY-ACME-500", "taken out"), ("EM-ACME-002", "new"),
        ("PAY-PA-900", "changed"), ("PAY-B-100", "changed"),
    }  # fmt: skip
    assert hold(packed, tmp_path, monkeypatch, (new, pa, pb), found) > 6


@pytest.mark.slow
def test_a_rule_that_is_retired_is_told_in_the_terminal_in_json_and_on_the_page(
    packed, tmp_path, monkeypatch, capsys
) -> None:
    changed = tmp_path / "EM-ACME-001.yaml"
    changed.write_text(RULE + RETIRED, encoding="utf-8")
    found = ask(monkeypatch, packed.world, packed.world.rulesets, rulesets=packed.packs, changed=(changed,))
    print_impact(found)
    out = capsys.readouterr().out
    assert (
        "Change: EM-ACME-001 (rule retired): A listed code" in out and "why:    The rule is retired." in out
    )
    assert as_json(found)["changed"][0]["kind"] == "retired" and found.counts["removed"] > 0
    write_page(found, tmp_path / "page.html", resource_dir("templates"))
    assert "EM-ACME-001 (rule retired): A listed code" in (tmp_path / "page.html").read_text(encoding="utf-8")
    acme = pack(
        tmp_path / "acme", "acme", EM_ACME_001=RULE + RETIRED,
        PAY_ACME_500=override("PAY-ACME-500", "suppress", "EM-TINY-001"),
    )  # fmt: skip
    assert hold(packed, tmp_path, monkeypatch, (acme, packed.pa, packed.pb), found) > 0


@pytest.mark.parametrize(
    ("more", "texts", "match"),
    [
        ("", {"EM_TINY_001": small_rule("EM-TINY-001", kind="probable")}, "rule id EM-TINY-001 stands twice"),
        (
            "depends: [{id: nowhere, version: 1.0.0}]\n",
            {"EM_NEW_001": NEW},
            "it depends on the pack nowhere",
        ),
    ],
)
def test_a_pack_that_the_audit_would_leave_out_has_no_impact(
    packed, tmp_path, monkeypatch, more, texts, match
) -> None:
    new = pack(tmp_path / "new", "new", **texts)
    (new / "pack.yaml").write_text(MANIFEST.format(id="new", version="1.0.0") + more, encoding="utf-8")
    with pytest.raises(InputRefused, match=match):
        ask(monkeypatch, packed.world, packed.world.rulesets, rulesets=packed.packs, changed=(new,))


@pytest.mark.slow
def test_a_rule_that_a_limited_run_was_not_asked_for_is_not_called_new(
    packed, tmp_path, monkeypatch, capsys
) -> None:
    limited = World(packed.world.folder, packed.world.claims, tmp_path / "limited", packed.world.rulesets)
    audit(monkeypatch, limited, limited.rulesets, limited.run, rules=("EM-TINY-001",))
    found = ask(
        monkeypatch, limited, limited.rulesets, changed=(next(limited.rulesets.glob("EM-TINY-002*")),)
    )
    assert found.notes[0] == (
        "The run was limited to EM-TINY-001 with --rules; EM-TINY-002 was not asked in it, so that all it finds counts "
        "as added."
    )
    assert as_json(found)["changed"][0]["kind"] == "not asked"
    print_impact(found)
    out = capsys.readouterr().out
    assert "EM-TINY-002 (rule that the run was not asked for)" in out and "new rule" not in out
    assert "why:    The run was not asked for the rule." in out


# ---- tables of packs -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tabled(tmp_path_factory: pytest.TempPathFactory) -> World:
    return small_world(tmp_path_factory.mktemp("tabled"), pack=True)


@pytest.mark.parametrize("name", ["tiny_codes.csv", pytest.param("tiny_codes.yaml", marks=pytest.mark.slow)])
@pytest.mark.slow
def test_a_file_of_a_table_is_a_change_of_that_table(tabled, tmp_path, monkeypatch, name) -> None:
    rules = tabled.copy(tmp_path / "rules")
    changed = write_pack(rules / "tiny_pack", tiny_codes=("20610,no", "20610,yes"))
    after = audit(monkeypatch, tabled, rules, tmp_path / "after")
    found = ask(monkeypatch, tabled, tabled.rulesets, changed=(changed / "tables" / name,))
    wanted = expected(tabled.run, after)
    assert (
        {d.finding_id: d.kind for d in found.differences}
        == {k: kind for k, (kind, _, _) in wanted.items()}
        != {}
    )
    assert "Table tiny_codes is not as it was in the run." in found.notes


def test_a_table_at_hand_that_differs_is_told_with_the_way_to_see_what_it_does(
    tabled, tmp_path, monkeypatch, capsys
) -> None:
    rules = tabled.copy(tmp_path / "rules")
    changed = write_pack(rules / "tiny_pack", tiny_codes=("20610,no", "20610,yes"))
    rule = changed / "PLACE-TINY-001_listed.yaml"
    with pytest.raises(InputRefused, match="table tiny_codes is another version") as caught:
        ask(monkeypatch, tabled, rules, changed=(rule,))
    assert caught.value.mend.index("name its file or the folder of the pack") < caught.value.mend.index(
        "--accept"
    )
    found = ask(monkeypatch, tabled, rules, changed=(rule,), accept=True)
    print_impact(found)
    out = capsys.readouterr().out
    assert "Nothing that decides a finding has changed" not in out
    assert "Nothing in what was named decides a finding" in out and "What a table at hand does" in out


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("codes.csv", "no `tables` folder"),
        ("tiny_pack/tables/other.csv", "no tables/other.yaml beside it"),
        ("mine/tables/other.yaml", "no tables/other.csv beside it"),
    ],
)
def test_a_file_that_is_no_table_of_a_pack_is_refused(tabled, tmp_path, monkeypatch, place, why) -> None:
    folder = write_pack(tmp_path / "tiny_pack")
    pack(tmp_path / "mine", "mine", EM_ACME_001=RULE)
    path = tmp_path / place
    path.parent.mkdir(exist_ok=True)
    shutil.copy(folder / "tables" / f"tiny_codes{path.suffix}", path)
    with pytest.raises(InputRefused, match=why) as caught:
        ask(monkeypatch, tabled, tabled.rulesets, changed=(path,))
    assert "archive" not in str(caught.value)
