"""What the set-up command says on a machine that lacks something. Nothing is installed here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "set_up.sh"


@pytest.fixture
def set_up(tmp_path):
    """Runs the command for an environment in `tmp_path`; gives the exit code and what it said."""

    def run(*, venv="venv", what="run", **environment):
        done = subprocess.run(
            ["sh", str(SCRIPT), str(tmp_path / venv), what],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr

    return run


@pytest.fixture
def python_without(tmp_path):
    """A Python that lacks what a check asks for: it fails every check whose text holds `word`."""

    def make(word):
        path = tmp_path / f"python-without-{word}"
        path.write_text(f'#!/bin/sh\ncase "$*" in *{word}*) exit 1 ;; esac\nexec "{sys.executable}" "$@"\n')
        path.chmod(0o755)
        return str(path)

    return make


def one_sentence(text):
    return text.startswith("Cannot set up: ") and text.count("\n") == 1


def test_a_python_that_does_not_start_is_named(set_up):
    code, said = set_up(PYTHON="no-such-python")
    assert code == 1
    assert one_sentence(said)
    assert "PYTHON=no-such-python is not a Python 3.11, 3.12 or 3.13" in said


@pytest.mark.parametrize(
    ("word", "package"), [("ensurepip", "-venv"), ("Python.h", "-dev")], ids=["venv", "headers"]
)
def test_a_missing_part_of_python_is_named_with_its_package(set_up, python_without, word, package):
    code, said = set_up(PYTHON=python_without(word))
    assert code == 1
    assert one_sentence(said)
    assert f"apt-get install python{sys.version_info[0]}.{sys.version_info[1]}{package}" in said


def test_a_missing_compiler_is_named_with_its_package(set_up):
    code, said = set_up(PYTHON=sys.executable, CC="no-such-compiler")
    assert code == 1
    assert one_sentence(said)
    assert "no working C compiler" in said
    assert "apt-get install build-essential" in said


def test_a_folder_that_is_no_environment_is_left_alone(set_up, tmp_path):
    (tmp_path / "claims").mkdir()
    mine = tmp_path / "claims" / "claims.csv"
    mine.write_text("claim_id\n")
    code, said = set_up(venv="claims", PYTHON=sys.executable)
    assert code == 1
    assert one_sentence(said)
    assert "not a virtual environment" in said
    assert mine.exists()


def test_only_known_things_are_installed(set_up):
    code, said = set_up(what="everything")
    assert code == 1
    assert one_sentence(said)
