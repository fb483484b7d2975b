"""Records laid down as named columns, whatever the file: every one there, in its place, or set aside."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from auditor.base.errors import InputRefused
from auditor.claims.readers.rif.cutting import cut
from auditor.claims.readers.state_codes import from_fips, from_ssa
from auditor.claims.readers.wide import Laid, heads_of, lay_down
from auditor.claims.readers.wide_diagnoses import by_date, listed
from auditor.claims.readers.wide_lines import Lines, columns_in, stage_lines, sum_of
from auditor.claims.sources.intake import Source, take_in


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 2})


def source(folder: Path, content: str | bytes, name: str = "a.csv") -> Source:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    (folder / "work").mkdir(exist_ok=True)
    return take_in(path, folder / "work")[0]


def lay(
    con: duckdb.DuckDBPyConnection, folder: Path, content: str | bytes, *wanted: str, **how: object
) -> Laid:
    one = source(folder, content)
    return lay_down(con, one, heads_of(con, one), wanted, folder / "work", **how)  # type: ignore[arg-type]


def test_wanted_columns_are_laid_down_by_name_with_their_places(con, tmp_path):
    laid = lay(con, tmp_path, "\n B , A\n 1 ,x\n\n2,\n", "a", "b", "c")
    assert con.execute(f"SELECT a, b, c, pos FROM {laid.relation} ORDER BY pos").fetchall() == [
        ("x", "1", None, 1),
        (None, "2", None, 2),
    ]
    assert (set(laid.present), set(laid.known), laid.rows) == ({"a", "b"}, {"a", "b", "c"}, 2)


def test_rows_of_another_width_are_set_aside_and_keep_the_places_of_the_others(con, tmp_path):
    laid = lay(con, tmp_path, "a,b\n1,2\n3\n4,5\n6,7,8\n", "a")
    assert con.execute(f"SELECT a, pos FROM {laid.relation} ORDER BY pos").fetchall() == [("1", 1), ("4", 3)]
    assert con.execute(f"SELECT source_pos, reason_code FROM ({laid.aside})").fetchall() == [
        (2, "row_malformed"),
        (4, "row_malformed"),
    ]
    assert (laid.rows, laid.malformed) == (2, 2)


def test_many_rows_are_all_laid_down_in_their_order(con, tmp_path):
    laid = lay(con, tmp_path, "a|b\n" + "".join(f"{n}|x\n" for n in range(60_000)), "a")
    assert con.execute(
        f"SELECT count(*), bool_and(CAST(a AS BIGINT) + 1 = pos) FROM {laid.relation}"
    ).fetchone() == (
        60_000,
        True,
    )


def test_parquet_is_laid_down_as_text(con, tmp_path):
    con.execute(
        f"COPY (SELECT 7 AS \"Clm_ID\", DATE '2024-01-02' AS day, 1.5::DECIMAL(9,2) AS paid) TO '{tmp_path}/a.parquet'"
    )
    laid = lay(con, tmp_path, (tmp_path / "a.parquet").read_bytes(), "clm_id", "day", "paid", "none")
    assert con.execute(f"SELECT clm_id, day, paid, none, pos FROM {laid.relation}").fetchall() == [
        ("7", "2024-01-02", "1.50", None, 1)
    ]


def test_a_wanted_name_that_stands_twice_is_refused(con, tmp_path):
    with pytest.raises(InputRefused, match="two columns are called A"):
        lay(con, tmp_path, "a,A,b\n1,2,3\n", "a")
    assert lay(con, tmp_path, "a,A,b\n1,2,3\n", "b").rows == 1


def test_a_text_without_delimiter_and_an_empty_one_have_no_header(con, tmp_path):
    assert heads_of(con, source(tmp_path, "one\ntwo\n")).names == ()
    assert heads_of(con, source(tmp_path, "\n\n")).names == ()


def test_a_record_is_cut_at_an_escaped_pipe_only_where_its_width_says_so():
    lines = iter(
        ["a|b|c\r\n", "a\\|b|c\n", "a\\|b|c|d\n", '"a|b"|c|d\n', "a|b|c||\n", "\n", "a|b\n", '"a|b|c|d\n']
    )
    assert list(cut(lines, "|", 3)) == [
        ["a", "b", "c"],
        ["a\\", "b", "c"],
        ["a|b", "c", "d"],
        ["a|b", "c", "d"],
        ["a", "b", "c"],
        "the row has 2 values, the header 3",
        "the row has 4 values, the header 3",
    ]


def test_a_sum_is_nothing_where_nothing_is_given_or_something_is_no_number(con):
    rows = con.execute(
        f"SELECT {sum_of('a', 'b')} FROM (VALUES ('1.10', '2'), (NULL, '2'), (NULL, NULL), ('x', '2')) AS t(a, b)"
    ).fetchall()
    assert rows == [("3.10",), ("2.00",), (None,), (None,)]


def test_states_are_two_letters_by_either_table(con):
    texts = "(VALUES ('33'), ('5'), ('ny'), ('99'), ('123'), (NULL)) AS t(x)"
    assert con.execute(f"SELECT {from_ssa('x')}, {from_fips('x')} FROM {texts}").fetchall() == [
        ("NY", "NH"),
        ("CA", "AR"),
        ("ny", "ny"),
        (None, None),
        (None, None),
        (None, None),
    ]


def test_the_version_of_a_diagnosis_goes_by_the_day(con):
    days = "(VALUES ('30-SEP-2015'), ('2015-10-01'), ('no day'), (NULL)) AS t(d)"
    assert con.execute(f"SELECT {by_date('d')} FROM {days}").fetchall() == [("9",), ("10",), ("10",), ("10",)]


def test_a_list_has_each_value_once_in_order(con):
    values = "(VALUES ('x', NULL, 'x'), (NULL, NULL, NULL), ('y', 'x', 'z')) AS t(a, b, c)"
    assert con.execute(f"SELECT {listed('a', 'b', 'c')} FROM {values}").fetchall() == [
        ("x",),
        (None,),
        ("y,x,z",),
    ]


def test_columns_are_told_from_functions_and_texts():
    texts = ["coalesce(clm_id, 'no_such')", "list_position(_dx, line_dx) + TRY_CAST(paid_amt AS INTEGER)"]
    assert columns_in(texts) == {"clm_id", "line_dx", "paid_amt"}


def test_a_field_counts_as_given_by_the_columns_that_it_names(con, tmp_path):
    laid = lay(con, tmp_path, "x_a,x_b\n1,\n2,\n", "x_a", "x_b", "x_c")
    lines = Lines(
        body=laid.relation,
        fields={
            "claim_id": "x_a",
            "code": "x_b",
            "units": "x_c",
            "charge": "coalesce(x_c, x_b)",
            "claim_type": "'dme'",
        },
        known=laid.known,
        present=laid.present,
        aside="CASE WHEN x_a = '2' THEN 'why' END",
        reasons={"why": "because"},
        order="pos DESC",
    )
    staged = stage_lines(con, laid, lines, "layout", tmp_path / "work", modifier_columns=1)
    assert staged.fields == {"claim_id", "code", "charge", "claim_type"}
    assert con.execute(
        f"SELECT source_pos, claim_id, code, claim_type FROM ({staged.select})"
    ).fetchall() == [(1, "1", None, "dme")]
    assert con.execute(f"SELECT * FROM ({staged.malformed_select})").fetchall() == [
        (2, "why", "because", "2", None, None, None)
    ]
    assert (staged.malformed, staged.source_rows) == (1, 2)
