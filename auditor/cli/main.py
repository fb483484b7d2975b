"""The `auditor` command: which commands there are, and the one place where errors become exit codes."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from auditor import __version__
from auditor.base.errors import AuditorError
from auditor.cli.late_group import LateGroup

INTERNAL_ERROR = 4
INPUT_REFUSED = 3
USAGE = 2
INTERRUPTED = 130

_PACKAGE = Path(__file__).resolve().parent.parent

COMMANDS: Mapping[str, str] = {
    "demo": "auditor.cli.demo:demo",
    "audit": "auditor.cli.audit:audit",
    "claims": "auditor.cli.claims:claims",
    "rules": "auditor.cli.rules:rules",
    "report": "auditor.cli.report:report",
    "compare": "auditor.cli.compare:compare",
    "synth": "auditor.cli.synth:synth",
    "score": "auditor.cli.score:score",
    "tables": "auditor.cli.tables:tables",
}


@click.command(
    cls=LateGroup,
    late=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name="auditor")
def auditor() -> None:
    """Audit medical claims against dated CMS tables and rules written in YAML.

    \b
    auditor demo                                        audits a bundled sample
    auditor tables import FILE... --library DIR         loads CMS's edit files
    auditor audit CLAIMS... --library DIR --out REPORT  audits your own claims

    Exit codes: 0 done; 1 done and --fail-on matched; 2 wrong usage; 3 input
    refused; 4 an internal check failed.
    """  # noqa: D301  (click looks for the character itself)


def main(arguments: Sequence[str]) -> int:
    """Run `auditor` with `arguments` (without the program's name) and return its exit code.

    Every error ends here: one paragraph on stderr, a traceback only with ``--debug``.
    """
    debug = "--debug" in arguments
    try:
        outcome = _called(arguments)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return USAGE
    except (click.exceptions.Abort, KeyboardInterrupt):
        _say("interrupted; what an earlier run wrote is as it was.")
        return INTERRUPTED
    except click.ClickException as error:
        _say(_usage_paragraph(error))
        return error.exit_code
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else int(done.code is not None)
    except AuditorError as error:
        _say(str(error), error if debug else None)
        return error.exit_code
    except OSError as error:
        if error.strerror is None:
            return _internal(error, debug)
        place = f"{error.filename}: " if error.filename else ""
        _say(f"{place}{error.strerror}.", error if debug else None)
        return INPUT_REFUSED
    except Exception as error:
        if type(error).__name__ == "OutOfMemoryException":
            _say(
                "the audit needs more memory than it was given. Give more with --memory.",
                error if debug else None,
            )
            return INPUT_REFUSED
        return _internal(error, debug)
    return outcome if isinstance(outcome, int) else 0


_signals: list[int] = []
"""Signals that asked this process to end."""


def _end(number: int, _frame: object) -> None:
    """Take a signal: end by the exception that goes with it, and remember it."""
    _signals.append(number)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(128 + number)


def _called(arguments: Sequence[str]) -> Any:
    """What the command returns. A library at work makes an error of its own of a signal's; it is made one again."""
    try:
        return auditor.main(list(arguments), prog_name="auditor", standalone_mode=False)
    except Exception as error:
        if not _signals:
            raise
        if _signals[0] == signal.SIGINT:
            raise KeyboardInterrupt from error
        raise SystemExit(128 + _signals[0]) from error


def run() -> None:
    """Entry point of the installed program. A polite request to end is one to clean up: no claims stay behind."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # a closed terminal is as polite; Windows has no such signal
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)
    code = main(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):  # who reads it may be gone
            stream.flush()
    # All that was opened is closed. Taking the interpreter apart would take as long as a small file's audit.
    os._exit(code)


def _usage_paragraph(error: click.ClickException) -> str:
    """What was wrong with the call and where to read more, as one paragraph."""
    message = error.format_message()
    if isinstance(error, click.UsageError) and error.ctx is not None:
        stop = "" if message.endswith((".", "?")) else "."
        message += f"{stop} See '{error.ctx.command_path} --help'."
    return message


def _internal(error: Exception, debug: bool) -> int:
    """Tell of an error that nobody foresaw. Its own words are withheld: they may quote claim data."""
    place = ""
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if path.is_relative_to(_PACKAGE):
            place = f" at {path.relative_to(_PACKAGE.parent)}, line {frame.lineno}"
    _say(
        f"internal error ({type(error).__name__}{place}). This is a fault of the program, not of your files."
        " Its details are withheld because they may quote claim data; to see them, run with --debug.",
        error if debug else None,
    )
    return INTERNAL_ERROR


def _say(paragraph: str, error: BaseException | None = None) -> None:
    """Print one paragraph on stderr, after the traceback of `error` if one is given."""
    if error is not None:
        traceback.print_exception(error)
    click.echo("auditor: " + " ".join(paragraph.split()), err=True)
