"""`auditor demo`: a whole audit of synthetic claims, and how many of the seeded errors it found."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from auditor.cli.main import main


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    assert main(["demo", "--out", str(folder / "report"), "--lines", "1500", "--quiet"]) == 0
    return folder / "report"


def test_it_writes_a_whole_report(demo: Path) -> None:
    assert {"audit.html", "audit.xlsx", "findings.parquet", "run.json"} <= {
        path.name for path in demo.iterdir()
    }
    run = json.loads((demo / "run.json").read_text(encoding="utf-8"))
    assert run["counts"]["lines_read"] >= 1500 and run["engine"]["disagreements"] == 0
    assert run["counts"]["findings"]["fail"]["definite"] > 0


def test_it_says_how_many_of_the_seeded_errors_were_found(
    demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--out", str(tmp_path / "report"), "--lines", "1500"]) == 0
    said = capsys.readouterr().out
    found = re.search(r"(\d[\d,]*) of (\d[\d,]*)", said)
    assert found is not None and found[1] == found[2] != "0", said
    assert "dollars tie out" in said and str(tmp_path / "report" / "audit.html") in said
    assert (tmp_path / "report" / "findings.parquet").read_bytes() == (demo / "findings.parquet").read_bytes()


def test_it_replaces_its_own_report_and_nothing_else(demo: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert main(["demo", "--out", str(tmp_path), "--lines", "500", "--quiet"]) == 2
    assert main(["demo", "--out", str(demo), "--lines", "0"]) == 2
    assert (demo / "audit.html").exists()
