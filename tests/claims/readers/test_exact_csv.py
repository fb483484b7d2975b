import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.claims.readers.exact_csv import records, rewrite
from auditor.claims.sources.sniff import Dialect


def parse(text: str, width: int = 3):
    return list(records(iter(io.StringIO(text, newline="")), ",", width))


def test_sound_rows_of_every_line_end_and_quote():
    assert parse('1,2,3\r\n4,"5 ""x""","6,\n7"\n\n8,9,\r10,11,12') == [
        ["1", "2", "3"],
        ["4", '5 "x"', "6,\n7"],
        ["8", "9", ""],
        ["10", "11", "12"],
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,2", "the row has 2 values, the header 3"),
        ("1,2,3,4", "the row has 4 values, the header 3"),
        ('1,"2"x,3', "a quoted value goes on after its closing quote"),
        ('1,"2,3', "a quoted value is not closed"),
        ('1,"2,3,4,5', "a quoted value is not closed"),
    ],
)
def test_a_bad_row_costs_itself_and_no_other(row, reason):
    assert parse(f"a,b,c\n{row}\nd,e,f\ng,h,i\n") == [
        ["a", "b", "c"],
        reason,
        ["d", "e", "f"],
        ["g", "h", "i"],
    ]


def test_blank_surplus_values_are_no_fault():
    assert parse("1,2,3,,\n4,5,6\n") == [["1", "2", "3"], ["4", "5", "6"]]


def test_an_open_quote_does_not_swallow_a_later_quoted_row():
    assert parse('1,"2,3\n4,"5",6\n7,8,9\n') == [
        "a quoted value is not closed",
        ["4", "5", "6"],
        ["7", "8", "9"],
    ]


def test_quotes_within_a_value_are_kept():
    assert parse('1,2" pipe,3\n') == [["1", '2" pipe', "3"]]


def test_the_copy_holds_sound_rows_with_their_numbers(tmp_path):
    source, target, aside = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    source.write_text("\n\na;b\n1;NULL\nx\n\n2;y\n", encoding="utf-8")
    assert rewrite(source, target, aside, Dialect(";", ("a", "b"), 2), ("", "NULL")) == 1
    assert target.read_text() == "c0,c1,source_pos\n1,,1\n2,y,3\n"
    assert aside.read_text() == 'source_pos,reason\n2,"the row has 1 values, the header 2"\n'


@given(st.lists(st.text("ab,\"\n\r '", max_size=12), max_size=12))
def test_every_line_with_text_is_accounted_for(lines):
    text = "\n".join(lines)
    rows = parse(text)
    physical = [line for line in io.StringIO(text, newline="") if line.strip("\r\n")]
    assert len(rows) <= len(physical)
    assert bool(rows) == bool(physical)
    assert all(isinstance(row, str) or len(row) == 3 for row in rows)
