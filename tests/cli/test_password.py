"""`auditor audit --password-file`: refused before the audit begins where it cannot be, and then only the workbook."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.cli.main import main
from tests.claims_csv import pair_of, write_claims

SMALL = ("--workers", "1", "--rules", "NCCI-PTP-001")


@pytest.fixture(autouse=True)
def no_library_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AUDITOR_LIBRARY", str(tmp_path / "none"))


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    return write_claims(tmp_path / "claims.csv", pair_of("P1"))


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret.txt"
    file.write_text("correct horse\n")
    return file


def audit(*words: object) -> int:
    return main(["audit", *map(str, words), *SMALL])


def test_without_the_package_nothing_is_audited(
    claims: Path,
    secret: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert audit(claims, "--out", tmp_path / "run", "--password-file", secret) == 2
    said = capsys.readouterr().err
    assert "auditor[password]" in said and "correct horse" not in said
    assert not (tmp_path / "run").exists()


def test_it_is_of_no_use_without_reports(
    claims: Path, secret: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(claims, "--out", tmp_path / "run", "--no-reports", "--password-file", secret) == 2
    assert "--password-file" in capsys.readouterr().err and not (tmp_path / "run").exists()


def test_a_password_file_that_is_not_there(claims: Path, tmp_path: Path) -> None:
    assert audit(claims, "--out", tmp_path / "run", "--password-file", tmp_path / "none.txt") == 2


@pytest.mark.slow
def test_only_the_workbook_is_encrypted_and_the_password_stands_nowhere(
    claims: Path, secret: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("msoffcrypto", reason="msoffcrypto-tool is not installed (auditor[password])")
    assert audit(claims, "--out", tmp_path / "run", "--password-file", secret) == 0
    assert "audit.xlsx is encrypted; the other files of the folder are not." in capsys.readouterr().out
    assert (tmp_path / "run" / "audit.xlsx").read_bytes().startswith(bytes.fromhex("d0cf11e0"))
    for file in (tmp_path / "run").iterdir():
        assert b"correct horse" not in file.read_bytes()
