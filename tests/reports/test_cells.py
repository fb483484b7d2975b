"""Cells of the streamed sheets: any text comes back as the same text."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.reports.cells import Link, RowWriter, clean, escaped, serial

WRITER = RowWriter(["text", "entry"], [1, 2], [3, 4], {})


@given(st.text(max_size=300))
def test_any_text_comes_back_cleaned_and_as_text(text: str) -> None:
    row = ElementTree.fromstring(WRITER.row(1, [text, None]))
    if not text:
        assert len(row) == 1
        return
    assert row[0].get("t") == "inlineStr"
    assert row[0].findtext("is/t") == clean(text)
    assert row[0].get("s") == ("3" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else "1")


@given(st.text(max_size=300))
def test_escaping_leaves_nothing_that_opens_a_tag(text: str) -> None:
    assert "<" not in escaped(text)
    assert clean(clean(text)) == clean(text)


def test_empty_cells_are_left_out_but_entries_kept() -> None:
    assert WRITER.row(7, [None, None]) == '<row r="7"><c r="B7" s="2"/></row>'


def test_numbers_dates_and_links() -> None:
    writer = RowWriter(["money", "date", "link"], [1, 2, 3], [4, 5, 6], {})
    row = writer.row(2, [Decimal("1.50"), date(2024, 7, 1), Link("Evidence", 9, "2 lines")])
    assert '<c r="A2" s="1"><v>1.50</v></c>' in row
    assert '<c r="B2" s="2"><v>45474</v></c>' in row
    assert '<f>HYPERLINK("#\'Evidence\'!A9","2 lines")</f><v>2 lines</v>' in row


def test_days_that_programs_disagree_on_are_text() -> None:
    assert serial(date(1900, 2, 28)) is None
    assert serial(date(1900, 3, 1)) == 61
    writer = RowWriter(["date"], [1], [2], {})
    assert "<t>1850-01-01</t>" in writer.row(2, [date(1850, 1, 1)])


def test_a_row_is_as_high_as_its_longest_wrapped_text() -> None:
    writer = RowWriter(["wrap", "wrap"], [1, 1], [2, 2], {0: 10, 1: 10})
    assert writer.row(2, ["x" * 31, "a\nb"]).startswith('<row r="2" ht="54" customHeight="1">')
    assert 'ht="409"' in writer.row(2, ["x" * 5000, "short"])
    assert 'ht="15"' in writer.row(2, ["", ""])


def test_a_float_is_refused() -> None:
    with pytest.raises(TypeError):
        WRITER.row(1, [1.5, None])
