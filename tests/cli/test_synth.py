from __future__ import annotations

import pytest
from click.testing import CliRunner

from auditor.base.errors import UsageError
from auditor.cli.synth import newest_quarter, synth
from auditor.reference import Library
from auditor.synth.generate import STARTER_PERIOD


@pytest.fixture(autouse=True)
def no_library_of_the_user(monkeypatch, tmp_path):
    monkeypatch.setenv("AUDITOR_LIBRARY", str(tmp_path / "none"))


def run(*arguments):
    return CliRunner().invoke(synth, [str(a) for a in arguments])


def test_it_writes_claims_and_truth_from_the_starter_edition(tmp_path):
    outcome = run("--out", tmp_path / "out", "--lines", 2000, "--seed", 5)
    assert outcome.exit_code == 0, outcome.output
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["claims.csv", "truth.parquet"]
    assert "2,000 lines" in outcome.output
    assert "2024-07-01 to 2024-09-30" in outcome.output


def test_quiet_says_nothing(tmp_path):
    outcome = run("--out", tmp_path, "--lines", 100, "--seed", 1, "--quiet", "--format", "parquet")
    assert (outcome.exit_code, outcome.output) == (0, "")
    assert (tmp_path / "claims.parquet").exists()


def test_dates_of_service_may_be_given(tmp_path):
    outcome = run("--out", tmp_path, "--lines", 50, "--seed", 1, "--from", "2024-08-01", "--to", "2024-08-31")
    assert "2024-08-01 to 2024-08-31" in outcome.output


def test_one_end_of_the_period_alone_is_refused(tmp_path):
    outcome = run("--out", tmp_path, "--lines", 50, "--seed", 1, "--from", "2024-08-01")
    assert isinstance(outcome.exception, UsageError)


@pytest.mark.parametrize("wrong", [("--lines", 0), ("--errors", 0.9), ("--seed", -1)])
def test_values_out_of_bounds_are_usage_errors(tmp_path, wrong):
    given = {"--out": tmp_path, "--lines": 10, "--seed": 1, wrong[0]: wrong[1]}
    assert run(*(part for pair in given.items() for part in pair)).exit_code == 2


def test_the_period_is_the_quarter_of_the_newest_mue_values(tmp_path):
    assert newest_quarter(Library.starter()) == STARTER_PERIOD
    assert newest_quarter(Library.open(tmp_path / "none")) == STARTER_PERIOD
