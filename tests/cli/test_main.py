"""How commands are found, and how every kind of error ends."""

import signal
import sys
from types import ModuleType

import click
import pytest

from auditor import __version__
from auditor.base.errors import InputRefused, InternalCheckFailed, UsageError
from auditor.cli import late_group
from auditor.cli import main as cli


@pytest.fixture
def command(monkeypatch):
    """Registers a function as `auditor trial` and gives a way to run it."""

    def run(body, *arguments):
        module = ModuleType("trial_command")
        vars(module)["trial"] = click.Command("trial", callback=body)
        monkeypatch.setitem(sys.modules, "trial_command", module)
        monkeypatch.setattr(cli.auditor, "late", {"trial": "trial_command:trial"})
        return cli.main(["trial", *arguments])

    return run


def raising(error):
    def body():
        raise error

    return body


def test_version_names_the_program_and_loads_no_command(capsys, monkeypatch):
    monkeypatch.setattr(cli.auditor, "late", {"broken": "no.such.module:broken"})
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"auditor, version {__version__}\n"


def test_every_registered_command_can_be_loaded():
    context = click.Context(cli.auditor)
    for name in cli.COMMANDS:
        loaded = cli.auditor.get_command(context, name)
        assert loaded is not None
        assert loaded.name == name


def test_a_command_that_ends_well_exits_0(command):
    assert command(lambda: None) == 0


def test_a_command_may_return_its_exit_code(command):
    assert command(lambda: 1) == 1


def test_a_command_may_exit_through_click(command):
    assert command(lambda: click.get_current_context().exit(1)) == 1


@pytest.mark.parametrize(
    ("error", "code"), [(UsageError("a"), 2), (InputRefused("a"), 3), (InternalCheckFailed("a"), 4)]
)
def test_an_expected_error_ends_with_its_own_code(command, error, code):
    assert command(raising(error)) == code


def test_an_expected_error_is_one_paragraph_without_a_traceback(command, capsys):
    command(raising(InputRefused("no column\n\nunits", where="claims.csv", mend="name it with --map")))
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "auditor: claims.csv: no column units. name it with --map.\n"


def test_debug_shows_the_traceback_before_the_paragraph(command, capsys):
    command(raising(InputRefused("no column units")), "--debug")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("Traceback")
    assert lines[-1] == "auditor: no column units."


def test_an_unforeseen_error_exits_4_and_withholds_its_words(command, capsys):
    assert command(raising(ValueError("patient MEMBER-77"))) == 4
    err = capsys.readouterr().err
    assert err.startswith("auditor: internal error (ValueError")
    assert "--debug" in err
    assert "MEMBER-77" not in err
    assert err.count("\n") == 1


def test_an_unforeseen_error_names_the_place_in_the_program(monkeypatch, capsys):
    monkeypatch.setattr(cli.auditor, "late", {"broken": "no_such_module:broken"})
    assert cli.main(["broken"]) == 4
    assert "ModuleNotFoundError at auditor/cli/late_group.py, line" in capsys.readouterr().err


def test_an_unforeseen_error_is_shown_in_full_with_debug(command, capsys):
    assert command(raising(ValueError("details")), "--debug") == 4
    assert "ValueError: details" in capsys.readouterr().err


def test_a_full_disk_is_told_plainly(command, capsys):
    assert command(raising(OSError(28, "No space left on device", "report/audit.xlsx"))) == 3
    assert capsys.readouterr().err == "auditor: report/audit.xlsx: No space left on device.\n"


def test_an_interrupt_exits_130_without_a_traceback(command, capsys):
    assert command(raising(KeyboardInterrupt())) == 130
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_that_a_library_makes_an_error_of_its_own_still_ends_as_one(
    command, monkeypatch, capsys, number, code
):
    def meets_a_signal():
        monkeypatch.setattr(cli, "_signals", [number])
        raise RuntimeError("Query interrupted")

    assert command(meets_a_signal) == code
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["audti"], "No such command 'audti'. Did you mean 'audit'? See 'auditor --help'."),
        (["--no-such-option"], "--no-such-option"),
    ],
)
def test_wrong_usage_exits_2_with_one_paragraph(arguments, said, capsys):
    assert cli.main(arguments) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_without_arguments_the_help_is_shown_and_the_exit_code_is_2(command, capsys):
    command(lambda: None)
    assert cli.main([]) == 2
    assert "Usage: auditor" in capsys.readouterr().err


def test_the_help_gives_each_example_a_line_of_its_own(capsys):
    assert cli.main(["--help"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert "auditor audit CLAIMS... --library DIR --out REPORT  audits your own claims" in lines


def test_debug_is_added_to_commands_of_a_group_and_only_once():
    leaf = click.Command("leaf", params=[click.Option(["--debug"], is_flag=True)])
    plain = click.Command("plain")
    group = click.Group("group", commands={"leaf": leaf, "plain": plain})
    for _ in range(2):
        late_group.add_debug(group)
    assert [p.name for p in leaf.params] == ["debug"]
    assert [p.name for p in plain.params] == ["debug"]
