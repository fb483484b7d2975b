"""Shares of providers: counted by partition, added up, whatever the cut."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.base.resources import resource_dir
from auditor.matching.lines import open_partition
from auditor.profiles import shares
from auditor.rules import model as m
from auditor.rules.loader import load_rule
from auditor.workbench.case_tables import make_claim_lines, make_line

LEVELS = "LVL-EM-001_level_mix_of_office_visits.yaml"

visits = st.fixed_dictionaries(
    {
        "patient_id": st.sampled_from(["P1", "P2", "P3", "P4"]),
        "rendering_npi": st.sampled_from(["1000000012", "1000000020", None]),
        "rendering_specialty": st.sampled_from(["08", "11", None]),
        "code": st.sampled_from(["99213", "99214", "99215", "20610", None]),
        "denied": st.booleans(),
        "claim_type": st.sampled_from(["professional", "dme"]),
        "date_from": st.sampled_from([date(2023, 12, 31), date(2024, 1, 1)]),
        "part": st.integers(0, 2),
    }
)


@pytest.fixture(scope="module")
def level_mix() -> m.Rule:
    rule = load_rule(Path(resource_dir("rulesets")) / "upcoding" / LEVELS)
    assert isinstance(rule, m.Rule)
    return rule


def counted(rule: m.Rule, given: list[dict[str, Any]], partitions: int) -> list[shares.ProviderShare]:
    con = duckdb.connect()
    lines = [make_line(at, {k: v for k, v in item.items() if k != "part"}) for at, item in enumerate(given)]
    for line, item in zip(lines, given, strict=True):
        line["part"] = item["part"] % partitions
    make_claim_lines(con, lines)
    shares.create_tables(con)
    for part in range(partitions):
        open_partition(con, part, partitions)
        shares.count_partition(con, [rule], frozenset())
    found = shares.totals(con, 0)
    con.close()
    return found


@settings(max_examples=4, deadline=None)
@given(given_lines=st.lists(visits, max_size=25))
def test_counts_of_partitions_add_up_to_those_of_one(
    level_mix: m.Rule, given_lines: list[dict[str, Any]]
) -> None:
    whole = counted(level_mix, given_lines, 1)
    assert counted(level_mix, given_lines, 3) == whole
    assert counted(level_mix, given_lines[::-1], 1) == whole
    wanted: dict[tuple[str, str, str], list[str]] = {}
    for line in given_lines:
        if line["denied"] or line["claim_type"] != "professional" or line["code"] in (None, "20610"):
            continue
        if line["rendering_npi"] is None or line["rendering_specialty"] is None:
            continue
        key = (line["rendering_npi"], str(line["date_from"].year), line["rendering_specialty"])
        wanted.setdefault(key, []).append(line["code"])
    assert {(s.provider, s.keys[1], s.peers[0]): (s.numerator, s.population) for s in whole} == {
        key: (sum(code in {"99214", "99215"} for code in codes), len(codes)) for key, codes in wanted.items()
    }


def test_a_rule_that_the_feed_cannot_feed_is_not_counted(level_mix: m.Rule) -> None:
    con = duckdb.connect()
    make_claim_lines(
        con, [make_line(0, {"code": "99215", "date_from": date(2024, 1, 1), "rendering_specialty": "08"})]
    )
    shares.create_tables(con)
    open_partition(con, 0, 1)
    shares.count_partition(con, [level_mix, replace(level_mix, id="OTHER")], frozenset({0}))
    assert shares.totals(con, 0) == []
    (one,) = shares.totals(con, 1)
    assert (one.provider, one.keys, one.peers) == ("1000000012", ("1000000012", "2024"), ("08", "2024"))
    assert (one.numerator, one.population) == (1, 1)
