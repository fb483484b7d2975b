import gzip
import io
import zipfile
from pathlib import Path

import pytest

from auditor.base.errors import InputRefused, UsageError
from auditor.reference.archives import Limits, open_files
from tests.reference.layouts import zipped


@pytest.fixture
def work(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def given(tmp_path: Path, name: str, content: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_bare_zipped_gzipped_and_nested_files_are_found(tmp_path, work):
    inner = zipped({"deep/part.txt": b"three"})
    paths = [
        given(tmp_path, "one.txt", b"one"),
        given(tmp_path, "two.txt.gz", gzip.compress(b"two")),
        given(tmp_path, "outer.zip", zipped({"inner.zip": inner, "__MACOSX/x": b"", "folder/": b""})),
    ]
    leaves = open_files(paths, work)
    assert [(leaf.name, leaf.path.read_bytes(), leaf.inside) for leaf in leaves] == [
        ("one.txt", b"one", ()),
        ("two.txt", b"two", ("two.txt.gz",)),
        ("part.txt", b"three", ("inner.zip", "outer.zip")),
    ]
    assert leaves[2].place == "outer.zip > inner.zip > part.txt"


def test_what_is_read_is_what_was_hashed(tmp_path, work):
    leaf = open_files([given(tmp_path, "a.txt", b"abc")], work)[0]
    assert leaf.given.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert (leaf.given.name, leaf.given.bytes) == ("a.txt", 3)
    (tmp_path / "a.txt").write_bytes(b"changed")
    assert leaf.path.read_bytes() == b"abc"


@pytest.mark.parametrize(
    "name", ["../evil.txt", "/etc/evil.txt", "a/../../evil.txt", "..\\evil.txt", "C:/evil.txt"]
)
def test_names_that_lead_out_of_the_folder_are_refused(tmp_path, work, name):
    path = given(tmp_path, "bad.zip", zipped({name: b"x"}))
    with pytest.raises(InputRefused, match="leads out"):
        open_files([path], work)
    assert not list(tmp_path.rglob("evil.txt"))


def test_a_link_is_refused(tmp_path, work):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(InputRefused, match="link"):
        open_files([given(tmp_path, "bad.zip", out.getvalue())], work)


def test_a_bomb_by_ratio_is_refused(tmp_path, work):
    path = given(tmp_path, "bomb.zip", zipped({"a.txt": b"0" * 2_000_000}))
    with pytest.raises(InputRefused, match="times its packed size"):
        open_files([path], work, Limits(ratio_from=1_000_000))


def test_a_gzip_bomb_is_refused(tmp_path, work):
    path = given(tmp_path, "bomb.gz", gzip.compress(b"0" * 5_000_000))
    with pytest.raises(InputRefused, match="times its packed size"):
        open_files([path], work, Limits(ratio_from=1_000_000))


def test_a_bomb_by_size_is_refused(tmp_path, work):
    path = given(tmp_path, "bomb.zip", zipped({"a": bytes(range(256)) * 4096, "b": bytes(range(256)) * 4096}))
    with pytest.raises(InputRefused, match="MiB unpacked"):
        open_files([path], work, Limits(total_bytes=1_500_000))


def test_a_bomb_by_count_is_refused(tmp_path, work):
    path = given(tmp_path, "bomb.zip", zipped({f"{i}": b"x" for i in range(30)}))
    with pytest.raises(InputRefused, match="30 members"):
        open_files([path], work, Limits(members=20))


def test_a_bomb_by_depth_is_refused(tmp_path, work):
    content = b"x"
    for level in range(6):
        content = zipped({f"{level}.zip" if level else "x.txt": content})
    with pytest.raises(InputRefused, match="deep"):
        open_files([given(tmp_path, "bomb.zip", content)], work)


def test_sizes_in_the_directory_are_not_trusted(tmp_path, work):
    content = bytearray(zipped({"a.txt": b"0" * 3_000_000}))
    at = content.rindex(b"PK\x01\x02") + 24
    content[at : at + 4] = (10).to_bytes(4, "little")
    with pytest.raises(InputRefused):
        open_files([given(tmp_path, "bomb.zip", bytes(content))], work, Limits(ratio_from=1_000_000))


@pytest.mark.parametrize("keep", [30, 200])
def test_a_cut_zip_is_refused(tmp_path, work, keep):
    content = zipped({"a.txt": bytes(range(256)) * 10})
    with pytest.raises(InputRefused, match="damaged or cut short"):
        open_files([given(tmp_path, "cut.zip", content[:keep])], work)


def test_a_zip_with_a_broken_member_is_refused(tmp_path, work):
    content = bytearray(zipped({"a.txt": bytes(range(256)) * 40}))
    content[60:80] = b"\xff" * 20
    with pytest.raises(InputRefused, match="damaged"):
        open_files([given(tmp_path, "broken.zip", bytes(content))], work)


def test_a_cut_gzip_is_refused(tmp_path, work):
    content = gzip.compress(bytes(range(256)) * 100)
    with pytest.raises(InputRefused, match="damaged or cut short"):
        open_files([given(tmp_path, "cut.txt.gz", content[:-12])], work)


def test_an_encrypted_member_is_refused(tmp_path, work):
    content = bytearray(zipped({"a.txt": b"secret"}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    with pytest.raises(InputRefused, match="encrypted"):
        open_files([given(tmp_path, "locked.zip", bytes(content))], work)


def test_an_empty_file_is_refused(tmp_path, work):
    with pytest.raises(InputRefused, match="empty"):
        open_files([given(tmp_path, "empty.txt", b"")], work)


def test_a_folder_is_no_file(tmp_path, work):
    with pytest.raises(UsageError):
        open_files([tmp_path], work)
