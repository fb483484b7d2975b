"""Passes over the bytes of a file: against what the whole content says at once."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.claims.sources import scan

CONTENT = st.lists(
    st.sampled_from([b"a", b'"', b"\n", b"\r\n", "é".encode(), b"\xff", b"\xc3"]), max_size=12
).map(b"".join)


@given(content=CONTENT, block=st.integers(1, 5), marked=st.booleans())
def test_it_sees_in_blocks_what_the_whole_is(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, block: int, marked: bool
) -> None:
    content = b"\xef\xbb\xbf" + content if marked else content
    path = tmp_path_factory.mktemp("scan") / "a"
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan, "BLOCK", max(block, 3) if marked else block)  # a mark stands in the first block
        seen, counted = scan.look(path), scan.count(path, lines=True)
    assert seen.quotes == (b'"' in content)
    assert seen.ascii == content.removeprefix(b"\xef\xbb\xbf").isascii()
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        assert not seen.utf8
    else:
        assert seen.utf8
    assert counted.sha256 == hashlib.sha256(content).hexdigest()
    ends = content.count(b"\n")
    assert counted.lines == ends + (content != b"" and not content.endswith(b"\n"))


def test_lines_are_counted_only_where_asked(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"a\nb\n")
    assert scan.counting(path, lines=False).result(10).lines is None
    assert scan.counting(path, lines=True).result(10).lines == 2


def test_what_goes_wrong_beside_is_told_to_who_asks(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        scan.counting(tmp_path / "gone", lines=True).result(10)


def test_the_first_file_is_counted_ahead_when_it_looks_like_text(tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_bytes(b"a\nb\n")
    ahead = scan.count_ahead([path, tmp_path / "other.csv"])
    assert ahead is not None
    assert (ahead.path, ahead.counted.result(10)) == (path, scan.count(path, lines=True))
    packed = tmp_path / "claims.csv.gz"
    packed.write_bytes(b"x")
    for none in ([], [packed], [tmp_path / "gone.csv"], [tmp_path], [tmp_path / f"{'x' * 300}.csv"]):
        assert scan.count_ahead(none) is None
