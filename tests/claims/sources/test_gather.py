"""What the user names, and the files that are meant by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.claims.sources.gather import gather


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.csv", "a.csv", "sub/c.csv", ".hidden.csv", ".git/d.csv"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "in"


def names(found):
    return [(one.path.name, one.chosen) for one in found]


def test_a_file_is_itself_also_when_it_is_not_there(tmp_path):
    assert names(gather([tmp_path / "none.csv"], tmp_path)) == [("none.csv", True)]


def test_a_folder_is_all_in_it_by_name_but_for_hidden_files(folder, tmp_path):
    assert names(gather([folder], tmp_path)) == [("a.csv", False), ("b.csv", False), ("c.csv", False)]


def test_a_pattern_is_what_it_matches(folder, tmp_path):
    assert names(gather([f"{folder}/*.csv"], tmp_path)) == [("a.csv", False), ("b.csv", False)]
    assert names(gather([f"{folder}/**/c.csv"], tmp_path)) == [("c.csv", True)]


def test_a_file_whose_name_looks_like_a_pattern_is_itself(tmp_path):
    (tmp_path / "claims[1].csv").write_text("x")
    assert names(gather([tmp_path / "claims[1].csv"], tmp_path)) == [("claims[1].csv", True)]


@pytest.mark.parametrize("what", ["empty", "in/*.parquet"])
def test_a_folder_or_pattern_without_a_file_is_refused(folder, tmp_path, what):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputRefused, match="no file"):
        gather([tmp_path / what], tmp_path)


def test_what_windows_and_office_leave_beside_files_is_left_out(tmp_path):
    folder = tmp_path / "feed"
    folder.mkdir()
    for name in ("claims.xlsx", "~$claims.xlsx", "Thumbs.db", "desktop.ini"):
        (folder / name).write_bytes(b"\xd0\xcf\x11\xe0")
    assert names(gather([folder], tmp_path)) == [("claims.xlsx", True)]
    assert names(gather([f"{folder}/*.xlsx"], tmp_path)) == [("claims.xlsx", True)]


def test_a_link_back_to_a_folder_above_is_not_followed(folder, tmp_path):
    (folder / "sub" / "back").symlink_to(folder, target_is_directory=True)
    (folder / "sub" / "again").symlink_to(folder / "sub", target_is_directory=True)
    assert names(gather([folder], tmp_path)) == [("a.csv", False), ("b.csv", False), ("c.csv", False)]
