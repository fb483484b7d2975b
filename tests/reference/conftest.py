"""A desk to work on: a folder for files and a library beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reference.layouts import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    folder = tmp_path / "files"
    folder.mkdir()
    return Desk(folder, tmp_path / "library")
