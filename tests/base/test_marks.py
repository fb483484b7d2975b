"""Marks: what stands in one is what was put in, whatever it is, and nothing else looks like one."""

from __future__ import annotations

import re

import duckdb
import pytest

from auditor.base import marks
from auditor.claims.columns import LINE_COLUMNS

VALUES = [
    "C1",
    "",
    "2",
    "a b'c",
    "=1+1",
    "claim:41" + marks.CLOSE,
    marks.OPEN + "claim:41" + marks.CLOSE,
    "Ü✓",
]


@pytest.mark.parametrize("value", VALUES)
def test_sql_and_python_make_the_same_mark_and_it_gives_the_value_back(value: str) -> None:
    with duckdb.connect(":memory:") as con:
        (made,) = (
            con.execute(f"SELECT {marks.marked('claim', 'v')} FROM (SELECT ? AS v)", [value]).fetchone() or ()
        )
    assert made == marks.mark("claim", value)
    found = marks.MARK.fullmatch(made)
    assert found is not None and found[1] == "claim"
    assert bytes.fromhex(found[2]).decode() == value


def test_nothing_stays_nothing() -> None:
    with duckdb.connect(":memory:") as con:
        assert con.execute(f"SELECT {marks.marked('claim', 'NULL')}").fetchone() == (None,)


def test_a_text_of_a_claim_cannot_forge_a_mark_in_a_sentence() -> None:
    forged = marks.mark("word", "PLAIN")
    sentence = f"claim {marks.mark('claim', forged)}, line 2"
    assert [found[1] for found in marks.MARK.finditer(sentence)] == ["claim"]


def test_every_text_column_that_names_somebody_has_a_kind() -> None:
    named = {name for name, kind in marks.KINDS.items() if kind != marks.MODIFIER}
    wanted = {
        column.name
        for column in LINE_COLUMNS
        if column.sql_type == "VARCHAR"
        and (
            column.name.endswith(("_npi", "_id", "_icn", "_ref", "_tin", "_auth", "_no"))
            or column.name == "clia"
        )
    } - {"payer_id", "plan_id", "other_payer_id"}
    assert wanted <= named


def test_a_text_of_no_kind_is_a_word_and_closed_lists_are_plain() -> None:
    assert marks.kind_of("sex") == marks.WORD
    assert marks.kind_of("setting") is None
    assert marks.kind_of("payer_icn") == marks.CLAIM


@pytest.mark.parametrize(
    "code",
    ["", "11", "131", "MD", "F", "0450", "99213", "G0463", "0001U", "D0120", "1AFK1", "E11621A", "I10", "0DTJ4ZZ",
     "00409128331", "207Q00000X", "80:5", "11:20240105", "470", "06102"],
)  # fmt: skip
def test_codes_have_the_form_of_codes(code: str) -> None:
    assert re.fullmatch(marks.CODE_FORM, code)


@pytest.mark.parametrize(
    "text",
    [
        "JOHN",
        "SMITH",
        "JOHNSON",
        "Mary Ann",
        "123456789",
        "123-45-6789",
        "1950-01-31",
        "1EG4TE5MK73",
        "C1000234",
    ],
)
def test_names_and_numbers_of_persons_have_not(text: str) -> None:
    assert not re.fullmatch(marks.CODE_FORM, text)


def test_a_modifier_has_two_characters_at_most() -> None:
    assert re.fullmatch(marks.MODIFIER_FORM, "25")
    assert not re.fullmatch(marks.MODIFIER_FORM, "Ann")
    assert marks.kind_of("modifiers") == marks.MODIFIER
