"""A workbook under a password: encrypted as a whole, the same inside, and refused in plain words where it cannot be."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest

from auditor.base.errors import UsageError
from auditor.reports import sealing


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())


def test_the_password_is_the_only_line_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "secret.txt"
    file.write_text("correct horse – battery \r\n", encoding="utf-8-sig")
    assert sealing.read_password(file) == "correct horse – battery "


@pytest.mark.parametrize("content", [b"", b"\n", b"one\ntwo\n", b"x" * 256, b"\xff\xfe\x00"])
def test_a_file_that_holds_no_single_password_is_refused_without_showing_it(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "secret.txt"
    file.write_bytes(content)
    with pytest.raises(UsageError) as refused:
        sealing.read_password(file)
    assert "--password-file secret.txt" in str(refused.value) and "two" not in str(refused.value)


def test_without_the_package_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret.txt").write_text("pass word")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError) as refused:
        sealing.read_password(tmp_path / "secret.txt")
    assert "auditor[password]" in str(refused.value) and "pass word" not in str(refused.value)


def test_only_the_password_opens_it_and_inside_it_is_the_same_workbook(path: Path, tmp_path: Path) -> None:
    office = pytest.importorskip(
        "msoffcrypto", reason="msoffcrypto-tool is not installed (auditor[password])"
    )
    sealed = tmp_path / "audit.xlsx"
    shutil.copy(path, sealed)
    sealing.seal_in_place(sealed, "correct horse – battery")
    assert sealed.read_bytes().startswith(bytes.fromhex("d0cf11e0"))  # no zip, so nothing of it can be read
    with sealed.open("rb") as read:
        file = office.OfficeFile(read)
        assert file.is_encrypted()
        with pytest.raises(office.exceptions.InvalidKeyError):
            file.load_key(password="another", verify_password=True)
            file.decrypt(io.BytesIO())
        file.load_key(password="correct horse – battery", verify_password=True)
        opened = io.BytesIO()
        file.decrypt(opened, verify_integrity=True)
    assert opened.getvalue() == path.read_bytes()
    assert [found.name for found in tmp_path.iterdir()] == ["audit.xlsx"]
