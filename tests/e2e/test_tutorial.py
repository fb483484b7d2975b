"""The tutorial, command by command: what it says to type is typed, and what it says comes out comes out."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from auditor.cli.main import main

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial_payer_rule.md"
BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def steps() -> list[tuple[str, str, str]]:
    """(kind, file, text) of every block that does something, in the order of the page."""
    return [(kind, file, text) for kind, file, text in BLOCK.findall(TUTORIAL.read_text(encoding="utf-8"))]


def commands(text: str) -> list[tuple[str, list[str]]]:
    """Each command of a console block with the lines it is said to print."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def said_by(printed: str, wanted: list[str]) -> bool:
    """Whether the lines come in this order; ``...`` stands for any number of others, and none else may be left out."""
    pattern = "".join("(?:.*\n)*" if line == "..." else re.escape(line) + "\n" for line in wanted)
    return re.fullmatch(pattern, printed) is not None


@pytest.mark.slow
def test_every_command_of_the_tutorial_does_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("AUDITOR_LIBRARY", "AUDITOR_RULES", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home" / name))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    typed = 0
    for kind, file, text in steps():
        if kind == "yaml" and file:
            (tmp_path / file).write_text(text, encoding="utf-8")
        if kind != "console":
            continue
        for command, wanted in commands(text):
            program, *arguments = shlex.split(command)
            assert program == "auditor"
            code = int(wanted.pop()[6:-1]) if wanted and wanted[-1].startswith("(exit ") else 0
            assert main(arguments) == code, command
            printed = capsys.readouterr().out
            assert said_by(printed, wanted), f"{command}\nprinted:\n{printed}\nthe page says:\n" + "\n".join(
                wanted
            )
            typed += 1
    assert typed >= 12
    assert (tmp_path / "impact.html").stat().st_size > 10_000
    assert (tmp_path / "after" / "audit.html").is_file()


def test_the_tutorial_asks_nothing_that_an_author_would_have_to_program() -> None:
    kinds = {kind for kind, _, _ in steps()}
    assert kinds == {"console", "yaml"}
