from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.base.errors import InputRefused
from auditor.reference import text
from auditor.reference.text import clean_lines, write_data_lines


def lines_of(tmp_path: Path, content: bytes) -> list[str]:
    path = tmp_path / "file"
    path.write_bytes(content)
    return list(clean_lines(path))


@pytest.mark.parametrize(
    "content",
    [
        "Ménière\r\ntwo\r\n".encode("latin-1"),
        "Ménière\ntwo\n".encode(),
        b"\xef\xbb\xbf" + "Ménière\r\ntwo".encode(),
        "Ménière\rtwo\r".encode("latin-1"),
        "Ménière\r\ntwo\r\n".encode("utf-16"),
    ],
    ids=["latin-1", "utf-8", "utf-8 with mark", "carriage returns", "utf-16"],
)
def test_encodings_and_line_ends_come_out_the_same(tmp_path, content):
    assert lines_of(tmp_path, content) == ["Ménière", "two"]


def test_a_file_that_mixes_encodings_is_read_line_by_line(tmp_path):
    assert lines_of(tmp_path, "é\n".encode() + "è\n".encode("latin-1")) == ["é", "è"]


def test_control_characters_become_blanks_and_tabs_stay(tmp_path):
    assert lines_of(tmp_path, b"a\x1fb\tc\x0cd\n") == ["a b\tc d"]


def test_blocks_are_cut_at_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "_BLOCK", 5)
    assert lines_of(tmp_path, b"abc\r\ndefghi\r\n\r\nj\r") == ["abc", "defghi", "", "j"]


@given(
    st.lists(st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=8), min_size=1),
    st.integers(1, 9),
)
def test_any_lines_survive_any_block_size(tmp_path_factory, lines, block):
    path = tmp_path_factory.mktemp("t") / "file"
    path.write_bytes("".join(line + "\r\n" for line in lines).encode("utf-8"))
    before, text._BLOCK = text._BLOCK, block
    try:
        assert list(clean_lines(path)) == lines
    finally:
        text._BLOCK = before


def test_an_endless_line_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "_LONGEST_LINE", 100)
    with pytest.raises(InputRefused, match="endless"):
        lines_of(tmp_path, b"x" * 200)


def test_header_and_blank_lines_are_counted_apart(tmp_path):
    target = tmp_path / "out"
    blocks = [b"title\n\n", b"head\nD1\n\nD2\n", b"\nD3\n"]
    facts = write_data_lines(blocks, target, lambda line: line.startswith(b"D"), lambda count: None)
    assert (facts.header_lines, facts.lines) == (3, 3)
    assert target.read_bytes() == b"D1\n\nD2\n\nD3\n"
