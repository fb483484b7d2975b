"""Small cells: none of fewer than eleven patients is shown, and none can be computed from what is."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from auditor.reports.document import Amount, Breakdown
from auditor.reports.profile_cells import OTHERS, PatientCounts, enough, pooled, shown_table
from tests.reports.conftest import document_of
from tests.reports.fakes import FINDING_COLUMNS, make_run, write_parquet


def shares(patients: dict[str, set[int]]) -> set[str] | None:
    """The pool of a column whose cells have these patients."""

    def together(keys: Collection[str]) -> int:
        return len(set().union(*(patients[key] for key in keys)))

    pool = pooled({key: len(held) for key, held in patients.items()}, together)
    return None if pool is None else set(pool)


def people(first: int, count: int) -> set[int]:
    return set(range(first, first + count))


def test_cells_of_enough_patients_stay() -> None:
    assert shares({"a": people(0, 11), "b": people(50, 40)}) == set()


def test_one_small_cell_takes_the_smallest_of_the_others_with_it() -> None:
    assert shares({"a": people(0, 3), "b": people(50, 40), "c": people(100, 12)}) == {"a", "c"}


def test_small_cells_that_are_enough_together_take_no_other() -> None:
    assert shares({"a": people(0, 6), "b": people(10, 6), "c": people(100, 12)}) == {"a", "b"}


def test_small_cells_of_the_same_patients_are_not_enough_together() -> None:
    assert shares({"a": people(0, 6), "b": people(0, 6), "c": people(100, 12)}) == {"a", "b", "c"}


def test_a_heading_of_too_few_patients_is_withheld_as_a_whole() -> None:
    assert shares({"a": people(0, 6), "b": people(4, 6)}) is None


def test_cells_without_a_patient_are_no_small_cells() -> None:
    assert shares({"a": set(), "b": people(0, 20)}) == set()
    assert shares({"a": set()}) == set()


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sets(st.integers(0, 60), max_size=30), max_size=8))
def test_no_shown_cell_is_small_and_the_hidden_ones_are_many_together(patients: dict[str, set[int]]) -> None:
    pool = shares(patients)
    everybody = set().union(*patients.values()) if patients else set()
    assert (pool is None) == (0 < len(everybody) < 11)
    if pool is None:
        return
    assert all(len(patients[key]) == 0 or len(patients[key]) >= 11 for key in patients if key not in pool)
    hidden = set().union(*(patients[key] for key in pool)) if pool else set()
    assert not pool or (len(hidden) >= 11 and len(pool) > 1)


def test_enough_is_none_or_eleven() -> None:
    assert enough(0, 11, 500)
    assert not enough(0, 10)


def table_of(folder: Path, rows: list[tuple[str, str, int]]) -> tuple[Breakdown, ...]:
    """Findings of (rule, verdict, patients), one a patient, and the table of them by rule."""
    template = next(
        row for row in make_run(folder, 30, seed=2).rows if row["verdict"] == "fail" and not row["at_risk"]
    )
    made = [
        template
        | {"finding_id": f"{rule}{verdict}{n}", "rule_id": rule, "verdict": verdict, "patient_id": f"{n}"}
        for rule, verdict, count in rows
        for n in range(count)
    ]
    write_parquet(folder / "findings.parquet", FINDING_COLUMNS, made)
    found: dict[str, dict[str, Amount]] = {}
    section = f"{template['direction']}_{template['class']}"
    for rule, verdict, count in rows:
        name = section if verdict == "fail" else verdict
        found.setdefault(rule, {})[name] = Amount(findings=count, lines=count, apart=1)
    return tuple(Breakdown(rule, f"rule {rule}", sections) for rule, sections in found.items())


def test_a_table_keeps_its_totals_and_says_what_it_counts_elsewhere(tmp_path: Path) -> None:
    rows = [
        ("A", "fail", 30),
        ("A", "bypassed", 4),
        ("B", "fail", 3),
        ("C", "fail", 12),
        ("C", "bypassed", 20),
    ]
    table = table_of(tmp_path, rows)
    with duckdb.connect(":memory:") as con:
        shown = shown_table(table, "rule", PatientCounts(con, tmp_path / "findings.parquet"))
    by_key = {row.key: row for row in shown.rows}
    # Patients are numbered from nought in every cell: B's three are three of C's twelve, which joins them.
    assert list(by_key) == ["A", OTHERS]
    assert by_key["A"].pooled == ("bypassed",) and "Bypassed by a modifier" in by_key["A"].label
    assert by_key["A"].findings == 30 and "bypassed" not in by_key["A"].sections
    assert by_key[OTHERS].findings == 15 and by_key[OTHERS]["bypassed"].findings == 24
    assert all(amount.apart is None for row in shown.rows for amount in row.sections.values())
    assert not shown.withheld


def test_a_heading_of_few_patients_stands_in_no_row(tmp_path: Path) -> None:
    table = table_of(tmp_path, [("A", "fail", 30), ("A", "bypassed", 4), ("B", "bypassed", 6)])
    with duckdb.connect(":memory:") as con:
        shown = shown_table(table, "rule", PatientCounts(con, tmp_path / "findings.parquet"))
    assert shown.withheld == {"bypassed"}
    assert [(row.key, list(row.sections)) for row in shown.rows] == [("A", list(table[0].sections)[:1])]


def test_every_cell_of_an_invented_run_is_counted_as_in_python(tmp_path: Path) -> None:
    fake = make_run(tmp_path, 300, seed=5)
    whole = document_of(fake)
    with duckdb.connect(":memory:") as con:
        counts = PatientCounts(con, fake.findings)
        cells = {by: counts.of_cells(by) for by in ("rule", "provider", "month", "all")}
    for row in whole.by_rule:
        mine = {r["patient_id"] for r in fake.rows if r["rule_id"] == row.key and r["verdict"] == "bypassed"}
        assert cells["rule"].get((row.key, "bypassed"), 0) == len(mine - {None, ""})
    for by, listed in (("provider", whole.by_provider), ("month", whole.by_month)):
        assert {key for key, _ in cells[by]} == {row.key for row in listed}
