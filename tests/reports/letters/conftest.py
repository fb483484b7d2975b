"""An invented run written to a folder, as an audit leaves it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.reports.letters.run_folder import RunFolder, read_run_folder
from tests.reports.fakes import FakeRun, make_run


def written(folder: Path, count: int = 200, **more: Any) -> FakeRun:
    """An invented run with run.json beside its rows; `told` is put into run.json."""
    told = more.pop("told", {})
    fake = make_run(folder, count, **more)
    (folder / "run.json").write_text(json.dumps(fake.run | told), encoding="utf-8")
    return fake


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("finished")
    written(path, 150, seed=5)
    return path


@pytest.fixture(scope="session")
def run(folder: Path) -> RunFolder:
    return read_run_folder(folder)
