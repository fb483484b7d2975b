from __future__ import annotations

import errno
import hashlib
import json
import random
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

import pytest

from auditor.base.errors import InputRefused
from auditor.base.progress import RecordingProgress
from auditor.reference.fetch import Fetched, Limits, fetch
from auditor.reference.sources import Source
from auditor.reference.terms import accept_terms
from tests.reference.faulty_site import NOW, TABLE, Getting, file, running, said
from tests.reference.layouts import zipped

LOCAL = Source("local", "A table on this machine", "https://www.cms.gov/tables", ("x",), hosts=("127.0.0.1",))
CPT = Source("cpt", "A table with CPT codes", "https://www.cms.gov/tables", ("x",), ama=True)
ONE_TRY = Limits(attempts=1)


@pytest.fixture(scope="module")
def _site():
    with running() as running_site:
        yield running_site


@pytest.fixture
def site(_site, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    _site.forget()
    return _site


@pytest.fixture
def get(tmp_path):
    return Getting(tmp_path / "fetched")


# ---- a file that comes -----------------------------------------------------------------------------


def test_a_file_is_checked_named_and_recorded(site, get):
    url = site.serve("/files/zip/t.zip", file(TABLE, modified="Sun, 22 Nov 2026 10:00:00 GMT"))
    progress = RecordingProgress()
    got = get(url + "?token=secret", source=LOCAL, progress=progress)
    digest = hashlib.sha256(TABLE).hexdigest()
    assert got == Fetched(get.folder / "t.zip", url, digest, len(TABLE), 0, unchanged=False)
    assert got.path.read_bytes() == TABLE
    assert get.names() == {"t.zip", "fetched.json"}
    record = json.loads((get.folder / "fetched.json").read_text())["t.zip"]
    assert record.pop("url_sha256")
    assert record == {
        "url": url,
        "final_url": url,
        "sha256": digest,
        "bytes": len(TABLE),
        "etag": '"one"',
        "last_modified": "Sun, 22 Nov 2026 10:00:00 GMT",
        "fetched_at": "2026-11-22T12:00:00+00:00",
    }
    assert site.asked[0][1]["accept-encoding"] == "identity"
    assert progress.records[0]["name"] == "fetch t.zip"
    assert progress.records[0]["rows"] == len(TABLE)


def test_the_library_of_http_is_loaded_by_a_fetch_only():
    code = "import sys, auditor.reference, auditor.reference.fetch; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# ---- broken off, and continued ---------------------------------------------------------------------


def test_a_cut_is_continued_at_once(site, get):
    url = site.serve("/t.zip", file(TABLE, cut=50_000), file(TABLE))
    got = get(url)
    assert got.path.read_bytes() == TABLE
    assert site.ranges() == [None, "bytes=50000-"]
    assert site.asked[1][1]["if-range"] == '"one"'
    assert (got.resumed_from, get.waits) == (0, [1.0])


def test_a_second_call_goes_on_where_the_first_stopped(site, get):
    url = site.serve("/t.zip", file(TABLE, cut=50_000), file(TABLE))
    message = get.refused(url, "failed 1 times", limits=ONE_TRY)
    assert "--proxy" in message
    assert get.names() == {"t.zip.part", "t.zip.part.json"}
    state = json.loads((get.folder / "t.zip.part.json").read_text())
    assert (state["url"], state["etag"], state["length"]) == (url, '"one"', len(TABLE))
    got = get(url)
    assert (got.resumed_from, got.path.read_bytes() == TABLE) == (50_000, True)
    assert site.ranges() == [None, "bytes=50000-"]
    assert get.names() == {"t.zip", "fetched.json"}


def test_a_last_modified_date_serves_where_the_etag_is_weak(site, get):
    date = "Sun, 22 Nov 2026 10:00:00 GMT"
    cut = file(TABLE, etag='W/"one"', modified=date, cut=9)
    url = site.serve("/t.zip", cut, file(TABLE, etag='W/"one"', modified=date))
    assert get(url).path.read_bytes() == TABLE
    assert site.asked[1][1]["if-range"] == date


def test_without_marks_of_a_version_it_begins_again(site, get):
    url = site.serve("/t.zip", file(TABLE, cut=50_000, etag=None), file(TABLE, etag=None))
    assert get(url).path.read_bytes() == TABLE
    assert site.ranges() == [None, None]


def test_a_server_that_ignores_ranges_sends_it_all(site, get):
    url = site.serve("/t.zip", file(TABLE, cut=50_000), file(TABLE, ranges=False))
    get.refused(url, "broke off", limits=ONE_TRY)
    got = get(url)
    assert (got.resumed_from, got.path.read_bytes() == TABLE) == (0, True)


def test_a_file_that_changed_meanwhile_begins_again(site, get):
    newer = zipped({"table.txt": b"newer" * 30_000})
    url = site.serve("/t.zip", file(TABLE, cut=50_000), file(newer, etag='"two"'))
    assert get(url).path.read_bytes() == newer


@pytest.mark.parametrize(
    "wrong",
    [
        {"Content-Range": f"bytes 50000-99999/{len(TABLE)}", "ETag": '"two"'},
        {"Content-Range": f"bytes 7-99999/{len(TABLE)}", "ETag": '"one"'},
        {},
    ],
    ids=["other version", "other place", "no place"],
)
def test_a_wrong_part_is_never_joined(site, get, wrong):
    url = site.serve("/t.zip", file(TABLE, cut=50_000), said(206, wrong, b"wrong"), file(TABLE))
    assert get(url).path.read_bytes() == TABLE
    assert site.ranges() == [None, "bytes=50000-", None]


def test_a_server_may_give_less_than_was_asked_for(site, get):
    some = {"Content-Range": f"bytes 50000-50009/{len(TABLE)}", "ETag": '"one"'}
    url = site.serve("/t.zip", file(TABLE, cut=50_000), said(206, some, TABLE[50_000:50_010]), file(TABLE))
    assert get(url).path.read_bytes() == TABLE
    assert site.ranges() == [None, "bytes=50000-", "bytes=50010-"]


def test_old_bytes_never_count_for_a_new_version(site, get):
    newer = zipped({"table.txt": random.Random(2).randbytes(180_000)})
    url = site.serve("/t.zip", file(TABLE, cut=50_000), file(newer, etag='"two"'))
    get.refused(url, "broke off", limits=ONE_TRY)

    def failing(path: Path, mode: str) -> IO[bytes]:
        raise OSError(errno.EIO, "Input/output error")

    get.refused(url, r"the fetch stopped \(Input/output error\)", opener=failing)
    assert get(url).path.read_bytes() == newer


def test_a_part_that_is_complete_is_finished(site, get):
    url = site.serve("/t.zip", file(TABLE, cut=len(TABLE), length=len(TABLE) + 1), file(TABLE))
    get.refused(url, "broke off", limits=ONE_TRY)
    got = get(url)
    assert (got.resumed_from, got.path.read_bytes() == TABLE) == (len(TABLE), True)
    assert site.ranges()[1] == f"bytes={len(TABLE)}-"


def test_a_part_longer_than_the_file_begins_again(site, get):
    short = zipped({"t.txt": b"short"})
    url = site.serve("/t.zip", file(TABLE, cut=50_000), file(short))
    assert get(url).path.read_bytes() == short
    assert get.waits == [1.0]


def test_a_length_that_never_comes_true_ends(site, get):
    url = site.serve("/t.zip", file(TABLE, length=len(TABLE) + 10, etag=None))
    get.refused(url, "failed 3 times", limits=Limits(attempts=3))
    assert "t.zip" not in get.names()


def test_attempts_that_get_on_do_not_count(site, get):
    cuts = [file(TABLE, cut=20_000) for _ in range(8)]
    url = site.serve("/t.zip", *cuts, file(TABLE))
    assert get(url, limits=Limits(attempts=2, progress=20_000)).path.read_bytes() == TABLE


# ---- waiting ---------------------------------------------------------------------------------------


def test_two_errors_of_the_server_are_waited_out(site, get):
    url = site.serve("/t.zip", said(500), said(503), file(TABLE))
    assert get(url).bytes == len(TABLE)
    assert get.waits == [1.0, 2.0]


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        ("7", [7.0]),
        ("0", []),
        ("86400", [120.0]),
        ("Sun, 22 Nov 2026 12:00:09 GMT", [9.0]),
        ("Sun, 22 Nov 2026 11:00:00 GMT", []),
        ("soon", [1.0]),
    ],
)
def test_the_server_may_say_how_long(site, get, asked, waits):
    url = site.serve("/t.zip", said(429, {"Retry-After": asked}), file(TABLE))
    assert get(url).bytes == len(TABLE)
    assert get.waits == waits


def test_a_port_where_nobody_answers(get, site):
    with running() as gone:
        url = gone.base + "/t.zip"
    get.refused(url, r"failed 2 times \(no connection\)", limits=Limits(attempts=2))


def test_a_server_that_does_not_answer_in_time(site, get):
    release = threading.Event()

    def wait() -> None:
        release.wait(5)

    url = site.serve("/t.zip", file(TABLE, before_end=wait))
    get.refused(url, "no answer in time", limits=Limits(attempts=1, read=0.05))
    release.set()


# ---- fetched before --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer", [file(TABLE), said(200, {"ETag": '"one"'}, TABLE)], ids=["304", "the same ETag"]
)
def test_an_unchanged_file_is_not_downloaded_again(site, get, answer):
    url = site.serve("/t.zip", file(TABLE), answer)
    first = get(url)
    again = get(url)
    assert (again.unchanged, again.sha256, again.path) == (True, first.sha256, first.path)
    assert site.asked[1][1]["if-none-match"] == '"one"'


def test_a_known_checksum_needs_no_server(site, get):
    url = site.serve("/t.zip", file(TABLE))
    assert get(url, sha256=get(url).sha256).unchanged
    assert len(site.asked) == 1


def test_another_checksum_is_not_answered_by_the_file_that_is_there(site, get):
    url = site.serve("/t.zip", file(TABLE))
    kept = get(url).path
    get.refused(url, "not the one that was given", sha256="0" * 64)
    assert kept.read_bytes() == TABLE
    assert get(url).unchanged


def test_a_changed_file_is_downloaded_again(site, get):
    newer = zipped({"table.txt": b"newer"})
    url = site.serve("/t.zip", file(TABLE), file(newer, etag='"two"'))
    get(url)
    got = get(url)
    assert (got.unchanged, got.path.read_bytes() == newer) == (False, True)


def test_a_file_that_was_altered_here_or_came_from_elsewhere_is_downloaded_again(site, get):
    url = site.serve("/t.zip", file(TABLE))
    get(url).path.write_bytes(b"altered")
    assert get(url).path.read_bytes() == TABLE
    get(site.serve("/elsewhere/t.zip", file(TABLE)))
    assert [("if-none-match" in headers) for _, headers in site.asked] == [False, False, False]


def test_damaged_records_are_no_hindrance(site, get):
    url = site.serve("/t.zip", file(TABLE))
    get(url)
    (get.folder / "fetched.json").write_text("{")
    (get.folder / "t.zip.part.json").write_text("[]")
    (get.folder / "t.zip.part").write_bytes(b"x")
    assert get(url).path.read_bytes() == TABLE


# ---- the folder ------------------------------------------------------------------------------------


def test_two_fetches_at_once_do_not_meet(site, get):
    half, release = threading.Event(), threading.Event()

    def wait() -> None:
        half.set()
        release.wait(5)

    url = site.serve("/t.zip", file(TABLE, before_end=wait))
    done: list[Fetched] = []
    first = threading.Thread(target=lambda: done.append(get(url)))
    first.start()
    assert half.wait(5)
    get.refused(site.serve("/u.zip", file(TABLE)), r"another fetch works in this folder \(process \d+\)")
    release.set()
    first.join()
    assert done[0].path.read_bytes() == TABLE
    assert get(site.base + "/u.zip").bytes == len(TABLE)


def test_a_lock_left_behind_is_no_lock(site, get):
    get.folder.mkdir()
    (get.folder / ".fetching.lock").write_text("1")
    assert get(site.serve("/t.zip", file(TABLE))).bytes == len(TABLE)


class FullDisk:
    """A file on a disk with room for so many bytes."""

    def __init__(self, path: Path, mode: str, room: int) -> None:
        self.file, self.room = path.open(mode), room

    def write(self, block: bytes) -> int:
        self.file.write(block[: self.room])
        if len(block) > self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room -= len(block)
        return len(block)

    def __getattr__(self, name):
        return getattr(self.file, name)

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()


def test_a_full_disk_keeps_what_has_come(site, get):
    url = site.serve("/t.zip", file(TABLE))
    message = get.refused(url, "the disk is full", opener=lambda path, mode: FullDisk(path, mode, 100_000))
    assert "goes on where it stopped" in message
    got = get(url)
    assert (got.resumed_from, got.path.read_bytes() == TABLE) == (100_000, True)


def test_a_folder_that_cannot_be_made(site, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputRefused, match="the fetch stopped"):
        fetch(site.base + "/t.zip", tmp_path / "file" / "folder")


def test_a_name_cannot_leave_the_folder(site, get, tmp_path):
    path = "/a/..%2f..%2f..%5Cevil.zip"
    assert get(site.serve(path, file(TABLE))).path == get.folder / "evil.zip"
    assert {entry.name for entry in tmp_path.iterdir()} == {"fetched"}


# ---- addresses and terms ---------------------------------------------------------------------------


def test_terms_are_asked_for_where_cpt_codes_may_be(site, get, tmp_path):
    url = site.serve("/t.zip", file(TABLE))
    assert "--accept-ama-terms" in get.refused(url, "holds CPT codes", source=CPT)
    get.refused(url, "holds CPT codes", source=CPT, library=tmp_path)
    get.refused("https://www.cms.gov/files/zip/t.zip", "may hold CPT codes", library=tmp_path)
    assert site.asked == []
    accept_terms(tmp_path, NOW)
    assert get(url, source=CPT, library=tmp_path).bytes == len(TABLE)


def test_the_link_of_the_licence_page_is_no_file(get):
    get.refused("https://www.cms.gov/license/ama?file=/files/zip/t.zip", "by a click in the browser")
