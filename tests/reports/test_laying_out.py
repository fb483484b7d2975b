"""What lays out a run writes every output, reads them back while the workbook can be read, and encrypts it last."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from auditor.base.errors import InternalCheckFailed
from auditor.reports import AuditDocument, laying_out, write_xlsx
from tests.reports.conftest import TEMPLATES, document_of
from tests.reports.fakes import FakeRun, make_run


@pytest.fixture
def few(tmp_path: Path) -> FakeRun:
    return make_run(tmp_path, 12, seed=9, set_aside=2)


def test_a_workbook_that_says_something_else_is_found_before_it_is_encrypted(
    few: FakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    other = document_of(make_run(tmp_path / "other", 5, seed=2))

    def wrong(document: AuditDocument, path: Path, **asked: Any) -> None:
        write_xlsx(other, path, **asked)

    monkeypatch.setattr(laying_out, "write_xlsx", wrong)
    with pytest.raises(InternalCheckFailed, match=r"audit\.xlsx") as told:
        laying_out.lay_out(few.run, None, tmp_path, TEMPLATES, password="correct horse")
    assert told.value.exit_code == 4


def test_under_a_password_the_workbook_alone_is_encrypted(few: FakeRun, tmp_path: Path) -> None:
    pytest.importorskip("msoffcrypto", reason="msoffcrypto-tool is not installed (auditor[password])")
    laying_out.lay_out(few.run, None, tmp_path, TEMPLATES, password="correct horse")
    assert (tmp_path / "audit.xlsx").read_bytes().startswith(bytes.fromhex("d0cf11e0"))
    assert {path.name for path in tmp_path.iterdir()} >= {"audit.html", "audit.md", "audit.json"}
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_only_an_internal_report_is_compared_with_an_earlier_one(
    few: FakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(laying_out, "trend_against", lambda previous, run, findings: asked.append(previous))
    laying_out.lay_out(few.run, None, tmp_path, TEMPLATES, previous=tmp_path)
    external = {**few.run, "profile": {"name": "external"}}
    laying_out.lay_out(external, None, tmp_path, TEMPLATES, previous=tmp_path)
    assert asked == [tmp_path, None]
