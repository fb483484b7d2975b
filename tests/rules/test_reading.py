"""Which tables rules ask for, and by which columns their rows can be told apart beforehand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.base.resources import resource_dir
from auditor.reference.needs import Asked
from auditor.rules import model as m
from auditor.rules.packs import load_packs
from auditor.rules.reading import (
    asked_of_library,
    columns_by_code,
    columns_by_npi,
    tables_joined,
    tables_read,
)

CODE = m.FieldRef("line", "code", "line", "text")
MODIFIER = m.FieldRef("line", "pos", "line", "text")


ALWAYS = {"ncci_ptp", "ncci_mue", "ncci_aoc", "ncci_aoc_code", "coverage_policy"}
"""Laid before every audit, whatever its rules ask."""


@pytest.fixture(scope="module")
def rules() -> tuple[m.Rule, ...]:
    """The project's own that ask the tables that are always laid, and no others."""
    own = (rule for rule in load_packs([resource_dir("rulesets")]).rules if not rule.scope.payer_id)
    return tuple(rule for rule in own if tables_joined([rule]) <= ALWAYS)


def asking(rules: tuple[m.Rule, ...], *joins: tuple[str, dict[str, m.FieldRef]]) -> m.Rule:
    """A rule of one line that looks rows up."""
    rule = next(rule for rule in rules if rule.match is not None and rule.match.form == "line")
    assert rule.match is not None
    lookups = tuple(
        m.TableJoin(name, f"row_{at}", tuple(on.items()), "service_day")
        for at, (name, on) in enumerate(joins)
    )
    return replace(rule, match=replace(rule.match, lookups=lookups))


def test_the_tables_that_are_always_laid_are_asked_by_rules_of_this_project(
    rules: tuple[m.Rule, ...],
) -> None:
    assert tables_joined(rules) == ALWAYS


def test_lookups_are_asked_too(rules: tuple[m.Rule, ...]) -> None:
    rule = asking(rules, ("mpfs_rvu", {"code": CODE}), ("pos_codes", {"code": MODIFIER}))
    assert tables_read([rule]) == tables_joined([rule]) == {"mpfs_rvu", "pos_codes"}


def test_a_column_tells_rows_apart_only_if_every_rule_compares_it_with_the_code_of_a_line(
    rules: tuple[m.Rule, ...],
) -> None:
    by_code = asking(rules, ("mpfs_rvu", {"code": CODE}))
    both = asking(rules, ("mpfs_rvu", {"code": CODE, "modifier": MODIFIER}))
    otherwise = asking(rules, ("mpfs_rvu", {"modifier": MODIFIER}))
    assert columns_by_code([by_code, both]) == {"mpfs_rvu": {"code"}}
    assert columns_by_code([by_code, otherwise]) == columns_by_code([otherwise]) == {}
    twice = asking(rules, ("mpfs_rvu", {"code": CODE}), ("mpfs_rvu", {"modifier": CODE}))
    assert columns_by_code([twice]) == {}


def test_pairs_and_add_ons_are_told_apart_by_all_their_codes(rules: tuple[m.Rule, ...]) -> None:
    found = columns_by_code(rules)
    assert found["ncci_ptp"] == {"column_1", "column_2"}
    assert found["ncci_aoc"] == {"addon", "primary_code"}


def test_the_peers_of_a_benchmark_are_read_whole_and_are_met_by_no_line(rules: tuple[m.Rule, ...]) -> None:
    bench = next(rule for rule in rules if rule.benchmark is not None)
    assert bench.benchmark is not None
    peers = replace(bench, benchmark=replace(bench.benchmark, table="my_peers"))
    by_code = asking(rules, ("my_peers", {"code": CODE}))
    assert set(tables_read([peers])) == {"my_peers"}
    assert not tables_joined([peers])
    assert columns_by_code([peers, by_code]) == columns_by_code([by_code, peers]) == {}


def test_of_the_librarys_tables_it_is_told_which_lines_ask_them(rules: tuple[m.Rule, ...]) -> None:
    scope = m.Scope(line_of_business=("commercial",), setting=("practitioner",))
    rule = replace(asking(rules, ("mpfs_rvu", {"code": CODE}), ("my_list", {"code": CODE})), scope=scope)
    told = asked_of_library([*rules, rule])
    assert told == (Asked("mpfs_rvu", frozenset({"commercial"}), frozenset({"practitioner"})),)
    assert asked_of_library(rules) == ()


def test_a_column_tells_rows_apart_if_every_rule_compares_it_with_an_npi(rules: tuple[m.Rule, ...]) -> None:
    rendering = m.FieldRef("line", "rendering_npi", "line", "text")
    billing = m.FieldRef("stay", "billing_npi", "claim", "text")
    one = asking(rules, ("leie", {"npi": rendering}), ("nppes", {"npi": rendering, "state": CODE}))
    other = asking(rules, ("leie", {"npi": billing}))
    assert columns_by_npi([one, other]) == {"leie": {"npi"}, "nppes": {"npi"}}
    assert columns_by_npi([one, asking(rules, ("leie", {"npi": CODE}))]) == {"nppes": {"npi"}}
    assert columns_by_code([one]) == {"nppes": {"state"}}
    assert one.benchmark is None
