"""The document of a small invented audit is what it was; see `gold_document` for when it is meant to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reports.gold_document import GOLD, NAMES, write_gold


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gold")
    write_gold(folder)
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_it_is_what_it_was(made: Path, name: str) -> None:
    now = (made / name).read_text(encoding="utf-8").splitlines()
    assert now == (GOLD / name).read_text(encoding="utf-8").splitlines()
