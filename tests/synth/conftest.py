from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from auditor.synth import SynthOptions, SynthResult, Vocabulary, write_claims
from tests.synth.small import vocabulary


@dataclass
class Written:
    """A generated file, its rows as text and its truth."""

    result: SynthResult
    rows: list[dict[str, str]]
    truth: list[dict]


def write(out: Path, edits: Vocabulary, **options) -> Written:
    result = write_claims(out, edits, SynthOptions(**options))
    return Written(result, read_csv(result.claims_file), read_truth(result.truth_file))


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def read_truth(path: Path) -> list[dict]:
    con = duckdb.connect()
    con.execute(f"SELECT * FROM read_parquet('{path}')")
    names = [column[0] for column in con.description or ()]
    return [dict(zip(names, row, strict=True)) for row in con.fetchall()]


@pytest.fixture(scope="session")
def small_vocabulary() -> Vocabulary:
    return vocabulary()


@pytest.fixture(scope="session")
def demo(small_vocabulary, tmp_path_factory) -> Written:
    return write(tmp_path_factory.mktemp("demo"), small_vocabulary, lines=6_000, seed=3, errors=0.08)
