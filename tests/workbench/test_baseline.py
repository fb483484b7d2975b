"""Clean claims stay free of findings, and what is found in them is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.base.errors import InputRefused, UsageError
from auditor.workbench.baseline import SYNTHETIC, run_baseline
from auditor.workbench.corpus import write_clean_claims

HASTY = """\
id: MOD-HASTY-001
catalogue_id: AM-06
title: Every office visit
family: modifier
class: probable
severity: low
citations: [{key: a, document: A}]
match: {lines: [line], when: {line.code: {in: ["99213", "99214"]}}}
exposure: {direction: over, method: line}
explanation: "{line.code}"
"""


def test_the_corpus_is_the_same_each_time(tmp_path: Path) -> None:
    first = write_clean_claims(tmp_path / "a", 500).read_bytes()
    assert write_clean_claims(tmp_path / "b", 500).read_bytes() == first


@pytest.mark.slow
def test_the_shipped_rules_find_nothing_in_clean_claims() -> None:
    result = run_baseline([], lines=1_000)
    assert result.lines == 1_000 and result.rules > 20
    assert result.findings == () and not result.fails
    assert result.as_text() == f"1,000 clean lines, {result.rules} rules: no finding."


@pytest.mark.slow
def test_a_rule_that_finds_something_is_told_and_fails_once_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "MOD-HASTY-001_hasty.yaml").write_text(HASTY, encoding="utf-8")
    result = run_baseline([], lines=1_000, rulesets=[tmp_path])
    (found,) = result.findings
    assert found.rule == "MOD-HASTY-001" and found.source == SYNTHETIC
    assert found.probable == found.total > 3 and len(found.places) == 3
    assert not result.fails
    named = run_baseline([], lines=1_000, rulesets=[tmp_path], rules=["MOD-HASTY-001"])
    assert named.fails and named.rules == 1
    assert "MOD-HASTY-001" in named.as_text() and named.as_dict()["findings"][0]["probable"] == found.probable
    (tmp_path / "MOD-HASTY-001_hasty.yaml").write_text(
        HASTY.replace("probable", "definite").replace("document: A", "document: A, verified: true"),
        encoding="utf-8",
    )
    assert run_baseline([], lines=1_000, rulesets=[tmp_path]).fails


@pytest.mark.slow
def test_claims_of_the_user_are_audited_beside_and_their_places_are_not_shown(tmp_path: Path) -> None:
    (tmp_path / "MOD-HASTY-001_hasty.yaml").write_text(HASTY, encoding="utf-8")
    claims = write_clean_claims(tmp_path / "claims", 600, seed=5)
    result = run_baseline([claims], lines=0, rulesets=[tmp_path], rules=["MOD-HASTY-001"])
    assert [(item.source, item.places) for item in result.findings] == [("claims.csv", ())]
    assert result.lines == 600


def test_nothing_to_audit_is_said() -> None:
    with pytest.raises(UsageError, match="nothing to audit"):
        run_baseline([], lines=0)


def test_a_broken_pack_is_no_clean_baseline(tmp_path: Path) -> None:
    (tmp_path / "MOD-HASTY-001_hasty.yaml").write_text(HASTY.replace("low", "lo"), encoding="utf-8")
    for rules in ((), ("MOD-LAT-001",)):
        with pytest.raises(InputRefused, match="severity") as caught:
            run_baseline([], lines=1_000, rulesets=[tmp_path], rules=rules)
        assert caught.value.where == "MOD-HASTY-001_hasty.yaml, line 6" and caught.value.exit_code == 3
