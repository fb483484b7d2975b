"""`auditor report`: from the output folder of an audit to a letter, a memo, a worksheet and an extract."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from auditor.cli.main import main
from tests.reports.fakes import make_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    fake = make_run(folder, 80, seed=9)
    (folder / "run.json").write_text(json.dumps(fake.run), encoding="utf-8")
    return folder


def provider_of(run: Path, folder: Path) -> str:
    assert (
        main(["report", "extract", str(run), "--out", str(folder / "a.csv"), "--columns", "rendering_npi"])
        == 0
    )
    with (folder / "a.csv").open(encoding="utf-8", newline="") as file:
        return next(csv.DictReader(file))["rendering_npi"]


def test_the_four_documents(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    npi = provider_of(run, tmp_path)
    theme = tmp_path / "theme.yaml"
    theme.write_text("organisation: Example Clinic\n", encoding="utf-8")
    look = ["--theme", str(theme), "--counsel-header"]
    assert (
        main(["report", "letter", str(run), "--provider", npi, "--out", str(tmp_path / "l.html"), *look]) == 0
    )
    assert (
        main(["report", "memo", str(run), "--rule", "ncci-mue-001", "--out", str(tmp_path / "m.html"), *look])
        == 0
    )
    dates = [
        "--identified",
        "2026-02-02",
        "--investigation-start",
        "2026-02-14",
        "--investigation-end",
        "2026-03-17",
    ]
    assert main(["report", "sixty-day", str(run), *dates, "--out", str(tmp_path / "s.xlsx"), *look]) == 0
    assert main(["report", "sixty-day", str(run), "--out", str(tmp_path / "s.html")]) == 0
    said = capsys.readouterr().out
    assert "a draft with 12 open blanks" in said
    assert "1 rule; causes and recommendations are drafts" in said
    assert "report and return by 2026-05-04" in said
    assert "no date is computed" in said
    for name in ("l.html", "m.html"):
        page = (tmp_path / name).read_text(encoding="utf-8")
        assert "Prepared at the direction of counsel" in page
        assert "Example Clinic" in page


def test_a_signed_letter(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from auditor.reports.letters.provider_letter import BLANKS

    fill = tmp_path / "fill.yaml"
    fill.write_text("".join(f'{blank.key}: "told"\n' for blank in BLANKS), encoding="utf-8")
    npi = provider_of(run, tmp_path)
    out = str(tmp_path / "l.html")
    assert main(["report", "letter", str(run), "--provider", npi, "--fill", str(fill), "--out", out]) == 0
    assert ", signed." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (["letter", "--provider", "1"], 2, "no finding is counted under the provider 1"),
        (["memo", "--rule", "NCCI-NONE-001"], 2, "no rule of this run is called NCCI-NONE-001"),
        (["extract", "--columns", "claim"], 2, "there is no column claim"),
        (["extract", "--class", "sure"], 2, "sure"),
        (["sixty-day", "--identified", "soon"], 2, "soon"),
        (["sixty-day", "--provider", "1"], 2, "no finding is counted"),
    ],
)
def test_a_wrong_call_says_what_and_writes_nothing(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], given: list[str], code: int, said: str
) -> None:
    assert main(["report", given[0], str(run), *given[1:], "--out", str(tmp_path / "out.html")]) == code
    told = capsys.readouterr().err.strip()
    assert said in told
    assert "\n" not in told
    assert list(tmp_path.iterdir()) == []


def test_a_run_for_a_board_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fake = make_run(tmp_path / "run", 20)
    (tmp_path / "run" / "run.json").write_text(json.dumps(fake.run | {"profile": "board"}), encoding="utf-8")
    for command in (["extract"], ["memo"], ["sixty-day"], ["letter", "--provider", "1003000126"]):
        out = str(tmp_path / "x.html")
        assert main(["report", command[0], str(tmp_path / "run"), *command[1:], "--out", out]) == 2
    assert "--profile board" in capsys.readouterr().err
    assert not (tmp_path / "x.html").exists()


def test_the_header_of_the_run_stays_unless_another_is_asked_for(tmp_path: Path) -> None:
    fake = make_run(tmp_path / "run", 20)
    told = fake.run | {"counsel_header": "Privileged"}
    (tmp_path / "run" / "run.json").write_text(json.dumps(told), encoding="utf-8")
    out = tmp_path / "m.html"
    assert main(["report", "memo", str(tmp_path / "run"), "--out", str(out)]) == 0
    assert '<span class="counsel">Privileged</span>' in out.read_text(encoding="utf-8")
    assert main(["report", "memo", str(tmp_path / "run"), "--out", str(out), "--counsel-header=Other"]) == 0
    assert '<span class="counsel">Other</span>' in out.read_text(encoding="utf-8")
