from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.base.errors import UsageError
from auditor.reference.addresses import check_address, file_name, is_other_file, shown, within

CMS = "https://www.cms.gov/files/zip/"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("rvu26c-updated-06-30-2026.zip", "rvu26c-updated-06-30-2026.zip"),
        ("rvu24a-updated-04/01/2024.zip?token=x#part", "rvu24a-updated-04-01-2024.zip"),
        ("Code%20Descriptions%202025.zip", "Code_Descriptions_2025.zip"),
        ("..%2f..%2fetc%2fpasswd", "passwd"),
        ("a/..\\..\\b.csv", "b.csv"),
        ("%252e%252e%252fevil.zip", "2e_2e_2fevil.zip"),
        (".hidden.zip", "hidden.zip"),
        ("fetched.json", "file-fetched.json"),
        ("t.zip.part", "file-t.zip.part"),
        ("NUL.zip", "file-NUL.zip"),
        ("a:b|c.zip", "a_b_c.zip"),
        ("x" * 300 + ".csv", "x" * 116 + ".csv"),
        ("2024.zip", "zip-2024.zip"),
        ("", "zip"),
    ],
)
def test_the_name_of_a_file(path, name):
    assert file_name(CMS + path) == name


@pytest.mark.parametrize(
    "url", ["https://www.cms.gov", "https://www.cms.gov/..", "https://www.cms.gov/%20/%2e"]
)
def test_an_address_without_a_name(url):
    with pytest.raises(UsageError, match="names no file"):
        file_name(url)


@given(st.text(max_size=60))
def test_no_name_leads_anywhere(path):
    try:
        name = file_name("https://h/" + path.replace("?", "").replace("#", ""))
    except UsageError:
        return
    assert name.strip("._") and not set(name) & set("/\\:\0 ") and len(name) <= 130
    assert name.encode("ascii")


def test_what_is_secret_is_not_shown():
    assert (
        shown("https://me:secret@www.cms.gov:444/t.zip?token=secret#secret")
        == "https://www.cms.gov:444/t.zip"
    )
    assert shown("http://[::1]:80/t.zip") == "http://[::1]:80/t.zip"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("www.cms.gov/t.zip", "no address"),
        ("file:///etc/passwd", "no address"),
        ("ftp://www.cms.gov/t.zip", "no address"),
        ("https:///t.zip", "no address"),
        ("https://host:port/t.zip", "no address"),
        ("https://[broken/t.zip", "no address"),
        ("https://www.cms.gov/t\n.zip", "no address"),
        ("http://www.cms.gov/t.zip", "not encrypted"),
        ("http://127.0.0.1.example.org/t.zip", "not encrypted"),
    ],
)
def test_addresses_that_are_not_asked(url, words):
    with pytest.raises(UsageError, match=words) as caught:
        check_address(url)
    assert caught.value.exit_code == 2


def test_this_machine_needs_no_encryption():
    for host in ("localhost", "127.0.0.1", "[::1]"):
        check_address(f"http://{host}:8000/t.zip")


def test_hosts():
    assert within("downloads.cms.gov", ("cms.gov",))
    assert within("cms.gov", ("nucc.org", "cms.gov"))
    assert not within("notcms.gov", ("cms.gov",))
    assert not within("cms.gov.example.org", ("cms.gov",))


def test_another_file():
    assert not is_other_file("rvu25d.zip", CMS + "rvu25d-updated-09/11/2025.zip")
    assert not is_other_file("RVU25D.zip", CMS + "rvu25d.zip")
    assert not is_other_file("t.zip", "https://storage.example.org/6f1c2a?name=t.zip")
    assert is_other_file("list-2024.zip", CMS + "list-2026.zip")
    assert is_other_file("t.zip", "https://www.cms.gov/error.aspx")
    assert not is_other_file("t.zip", "https://www.cms.gov/")
