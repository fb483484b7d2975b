"""Cutting a file into segments: numbers, offsets, blocks, line ends, interchanges, the end of the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auditor.claims.readers.x12 import segments as module
from auditor.claims.readers.x12.segments import Segments, open_segments
from tests.claims.readers.x12.files import claim, text, whole

SEGMENTS = whole(claim())


def cut(
    folder: Path, content: str | bytes, block: int = 1 << 20
) -> tuple[list[tuple[int, int, list[str]]], Segments]:
    path = folder / "made.837"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    opened = open_segments(path, block)
    return list(opened), opened


def names(opened: Segments) -> list[str]:
    return [oddity.name for oddity in opened.oddities]


@pytest.mark.parametrize("terminator", ["~", "~\n", "~\r\n", "\n", "\r\n", "\r", "'", "~ \n", "~\n\n"])
def test_each_segment_has_its_number_and_the_byte_at_which_it_begins(tmp_path: Path, terminator: str):
    content = text(SEGMENTS, terminator=terminator)
    found, opened = cut(tmp_path, content)
    assert [elements for _, _, elements in found] == [segment.split("*") for segment in SEGMENTS]
    assert [number for number, _, _ in found] == list(range(1, len(SEGMENTS) + 1))
    raw = content.encode()
    for _, offset, elements in found:
        assert raw[offset:].startswith("*".join(elements).encode())
    assert names(opened) == []


def test_offsets_count_bytes_where_letters_take_several(tmp_path: Path):
    content = text(whole("NM1*QC*1*MÜLLER*ÉVA", claim())).replace("SQUARE", "ŠQUARE")
    found, _ = cut(tmp_path, content)
    raw = content.encode()
    assert all(raw[offset:].startswith(elements[0].encode() + b"*") for _, offset, elements in found)


@pytest.mark.parametrize("block", [1, 7, 600, 5000])
def test_the_size_of_a_block_changes_nothing(tmp_path: Path, block: int):
    content = text(SEGMENTS) + text(SEGMENTS, "|", ">", "'", "!") + text(SEGMENTS, terminator="\r\n")
    expected, _ = cut(tmp_path, content)
    assert cut(tmp_path, content, block)[0] == expected
    assert len(expected) == 3 * len(SEGMENTS)


def test_interchanges_may_have_separators_of_their_own(tmp_path: Path):
    content = text(SEGMENTS) + text(SEGMENTS, "|", ">", "'", "!") + text(SEGMENTS, "~", "^", "_", "!")
    found, opened = cut(tmp_path, content)
    plain = [segment.split("*") for segment in SEGMENTS[1:]]
    count = len(SEGMENTS)
    assert [elements for _, _, elements in found][1:count] == plain
    assert [[part.replace(">", ":") for part in elements] for _, _, elements in found][
        count + 1 : 2 * count
    ] == plain
    assert [[part.replace("^", ":") for part in elements] for _, _, elements in found][
        2 * count + 1 :
    ] == plain
    assert opened.delimiters is not None and opened.delimiters.element == "~"
    assert names(opened) == []


def test_what_stands_before_the_isa_is_left_out_and_said(tmp_path: Path):
    for before, name in (
        ("\ufeff", "byte_order_mark"),
        ("  \r\n\t", None),
        ("Dear all, here it is.\n", "text_before_isa"),
    ):
        found, opened = cut(tmp_path, before + text(SEGMENTS))
        assert len(found) == len(SEGMENTS)
        assert found[0][1] == len(before.encode())
        assert names(opened) == ([name] if name else [])


def test_segments_before_any_isa_are_cut_by_what_they_show(tmp_path: Path):
    found, opened = cut(tmp_path, text(SEGMENTS[1:-1]))
    assert [elements[0] for _, _, elements in found] == [segment.split("*")[0] for segment in SEGMENTS[1:-1]]
    assert names(opened) == ["no_isa"]
    found, opened = cut(tmp_path, text(SEGMENTS[1:-1]) + text(SEGMENTS, "|"))
    assert len(found) == 2 * len(SEGMENTS) - 2
    assert names(opened) == ["no_isa"]


def test_names_in_small_letters_are_given_in_capitals(tmp_path: Path):
    found, _ = cut(tmp_path, text(SEGMENTS).lower())
    assert [elements[0] for _, _, elements in found] == [segment.split("*")[0] for segment in SEGMENTS]


def test_a_file_that_ends_inside_a_segment_says_so(tmp_path: Path):
    for terminator in ("~", "~\r\n", "\n"):
        content = text(SEGMENTS[:-6], terminator=terminator) + "SV1*HC:992"
        found, opened = cut(tmp_path, content)
        assert found[-1][2] == ["SV1", "HC:992"]
        assert names(opened) == ["segment_cut"]
        assert opened.oddities[0].number == found[-1][0]
        assert opened.oddities[0].offset == found[-1][1]


def test_a_last_terminator_that_is_missing_is_nothing(tmp_path: Path):
    for ends in ("", "\n", "\x1a", " \r\n"):
        found, opened = cut(tmp_path, text(SEGMENTS, terminator="~").removesuffix("~") + ends)
        assert len(found) == len(SEGMENTS)
        assert names(opened) == []


def test_an_interchange_that_is_cut_off_before_another_says_so(tmp_path: Path):
    content = text(SEGMENTS[:-6]) + "SV1*HC:992" + text(SEGMENTS)
    found, opened = cut(tmp_path, content)
    assert len(found) == 2 * len(SEGMENTS) - 5
    assert names(opened) == ["segment_cut"]


def test_a_text_broken_into_lines_of_one_length_is_joined(tmp_path: Path):
    content = text(SEGMENTS * 2, terminator="~")
    for width in (80, 100):
        for ends in ("\n", "\r\n"):
            lines = ends.join(content[place : place + width] for place in range(0, len(content), width))
            found, opened = cut(tmp_path, lines)
            assert [elements for _, _, elements in found] == [segment.split("*") for segment in SEGMENTS * 2]
            assert names(opened) == ["line_breaks_inside"]


def test_a_terminator_that_is_missing_at_the_end_of_a_line_is_put_there(tmp_path: Path):
    content = text(SEGMENTS).replace("LX*1~\n", "LX*1\n")
    found, opened = cut(tmp_path, content)
    assert [elements for _, _, elements in found] == [segment.split("*") for segment in SEGMENTS]
    assert names(opened) == ["terminator_missing"]
    raw = content.encode()
    assert all(raw[offset:].startswith("*".join(elements).encode()) for _, offset, elements in found)


def test_separators_that_change_without_an_isa_are_guessed_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "LONGEST_SEGMENT", 1000)
    content = text(SEGMENTS[:4]) + text(SEGMENTS[4:] * 40, terminator="'")
    found, opened = cut(tmp_path, content, 700)
    assert "separators_change" in names(opened)
    assert len(found) > len(SEGMENTS)


def test_a_text_without_an_end_of_a_segment_is_read_in_bounded_memory_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "LONGEST_SEGMENT", 1000)
    content = text(SEGMENTS[:4]) + "x" * 200_000
    found, opened = cut(tmp_path, content, 1000)
    assert "segment_too_long" in names(opened)
    assert max(len(elements[0]) for _, _, elements in found) < 100_000


def test_a_file_of_nothing_but_blanks_has_no_segment(tmp_path: Path):
    assert cut(tmp_path, " \r\n\n")[0] == []


@example(content=":GS|", before=False, block=1)
@given(
    content=st.text(alphabet="ISAGT*~:\n\r |'NM1CLX\ufeffé^", max_size=400),
    before=st.booleans(),
    block=st.integers(1, 500),
)
def test_any_text_is_cut_without_a_failure_and_each_segment_has_a_place(
    tmp_path_factory: pytest.TempPathFactory, content: str, before: bool, block: int
):
    made = (text(SEGMENTS) if before else "") + content
    folder = tmp_path_factory.getbasetemp()
    whole_file, _ = cut(folder, made)
    in_blocks, _ = cut(folder, made, block)
    raw = made.encode()
    for found in (whole_file, in_blocks):
        assert [number for number, _, _ in found] == list(range(1, len(found) + 1))
        offsets = [offset for _, offset, _ in found]
        assert offsets == sorted(set(offsets))
        assert all(offset < len(raw) for offset in offsets)
