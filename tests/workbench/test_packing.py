"""Building a signed pack: the same folder and key give the same bytes, and what could not be used is not built."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from auditor.base.errors import AuditorError, InputRefused, UsageError
from auditor.rules.pack_archive import read_archive
from auditor.rules.pack_signing import (
    fingerprint,
    holds,
    read_public_key,
    read_signing_key,
    trusted_fingerprint,
)
from auditor.workbench.packing import build_pack, write_keys
from tests.rules.pack_making import make_pack, rule_text


@pytest.fixture
def key(tmp_path: Path) -> Path:
    write_keys(tmp_path / "keys" / "key")
    return tmp_path / "keys" / "key"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_pack(tmp_path / "acme", one=rule_text("A-1"), two=rule_text("A-2"))


def test_the_same_folder_and_key_give_the_same_bytes(tmp_path: Path, folder: Path, key: Path) -> None:
    build_pack(folder, tmp_path / "a.audpack", key)
    shutil.copytree(folder, tmp_path / "elsewhere" / "other")
    for number, path in enumerate(sorted((tmp_path / "elsewhere" / "other").iterdir())):
        os.utime(path, (number, number))
    made = build_pack(tmp_path / "elsewhere" / "other", tmp_path / "b.audpack", key)
    assert (tmp_path / "a.audpack").read_bytes() == (tmp_path / "b.audpack").read_bytes()
    assert (made.info.id, made.files, made.info.rules) == ("acme", 3, 2)
    assert made.signer == read_archive(tmp_path / "a.audpack").signer == trusted_fingerprint(f"{key}.pub")


@pytest.mark.parametrize(
    ("name", "old", "new", "where"),
    [
        ("pack.yaml", "Somebody invented", "REPLACE with who answers for the pack", "pack.yaml, line 4"),
        ("two.yaml", "status: draft", "status: draft\nowner: your name", "two.yaml, line 5"),
        ("two.yaml", "Rule A-2", "What this rule finds, in one line", "two.yaml, line 3"),
    ],
)
def test_texts_of_a_new_file_are_not_passed_on(
    tmp_path: Path, folder: Path, key: Path, name: str, old: str, new: str, where: str
) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputRefused, match=f"{where}: .*is still .*for the author to replace"):
        build_pack(folder, tmp_path / "a.audpack", key)
    assert not (tmp_path / "a.audpack").exists()


def test_another_key_gives_another_signature_on_the_same_pack(
    tmp_path: Path, folder: Path, key: Path
) -> None:
    write_keys(tmp_path / "second")
    build_pack(folder, tmp_path / "a.audpack", key)
    build_pack(folder, tmp_path / "b.audpack", tmp_path / "second")
    one, other = read_archive(tmp_path / "a.audpack"), read_archive(tmp_path / "b.audpack")
    assert one.hash == other.hash and one.listing == other.listing and one.signer != other.signer


def test_what_is_no_part_of_a_pack_is_left_out_and_told(tmp_path: Path, folder: Path, key: Path) -> None:
    (folder / "tool.py").write_text("raise SystemExit\n", encoding="utf-8")
    (folder / ".git").mkdir()
    made = build_pack(folder, tmp_path / "a.audpack", key)
    assert made.left_out == ("tool.py",) and made.files == 3


def refused(folder: Path, key: Path, out: str = "a.audpack") -> AuditorError:
    with pytest.raises(AuditorError) as caught:
        build_pack(folder, key.parent / out, key)
    assert caught.value.mend and not (key.parent / out).exists()
    return caught.value


def test_a_pack_that_could_not_be_used_is_not_built(folder: Path, key: Path) -> None:
    (folder / "bad.yaml").write_text("id: [\n", encoding="utf-8")
    assert refused(folder, key).where.startswith("bad.yaml, line ")


def test_a_folder_that_is_no_pack_is_not_built(tmp_path: Path, folder: Path, key: Path) -> None:
    assert "no pack.yaml" in refused(make_pack(tmp_path / "loose", None, a=rule_text("B-1")), key).why
    assert "not a folder" in refused(tmp_path / "absent", key).why
    make_pack(folder / "inner", "inner")
    assert "inner" in refused(folder, key).why
    assert "no pack.yaml" in refused(tmp_path, key).why


def test_a_link_or_a_name_that_not_every_system_has_is_not_packed(folder: Path, key: Path) -> None:
    odd = folder / "règle.yaml"
    odd.write_text(rule_text("A-3"), encoding="utf-8")
    assert "every system" in refused(folder, key).why
    odd.unlink()
    (folder / "link.yaml").symlink_to(folder / "one.yaml")
    assert "link" in refused(folder, key).why


def test_a_pack_file_is_known_by_its_ending(folder: Path, key: Path) -> None:
    assert refused(folder, key, "a.zip").exit_code == 2


@pytest.mark.parametrize(
    "content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_file_that_holds_no_key_is_refused(folder: Path, key: Path, content: bytes) -> None:
    key.write_bytes(content)
    error = refused(folder, key)
    assert error.exit_code == 3 and "keygen" in error.mend
    with pytest.raises(InputRefused, match="no public key"):
        read_public_key(key)


def test_the_public_key_signs_nothing_and_a_missing_one_is_told(folder: Path, key: Path) -> None:
    with pytest.raises(InputRefused, match="no private key"):
        read_signing_key(key.with_name("key.pub"))
    with pytest.raises(InputRefused, match=r"none"):
        read_signing_key(key.with_name("none"))


# ---- keys ----------------------------------------------------------------------------------------------


def test_a_private_key_is_for_its_owner_alone_and_never_written_over(key: Path) -> None:
    assert key.stat().st_mode & 0o077 == 0
    before = key.read_bytes()
    with pytest.raises(UsageError, match="is there already"):
        write_keys(key)
    key.unlink()
    with pytest.raises(UsageError, match=r"key.pub is there already"):
        write_keys(key)
    assert not key.exists() and before


def test_a_signature_holds_for_its_message_and_key_only(tmp_path: Path, key: Path) -> None:
    signing = read_signing_key(key)
    signature = signing.sign(b"this")
    assert holds(signing.public, signature, b"this") and not holds(signing.public, signature, b"that")
    write_keys(tmp_path / "second")
    assert not holds(read_signing_key(tmp_path / "second").public, signature, b"this")
    assert not holds(b"", signature, b"this") and not holds(signing.public, b"", b"this")


def test_a_signer_is_named_by_file_or_fingerprint(key: Path) -> None:
    known = fingerprint(read_public_key(key.with_name("key.pub")))
    assert trusted_fingerprint(str(key.with_name("key.pub"))) == known == trusted_fingerprint(known.upper())
    with pytest.raises(UsageError, match="neither a file nor a fingerprint"):
        trusted_fingerprint("somebody")
