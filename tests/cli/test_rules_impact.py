"""`auditor rules impact`, as it is called: terminal, JSON and page."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from pathlib import Path

import pytest

from auditor import pipeline
from auditor.base.resources import resource_dir
from auditor.cli.main import main
from auditor.engine import crew
from auditor.workbench import impact
from tests.workbench.impact_world import World, small_rule, small_world

HOSTILE = "A <script>alert(1)</script> & more"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return small_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(autouse=True)
def _here(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule files of the world are those at hand, and nothing is started beside the test."""

    def resources(name):
        return world.rulesets if name == "rulesets" else resource_dir(name)

    ours = crew.Crew
    monkeypatch.setattr(pipeline, "resource_dir", resources)
    monkeypatch.setattr(impact, "resource_dir", resources)
    monkeypatch.setattr(crew, "Crew", lambda _: ours(0))


@pytest.fixture(scope="module")
def changed(world: World) -> Path:
    path = world.folder / "EM-TINY-002_changed.yaml"
    text = small_rule(
        "EM-TINY-002", when='{line.code: {in: ["99214", "99215"]}}', more="", title=f'"{HOSTILE}"'
    )
    path.write_text(text, encoding="utf-8")
    return path


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main(["rules", "impact", *map(str, arguments)])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


@pytest.mark.slow
def test_the_terminal_and_the_page_tell_the_same(world, changed, tmp_path, capsys) -> None:
    page = tmp_path / "page.html"
    code, out, err = call(capsys, changed, "--run", world.run, "--out", page)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == f"Change: EM-TINY-002 (rule changed): {HOSTILE}"
    assert "Findings: 3 added, 1 changed, 2 told otherwise; 2 providers affected." in lines
    assert any(line.startswith("Replayed: 3 of 3 patients, 12 of 12 lines, 3 of 3 rules.") for line in lines)
    figures = r"Potential overpayment, record needed +2 +6 +\+4 +0\.00 +0\.00 +\$0\.00"
    assert any(re.match(figures, line) for line in lines)
    assert any(re.match(r"1000000012 +2 +0 +1 +1 ", line) for line in lines)
    assert any(re.match(r"EM-TINY-002 +12 +12 +12 +12 +claim lines", line) for line in lines)
    assert "  > claim C21 line 1 2024-07-11 99215 25, 1 units, paid $100.00 (line, flagged)" in lines
    assert "  before: bypassed, record needed, $100.00 at stake; " in re.sub(r"(at stake; ).*", r"\1", out)
    hold_page(page.read_text(encoding="utf-8"))
    again = tmp_path / "again.html"
    call(capsys, changed, "--run", world.run, "--out", again, "--quiet")
    assert again.read_bytes() == page.read_bytes()


def hold_page(text: str) -> None:
    """The page asks nothing of any network, runs nothing, and quotes rule files as text."""
    style = re.search(r"<style>(.*?)</style>", text, re.S)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert style is not None and policy is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    told = html.unescape(policy[1])
    assert (
        f"style-src 'sha256-{digest}'" in told
        and told.startswith("default-src 'none'")
        and "script" not in told
    )
    assert "<script" not in text and html.escape(HOSTILE, quote=False) in text
    assert not re.search(r'(src|href)="(?!#|data:)', text)
    for words in (
        "Findings: 3 added, 1 changed, 2 told otherwise; 2 providers affected.",
        "EM-TINY-002 claim C21 line 1",
        "1000000020",
    ):
        assert words in text


@pytest.mark.slow
def test_json_has_every_difference_and_the_samples(world, changed, capsys) -> None:
    code, out, err = call(capsys, changed, "--run", world.run, "--format", "json", "--claims", world.claims)
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["counts"] == {"added": 3, "removed": 0, "changed": 1, "reworded": 2}
    assert [item["kind"] for item in told["differences"]] == ["added"] * 3 + ["changed"] + ["reworded"] * 2
    assert told["changed"][0]["parts"][0].startswith("title: A tiny rule -> ")
    assert told["samples"][0]["lines"][0]["flagged"] and told["amounts"][0]["dollars_after"] == "720.00"
    assert told["by_provider"][0]["findings"]["added"] == 2


def test_a_change_of_words_says_so_without_any_claims(world, tmp_path, capsys) -> None:
    path = tmp_path / "EM-TINY-001.yaml"
    path.write_text(small_rule("EM-TINY-001", title="Another title"), encoding="utf-8")
    page = tmp_path / "page.html"
    code, out, _ = call(capsys, path, "--run", world.run, "--claims", tmp_path / "gone.csv", "--out", page)
    assert code == 0
    assert out.splitlines()[:3] == [
        "Change: EM-TINY-001 (rule changed, in nothing that decides a finding): Another title",
        "  title: A tiny rule -> Another title",
        "Nothing that decides a finding has changed; 6 findings of the run would be told otherwise. No claim was read.",
    ]
    assert "No claim was read." in page.read_text(encoding="utf-8")


def test_wrong_calls_are_exit_2_in_one_paragraph(world, capsys, tmp_path) -> None:
    for arguments in (
        [],
        ["--run", tmp_path / "none"],
        ["--run", world.run],
        ["--run", world.run, "--without", "X"],
    ):
        code, out, err = call(capsys, *arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)


def test_what_cannot_be_read_is_exit_3_in_one_paragraph(world, changed, capsys, tmp_path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("claim_id\nSECRET\n", encoding="utf-8")
    broken = tmp_path / "broken.yaml"
    broken.write_text("id: [", encoding="utf-8")
    for arguments in (
        [changed, "--run", tmp_path],
        [changed, "--run", world.run, "--claims", other],
        [changed, "--run", world.run, "--library", tmp_path / "none"],
        [tmp_path / "none.yaml", "--run", world.run],
        [broken, "--run", world.run],
    ):
        code, out, err = call(capsys, *arguments)
        assert (code, out, err.count("\n")) == (3, "", 1), err
        assert "SECRET" not in err


def test_a_page_that_cannot_be_written_is_exit_3(world, tmp_path, capsys) -> None:
    path = tmp_path / "EM-TINY-001.yaml"
    path.write_text(small_rule("EM-TINY-001", title="Another title"), encoding="utf-8")
    (tmp_path / "file").write_text("", encoding="utf-8")
    code, _, err = call(capsys, path, "--run", world.run, "--out", tmp_path / "file" / "page.html")
    assert (code, err.count("\n")) == (3, 1)
