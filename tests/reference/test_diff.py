"""What differs between two editions, against a count in plain Python."""

from __future__ import annotations

import csv
import datetime as dt
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.base.errors import InputRefused, UsageError
from auditor.reference import Library
from auditor.reference.diff import RowChange, TableDiff, changes, compare_editions, in_force_on, write_changes
from tests.reference.layouts import aoc_line, mue_text, ptp_text
from tests.reference.made_editions import MUE, PTP, day, stored

TABLE, VALUES = "ncci_ptp_practitioner", "ncci_mue_practitioner"
Row = tuple[object, ...]


def ptp(
    effective: str,
    deleted: str | None = None,
    indicator: str = "1",
    *,
    one: str = "A",
    two: str = "B",
    prior: bool = False,
    why: str = "x",
) -> Row:
    return (one, two, prior, day(effective), None if deleted is None else day(deleted), indicator, why)


def compared(folder: Path, before: Sequence[Row], after: Sequence[Row]) -> tuple[TableDiff, list[RowChange]]:
    one = stored(folder, TABLE, "2024Q3", PTP, before)
    two = stored(folder, TABLE, "2024Q3", PTP, after, published=day("2024-08-20"))
    with duckdb.connect(config={"threads": 1}) as con:
        diff = compare_editions(con, one, two)
        return diff, list(changes(con, diff))


def told(folder: Path, before: Sequence[Row], after: Sequence[Row]) -> list[str]:
    return sorted(change.told() for change in compared(folder, before, after)[1])


# ---- by hand --------------------------------------------------------------------------------------


def test_rows_are_added_removed_or_changed_and_each_is_told_in_a_line(tmp_path):
    before = [ptp("2020-01-01"), ptp("2020-01-01", two="C"), ptp("2020-01-01", two="D")]
    after = [ptp("2020-01-01", "2024-06-30", "0"), ptp("2020-01-01", two="D"), ptp("2024-07-01", two="E")]
    diff, rows = compared(tmp_path, before, after)
    assert (diff.added, diff.removed, diff.changed, diff.same, diff.total) == (1, 1, 1, 1, 3)
    assert [(row.change, dict(row.key), row.columns) for row in rows] == [
        ("changed", {"column_1": "A", "column_2": "B"}, ("deleted", "modifier_indicator")),
        ("removed", {"column_1": "A", "column_2": "C"}, ()),
        ("added", {"column_1": "A", "column_2": "E"}, ()),
    ]
    assert [row.told() for row in rows] == [
        "A / B: deleted - -> 2024-06-30, modifier_indicator 1 -> 0",
        "A / C: removed (prior_1996 False, effective 2020-01-01, deleted -, modifier_indicator 1, rationale x)",
        "A / E: added (prior_1996 False, effective 2024-07-01, deleted -, modifier_indicator 1, rationale x)",
    ]


def test_editions_with_the_same_rows_differ_in_nothing(tmp_path):
    rows = [ptp("2020-01-01"), ptp("2020-01-01"), ptp("2021-01-01", "2022-01-01")]
    diff, found = compared(tmp_path, rows, rows[::-1])
    assert (diff.total, diff.same, found) == (0, 3, [])


def test_a_row_that_stands_there_twice_counts_twice(tmp_path):
    diff, _ = compared(tmp_path, [ptp("2020-01-01")] * 3, [ptp("2020-01-01")])
    assert (diff.added, diff.removed, diff.changed, diff.same) == (0, 2, 0, 1)


def test_of_several_rows_of_one_key_that_of_the_same_day_is_the_changed_one(tmp_path):
    """The pair was restored: its first span is gone, its second has now an end."""
    before = [ptp("1996-01-01", "2010-12-31"), ptp("2011-01-01")]
    assert told(tmp_path, before, [ptp("2011-01-01", "2024-12-31")]) == [
        "A / B: deleted - -> 2024-12-31",
        "A / B: removed (prior_1996 False, effective 1996-01-01, deleted 2010-12-31, modifier_indicator 1, "
        "rationale x)",
    ]


def test_several_rows_of_one_key_are_matched_by_their_dates_and_not_by_another_column(tmp_path):
    before = [ptp("1996-01-01", prior=True)]
    after = [ptp("1996-01-01", "2024-06-30", prior=True), ptp("2024-07-01", indicator="0")]
    assert told(tmp_path, before, after) == [
        "A / B: added (prior_1996 False, effective 2024-07-01, deleted -, modifier_indicator 0, rationale x)",
        "A / B: deleted - -> 2024-06-30",
    ]


def test_rows_of_one_key_without_a_common_day_are_matched_in_the_order_of_their_days(tmp_path):
    before = [ptp("2001-01-01", "2001-12-31", prior=True), ptp("2003-01-01")]
    after = [ptp("2002-01-01", "2002-12-31", prior=True), ptp("2004-01-01", prior=True)]
    rows = compared(tmp_path, before, after)[1]
    assert sorted(((r.before or {})["effective"], (r.after or {})["effective"]) for r in rows) == [
        ("2001-01-01", "2002-01-01"),
        ("2003-01-01", "2004-01-01"),
    ]


def test_values_of_two_quarters_do_not_differ_by_the_dates_that_their_quarters_give_them(desk):
    rows = [("97110", 6, "3", "a"), ("97112", 4, "3", "a"), ("36416", 0, "3", "a")]
    one = desk.take(desk.write("a_Eff_07-01-2024.csv", mue_text(rows)))[0].edition
    two = desk.take(desk.write("b_Eff_10-01-2024.csv", mue_text([rows[0], ("97112", 5, "2", "a")])))[
        0
    ].edition
    with duckdb.connect() as con:
        diff = compare_editions(con, one, two)
        assert (diff.added, diff.removed, diff.changed, diff.same) == (0, 1, 1, 1)
        assert [row.told() for row in changes(con, diff)] == [
            "36416: removed (value 0, mai 3, rationale a)",
            "97112: value 4 -> 5, mai 3 -> 2",
        ]


def test_add_on_edits_are_matched_by_add_on_primary_and_type(desk):
    def line(primary: str, edit_deleted: str = "") -> str:
        return aoc_line("1", "11045", "", primary, "", "2011001", edit_deleted, "")

    one = desk.write("AOC_V2024Q2.txt", "\r\n".join([line("11042"), line("11043"), line("11044")]) + "\r\n")
    two = desk.write(
        "AOC_V2024Q3.txt", "\r\n".join([line("11042"), line("11043", "2024182"), line("97597")]) + "\r\n"
    )
    before, after = (desk.take(path, accept=True)[0].edition for path in (one, two))
    with duckdb.connect() as con:
        diff = compare_editions(con, before, after)
        found = list(changes(con, diff))
    assert [(r.change, r.key["primary_code"]) for r in found] == [
        ("changed", "11043"), ("removed", "11044"), ("added", "97597"),
    ]  # fmt: skip
    assert in_force_on(found[0].after, day("2024-06-30")) and not in_force_on(
        found[0].after, day("2024-07-01")
    )


def test_a_file_published_again_with_texts_kept_does_not_differ_by_them(tmp_path):
    plain = stored(tmp_path, VALUES, "2024Q3", MUE, [("97110", 6, "3", "")])
    told_ = stored(
        tmp_path, VALUES, "2024Q3", MUE | {"description": "VARCHAR"}, [("97110", 6, "3", "", "text")]
    )
    with duckdb.connect() as con:
        assert compare_editions(con, plain, told_).total == 0


def test_editions_of_two_tables_are_not_compared(tmp_path):
    one = stored(tmp_path, TABLE, "2024Q3", PTP, [])
    two = stored(tmp_path, VALUES, "2024Q3", MUE, [])
    with duckdb.connect() as con, pytest.raises(UsageError, match=f"is of {TABLE}, .* of {VALUES}"):
        compare_editions(con, one, two)


def test_rows_that_changed_after_the_import_are_not_compared(desk):
    one = desk.take(desk.write("ccipra-v302r0-f1.txt", ptp_text()))[0].edition
    two = desk.take(desk.write("ccipra-v303r0-f1.txt", ptp_text()[:-2] + " \r\n"), accept=True)[0].edition
    for harm in (lambda p: p.write_bytes(b"PAR1"), Path.unlink):
        harm(two.parts[0].path)
        with duckdb.connect() as con, pytest.raises(InputRefused, match="rows"):
            compare_editions(con, one, two)


def test_the_first_rows_can_be_asked_for_and_all_written_to_a_file(tmp_path):
    one = stored(tmp_path, TABLE, "2024Q3", PTP, [ptp("2020-01-01", two=two) for two in "BCDE"])
    two = stored(tmp_path, TABLE, "2024Q4", PTP, [ptp("2020-01-01", indicator="0", two=two) for two in "BCD"])
    out = tmp_path / "it's.csv"
    with duckdb.connect() as con:
        diff = compare_editions(con, one, two)
        assert [row.key["column_2"] for row in changes(con, diff, 2)] == ["B", "C"]
        assert list(changes(con, diff, 0)) == []
        write_changes(con, out)
    with out.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    assert [(r["column_2"], r["change"]) for r in rows] == [(c, "changed") for c in "BCD"] + [
        ("E", "removed")
    ]
    assert json.loads(rows[0]["after"])["modifier_indicator"] == "0"
    assert rows[3]["after"] == ""


def test_two_editions_of_one_library_are_the_same_whoever_compares_them_first(desk):
    desk.take(desk.write("ccipra-v302r0-f1.txt", ptp_text()))
    (edition,) = Library.open(desk.library).editions()
    with duckdb.connect() as con:
        diff = compare_editions(con, edition, edition)
    assert (diff.total, diff.same) == (0, edition.rows)


@pytest.mark.parametrize(
    ("row", "on", "answer"),
    [
        (None, "2024-07-01", False),
        ({"effective": "2024-01-01", "deleted": "2024-06-30"}, "2023-12-31", False),
        ({"effective": "2024-01-01", "deleted": "2024-06-30"}, "2024-01-01", True),
        ({"effective": "2024-01-01", "deleted": "2024-06-30"}, "2024-06-30", True),
        ({"effective": "2024-01-01", "deleted": "2024-06-30"}, "2024-07-01", False),
        ({"effective": "2024-01-01", "deleted": None}, "2030-01-01", True),
        ({"effective": "2024-01-01", "deleted": None, "modifier_indicator": "9"}, "2030-01-01", False),
        ({"code": "97110", "value": 6}, "2024-07-01", True),
    ],
)
def test_whether_a_row_is_in_force_on_a_day(row, on, answer):
    assert in_force_on(row, dt.date.fromisoformat(on)) is answer


# ---- random small tables --------------------------------------------------------------------------

ROWS = st.lists(
    st.tuples(
        st.sampled_from("AB"),
        st.sampled_from("BC"),
        st.booleans(),
        st.sampled_from([day("2020-01-01"), day("2021-01-01"), day("2022-01-01")]),
        st.sampled_from([None, day("2024-06-30"), day("2024-12-31")]),
        st.sampled_from("01"),
        st.just("x"),
    ),
    max_size=8,
)


def counted(before: Sequence[Row], after: Sequence[Row]) -> tuple[int, int, int, int]:
    """Added, removed, changed, same: rows taken away pair by pair, then what is left by key."""
    left, right = Counter(before), Counter(after)
    gone, come = left - right, right - left
    by_key: dict[Row, list[int]] = {}
    for at, rows in enumerate((gone, come)):
        for row, count in rows.items():
            by_key.setdefault(row[:2], [0, 0])[at] += count
    changed = sum(min(pair) for pair in by_key.values())
    return come.total() - changed, gone.total() - changed, changed, (left & right).total()


@settings(max_examples=20, deadline=None)
@given(before=ROWS, after=ROWS)
@pytest.mark.slow
def test_counts_and_rows_are_those_of_a_plain_comparison(before: list[Row], after: list[Row]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        diff, rows = compared(Path(folder), before, after)
    assert (diff.added, diff.removed, diff.changed, diff.same) == counted(before, after)
    assert Counter(row.change for row in rows) == Counter(
        {k: v for k, v in (("added", diff.added), ("removed", diff.removed), ("changed", diff.changed)) if v}
    )

    def plain(row: Row) -> tuple[str, ...]:
        return tuple("" if value is None else str(value).lower() for value in row)

    def of(side: str) -> Counter:
        found: Counter = Counter()
        for change in rows:
            record = getattr(change, side)
            if record is not None:
                found[plain(tuple(record.values()))] += 1
        return found

    # What is taken away from the one and added to it is the other.
    start = Counter(map(plain, before))
    assert of("before") <= start
    assert start - of("before") + of("after") == Counter(map(plain, after))
    # Among rows of one key that differ, none is left over whose day also stands in a row left over on the other side.
    for key in {tuple(row.key.values()) for row in rows}:
        of_key = [row for row in rows if tuple(row.key.values()) == key]
        apart = {(r.before or {}).get("effective") for r in of_key if r.change != "added"} & {
            (r.after or {}).get("effective") for r in of_key if r.change != "removed"
        }
        for shared in apart:
            one = sum(r.before is not None and r.before["effective"] == shared for r in of_key)
            two = sum(r.after is not None and r.after["effective"] == shared for r in of_key)
            both = sum(
                r.change == "changed" and r.before["effective"] == shared == r.after["effective"]  # type: ignore[index]
                for r in of_key
            )
            assert both == min(one, two)
