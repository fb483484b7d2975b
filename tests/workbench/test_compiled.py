"""What a rule becomes: the very SQL that the matcher says, what is shared, and the engine's rules that can fire."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import duckdb
import pytest

from auditor.base.resources import resource_dir
from auditor.engine.rulebook import RULE_BOOK
from auditor.rules import model as m
from auditor.rules.packs import RuleSet, load_packs
from auditor.workbench.compiled import Compiled, as_text, compile_one, laid_out
from tests.rules.every_form import every_form

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pack() -> RuleSet:
    return load_packs([resource_dir("rulesets")])


def of(pack: RuleSet, name: str) -> Compiled:
    rule = pack.explaining(name)
    assert rule is not None
    return compile_one(rule, pack)


def test_every_form_of_match_compiles_to_a_base_relation_and_a_candidate_query(tmp_path: Path) -> None:
    rules = tuple(rule for _, rule in every_form(tmp_path) if rule.match is not None)
    for rule in rules:
        found = compile_one(rule, RuleSet((rule,), (), ""))
        assert found.relations, rule.id
        assert any(sql.startswith("INSERT INTO candidate") for sql in found.statements), rule.id
        assert rule.id in as_text(rule, found)


def test_every_relation_that_a_query_names_is_shown(pack: RuleSet) -> None:
    for name in ("NCCI-PTP-001", "NCCI-AOC-003", "NCCI-MUE-002"):
        found = of(pack, name)
        shown = {relation.name for relation in found.relations}
        text = " ".join([*(relation.sql for relation in found.relations), *found.statements])
        assert {
            part
            for part in text.replace("(", " ").split()
            if part.rsplit("_", 1)[-1].isalnum() and part in shown
        } <= shown
        assert all(relation.name in text for relation in found.relations)


def test_rules_with_the_same_day_sum_share_their_relations(pack: RuleSet) -> None:
    shared = {relation.name: relation.shared_with for relation in of(pack, "NCCI-MUE-002").relations}
    assert any("NCCI-MUE-003" in names for names in shared.values())


def test_a_bypass_and_a_blocker_bring_their_rules_of_the_engine(pack: RuleSet) -> None:
    pair = {name for name, _ in of(pack, "NCCI-PTP-001").rules}
    alone = {name for name, _ in of(pack, "MOD-LAT-001").rules}
    assert {"a_modifier_lifts_it", "its_blocker_is_not_payable", "all_partners_fall"} <= pair
    assert alone == {"nothing_speaks_for_it"}


def test_a_cascade_waits_for_a_chain(pack: RuleSet) -> None:
    found = of(pack, "NCCI-AOC-003")
    rules = {name for name, _ in found.rules}
    assert {"a_hop_is_walked", "all_it_hangs_on_has_fallen", "all_it_hangs_on_is_claims_evident"} <= rules
    assert "nothing_speaks_for_it" not in rules
    assert "hangs on" in dict(found.facts)["waits"]


def test_an_override_brings_its_rule_where_it_names_the_rule(pack: RuleSet) -> None:
    assert "an_override_sets_it_aside" in {name for name, _ in of(pack, "NCCI-AOC-002").rules}
    none = dataclasses.replace(pack, overrides=())
    assert "an_override_sets_it_aside" not in {name for name, _ in of(none, "NCCI-AOC-002").rules}


def test_every_generic_rule_of_the_engine_fires_for_some_rule(tmp_path: Path, pack: RuleSet) -> None:
    sequence = dict(every_form(tmp_path))["sequence"]
    lifted = m.Test(m.FieldRef("first", "pos", "line", "text"), "eq", "11")
    rules = [pack.explaining(name) for name in ("NCCI-PTP-001", "NCCI-AOC-002", "NCCI-AOC-003")]
    rules.append(dataclasses.replace(sequence, family="addon", bypass=lifted, unless="first"))
    reached: set[str] = set()
    for rule in rules:
        assert rule is not None
        override = dataclasses.replace(pack.overrides[0], rules=(rule.family,), action="suppress")
        found = compile_one(rule, RuleSet((rule,), (override,), ""))
        reached |= {name for name, _ in found.rules}
    assert reached == {rule.name for rule in RULE_BOOK.rules}


def test_every_field_of_the_fact_is_explained(pack: RuleSet) -> None:
    facts = dict(of(pack, "NCCI-PTP-001").facts)
    kind = next(item for item in RULE_BOOK.given if item.name == "candidate")
    assert tuple(facts) == kind.fields
    assert "see engine" not in " ".join(facts.values())


def test_a_benchmark_says_that_it_has_no_query(pack: RuleSet) -> None:
    rule = pack.explaining("LVL-EM-001")
    assert isinstance(rule, m.Rule)
    assert "no candidate query" in as_text(rule, compile_one(rule, pack))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 AS a, 'WHERE FROM  JOIN' AS b WHERE 1 = 1 ORDER BY a",
        "SELECT * FROM (SELECT 2 AS x UNION ALL SELECT 3) t LEFT JOIN (SELECT 3 AS y) u ON t.x = u.y "
        "WHERE x > 1 ORDER BY x",
        "SELECT 'it''s  two' AS a",
    ],
)
def test_laying_out_changes_nothing_of_what_a_query_says(sql: str) -> None:
    with duckdb.connect(":memory:") as con:
        assert con.execute(laid_out(sql)).fetchall() == con.execute(sql).fetchall()


def test_what_is_shown_is_sql_that_the_database_takes(pack: RuleSet) -> None:
    con = duckdb.connect(":memory:")
    for relation in of(pack, "NCCI-PTP-001").relations:
        assert len(con.extract_statements(f"CREATE TABLE x AS {laid_out(relation.sql)}")) == 1
    con.close()
