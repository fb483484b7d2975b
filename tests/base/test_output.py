"""The output folder: written beside its place, renamed into it, never on top of what is not its own."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest

from auditor import pipeline
from auditor.base.errors import InputRefused, UsageError
from auditor.base.output import KNOWN_FILES, output_folder


def write(target: Path, text: str = "new") -> None:
    with output_folder(target) as folder:
        for name in ("run.json", "findings.parquet"):
            (folder / name).write_text(text, encoding="utf-8")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_new_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    write(tmp_path / "a" / "b" / "run")
    assert names(tmp_path / "a" / "b") == {"run"}
    assert names(tmp_path / "a" / "b" / "run") == {"run.json", "findings.parquet"}


def test_nothing_stands_there_before_the_end(tmp_path: Path) -> None:
    with output_folder(tmp_path / "run") as folder:
        assert folder.parent == tmp_path and not (tmp_path / "run").exists()
        (folder / "run.json").write_text("x", encoding="utf-8")
    assert names(tmp_path) == {"run"}


def test_an_earlier_result_is_replaced_as_a_whole(tmp_path: Path) -> None:
    write(tmp_path / "run", "old")
    (tmp_path / "run" / "audit.html").write_text("old", encoding="utf-8")
    write(tmp_path / "run")
    assert names(tmp_path / "run") == {"run.json", "findings.parquet"}
    assert (tmp_path / "run" / "run.json").read_text(encoding="utf-8") == "new"
    assert names(tmp_path) == {"run"}


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    write(tmp_path / "run")
    assert (tmp_path / "run" / "run.json").exists()


@pytest.mark.parametrize(
    "held", [["notes.txt"], ["run.json", "notes.txt"], ["audit.xlsx"], [".hidden"], ["sub/run.json"]]
)
def test_a_folder_with_other_files_is_left_alone(tmp_path: Path, held: list[str]) -> None:
    for name in held:
        path = tmp_path / "run" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="holds other files") as caught:
        write(tmp_path / "run")
    assert caught.value.exit_code == 2 and str(tmp_path) not in str(caught.value)
    assert all((tmp_path / "run" / name).read_text(encoding="utf-8") == "mine" for name in held)
    assert names(tmp_path) == {"run"}


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError):
        write(tmp_path / "run")
    assert (tmp_path / "run").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_run_that_dies_leaves_what_was_or_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    def dies(target: Path) -> None:
        with output_folder(target) as folder:
            (folder / "run.json").write_text("half", encoding="utf-8")
            raise error

    with pytest.raises(error):
        dies(tmp_path / "run")
    assert names(tmp_path) == set()
    write(tmp_path / "run", "old")
    with pytest.raises(error):
        dies(tmp_path / "run")
    assert (tmp_path / "run" / "run.json").read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == {"run"}


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(InputRefused, match="cannot be made") as caught:
        write(tmp_path / "file" / "run")
    assert caught.value.exit_code == 3


def test_a_relative_place_is_taken_from_where_the_run_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with output_folder(Path("run")) as folder:
        (folder / "run.json").write_text("x", encoding="utf-8")
        os.chdir(tmp_path / "elsewhere")
    assert (tmp_path / "run" / "run.json").exists()


@pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX's")
def test_the_folder_has_the_permissions_of_the_users_own_files(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "run")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o750


def test_the_files_of_an_audit_are_known() -> None:
    assert {"audit.html", "audit.xlsx", "findings.parquet", "set_aside.parquet", "run.json"} <= KNOWN_FILES
    source = Path(pipeline.__file__).read_text(encoding="utf-8")
    written = set(re.findall(r'folder / "([a-z_]+\.[a-z]+)"', source))
    assert "diagnostics.parquet" in written and written <= KNOWN_FILES  # or an audit could not be repeated
