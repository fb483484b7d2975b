"""The row in force, asked of many questions at once, against one question at a time in plain Python."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditor.base.dates import OPEN_END
from auditor.base.errors import UsageError
from auditor.reference import Answer, Edition, Library
from auditor.reference.attach import rows_of
from auditor.reference.editions import choose
from auditor.reference.lookup import in_force
from auditor.reference.parts import sha256_of
from auditor.reference.tables import TABLES
from tests.reference.layouts import aoc_line, mue_text
from tests.reference.made_editions import MUE, PTP, day, stored

TABLE, VALUES = "ncci_ptp_practitioner", "ncci_mue_practitioner"
NONE: frozenset[str] = frozenset()
Row = tuple[str, str, bool, dt.date, dt.date | None, str, str]
Question = tuple[str, str, dt.date]


def ptp(effective: str, deleted: str | None, indicator: str = "1", *, two: str = "B") -> Row:
    return ("A", two, False, day(effective), None if deleted is None else day(deleted), indicator, "x")


def asked(answers: Sequence[Answer], questions: Sequence[Question]) -> list[tuple]:
    """(number of the question, effective, deleted, indicator, answered), one or more a question."""
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute("CREATE TABLE q (n INTEGER, column_1 VARCHAR, column_2 VARCHAR, day DATE)")
        con.executemany("INSERT INTO q VALUES (?, ?, ?, ?)", [(n, *q) for n, q in enumerate(questions)])
        query = in_force(answers, TABLE, "q")
        return con.execute(
            f"SELECT n, effective, deleted, modifier_indicator, answered FROM ({query}) ORDER BY ALL"
        ).fetchall()


def library(folder: Path, *editions: tuple[str, Sequence[Row]]) -> list[Edition]:
    return [
        stored(folder, TABLE, label, PTP, rows, published=day(f"2024-0{n}-01"), valid_from=day("1996-01-01"))
        for n, (label, rows) in enumerate(editions, 1)
    ]


def answer(editions: Sequence[Edition], carry: frozenset[str] = NONE) -> tuple[Answer, ...]:
    return choose(editions, as_of=None, carry_forward=carry)


def indicators(tmp_path: Path, rows: Sequence[Row], on: str, label: str = "2024Q3") -> list[tuple]:
    found = asked(answer(library(tmp_path, (label, rows))), [("A", "B", day(on))])
    return [(row[3], row[4]) for row in found]


# ---- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "indicator"),
    [
        ("2019-12-31", None),
        ("2020-01-01", "0"),
        ("2021-06-30", "0"),
        ("2021-07-01", "1"),
        ("2024-09-30", "1"),
    ],
)
def test_a_row_is_in_force_from_its_first_to_its_deletion_day_inclusive(tmp_path, on, indicator):
    rows = [ptp("2020-01-01", "2021-06-30", "0"), ptp("2021-07-01", None, "1")]
    assert indicators(tmp_path, rows, on) == [(indicator, True)]


def test_a_row_of_indicator_9_never_was_in_force(tmp_path):
    assert indicators(tmp_path, [ptp("2020-01-01", None, "9")], "2024-07-15") == [(None, True)]
    both = [ptp("2020-01-01", None, "9"), ptp("2024-07-15", "2024-07-15", "0")]
    assert indicators(tmp_path, both, "2024-07-15") == [("0", True)]


@pytest.mark.parametrize("on", ["1995-12-31", "2024-10-01"])
def test_a_day_outside_every_edition_is_told_from_one_without_a_row(tmp_path, on):
    rows = [ptp("1990-01-01", None)]
    assert indicators(tmp_path, rows, on) == [(None, False)]
    assert indicators(tmp_path, [ptp("1990-01-01", None, two="C")], "2024-09-30") == [(None, True)]


def test_the_dates_told_are_those_for_which_the_edition_answers(tmp_path):
    answers = answer(library(tmp_path, ("2024Q3", [ptp("1990-01-01", None)])))
    (row,) = asked(answers, [("A", "B", day("2024-09-30"))])
    assert row[1:3] == (day("1996-01-01"), day("2024-09-30"))
    carried = answer(library(tmp_path, ("2024Q3", [ptp("1990-01-01", None)])), frozenset({"ncci_ptp"}))
    (row,) = asked(carried, [("A", "B", day("2030-01-01"))])
    assert (row[2], row[4]) == (OPEN_END, True)


def test_without_an_edition_no_question_is_answered(tmp_path):
    other = stored(tmp_path, VALUES, "2024Q3", MUE, [("97110", 6, "3", "")])
    with duckdb.connect() as con:
        questions = "(SELECT 'A' AS column_1, 'B' AS column_2, DATE '2024-07-01' AS day)"
        found = con.execute(in_force(answer([other]), TABLE, questions)).fetchall()
    assert found == [("A", "B", dt.date(2024, 7, 1), None, False)]


def test_an_unknown_table_is_a_usage_error():
    with pytest.raises(UsageError, match="nonsense is no table of the library"):
        in_force((), "nonsense", "q")


def test_values_of_a_quarter_answer_for_its_days_and_questions_may_have_other_names(tmp_path):
    q2 = stored(tmp_path, VALUES, "2024Q2", MUE, [("97110", 5, "3", "")])
    q4 = stored(tmp_path, VALUES, "2024Q4", MUE, [("97110", 7, "3", "")], published=day("2024-10-01"))
    with duckdb.connect() as con:
        con.execute("CREATE TABLE mine (code VARCHAR, served DATE)")
        days = ["2024-03-31", "2024-04-01", "2024-06-30", "2024-07-01", "2024-10-01"]
        con.executemany("INSERT INTO mine VALUES ('97110', ?)", [[text] for text in days])
        query = in_force(answer([q2, q4]), VALUES, "mine", key=("code",), day="served")
        found = con.execute(
            f'SELECT served::VARCHAR, "value", edition, answered FROM ({query}) ORDER BY 1'
        ).fetchall()
    assert found == [
        ("2024-03-31", None, None, False),
        ("2024-04-01", 5, "2024Q2", True),
        ("2024-06-30", 5, "2024Q2", True),
        ("2024-07-01", None, None, False),
        ("2024-10-01", 7, "2024Q4", True),
    ]


@pytest.mark.parametrize("form_1", [False, True])
def test_an_add_on_edit_ends_with_the_earliest_of_its_deletions(desk, form_1):
    lines = [aoc_line("1", "11045", "", "11042", "2024100", "2011001", "2024200", "")]
    edition = desk.take(desk.write("AOC_V2024Q2.txt", "\r\n".join(lines) + "\r\n"))[0].edition
    if form_1:
        # The first version of the program stored the three dates only.
        path = edition.parts[0].path
        duckdb.execute(f"COPY (SELECT * EXCLUDE (deleted) FROM '{path}') TO '{path}.new' (FORMAT parquet)")
        Path(f"{path}.new").replace(path)
        told = json.loads((path.parent / "manifest.json").read_text())
        told |= {"manifest": 1, "rows_sha256": sha256_of(path)}
        del told["columns"], told["parts"]
        (path.parent / "manifest.json").write_text(json.dumps(told))
    answers = Library.open(desk.library).answers()
    questions = (
        "(SELECT '11045' AS addon, '11042' AS primary_code, '1' AS edit_type, "
        "unnest(['2024-04-09', '2024-04-10'])::DATE AS day)"
    )
    found = duckdb.execute(
        f"SELECT day::VARCHAR, edition, answered FROM ({in_force(answers, 'ncci_aoc', questions)}) ORDER BY 1"
    ).fetchall()
    assert found == [("2024-04-09", "2024Q2", True), ("2024-04-10", None, True)]


def test_the_starter_edition_can_be_asked_of_every_table_that_it_has():
    answers = Library.starter().answers()
    for table in {a.edition.table for a in answers}:
        key = tuple(name for name in TABLES[table].key if name not in ("effective", "deleted"))
        (edition,) = [a.edition for a in answers if a.edition.table == table]
        questions = f"(SELECT DISTINCT {', '.join(key)}, DATE '2024-08-15' AS day FROM {rows_of(edition)})"
        found = duckdb.execute(
            f"SELECT count(*), count(edition), bool_and(answered) FROM ({in_force(answers, table, questions)})"
        ).fetchall()[0]
        assert found[0] >= 1 and found[2] is True, table
        # Rows with an open end of a range are no answer to a question that names it; all others are.
        assert found[1] > 0, table


def test_a_library_with_real_files_answers_as_well(desk):
    desk.take(desk.write("a_Eff_07-01-2024.csv", mue_text([("97110", 6, "3", "")])))
    answers = Library.open(desk.library).answers()
    questions = "(SELECT '97110' AS code, DATE '2024-09-30' AS day)"
    found = duckdb.execute(
        f'SELECT "value", answered FROM ({in_force(answers, VALUES, questions)})'
    ).fetchall()
    assert found == [(6, True)]


# ---- random rows and questions --------------------------------------------------------------------

FIRST, LAST = dt.date(2024, 1, 1), dt.date(2024, 12, 31)
SOME_DAYS = st.sampled_from(
    [FIRST + dt.timedelta(days=n) for n in (0, 1, 89, 90, 91, 181, 182, 273, 274, 365)]
)
ROWS = st.lists(
    st.tuples(
        st.sampled_from("AB"),
        st.sampled_from("BC"),
        st.just(False),
        SOME_DAYS,
        st.one_of(st.none(), SOME_DAYS),
        st.sampled_from("0019"),
        st.just("x"),
    ),
    max_size=8,
)
LIBRARIES = st.lists(st.tuples(st.sampled_from(["2024Q1", "2024Q2", "2024Q3"]), ROWS), max_size=3)
QUESTIONS = st.lists(
    st.tuples(st.sampled_from("ABZ"), st.sampled_from("BC"), SOME_DAYS), min_size=1, max_size=12
)
LAST_DAYS = {"2024Q1": dt.date(2024, 3, 31), "2024Q2": dt.date(2024, 6, 30), "2024Q3": dt.date(2024, 9, 30)}


def plain(editions: Sequence[tuple[str, Sequence[Row]]], questions: Sequence[Question]) -> Counter[tuple]:
    """The same by looking at every row for every question."""
    found: Counter[tuple] = Counter()
    for number, (one, two, on) in enumerate(questions):
        newest = max(enumerate(editions), key=lambda e: (e[1][0], e[0]), default=None)
        if newest is None:
            found[number, None, False] += 1
            continue
        label, rows = newest[1]
        answered = on <= LAST_DAYS[label]
        hits: list[str | None] = [
            row[5]
            for row in rows
            if answered
            and row[:2] == (one, two)
            and row[5] != "9"
            and row[3] <= on
            and (row[4] is None or on <= row[4])
        ]
        found.update((number, hit, answered) for hit in hits or [None])
    return found


@settings(max_examples=20, deadline=None)
@given(editions=LIBRARIES, questions=QUESTIONS)
@example(editions=[("2024Q3", [("A", "B", False, FIRST, FIRST, "0", "x")])], questions=[("A", "B", FIRST)])
@example(
    editions=[("2024Q2", []), ("2024Q1", [("A", "B", False, FIRST, None, "0", "x")])],
    questions=[("A", "B", FIRST)],
)
@pytest.mark.slow
def test_every_question_has_the_rows_that_a_plain_search_finds(
    editions: list[tuple[str, list[Row]]], questions: list[Question]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        answers = answer(library(Path(folder), *editions))
        if not answers:
            with duckdb.connect() as con:
                con.execute(
                    "CREATE TABLE q AS SELECT 'A' AS column_1, 'B' AS column_2, DATE '2024-01-01' AS day"
                )
                assert con.execute(in_force(answers, TABLE, "q")).fetchall()[0][-1] is False
            return
        found = Counter((row[0], row[3], row[4]) for row in asked(answers, questions))
    assert found == plain(editions, questions)
