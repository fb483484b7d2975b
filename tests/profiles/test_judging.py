"""From counts to the providers marked, by every method: among the audited claims' peers, and by a table of peers."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from auditor.profiles import beta_binomial, funnel
from auditor.profiles.judging import Judged, judge, reasons
from auditor.profiles.shares import create_tables
from auditor.rules import model as m

BENCH = m.Benchmark(
    by=("rendering_npi", "year"), population=m.ALWAYS, numerator=m.ALWAYS, peers=("rendering_specialty", "year"),
    min_n=30, min_peers=5, percentile=95, certainty=95, fdr=5,
)  # fmt: skip
SHARES = [
    BENCH,
    replace(BENCH, side="both"),
    replace(BENCH, method="funnel"),
    replace(BENCH, method="funnel", z=Decimal("1.96"), side="below", min_gap=Decimal(5)),
    replace(BENCH, method="percentile", percentile=80),
]
Group = list[tuple[str, int, int]]


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect()
    con.execute("SET threads = 1")
    create_tables(con)
    yield con
    con.close()


def fill(con: duckdb.DuckDBPyConnection, group: Group, specialty: str = "08") -> None:
    for npi, numerator, population in group:
        con.execute(
            "INSERT INTO provider_count VALUES (0, ?, ?, ?, ?, 'B1', 'X', 'medicare')",
            [[npi, "2024"], [specialty, "2024"], numerator, population],
        )


def levels(con: duckdb.DuckDBPyConnection, npi: str, mix: dict[str, int]) -> None:
    fill(con, [(npi, 0, sum(mix.values()))])
    for code, lines in mix.items():
        con.execute(
            "INSERT INTO provider_level VALUES (0, ?, ?, ?, ?)", [[npi, "2024"], ["08", "2024"], code, lines]
        )


def table(con: duckdb.DuckDBPyConnection, *rows: dict[str, Any]) -> None:
    columns = ", ".join(
        f"{name} {'VARCHAR' if isinstance(value, str) else 'DATE' if name in {'effective', 'deleted'} else 'DOUBLE'}"
        for name, value in rows[0].items()
    )
    con.execute(f"CREATE OR REPLACE TABLE ref_peers ({columns})")
    for row in rows:
        con.execute(f"INSERT INTO ref_peers VALUES ({', '.join('?' * len(row))})", list(row.values()))


def marked(judged: list[Judged]) -> list[str]:
    return sorted(item.share.provider for item in judged if item.marked)


PEERS: Group = [(f"peer-{at}", 40, 100) for at in range(10)]


@pytest.mark.parametrize("at", range(len(SHARES)))
@settings(max_examples=3, deadline=None)
@given(data=st.data())
def test_the_order_in_which_counts_came_does_not_matter(at: int, data: st.DataObject) -> None:
    group = [
        (f"p{number}", data.draw(st.integers(0, size)), size)
        for number, size in enumerate(data.draw(st.lists(st.integers(20, 200), min_size=3, max_size=12)))
    ]
    found = []
    for rows in (group, data.draw(st.permutations(group))):
        con = duckdb.connect()
        con.execute("SET threads = 1")
        create_tables(con)
        fill(con, list(rows))
        judged, counts = judge(con, 0, SHARES[at])
        found.append((judged, counts))
        con.close()
    assert found[0] == found[1]
    counts = found[0][1]
    assert counts["eligible"] == counts["evaluated"] + counts["few_lines"] + counts["few_peers"]


def test_false_discoveries_are_controlled_over_all_groups_of_a_rule(con: duckdb.DuckDBPyConnection) -> None:
    dice = np.random.default_rng(5)
    for number in range(40):
        group = [(f"p{number}-{at}", int(dice.binomial(200, 0.4)), 200) for at in range(8)]
        fill(con, group, specialty=f"{number:02d}")
    judged, _ = judge(con, 0, replace(BENCH, method="funnel", z=Decimal(1)))
    tails = [item.standing.tail for item in judged]
    wanted = stats.false_discovery_control([tail for tail in tails if tail is not None])
    assert [item.adjusted for item in judged] == pytest.approx(wanted.tolist(), abs=1e-12)
    assert len(judged) == 320 and sum(item.standing.outside for item in judged) > 10 and not marked(judged)


@pytest.mark.parametrize(
    "bench", [BENCH, replace(BENCH, method="funnel"), replace(BENCH, method="percentile")]
)
def test_a_far_provider_is_marked_and_its_peers_are_not(
    con: duckdb.DuckDBPyConnection, bench: m.Benchmark
) -> None:
    fill(con, [*PEERS, ("far", 95, 100), ("like", 41, 100), ("few", 29, 29)])
    fill(con, [("alone", 95, 100)], specialty="11")
    judged, counts = judge(con, 0, replace(bench, min_gap=Decimal(5)))
    assert marked(judged) == ["far"]
    assert (counts["few_lines"], counts["few_peers"], counts["evaluated"]) == (1, 1, 12)
    assert reasons(bench, counts) == [("fewer than 30 lines", 1), ("fewer than 5 peers", 1)]


def test_a_gap_too_small_to_matter_is_not_marked(con: duckdb.DuckDBPyConnection) -> None:
    fill(con, [*PEERS, ("large", 450_000, 1_000_000)])
    bench = replace(BENCH, method="funnel")
    assert marked(judge(con, 0, bench)[0]) == ["large"]
    assert marked(judge(con, 0, replace(bench, min_gap=Decimal(5)))[0]) == ["large"]
    assert marked(judge(con, 0, replace(bench, min_gap=Decimal(6)))[0]) == []


def test_the_low_side_is_told_as_well_as_the_high(con: duckdb.DuckDBPyConnection) -> None:
    fill(con, [*PEERS, ("high", 95, 100), ("low", 2, 100)])
    for method in ("beta_binomial", "funnel", "percentile"):
        found = {}
        for side in ("above", "below", "both"):
            bench = replace(BENCH, method=method, side=side, percentile=90, certainty=90, min_gap=Decimal(10))
            found[side] = {
                item.share.provider: item.standing.side for item in judge(con, 0, bench)[0] if item.marked
            }
        assert found["above"] == {"high": "above"} and found["below"] == {"low": "below"}, method
        assert found["both"] == {"high": "above", "low": "below"}, method


def test_a_measure_in_dollars_is_a_sum_of_cents_over_patients(con: duckdb.DuckDBPyConnection) -> None:
    fill(con, [(f"peer-{at}", (100 + at) * 5000, 50) for at in range(20)])
    fill(con, [("dear", 300 * 5000, 50)])
    bench = replace(BENCH, method="percentile", measure="per_patient", of="paid", min_peers=20)
    (item,) = [item for item in judge(con, 0, bench)[0] if item.marked]
    assert (item.share.provider, item.standing.value, item.standing.peer_limit) == ("dear", 300.0, 118.05)
    assert reasons(bench, {"few_lines": 2}) == [("fewer than 30 patients", 2)]


def test_a_mix_is_held_against_the_pooled_mix_of_the_others(con: duckdb.DuckDBPyConnection) -> None:
    for at in range(6):
        levels(con, f"peer-{at}", {"99212": 10, "99213": 60, "99214": 30})
    levels(con, "far", {"99213": 15, "99214": 35})
    levels(con, "like", {"99212": 5, "99213": 33, "99214": 12})
    bench = replace(BENCH, method="chi_square")
    judged, counts = judge(con, 0, bench)
    assert marked(judged) == ["far"] and counts["evaluated"] == 8
    for least, found in (("0.63", ["far"]), ("0.64", [])):
        assert marked(judge(con, 0, replace(bench, min_effect=Decimal(least)))[0]) == found
    far = next(item for item in judged if item.share.provider == "far")
    others = [6 * 10 + 5, 6 * 60 + 33, 6 * 30 + 12]
    expected = [50 * part / sum(others) for part in others]
    assert far.standing.tail == pytest.approx(float(stats.chisquare([0, 15, 35], expected).pvalue), rel=1e-9)


def test_a_mix_of_one_level_alone_is_counted_as_not_judged(con: duckdb.DuckDBPyConnection) -> None:
    for at in range(6):
        levels(con, f"peer-{at}", {"99213": 60})
    _, counts = judge(con, 0, replace(BENCH, method="chi_square"))
    assert counts["few_levels"] == 6 and counts["evaluated"] == 0
    assert "two levels" in reasons(BENCH, counts)[0][0]


# ---- a table of peers ------------------------------------------------------------------------------

ROW = {
    "rendering_specialty": "08",
    "year": "2024",
    "providers": 900,
    "edition": "2024",
    "mean_pct": 40.0,
    "sd_pct": 10.0,
}
TABLED = replace(BENCH, table="peers")


def test_one_provider_alone_is_held_against_published_figures(con: duckdb.DuckDBPyConnection) -> None:
    fill(con, [("far", 95, 100), ("like", 45, 100)])
    table(con, ROW | {"p95_pct": 58.0})
    for method in ("beta_binomial", "funnel", "percentile"):
        judged, counts = judge(con, 0, replace(TABLED, method=method))
        assert marked(judged) == ["far"] and counts["evaluated"] == 2, method
        assert all(item.row is not None and item.row.edition == "2024" for item in judged)
        assert all(item.standing.peers == 900 for item in judged)
    a, b = beta_binomial.fit_moments(0.4, 0.1)
    shrunk = beta_binomial.judged([95], [100], np.array([a]), np.array([b]), 900, percentile=95, certainty=95)
    assert judge(con, 0, TABLED)[0][0].standing == shrunk[0]
    wide = funnel.judged([95], [100], np.array([0.4]), np.array([0.01]), 900, z=3.09)
    assert judge(con, 0, replace(TABLED, method="funnel"))[0][0].standing == wide[0]


def test_a_published_mix_is_taken_by_code(con: duckdb.DuckDBPyConnection) -> None:
    levels(con, "far", {"99214": 50})
    levels(con, "like", {"99212": 10, "99213": 60, "99214": 30})
    shares = {"99212": 10.0, "99213": 60.0, "99214": 30.4}
    base = {name: ROW[name] for name in ("rendering_specialty", "year", "providers")}
    table(con, *(base | {"code": code, "share_pct": share} for code, share in shares.items()))
    bench = replace(TABLED, method="chi_square")
    judged, counts = judge(con, 0, bench)
    assert marked(judged) == ["far"] and counts["no_peer_row"] == 0
    table(con, *(base | {"code": code, "share_pct": share / 2} for code, share in shares.items()))
    assert judge(con, 0, bench)[1]["no_peer_row"] == 2
    table(con, *(base | {"code": "99213", "share_pct": 50.0} for _ in range(2)))
    assert judge(con, 0, bench)[1]["no_peer_row"] == 2


NO_MEASURE = {
    "another specialty": ROW | {"rendering_specialty": "11"},
    "another year": ROW | {"year": "2023"},
    "no mean": ROW | {"mean_pct": None},
    "a mean above all": ROW | {"mean_pct": 140.0},
    "no spread": ROW | {"sd_pct": 0.0},
    "a spread beyond any": ROW | {"sd_pct": 60.0},
    "not a number": ROW | {"mean_pct": float("nan")},
}


@pytest.mark.parametrize("name", NO_MEASURE)
def test_a_row_that_is_no_measure_leaves_the_provider_unjudged(
    con: duckdb.DuckDBPyConnection, name: str
) -> None:
    fill(con, [("far", 95, 100)])
    row = {key: ROW[key] if value is None else value for key, value in NO_MEASURE[name].items()}
    table(con, row)
    con.execute("UPDATE ref_peers SET mean_pct = NULL WHERE ?", [name == "no mean"])
    judged, counts = judge(con, 0, TABLED)
    assert not judged and counts["no_peer_row"] == 1 and counts["eligible"] == 1
    assert "no usable row" in reasons(TABLED, counts)[0][0]


def test_a_table_of_few_providers_or_two_rows_is_no_measure(con: duckdb.DuckDBPyConnection) -> None:
    fill(con, [("far", 95, 100)])
    table(con, ROW | {"providers": 4})
    assert judge(con, 0, TABLED)[1]["few_peers"] == 1
    table(con, ROW, ROW | {"mean_pct": 50.0})
    assert judge(con, 0, TABLED)[1]["no_peer_row"] == 1


def test_a_table_that_is_not_there_or_lacks_a_column_is_told(con: duckdb.DuckDBPyConnection) -> None:
    fill(con, [("far", 95, 100)])
    assert judge(con, 0, TABLED)[1]["no_peer_table"] == 1
    table(con, ROW)
    assert judge(con, 0, replace(TABLED, method="percentile"))[1]["no_peer_table"] == 1


def test_a_row_is_in_force_on_the_last_day_of_the_year(con: duckdb.DuckDBPyConnection) -> None:
    fill(con, [("far", 95, 100)])
    undated = {name: value for name, value in ROW.items() if name != "year"}
    for effective, deleted, found in (
        ("2024-01-01", "2024-12-31", 1),
        ("2024-12-31", None, 1),
        ("2025-01-01", None, 0),
        ("2024-01-01", "2024-12-30", 0),
    ):
        columns = ", ".join(f"{value!r} AS {name}" for name, value in undated.items())
        end = f"DATE '{deleted}'" if deleted else "NULL::DATE"
        con.execute(
            f"CREATE OR REPLACE TABLE ref_peers AS SELECT {columns}, DATE '{effective}' AS effective, {end} AS deleted"
        )
        assert judge(con, 0, TABLED)[1]["evaluated"] == found, effective


def test_rows_of_one_table_are_told_apart_by_fixed_columns(con: duckdb.DuckDBPyConnection) -> None:
    fill(con, [("far", 45, 100)])
    table(con, ROW | {"payer": "A", "mean_pct": 10.0, "sd_pct": 2.0}, ROW | {"payer": "B"})
    assert marked(judge(con, 0, replace(TABLED, table_rows=(("payer", "A"),)))[0]) == ["far"]
    assert marked(judge(con, 0, replace(TABLED, table_rows=(("payer", "B"),)))[0]) == []
    assert judge(con, 0, replace(TABLED, table_rows=(("payer", "C"),)))[1]["no_peer_row"] == 1


def test_a_published_table_of_levels_can_be_used(con: duckdb.DuckDBPyConnection) -> None:
    source = Path(__file__).resolve().parents[3] / "shared" / "data" / "reference" / "benchmarks"
    if not (source / "em_level_distribution.csv").is_file():
        pytest.skip("the published level distributions are not here")
    with (source / "em_level_distribution.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["year"].startswith("2015")]
    table(con, *(
        {"rendering_specialty": row["specialty"], "year": "2024", "providers": 100, "family": row["family"],
         "code": row["code"], "share_pct": float(row["share_pct"])}
        for row in rows
    ))  # fmt: skip
    family, year = "office_est", ["Family Medicine", "2024"]
    mix = {
        row["code"]: float(row["share_pct"])
        for row in rows
        if row["family"] == family and row["specialty"] == year[0]
    }
    assert sum(mix.values()) == pytest.approx(100, abs=2)
    for npi, own in (
        ("like", {code: round(share * 5) for code, share in mix.items()}),
        ("far", {"99215": 200}),
    ):
        con.execute(
            "INSERT INTO provider_count VALUES (0, ?, ?, 0, ?, 'B1', 'X', 'medicare')",
            [[npi, "2024"], year, 200],
        )
        for code, lines in own.items():
            con.execute(
                "INSERT INTO provider_level VALUES (0, ?, ?, ?, ?)", [[npi, "2024"], year, code, lines]
            )
    bench = replace(TABLED, method="chi_square", table_rows=(("family", family),))
    assert marked(judge(con, 0, bench)[0]) == ["far"]
