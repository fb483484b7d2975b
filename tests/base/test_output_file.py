"""One file written beside its place: what fails leaves what was, and an audit's own files are not written over."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.base.errors import UsageError
from auditor.base.output_file import output_file


def test_it_is_written_beside_and_renamed(tmp_path: Path) -> None:
    target = tmp_path / "new" / "letter.html"
    with output_file(target) as path:
        assert path.parent == target.parent
        assert path.suffix == ".html"
        path.write_text("whole", encoding="utf-8")
        assert not target.exists()
    assert target.read_text(encoding="utf-8") == "whole"
    assert list(target.parent.iterdir()) == [target]


def test_what_fails_leaves_what_was(tmp_path: Path) -> None:
    target = tmp_path / "letter.html"
    target.write_text("before", encoding="utf-8")

    def fail() -> None:
        with output_file(target) as path:
            path.write_text("half", encoding="utf-8")
            raise ValueError

    with pytest.raises(ValueError):
        fail()
    assert target.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_of_an_audit_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "run.json").touch()
    for name in ("run.json", "audit.html", "findings.parquet"):
        with pytest.raises(UsageError, match="result of an audit"), output_file(tmp_path / name):
            pass
    with output_file(tmp_path / "letter.html") as path:
        path.touch()
    with pytest.raises(UsageError, match="folder"), output_file(tmp_path):
        pass
