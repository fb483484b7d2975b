"""What stages show on a terminal, and that nothing is shown elsewhere."""

import io
import re

import pytest
from rich.console import Console

from auditor.base.progress import RecordingProgress
from auditor.cli.progress import RichProgress, SilentProgress, counted, progress_for


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def stream():
    return io.StringIO()


@pytest.fixture
def progress(stream):
    return RichProgress(Console(file=stream, force_terminal=True, width=120))


def last_lines(stream, number):
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", stream.getvalue())
    return [line for line in text.split("\n") if line.strip()][-number:]


@pytest.mark.parametrize("total", [None, 1200])
def test_a_finished_stage_shows_its_name_and_rows(progress, stream, total):
    with progress.stage("read claims") as stage:
        stage.total = total
        stage.advance(400)
        stage.advance(800)
    text = stream.getvalue()
    assert "✓ read claims" in text
    assert "1,200 rows" in text


def test_stages_of_one_name_share_a_line_and_add_up(progress, stream):
    with progress:
        for _ in range(3):
            with progress.stage("match") as stage:
                stage.advance(10)
            with progress.stage("reason") as stage:
                stage.advance(1)
    match, reason = last_lines(stream, 2)
    assert "match" in match
    assert "30 rows" in match
    assert "reason" in reason
    assert "3 rows" in reason


def test_without_a_block_each_stage_stands_for_itself(progress, stream):
    for name in ("unpack", "write"):
        with progress.stage(name) as stage:
            stage.advance(5)
    (last,) = last_lines(stream, 1)
    assert "write" in last
    assert "unpack" not in last


def test_an_error_in_a_stage_ends_the_display(progress, stream):
    with pytest.raises(ValueError, match="broken"), progress, progress.stage("match"):
        raise ValueError("broken")
    with progress.stage("again") as stage:
        stage.advance(1)
    assert "match" not in last_lines(stream, 1)[0]


def test_counted_gives_rows_total_and_rate():
    assert counted(1200, 5000, 2.0) == "1,200 of 5,000 rows, 600/s"
    assert counted(5000, 5000, 2.0) == "5,000 rows, 2,500/s"
    assert counted(10, None, 0.01) == "10 rows"  # too short to speak of a rate
    assert counted(0, 5000, 2.0) == ""


def test_bars_are_for_terminals_only(monkeypatch):
    assert isinstance(progress_for(io.StringIO()), SilentProgress)
    assert isinstance(progress_for(Terminal(), quiet=True), SilentProgress)
    assert isinstance(progress_for(Terminal()), RichProgress)
    monkeypatch.setattr("sys.stderr", Terminal())
    assert isinstance(progress_for(), RichProgress)


def test_silence_is_a_progress_too(capsys):
    with SilentProgress() as progress, progress.stage("match") as stage:
        stage.advance(3)
    assert stage.rows == 3
    assert capsys.readouterr() == ("", "")


def test_rows_are_recorded_for_each_stage_as_well_as_shown(progress):
    recording = RecordingProgress(progress)
    with progress:
        for rows in (7, 2):
            with recording.stage("match") as stage:
                stage.advance(rows)
    assert [(r["name"], r["rows"]) for r in recording.records] == [("match", 7), ("match", 2)]
