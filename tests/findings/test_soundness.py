"""The soundness of the SQL: over random claims and tables, what the queries and the engine find is what the plain
evaluator finds that walks over the raw lines. And what must hold of every finding.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.findings.worlds import Finding, World, audited, findings, rearranged, whole_pack, worlds

HEAVY = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


def limited(examples: int) -> settings:
    return settings(max_examples=examples, deadline=None, suppress_health_check=HEAVY)


def amount(finding: Finding) -> Decimal:
    """What the line is worth by its best basis; never negative."""
    given = next(
        (finding[name] for name in ("paid", "allowed", "charge") if finding[name] is not None), Decimal(0)
    )
    return max(Decimal(given), Decimal(0))


def must_hold_of_all(found: list[Finding]) -> None:
    assert len({f["finding_id"] for f in found}) == len(found)
    taken: dict[tuple[str, str, int], Decimal] = defaultdict(Decimal)
    for f in found:
        counts = f["verdict"] == "fail" and f["class"] != "risk" and not f["at_risk"]
        assert counts or f["exposure_counted"] == 0
        assert 0 <= f["exposure_counted"] <= f["exposure"] <= amount(f)
        assert f["exposure_as_processed"] <= amount(f)
        assert f["explanation"] and f["citations"] and f["evidence"] and f["title"]
        assert (f["reason"] is None) == (f["verdict"] == "fail")
        assert (f["suppressed_by"] is not None) == (f["verdict"] == "suppressed")
        first = f["evidence"][0]
        assert (first["claim_id"], first["line_no"], first["code"]) == (
            f["claim_id"],
            f["line_no"],
            f["code"],
        )
        if f["direction"] == "over":
            taken[f["payer_id"], f["claim_id"], f["line_no"]] += f["exposure_counted"]
            assert taken[f["payer_id"], f["claim_id"], f["line_no"]] <= amount(f)


@pytest.mark.slow
@limited(10)
@given(worlds(least=3, most=8))
def test_both_evaluators_agree_and_money_is_counted_once(world: World) -> None:
    with audited(world) as con:
        must_hold_of_all(findings(con))


@pytest.mark.slow
@limited(10)
@given(worlds(least=3, most=8))
def test_what_is_asked_of_lines_beforehand_changes_no_finding(world: World) -> None:
    with audited(world) as con:
        found = findings(con)
    with audited(world, prefilter=False) as con:
        assert findings(con) == found


@pytest.mark.slow
@limited(70)
@given(worlds(least=1, most=12))
def test_both_evaluators_agree_on_many_more_worlds(world: World) -> None:
    with audited(world) as con:
        must_hold_of_all(findings(con))


@pytest.mark.slow
@limited(20)
@given(worlds(least=5, most=12))
def test_both_evaluators_agree_on_all_shipped_rules(world: World) -> None:
    with audited(world, rules=whole_pack()) as con:
        must_hold_of_all(findings(con))


@pytest.mark.slow
@limited(3)
@given(st.data(), worlds(least=3, most=5))
def test_neither_the_order_of_lines_nor_the_cut_nor_the_edition_matters(
    data: st.DataObject, world: World
) -> None:
    with audited(world) as con:
        whole = findings(con)
    order = data.draw(st.permutations(range(len(world.lines))))
    with audited(rearranged(world, order)) as con:
        assert findings(con) == whole
    with audited(world, partitions=2) as con:
        assert findings(con) == whole
    with audited(world, edition="next") as con:
        assert [f["finding_id"] for f in findings(con)] == [f["finding_id"] for f in whole]
