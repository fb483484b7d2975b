"""The bars that people see: one line a stage, with rows and rate."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.progress import Progress as Bars
from rich.text import Text

from auditor.base.progress import NullProgress, Stage

_REFRESH_SECONDS = 0.1


class _Line:
    """What one line shows: all stages of one name together, as a stage may come once for every partition."""

    def __init__(self, name: str, bars: Bars) -> None:
        self.rows = 0
        self.total: int | None = None
        self._busy = 0.0
        self._opened: float | None = None
        self._shown = 0.0
        self._bars = bars
        self._task: TaskID = bars.add_task(name, total=None, line=self)

    @property
    def seconds(self) -> float:
        """Wall seconds in stages of this name, the open one included."""
        return self._busy + (time.monotonic() - self._opened if self._opened is not None else 0.0)

    def open(self) -> None:
        """Begin a stage of this name."""
        self._opened = time.monotonic()
        self.total = None
        self._bars.update(self._task, total=None, completed=0)

    def count(self, rows: int, total: int | None) -> None:
        """Add `rows` of a stage that expects `total`; the bar moves at most ten times a second."""
        self.rows += rows
        self.total = total
        now = time.monotonic()
        if now - self._shown >= _REFRESH_SECONDS:
            self._shown = now
            self._bars.update(self._task, total=self.total, completed=self.rows)

    def close(self) -> None:
        """End the stage."""
        self._busy, self._opened = self.seconds, None
        self._bars.update(self._task, total=1, completed=1)


class _ShownStage(Stage):
    """One stage; its rows are its own, and count on the line of its name too."""

    def __init__(self, name: str, line: _Line) -> None:
        super().__init__(name)
        self._line = line
        self._before = line.rows

    def advance(self, rows: int) -> None:
        """Count `rows` more as done."""
        super().advance(rows)
        self._line.count(rows, self._before + self.total if self.total is not None else None)


class _Counted(ProgressColumn):
    """Seconds, rows and rate of a line."""

    def render(self, task: Task) -> Text:
        """The text of one task."""
        line: _Line = task.fields["line"]
        return Text(f"{line.seconds:6.1f} s  {counted(line.rows, line.total, line.seconds)}")


class RichProgress:
    """Shows stages on a terminal as they run; a context manager that keeps their lines together.

    Outside a ``with`` block every stage stands for itself.
    """

    def __init__(self, console: Console) -> None:
        self._bars = Bars(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            _Counted(),
            console=console,
        )
        self._lines: dict[str, _Line] = {}
        self._depth = 0

    def __enter__(self) -> Self:
        if self._depth == 0:
            self._bars.start()
        self._depth += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._bars.stop()
            for task in self._bars.task_ids:
                self._bars.remove_task(task)
            self._lines.clear()

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """A stage on the line of its name; without a known total its bar only moves."""
        with self:
            if name not in self._lines:
                self._lines[name] = _Line(name, self._bars)
            line = self._lines[name]
            line.open()
            yield _ShownStage(name, line)
            line.close()


class SilentProgress(NullProgress):
    """Shows nothing; a context manager as :class:`RichProgress` is."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


def counted(rows: int, total: int | None, seconds: float) -> str:
    """Rows done, of how many, and rows a second: ``"1,200 of 5,000 rows, 600/s"``; empty for no rows."""
    if not rows:
        return ""
    of = f" of {total:,}" if total and total > rows else ""
    rate = f", {rows / seconds:,.0f}/s" if seconds >= _REFRESH_SECONDS else ""
    return f"{rows:,}{of} rows{rate}"


def progress_for(stream: TextIO | None = None, *, quiet: bool = False) -> RichProgress | SilentProgress:
    """Bars on `stream` (default stderr) if it is a terminal and not `quiet`; otherwise nothing."""
    stream = stream or sys.stderr
    if quiet or not stream.isatty():
        return SilentProgress()
    return RichProgress(Console(file=stream))
