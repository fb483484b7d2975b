"""A failing query takes its own rule out; what concerns the whole audit passes through."""

from __future__ import annotations

import pickle
from pathlib import Path

import duckdb
import pytest

from auditor.base.errors import RuleNotEvaluated
from auditor.matching.evaluating import evaluating
from auditor.rules import model as m
from auditor.rules.packs import load_packs
from tests.rules.pack_making import make_pack, rule_text


@pytest.fixture
def rule(tmp_path: Path) -> m.Rule:
    return load_packs([make_pack(tmp_path / "acme", one=rule_text("A-1"))]).rules[0]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT nothing",
        "SELECT * FROM nowhere",
        "SELECT 'secret'::INTEGER",
        "SELEKT 1",
        "SELECT 1::TINYINT + 200::TINYINT",
    ],
)
def test_a_query_at_fault_names_its_rule_and_withholds_its_words(rule: m.Rule, sql: str) -> None:
    con = duckdb.connect(":memory:")
    with pytest.raises(RuleNotEvaluated) as caught, evaluating(rule):
        con.execute(sql)
    assert (caught.value.rule_id, caught.value.where) == ("A-1", "one.yaml")
    assert "secret" not in str(caught.value) and caught.value.mend
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.rule_id, str(again), again.exit_code) == ("A-1", str(caught.value), 3)


@pytest.mark.parametrize(
    "error", [duckdb.OutOfMemoryException, duckdb.InterruptException, duckdb.IOException, KeyError]
)
def test_what_concerns_all_rules_passes(rule: m.Rule, error: type[Exception]) -> None:
    with pytest.raises(error), evaluating(rule):
        raise error("x")
