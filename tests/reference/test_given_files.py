"""What the user names as a file and what may become of it while it is read."""

import os
from pathlib import Path

import pytest

from auditor.base.errors import InputRefused, UsageError
from auditor.reference import archives
from tests.reference.layouts import ptp_text

NAME = "ccipra-v302r0-f1.txt"


def while_reading(monkeypatch, change):
    """Let `change` happen after the first block of the given file was read."""
    read = archives._read_blocks

    def blocks(source):
        for number, block in enumerate(read(source)):
            yield block
            if not number:
                change()

    monkeypatch.setattr(archives, "_read_blocks", blocks)


def grown(path):
    with path.open("ab") as out:
        out.write(b"more\n")


def written_anew(path):
    content = path.read_bytes()
    path.write_bytes(content[::-1])
    os.utime(path, ns=(1, 1))


@pytest.mark.parametrize(
    "change", [grown, lambda path: os.truncate(path, 10), written_anew], ids=["grown", "cut", "written anew"]
)
def test_a_file_that_changes_while_it_is_read_is_refused(desk, monkeypatch, change):
    path = desk.write(NAME, ptp_text())
    while_reading(monkeypatch, lambda: change(path))
    with pytest.raises(InputRefused, match="the file changed while it was read"):
        desk.take(path, accept=True)
    assert desk.visible() == []


def test_a_file_replaced_or_removed_while_it_is_read_is_the_one_that_was_opened(desk, monkeypatch):
    path = desk.write(NAME, ptp_text())
    other = desk.write("other.txt", "something else")
    while_reading(monkeypatch, lambda: other.replace(path))
    assert desk.take(path)[0].edition.rows == 4


@pytest.mark.parametrize("failing", ["open", "read"])
def test_a_file_that_cannot_be_read_is_refused_by_its_name(desk, monkeypatch, failing):
    path = desk.write(NAME, ptp_text())

    def denied(*_: object, **__: object):
        raise PermissionError(13, "Permission denied")

    if failing == "read":
        monkeypatch.setattr(archives, "_read_blocks", denied)
    else:
        opened = Path.open
        monkeypatch.setattr(
            Path,
            "open",
            lambda self, *args, **named: denied() if self == path else opened(self, *args, **named),
        )
    with pytest.raises(InputRefused, match=rf"{NAME}: it cannot be read \(Permission denied\)"):
        desk.take(path)
    assert desk.visible() == []


def test_a_full_disk_is_not_the_files_fault(desk, monkeypatch):
    def full(_: object):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archives, "_read_blocks", full)
    with pytest.raises(InputRefused, match=r"the import stopped .No space left"):
        desk.take(desk.write(NAME, ptp_text()))


def folder(path):
    path.mkdir()


def loop(path):
    path.symlink_to(path)


def longer_loop(path):
    path.symlink_to(path.with_name("other"))
    path.with_name("other").symlink_to(path)


@pytest.mark.parametrize(
    "make",
    [folder, os.mkfifo, loop, longer_loop, lambda path: path.symlink_to("absent"), lambda path: None],
    ids=["folder", "pipe", "loop", "longer loop", "broken link", "absent"],
)
def test_what_is_no_file_is_a_usage_error_and_waits_for_nobody(desk, make):
    path = desk.folder / NAME
    make(path)
    with pytest.raises(UsageError, match=f"{NAME} is not a file"):
        desk.take(path)


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_a_name_that_no_file_can_have_is_a_usage_error(desk, name):
    with pytest.raises(UsageError, match="is not a file"):
        desk.take(desk.folder / name)


def test_a_link_to_a_file_is_that_file(desk):
    desk.write("real.txt", ptp_text())
    path = desk.folder / NAME
    path.symlink_to(desk.folder / "real.txt")
    assert desk.take(path)[0].edition.edition == "2024Q3"
