"""Columns of numbers come back as they went in, in the narrowest form."""

from __future__ import annotations

import base64
import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.reports.packing import column, identities, pack
from auditor.reports.payload import pointer_letters
from tests.reports.conftest import _column


def content(text: str) -> bytes:
    return gzip.decompress(base64.b64decode(text))


@given(st.lists(st.one_of(st.none(), st.integers(-(2**52), 2**52)), max_size=30))
def test_numbers_come_back(values: list[int | None]) -> None:
    kind, text = column(values)
    assert _column(content(text), kind) == values


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([0, 255], "u1"),
        ([256], "u2"),
        ([65536], "i4"),
        ([-1], "i4"),
        ([None], "i4"),
        ([2**31], "f8"),
        ([-(2**31)], "f8"),
    ],
)
def test_the_form_is_the_narrowest(values: list[int | None], kind: str) -> None:
    assert column(values)[0] == kind


def test_ids_are_eight_bytes_or_stay_text() -> None:
    kind, text = identities(["00ff00ff00ff00ff", "0123456789abcdef"])
    assert kind == "x8" and content(text).hex() == "00ff00ff00ff00ff0123456789abcdef"
    for odd in (
        ["00FF00FF00FF00FF"],
        ["0123456789abcde"],
        ["not hex at all!!"],
        ["0123456789abcdef" * 2],
        ["00 00 00 00 00 1"],
    ):
        kind, text = identities(odd)
        assert kind == "json" and json.loads(content(text)) == odd


def test_half_a_character_does_not_stop_a_page() -> None:
    assert json.loads(content(pack(["a\ud800b", "é"]))) == ["a?b", "é"]


def test_pointers_are_the_letters_of_the_form() -> None:
    assert pointer_letters((1, 3, 12)) == "ACL"
    assert pointer_letters((1, 13)) == "1 13"
    assert pointer_letters(()) == ""
