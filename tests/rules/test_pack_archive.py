"""A single-file pack is taken whole or not at all: signed, unchanged, with plain files under plain names."""

from __future__ import annotations

import io
import json
import stat
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.rules.pack_archive import MOMENT, PERMISSIONS, UNIX, canonical, read_archive
from auditor.rules.pack_signing import SigningKey, read_signing_key
from auditor.workbench.packing import build_pack, write_archive, write_keys
from tests.rules.pack_making import make_pack, rule_text

Members = dict[str, bytes]


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "key"
    write_keys(path)
    return path


@pytest.fixture(scope="module")
def key(key_file: Path) -> SigningKey:
    return read_signing_key(key_file)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory, key_file: Path) -> Path:
    folder = make_pack(tmp_path_factory.mktemp("packs") / "acme", one=rule_text("A-1"), two=rule_text("A-2"))
    (folder / "README.md").write_text("About it.\n", encoding="utf-8")
    out = folder.parent / "acme.audpack"
    build_pack(folder, out, key_file)
    return out


def members(path: Path) -> Members:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(tmp_path: Path, changed: Members) -> Path:
    path = tmp_path / "changed.audpack"
    write_archive(path, changed)
    return path


def refusal(path: Path) -> str:
    began = time.process_time()
    with pytest.raises(InputRefused) as caught:
        read_archive(path)
    assert time.process_time() - began < 1
    error = caught.value
    assert error.exit_code == 3 and error.where == path.name and error.mend and str(error).isprintable()
    return str(error)


def test_what_was_packed_is_read_back(packed: Path) -> None:
    archive = read_archive(packed)
    assert (archive.facts.id, archive.facts.version) == ("acme", "1.0.0")
    assert sorted(archive.files) == ["README.md", "one.yaml", "pack.yaml", "two.yaml"]
    assert archive.files["one.yaml"].decode() == rule_text("A-1")
    assert len(archive.signer) == len(archive.hash) == 64


# ---- what was changed after it was signed --------------------------------------------------------------


def test_every_single_changed_byte_is_found(packed: Path, tmp_path: Path) -> None:
    whole = packed.read_bytes()
    path = tmp_path / "changed.audpack"
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x20]) + whole[at + 1 :])
        try:
            read_archive(path)
        except InputRefused:
            continue
        # What zip says of itself without bearing on the content: versions and the like.
        assert members(path) == members(packed)


@pytest.mark.parametrize("length", [0, 1, 21, 22, 500, -1])
def test_a_file_cut_short_is_refused(packed: Path, tmp_path: Path, length: int) -> None:
    path = tmp_path / "short.audpack"
    path.write_bytes(packed.read_bytes()[:length])
    refusal(path)


def test_a_file_with_something_added_is_refused(packed: Path, tmp_path: Path) -> None:
    path = tmp_path / "longer.audpack"
    for content in (
        packed.read_bytes() + b"more",
        b"#!/bin/sh\n" + packed.read_bytes(),
        packed.read_bytes() * 2,
    ):
        path.write_bytes(content)
        assert "added" in refusal(path) or "stands between" in refusal(path)


CHANGES: dict[str, tuple[Callable[[Members], Members], str]] = {
    "a changed rule": (lambda m: m | {"pack/one.yaml": m["pack/one.yaml"] + b"#"}, "one.yaml is not as it was signed"),
    "an added rule": (lambda m: m | {"pack/three.yaml": b"id: x\n"}, "three.yaml was added"),
    "a rule taken out": (lambda m: {k: v for k, v in m.items() if k != "pack/two.yaml"}, "two.yaml was removed"),
    "a renamed rule": (
        lambda m: {k.replace("two", "too"): v for k, v in m.items()}, "too.yaml was added",
    ),
    "a changed pack.yaml": (
        lambda m: m | {"pack/pack.yaml": m["pack/pack.yaml"].replace(b"1.0.0", b"9.0.0")}, "not as it was signed",
    ),
    "no pack.yaml": (lambda m: {k: v for k, v in m.items() if k != "pack/pack.yaml"}, "pack.yaml is not in it"),
    "a changed manifest": (
        lambda m: m | {"manifest.json": m["manifest.json"].replace(b"acme", b"acne")}, "not that of its manifest",
    ),
    "no manifest": (lambda m: {k: v for k, v in m.items() if k != "manifest.json"}, "no manifest"),
    "no signature": (lambda m: {k: v for k, v in m.items() if k != "signature.json"}, "not signed"),
    "an empty signature": (lambda m: m | {"signature.json": b""}, "signature.json is not in the form"),
    "a signature of text": (lambda m: m | {"signature.json": canonical({"signature": "y"})}, "form that is not known"),
    "a signature by no key": (
        lambda m: m | {"signature.json": canonical(
            {"algorithm": "none", "public_key": "00" * 32, "signature": "00" * 64})},
        "form that is not known",
    ),
    "a short signature": (
        lambda m: m | {"signature.json": canonical(
            {"algorithm": "Ed25519", "public_key": "00", "signature": ""})},
        "not that of its manifest",
    ),
    "a signature of zeros": (
        lambda m: m | {"signature.json": canonical(
            {"algorithm": "Ed25519", "public_key": "00" * 32, "signature": "00" * 64})},
        "not that of its manifest",
    ),
    "a manifest nested deep": (lambda m: m | {"signature.json": b"[" * 200_000}, "not in the form"),
    "a key twice": (
        lambda m: m | {"signature.json": b'{"algorithm": "x", ' + m["signature.json"].lstrip()[1:]}, "not in the form",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_pack_is_refused_and_the_change_named(packed: Path, tmp_path: Path, name: str) -> None:
    change, said = CHANGES[name]
    assert said in refusal(rewritten(tmp_path, change(members(packed))))


def test_a_pack_signed_again_by_another_is_theirs(packed: Path, tmp_path: Path) -> None:
    write_keys(tmp_path / "other")
    other = read_signing_key(tmp_path / "other")
    parts = members(packed)
    parts["signature.json"] = signed_by(other, parts["manifest.json"])
    assert read_archive(rewritten(tmp_path, parts)).signer != read_archive(packed).signer


def signed_by(key: SigningKey, listing: bytes) -> bytes:
    return canonical(
        {"algorithm": "Ed25519", "public_key": key.public.hex(), "signature": key.sign(listing).hex()}
    )


def test_a_manifest_that_lies_is_refused_although_it_is_signed(
    packed: Path, tmp_path: Path, key: SigningKey
) -> None:
    for change in (
        lambda found: found | {"format": "auditor pack 2"},
        lambda found: found | {"pack": found["pack"] | {"id": "other"}},
        lambda found: found | {"pack": None},
        lambda found: found | {"files": None},
        lambda found: found | {"files": found["files"][1:]},
        lambda found: found | {"files": [item | {"bytes": 1} for item in found["files"]]},
    ):
        parts = members(packed)
        listing = canonical(change(json.loads(parts["manifest.json"])))
        parts |= {"manifest.json": listing, "signature.json": signed_by(key, listing)}
        refusal(rewritten(tmp_path, parts))


# ---- what no pack holds --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "../evil.yaml", "/etc/evil.yaml", "pack/../../evil.yaml", "pack/a/../../evil.yaml", "pack//evil.yaml",
        "evil.yaml", "pack/evil.py", "pack/evil.so", "pack/evil.sh", "pack/evil.pth", "pack/__init__.py", "pack/evil",
        "pack/evil.yaml.exe", "pack/con.yaml", "pack/..", "pack/", "pack/sub/", "C:/evil.yaml", "pack\\evil.yaml",
        "pack/.hidden.yaml", "pack/evil.yml", "pack/\u202eevil.yaml", "pack/evil\n.yaml", "PACK/evil.yaml",
        "manifest.json/x.yaml", "pack/" + "x/" * 50 + "e.yaml", "pack/" + "x" * 300 + ".yaml",
    ],
)  # fmt: skip
def test_a_name_of_another_kind_is_refused_before_anything_is_written(
    packed: Path, tmp_path: Path, name: str
) -> None:
    said = refusal(rewritten(tmp_path, members(packed) | {name: b"id: x\n"}))
    assert "may not be in a pack" in said or "no pack" in said or "more than" in said


def made(tmp_path: Path, *entries: tuple[zipfile.ZipInfo, bytes]) -> Path:
    path = tmp_path / "made.audpack"
    with zipfile.ZipFile(path, "w") as archive:
        for info, content in entries:
            archive.writestr(info, content)
    return path


def plain(name: str, **changes: object) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, MOMENT)
    info.external_attr, info.create_system = PERMISSIONS, UNIX
    for key, value in changes.items():
        setattr(info, key, value)
    return info


def test_a_link_is_refused(tmp_path: Path) -> None:
    link = plain("pack/one.yaml", external_attr=(stat.S_IFLNK | 0o777) << 16)
    assert "no plain file" in refusal(made(tmp_path, (link, b"/etc/passwd")))


def test_a_program_is_refused(tmp_path: Path) -> None:
    program = plain("pack/one.yaml", external_attr=0o100755 << 16)
    assert "no plain file" in refusal(made(tmp_path, (program, b"id: x\n")))


def test_names_that_are_one_on_some_systems_are_refused(tmp_path: Path) -> None:
    twice = made(tmp_path, (plain("pack/one.yaml"), b"1"), (plain("pack/ONE.yaml"), b"2"))
    assert "stands in it twice" in refusal(twice)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_is_refused(tmp_path: Path) -> None:
    twice = made(tmp_path, (plain("pack/one.yaml"), b"1"), (plain("pack/one.yaml"), b"2"))
    assert "stands in it twice" in refusal(twice)


def test_a_name_that_is_a_file_and_a_folder_is_refused(tmp_path: Path) -> None:
    both = made(tmp_path, (plain("pack/a.yaml"), b"1"), (plain("pack/A.yaml/b.yaml"), b"2"))
    assert "a file and a folder" in refusal(both)


def test_a_pack_within_a_pack_is_refused(packed: Path, tmp_path: Path) -> None:
    inner = members(packed) | {"pack/inner/pack.yaml": b"id: inner\n"}
    assert "packs within the pack" in refusal(rewritten(tmp_path, inner))


def test_a_bomb_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    bomb = plain("pack/one.yaml", compress_type=zipfile.ZIP_DEFLATED)
    path = made(tmp_path, (bomb, b"\0" * 50_000_000))
    assert path.stat().st_size < 100_000 and "compressed" in refusal(path)


def test_a_file_that_says_that_it_is_larger_than_it_is_is_refused(packed: Path, tmp_path: Path) -> None:
    whole = bytearray(packed.read_bytes())
    at = whole.index(b"PK\x01\x02")
    whole[at + 20 : at + 28] = struct.pack("<2L", 900_000, 900_000)
    path = tmp_path / "lie.audpack"
    path.write_bytes(bytes(whole))
    refusal(path)


def test_a_rule_file_of_more_than_a_megabyte_is_refused(tmp_path: Path) -> None:
    assert "larger than" in refusal(made(tmp_path, (plain("pack/one.yaml"), b"#" * 1_000_001)))


def test_a_table_of_a_million_members_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "many.audpack"
    entries = b"PK\x01\x02" + b"\0" * 42
    table = entries * 400_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 6, 6, len(table), 4, 0)
    path.write_bytes(b"PK\x03\x04" + table + end)
    assert "more than 5,000 files" in refusal(path)


def test_a_file_of_more_than_the_limit_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "large.audpack"
    with path.open("wb") as file:
        file.truncate(3_000_000_000)  # a hole: it takes no room
    with pytest.raises(InputRefused, match="larger than 50,000,000"):
        read_archive(path)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x05\x06" + b"\0" * 18, b"\x1f\x8b" + b"\0" * 50, b"id: x\n" * 20]
)
def test_what_is_no_pack_at_all_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "none.audpack"
    path.write_bytes(content)
    assert "no pack" in refusal(path)


def test_a_member_with_a_remark_or_further_fields_is_refused(tmp_path: Path) -> None:
    for change in (
        {"comment": b"hello"},
        {"extra": b"\x99\x99\x04\x00abcd"},
        {"date_time": (2026, 1, 1, 0, 0, 0)},
    ):
        assert "no plain file" in refusal(made(tmp_path, (plain("pack/one.yaml", **change), b"id: x\n")))


def test_the_form_holds_no_time_and_no_place(packed: Path, tmp_path: Path) -> None:
    again = rewritten(tmp_path, members(packed))
    assert again.read_bytes() == packed.read_bytes()
    stream = io.BytesIO(packed.read_bytes())
    with zipfile.ZipFile(stream) as archive:
        assert {info.date_time for info in archive.infolist()} == {MOMENT}
