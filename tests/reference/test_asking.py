from __future__ import annotations

import hashlib
import ssl

import httpx
import pytest

from auditor.base.errors import UsageError
from auditor.reference.asking import Asked
from auditor.reference.fetch import Limits
from auditor.reference.sources import Source
from auditor.reference.terms import accept_terms
from tests.reference.faulty_site import NOW, TABLE, Getting, endless, file, moved, running, said

LOCAL = Source("local", "A table on this machine", "https://www.cms.gov/tables", ("x",), hosts=("127.0.0.1",))
ONE_TRY = Limits(attempts=1)


@pytest.fixture(scope="module")
def _sites():
    with running() as first, running() as second:
        yield first, second


@pytest.fixture
def site(_sites, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    _sites[0].forget()
    return _sites[0]


@pytest.fixture
def other(_sites):
    _sites[1].forget()
    return _sites[1]


@pytest.fixture
def get(tmp_path):
    return Getting(tmp_path / "fetched")


# ---- what is no file -------------------------------------------------------------------------------


def test_a_missing_file_says_where_it_is_listed(site, get):
    message = get.refused(site.base + "/gone.zip?token=secret", r"no such file \(404\)", source=LOCAL)
    assert "https://www.cms.gov/tables" in message
    assert "auditor tables import FILE" in message
    assert "secret" not in message
    assert len(site.asked) == 1
    assert "auditor tables import FILE" in get.refused(site.base + "/gone.zip", "404")


@pytest.mark.parametrize(
    ("status", "words"), [(403, "to a program"), (407, "password"), (418, "answers 418")]
)
def test_answers_that_asking_again_does_not_change(site, get, status, words):
    get.refused(site.serve("/t.zip", said(status)), words)
    assert (len(site.asked), get.waits) == (1, [])


@pytest.mark.parametrize(
    "page",
    [
        file(b"anything", kind="text/html; charset=UTF-8"),
        file(b"\xef\xbb\xbf \n<!DOCTYPE html><html>"),
        file(b"<!-- CMS --><HTML lang='en'>"),
        file(b"<?xml version='1.0'?><html xmlns=''>", kind="application/octet-stream"),
    ],
    ids=["by its type", "by its first bytes", "after a comment", "as XML"],
)
def test_a_page_instead_of_the_file(site, get, page):
    get.refused(site.serve("/t.zip", page), "a web page came instead")
    assert get.names() == set()


def test_a_cut_archive_of_the_right_length(site, get):
    url = site.serve("/t.zip", file(TABLE[:-100]), file(TABLE))
    get.refused(url, "damaged or cut short")
    assert get.names() == set()
    assert get(url).resumed_from == 0


def test_an_archive_with_a_wrong_member(site, get):
    spoilt = bytearray(TABLE)
    spoilt[len(spoilt) // 2] ^= 1
    get.refused(site.serve("/t.zip", file(bytes(spoilt))), "damaged")
    get.refused(site.serve("/t.xlsx", file(bytes(spoilt))), "damaged")


def test_an_empty_or_a_packed_answer(site, get):
    get.refused(site.serve("/t.csv", file(b"")), "an empty file")
    get.refused(site.serve("/t.csv", said(200, {"Content-Encoding": "gzip"}, b"x")), "packs the file")


@pytest.mark.parametrize("answer", [endless, said(200, {"Content-Length": "999999999"})])
def test_a_body_beyond_the_limit(site, get, answer):
    get.refused(site.serve("/t.csv", answer), "larger than 200,000 bytes", limits=Limits(size=200_000))
    assert get.names() == set()


def test_a_checksum_that_does_not_match(site, get):
    url = site.serve("/t.zip", file(TABLE))
    get.refused(url, hashlib.sha256(TABLE).hexdigest(), sha256="0" * 64)
    assert get.names() == set()
    assert get(url, sha256=hashlib.sha256(TABLE).hexdigest().upper()).bytes == len(TABLE)
    with pytest.raises(UsageError, match="no SHA-256"):
        get(url, sha256="abc")


# ---- redirects -------------------------------------------------------------------------------------


def test_a_redirect_to_a_later_state_of_the_file(site, get):
    later = site.serve("/files/zip/rvu25d-updated-09/11/2025.zip", file(TABLE))
    got = get(site.serve("/files/zip/rvu25d.zip", moved(later)), source=LOCAL)
    assert (got.url, got.path.name) == (later, "rvu25d.zip")


def test_a_redirect_to_another_edition_is_refused(site, get):
    url = site.serve("/list-2024.zip", moved("/list-2026.zip"))
    site.serve("/list-2026.zip", file(TABLE))
    get.refused(url, "offers another file", source=LOCAL)
    assert get(url, source=LOCAL, own_url=True).bytes == len(TABLE)


def test_redirects_in_a_circle(site, get):
    get.refused(site.serve("/t.zip", moved("/t.zip")), "more than 10 times", source=LOCAL)
    assert len(site.asked) == 11


def test_a_redirect_to_a_foreign_host_needs_the_users_own_address(site, other, get):
    there = other.serve("/t.zip", file(TABLE)).replace("127.0.0.1", "localhost")
    url = site.serve("/t.zip", moved(there))
    get.refused(url, "redirects to localhost", source=LOCAL)
    assert other.asked == []
    assert get(url).url == there


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("http://www.cms.gov/t.zip", "not encrypted"),
        ("ftp://127.0.0.1/t.zip", "not encrypted"),
        ("", "without saying where"),
        ("http://host:port/", "no address"),
        ("/license/ama?file=/files/zip/t.zip", "by a click in the browser"),
    ],
)
def test_redirects_that_are_not_followed(site, get, target, words):
    get.refused(site.serve("/t.zip", moved(target)), words)
    assert len(site.asked) == 1


# ---- the way through a proxy -----------------------------------------------------------------------


def test_a_proxy_is_used_from_the_option_and_from_the_environment(site, other, get, monkeypatch):
    other.serve("http://localhost:1/t.zip", file(TABLE))
    assert get("http://localhost:1/t.zip", proxy=other.base).bytes == len(TABLE)
    monkeypatch.setenv("HTTP_PROXY", other.base)
    other.serve("http://localhost:1/u.zip", file(TABLE))
    assert get("http://localhost:1/u.zip").bytes == len(TABLE)
    assert [path for path, _ in other.asked] == ["http://localhost:1/t.zip", "http://localhost:1/u.zip"]
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert get(site.serve("/v.zip", file(TABLE))).bytes == len(TABLE)
    assert len(other.asked) == 2


def test_no_message_shows_a_password(other, get, tmp_path, site):
    accept_terms(tmp_path, NOW)
    proxy = other.base.replace("//", "//me:secret@")
    url = "https://user:secret@www.cms.gov/files/zip/t.zip?token=secret"
    other.serve("www.cms.gov:443", said(407), said(502))
    assert "secret" not in get.refused(url, "asks for a name", proxy=proxy, library=tmp_path)
    message = get.refused(url, "the proxy refuses", proxy=proxy, library=tmp_path, limits=ONE_TRY)
    assert "secret" not in message
    assert other.asked[0][1]["proxy-authorization"].startswith("Basic ")
    for wrong in ("secret://me:secret@host", "http://me:secret@host:port"):
        with pytest.raises(UsageError, match="address of the proxy") as caught:
            get(url, proxy=wrong, library=tmp_path)
        assert "secret" not in str(caught.value)


def test_certificates_are_always_verified(site, get, monkeypatch):
    get.refused(site.base.replace("http:", "https:") + "/t.zip", "no connection", limits=ONE_TRY)
    monkeypatch.setenv("SSL_CERT_FILE", str(get.folder / "none.pem"))
    with pytest.raises(UsageError, match="trusted certificates"):
        get(site.base + "/t.zip")
    failed = httpx.ConnectError("refused")
    failed.__cause__ = ssl.SSLCertVerificationError("self-signed")
    asked = Asked("https://www.cms.gov/t.zip", None, True)
    assert "SSL_CERT_FILE" in str(asked.broken(failed))
