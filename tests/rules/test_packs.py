"""Packs of rule files as one checked set: unique ids, the order of the strata, a choice by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.base.errors import InputRefused, UsageError
from auditor.base.resources import resource_dir
from auditor.reports.wording import banned_in
from auditor.rules import model as m
from auditor.rules.packs import RuleSet, load_packs

RULE = """\
id: {id}
catalogue_id: {catalogue}
title: A rule
family: {family}
class: probable
severity: low
citations: [{{key: a, document: A}}]
match: {{lines: [line], when: {{line.code: "99213"}}}}
variants: [{{id: {variant}, when: {{line.code: "99213"}}}}]
"""


def folder(path: Path, **files: tuple[str, str, str]) -> Path:
    """A folder of rule files: name = (id, family, id of its variant)."""
    path.mkdir(parents=True, exist_ok=True)
    for name, (rule_id, family, variant) in files.items():
        text = RULE.format(id=rule_id, family=family, variant=variant, catalogue=f"C-{rule_id[0]}")
        (path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def shipped() -> RuleSet:
    return load_packs([resource_dir("rulesets")])


def test_rules_stand_in_the_order_of_the_strata(tmp_path: Path) -> None:
    one = folder(tmp_path / "one", a=("A-1", "upcoding", "A-2"), b=("B-1", "mue", "B-2"))
    two = folder(tmp_path / "two" / "deeper", c=("C-1", "integrity", "C-2"), d=("D-1", "mue", "D-2"))
    found = load_packs([one, two.parent])
    assert [rule.id for rule in found.rules] == ["C-1", "B-1", "D-1", "A-1"]
    assert load_packs([two.parent, one]) == found


@pytest.mark.parametrize(
    "second", [("A-1", "mue", "X-2"), ("X-1", "mue", "A-1"), ("X-1", "mue", "A-2"), ("A-2", "mue", "X-2")]
)
def test_an_id_is_never_used_twice(tmp_path: Path, second: tuple[str, str, str]) -> None:
    one = folder(tmp_path / "one", first=("A-1", "ptp", "A-2"))
    two = folder(tmp_path / "two", second=second)
    with pytest.raises(InputRefused, match="stands twice") as caught:
        load_packs([one, two])
    assert "first.yaml" in caught.value.where and "second.yaml" in caught.value.where and caught.value.mend


def test_the_hash_is_that_of_all_files(tmp_path: Path) -> None:
    one = folder(tmp_path / "one", a=("A-1", "ptp", "A-2"), b=("B-1", "mue", "B-2"))
    before = load_packs([one])
    assert load_packs([one]).hash == before.hash
    (one / "b.yaml").write_text(
        (one / "b.yaml").read_text(encoding="utf-8") + "# a remark\n", encoding="utf-8"
    )
    assert load_packs([one]).hash != before.hash


@pytest.mark.parametrize(
    ("only", "wanted"),
    [
        (["NCCI-MUE-002"], ["NCCI-MUE-002"]),
        (["mue"], [*(f"NCCI-MUE-00{n}" for n in range(1, 8)), *(f"NCCI-MUE-01{n}" for n in (6,))]),
        (["PTP-06"], ["NCCI-PTP-001"]),
        (["NCCI-PTP-010", "MUE-04"], ["NCCI-PTP-001", "NCCI-MUE-004"]),
    ],
)
def test_rules_are_chosen_by_id_catalogue_id_or_family(only: list[str], wanted: list[str]) -> None:
    assert [rule.id for rule in load_packs([resource_dir("rulesets")], only).rules] == wanted


def test_a_name_that_meets_no_rule_is_refused() -> None:
    with pytest.raises(UsageError, match="NCCI-NONE-001") as caught:
        load_packs([resource_dir("rulesets")], ["NCCI-NONE-001"])
    assert caught.value.exit_code == 2


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="not a folder"):
        load_packs([tmp_path / "absent"])


# ---- what is shipped -------------------------------------------------------------------------------


def test_every_shipped_rule_is_cited_named_and_tested(shipped: RuleSet) -> None:
    assert len(shipped.rules) >= 21 and shipped.overrides
    for rule in shipped.rules:
        assert rule.file.startswith(f"{rule.id}_"), rule.file
        assert rule.owner and rule.explanation and rule.false_positives and rule.root_cause, rule.id
        assert rule.status != "stable" or all(c.document for c in rule.citations), rule.id
        own = {variant.id for variant in rule.all_variants}
        flagging = [case for case in rule.tests if own & {item["rule"] for item in case["expect"]}]
        assert len(flagging) >= 2 and len(rule.tests) - len(flagging) >= 2, rule.id
        assert len({case["name"] for case in rule.tests}) == len(rule.tests), rule.id


def test_a_shipped_rule_says_why_its_class_is_lowered(shipped: RuleSet) -> None:
    for rule in shipped.rules:
        for variant in rule.all_variants:
            lowered = variant.class_rule
            assert all(lowered.reasons), variant.id
            assert bool(lowered.partner) == bool(lowered.partner_reason), variant.id


def test_each_variant_cites_what_bears_on_it(shipped: RuleSet) -> None:
    for rule in shipped.rules:
        for variant in rule.all_variants if rule.variants else ():
            keys = variant.cites or rule.cites or [citation.key for citation in rule.citations]
            cited = [citation for citation in rule.citations if citation.key in keys]
            assert any(not citation.secondary for citation in cited), variant.id
            read = any(citation.verified for citation in cited if not citation.secondary)
            assert read or variant.class_rule.base != "definite", variant.id


def test_no_sentence_of_a_finding_accuses_or_decides(shipped: RuleSet) -> None:
    for rule in shipped.rules:
        texts = [
            rule.bypass_explanation,
            rule.unjudged_explanation,
            *(one.explanation for one in rule.all_variants),
        ]
        assert [word for text in texts for word in banned_in(text or "")] == [], rule.id


def test_statistics_are_of_class_risk_and_hold_no_dollars(shipped: RuleSet) -> None:
    for rule in shipped.rules:
        if rule.benchmark is not None:
            assert rule.class_rule.base == "risk" and rule.exposure.method == "none"
        else:
            assert rule.class_rule.base != "risk" or rule.exposure.at_risk or rule.exposure.method == "none"


def test_the_catalogue_rows_of_the_first_release_are_fulfilled(shipped: RuleSet) -> None:
    fulfilled = {variant.catalogue_id for rule in shipped.rules for variant in rule.all_variants}
    wanted = "PTP-01 PTP-02 PTP-04 PTP-05 PTP-06 PTP-10 PTP-03 PTP-07 MUE-01 MUE-02 MUE-03 MUE-04 MUE-05 AOC-01 AOC-02 "
    wanted += "AOC-03 AOC-05 AM-01 AM-02 AM-06 MN-01 MN-03 MN-05 EM-02 EM-03"
    assert set(wanted.split()) - fulfilled == set()


def test_an_override_names_rules_that_exist(shipped: RuleSet) -> None:
    known = {variant.id for rule in shipped.rules for variant in rule.all_variants} | set(m.FAMILIES)
    for override in shipped.overrides:
        assert override.rules and set(override.rules) <= known
        assert override.reason and override.approved_by and override.expires and override.tests


SETTING = """\
id: {id}
title: A value
family: payer
override:
  rules: [P-1]
  action: set_parameter
  parameter: codes
  value: ["{code}"]
  when: {{line.payer_id: X}}
  reason: by contract
  approved_by: me
"""


def test_overrides_stand_by_id_in_whatever_order_packs_are_named(tmp_path: Path) -> None:
    base = folder(tmp_path / "base", p=("P-1", "em", "P-2"))
    path = base / "p.yaml"
    more = 'parameters: {codes: {2020-01-01: {value: ["1"], citation: a}}}\n'
    path.write_text(path.read_text().replace('"99213"}}', "{in: $codes}}}", 1) + more, encoding="utf-8")
    packs = []
    for name, id_, code in (("late", "Z-1", "2"), ("early", "O-1", "3")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "o.yaml").write_text(SETTING.format(id=id_, code=code), encoding="utf-8")
        packs.append(tmp_path / name)
    one, two = load_packs([base, *packs]), load_packs([base, *packs[::-1]])
    assert one == two and [item.id for item in one.overrides] == ["O-1", "Z-1"]
    assert [item.override for item in one.rules[0].parameters["codes"].scoped] == ["O-1", "Z-1"]
    pack = one.pack_of("Z-1")
    assert pack is not None and pack.id == "late"


def test_a_rule_that_is_read_again_is_the_rule_it_was_and_one_that_changed_is_another(tmp_path: Path) -> None:
    pack = folder(tmp_path / "pack", a=("A-1", "ptp", "A-2"), b=("B-1", "ptp", "B-2"))
    first = {rule.id: rule for rule in load_packs([pack]).rules}
    folder(pack, b=("B-1", "mue", "B-2"))
    again = {rule.id: rule for rule in load_packs([pack]).rules}
    assert again["A-1"] is first["A-1"]
    assert (first["B-1"].family, again["B-1"].family) == ("ptp", "mue")
