"""The files of a pack: found without following anything out of it, bounded, and hashed whatever their order."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from auditor.base.errors import InputRefused
from auditor.rules import pack_files
from auditor.rules.pack_files import PackFolder, contents, find_packs, is_part, pack_hash, portable
from auditor.rules.packs import load_packs
from tests.rules.pack_making import make_pack, manifest_text, rule_text


def only(folder: Path) -> PackFolder:
    (pack,) = find_packs(folder)
    return pack


def refusal(folder: Path) -> str:
    fault = only(folder).fault
    assert fault is not None and fault.mend and fault.where and str(fault).isprintable()
    return str(fault)


def test_a_pack_is_its_yaml_csv_md_and_licence(tmp_path: Path) -> None:
    folder = make_pack(tmp_path / "acme", one=rule_text("A-1"))
    (folder / "tables").mkdir()
    for name in (
        "README.md",
        "LICENSE",
        "claims.csv",
        "tables/codes.csv",
        "tables/codes.yaml",
        "tool.py",
        "x.json",
        ".hidden.yaml",
    ):
        (folder / name).write_text("id: x\n", encoding="utf-8")
    pack = only(folder)
    assert pack.files == (
        "LICENSE",
        "README.md",
        "one.yaml",
        "pack.yaml",
        "tables/codes.csv",
        "tables/codes.yaml",
    )
    assert pack.others == ("claims.csv", "tool.py", "x.json") and pack.rule_files == ("one.yaml",)
    assert pack.named and pack.fault is None


def test_a_folder_with_a_pack_yaml_is_a_pack_of_its_own(tmp_path: Path) -> None:
    make_pack(tmp_path, "base", one=rule_text("A-1"))
    make_pack(tmp_path / "payers" / "acme", "acme", two=rule_text("B-1"))
    make_pack(tmp_path / "payers" / "acme" / "deeper", "deeper", three=rule_text("C-1"))
    found = find_packs(tmp_path)
    assert [pack.root.name for pack in found] == [tmp_path.name, "acme", "deeper"]
    assert [pack.rule_files for pack in found] == [("one.yaml",), ("two.yaml",), ("three.yaml",)]


def test_a_folder_of_packs_is_no_pack_itself(tmp_path: Path) -> None:
    make_pack(tmp_path / "a", "a")
    make_pack(tmp_path / "b", "b")
    (tmp_path / "README.md").write_text("two packs\n", encoding="utf-8")
    assert [pack.root.name for pack in find_packs(tmp_path)] == ["a", "b"]


# ---- what may not lie in a pack ------------------------------------------------------------------------


def test_a_link_out_of_the_pack_is_refused_and_not_read(tmp_path: Path) -> None:
    folder = make_pack(tmp_path / "acme")
    (tmp_path / "secret").write_text("id: secret\n", encoding="utf-8")
    (folder / "stolen.yaml").symlink_to(tmp_path / "secret")
    assert "stolen.yaml" in refusal(folder) and "link" in refusal(folder)
    assert only(folder).files == ("pack.yaml",)


def test_a_link_to_a_system_file_tells_nothing_of_it(tmp_path: Path) -> None:
    folder = make_pack(tmp_path / "acme", one=rule_text("A-1"))
    (folder / "accounts.yaml").symlink_to("/etc/passwd")
    with pytest.raises(InputRefused) as caught:
        load_packs([folder])
    assert "accounts.yaml" in str(caught.value) and "root:" not in str(caught.value)


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    folder = make_pack(tmp_path / "acme")
    (folder / "again").symlink_to(folder, target_is_directory=True)
    (folder / "x.yaml").symlink_to(folder / "x.yaml")
    assert "again" in refusal(folder)


def test_a_pipe_in_a_pack_is_not_waited_for(tmp_path: Path) -> None:
    folder = make_pack(tmp_path / "acme")
    os.mkfifo(folder / "pipe.yaml")
    assert "no plain file" in refusal(folder)


@pytest.mark.parametrize("name", ["bad\nname.yaml", "bad\x1b[31m.yaml", "bad\u202e.yaml"])
def test_a_name_that_cannot_be_printed_is_refused_and_shown_safely(tmp_path: Path, name: str) -> None:
    folder = make_pack(tmp_path / "acme")
    try:
        (folder / name).write_text("id: x\n", encoding="utf-8")
    except (OSError, ValueError):
        pytest.skip("this system has no such names")
    assert "cannot be printed" in refusal(folder)


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    folder = make_pack(tmp_path / "acme")
    try:
        Path(os.fsdecode(os.fsencode(folder) + b"/bad\xff.yaml")).write_text("id: x\n", encoding="utf-8")
    except (OSError, ValueError):
        pytest.skip("this system has no such names")
    assert "cannot be printed" in refusal(folder)


@pytest.mark.parametrize("name", ["rule.yml", "rule.YAML", "rule.Yml"])
def test_a_rule_file_that_nobody_would_read_is_refused(tmp_path: Path, name: str) -> None:
    folder = make_pack(tmp_path / "acme")
    (folder / name).write_text("id: x\n", encoding="utf-8")
    assert "rename it" in refusal(folder)


def test_two_names_that_some_systems_take_for_one_are_refused(tmp_path: Path) -> None:
    folder = make_pack(tmp_path / "acme", one=rule_text("A-1"))
    (folder / "ONE.yaml").write_text(rule_text("A-2"), encoding="utf-8")
    if len(list(folder.iterdir())) < 3:
        pytest.skip("this system takes them for one itself")
    assert "one.yaml" in refusal(folder) and "ONE.yaml" in refusal(folder)


class Endless:
    """A folder in which names never end."""

    given = 0

    def __enter__(self) -> Endless:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __iter__(self) -> Iterator[Any]:
        while True:
            self.given += 1
            yield SimpleNamespace(
                name=f"f{self.given}.yaml",
                is_symlink=lambda: False,
                is_dir=lambda follow_symlinks: False,
                is_file=lambda follow_symlinks: True,
            )


def test_a_folder_of_100_000_files_is_refused_before_they_are_all_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = Endless()
    monkeypatch.setattr(os, "scandir", lambda folder: endless)
    began = time.process_time()
    (pack,) = find_packs(tmp_path)
    assert time.process_time() - began < 1
    assert pack.fault is not None and "more than 20,000 entries" in str(pack.fault)
    assert endless.given == pack_files.MAX_ENTRIES + 1 and len(pack.files) == pack_files.MAX_FILES


def test_too_many_packs_too_many_files_and_too_deep_folders_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pack_files, "MAX_PACKS", 3)
    monkeypatch.setattr(pack_files, "MAX_FILES", 3)
    monkeypatch.setattr(pack_files, "MAX_FOLDERS_DEEP", 3)
    for number in range(4):
        make_pack(tmp_path / "packs" / f"p{number}", f"p{number}")
    found = find_packs(tmp_path / "packs")
    assert any(pack.fault is not None and "more than 3 packs" in str(pack.fault) for pack in found)
    many = make_pack(tmp_path / "many", a="", b="", c="", d="")
    assert "more than 3 files" in refusal(many)
    deep = make_pack(tmp_path / "deep")
    (deep / "1" / "2" / "3" / "4" / "5").mkdir(parents=True)
    assert "too deep" in refusal(deep)


def test_a_pack_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_pack(tmp_path / "acme", one="#" * 900)
    monkeypatch.setattr(pack_files, "MAX_PACK_BYTES", 900)
    with pytest.raises(InputRefused, match="larger than 900 bytes"):
        list(contents(only(folder)))


# ---- names and hash ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["PAY-1_x.yaml", "tables/codes.csv", "LICENSE", "a/b/README.md"])
def test_names_that_every_system_can_have_may_be_packed(name: str) -> None:
    assert portable(name) and is_part(name)


@pytest.mark.parametrize(
    "name",
    [
        "../x.yaml", "/x.yaml", "a/../x.yaml", "a//x.yaml", "./x.yaml", "C:/x.yaml", "a\\x.yaml", "x.py",
        "x.yaml.py", "x.csv", "deep/tables/x.csv", "x.yml", "con.yaml", "nul.csv", "COM1.yaml", "a./x.yaml",
        "x .yaml", "-x.yaml", ".x.yaml", "LICENSE.py", "x", "a/" * 12 + "x.yaml", "x" * 200 + ".yaml", "",
        "é.yaml", "x\x00.yaml", "x\n.yaml", "LICENSE/x", "a:b.yaml",
    ],
)  # fmt: skip
def test_other_names_may_not(name: str) -> None:
    assert not portable(name)


def test_the_hash_does_not_hang_on_the_order_and_on_nothing_else() -> None:
    one = {"a.yaml": "1" * 64, "b.yaml": "2" * 64}
    assert pack_hash(one) == pack_hash(dict(reversed(one.items())))
    others = [
        {"a.yaml": "1" * 64},
        {"a.yaml": "2" * 64, "b.yaml": "1" * 64},
        {"a.yaml": "1" * 64, "c.yaml": "2" * 64},
        {"a.yaml": "1" * 64, "b.yaml": "3" * 64},
    ]
    assert len({pack_hash(item) for item in [one, *others]}) == 5


def test_every_part_of_a_pack_bears_on_its_hash(tmp_path: Path) -> None:
    folder = make_pack(tmp_path / "acme", one=rule_text("A-1"))
    hashes = [load_packs([folder]).packs[0].hash]
    for name, content in (("README.md", "x"), ("one.yaml", rule_text("A-1") + "# x\n"), ("README.md", "y")):
        (folder / name).write_text(content, encoding="utf-8")
        hashes.append(load_packs([folder]).packs[0].hash)
    (folder / "pack.yaml").write_text(manifest_text("acme", "1.0.1"), encoding="utf-8")
    hashes.append(load_packs([folder]).packs[0].hash)
    assert len(set(hashes)) == len(hashes)
    (folder / "notes.txt").write_text("no part of it", encoding="utf-8")
    assert load_packs([folder]).packs[0].hash == hashes[-1]
