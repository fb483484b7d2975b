"""Whole audits of a hostile feed for others: no byte of any output names a claim, a patient or a file of the input.

Every identifier of the feed holds the letters QXZ7QV, in whatever place a feed can have one, some of them as a formula
or markup; nothing else does.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from auditor.cli.synth import newest_quarter, vocabulary_of
from auditor.pipeline import AuditOptions, run_audit
from auditor.reference import Library
from auditor.reports.profile_files import POLICIES
from auditor.synth import demo_claims
from tests.claims.remittance_pairs import Claim, Line, bill, remit
from tests.reports.leaks import leaks, parts

pytestmark = pytest.mark.slow

KEY = b"a key of this test, 32 characters"
HOSTILE = (
    "QXZ7QVC{}",
    "=HYPERLINK(QXZ7QVC{})",
    "<script>QXZ7QVC{}</script>",
    "QXZ7QV C/{} 'Jane'",
    "+QXZ7QVC{}",
    "QXZ7QV,{}",
)
# As it is, as an escape of JSON or XML could not change it, and in hexadecimal digits (of a mark that was left).
NAMED = rb"QXZ7QV|51585a375156"
MARKS = rb"\xee\x80[\x80\x81]|\\ue00[01]"
FILES = (
    "claim_lines.parquet",
    "providers.parquet",
    "audit.html",
    "audit.xlsx",
    "audit.md",
    "audit.json",
    "run.json",
    "findings.parquet",
    "set_aside.parquet",
)


def hostile_feed(folder: Path) -> Path:
    """Synthetic claims, their identifiers replaced; a few rows cannot be read, and a few claims follow each other."""
    starter = Library.starter()
    made = demo_claims(folder, vocabulary_of(starter, 3, newest_quarter(starter)), lines=900, seed=3)
    with made.claims_file.open(newline="", encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    claims: dict[str, str] = {}
    for number, row in enumerate(rows):
        for name in ("claim_id", "original_ref"):
            if row[name]:
                row[name] = claims.setdefault(
                    row[name], HOSTILE[len(claims) % len(HOSTILE)].format(len(claims))
                )
        if row["patient_id"]:
            row["patient_id"] = f"QXZ7QVP{row['patient_id']}"
        row |= {
            "billing_tin": "QXZ7QVT123",
            "prior_auth": "QXZ7QVA 77",
            "payer_icn": f"QXZ7QVI{row['claim_id']}",
        }
        row["referring_npi"] = "QXZ7QVN1" if number % 3 else "1003000126"
        row["sex"] = "QXZ7QV SMITH" if number % 7 == 0 else row["sex"]
        if number % 50 == 7:
            row["mod4"] = "QXZ7QVM"
        if number % 90 == 11:
            row["line_no"] = "QXZ7QVL"
        if number % 90 == 13:
            row["allowed"] = "0.01"
        if number % 90 == 12:
            row["rendering_npi"] = "QXZ7QVR"
    path = folder / "QXZ7QV John Smith 1950-01-31.csv"
    with path.open("w", newline="", encoding="utf-8") as target:
        writer = csv.DictWriter(target, [*rows[0]])
        writer.writeheader()
        writer.writerows([*rows, rows[5]])
    return path


def hostile_x12(folder: Path) -> tuple[Path, Path]:
    """An 837 with a name and an address, and an 835 that answers one of its claims and one that is not there."""
    lines = (
        Line("99213", control="QXZ7QVK1", day="20240709"),
        Line("99214", mods=("QX", "7M"), control="QXZ7QVK2"),
    )
    one = Claim("QXZ7QVX1", lines, member="QXZ7QVM1", payer_name="QX PAYER", icn="QXZ7QVICN1")
    other = replace(one, id="QXZ7QVX2", frequency="7", ref="QXZ7QVICN1", icn="QXZ7QVICN2", member="QXZ7QVM2")
    claims, answers = folder / "QXZ7QV Jane Roe.837", folder / "QXZ7QV Jane Roe.835"
    text = bill(one, other).replace("*ONE*ANN*", "*QXZ7QVROE*QXZ7QVJANE*").replace("N3*", "N3*QXZ7QV STREET ")
    claims.write_text(
        text.replace("HI*ABK:E119", "REF*9F*QXZ7QVAUTH~ZZZ*QXZ7QV~HI*ABK:E119"), encoding="ascii"
    )
    answers.write_text(
        remit(one, replace(one, id="QXZ7QVX9")).replace("*ONE*ANN*", "*QXZ7QVROE*QXZ7QVJANE*"),
        encoding="ascii",
    )
    return claims, answers


def audited(claims: Sequence[Path], out: Path, profile: str) -> Path:
    key = None if profile == "internal" else KEY
    return run_audit(claims, out, AuditOptions(use_starter=True, profile=profile, key=key)).folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The output of the same feed for everybody; the external one twice."""
    folder = tmp_path_factory.mktemp("leaks")
    claims = [hostile_feed(folder), *hostile_x12(folder)]
    runs = {"internal": "internal", "external": "external", "again": "external", "board": "board"}
    return {name: audited(claims, folder / f"run-{name}", profile) for name, profile in runs.items()}


def ids_of(folder: Path) -> set[bytes]:
    with duckdb.connect(":memory:") as con:
        rows = con.execute(
            "SELECT finding_id FROM read_parquet($p)", {"p": str(folder / "findings.parquet")}
        ).fetchall()
    return {value.encode() for (value,) in rows}


def test_the_search_finds_them_where_they_may_stand(folders: Mapping[str, Path]) -> None:
    met = {name.split("!")[0].split(" ")[0] for name in leaks(folders["internal"], NAMED, MARKS)}
    assert met >= {"audit.html", "audit.xlsx", "audit.md", "audit.json", "run.json", "findings.parquet"}
    assert met >= {"set_aside.parquet", "superseded.parquet", "data_quality.parquet", "unmatched.parquet"}
    assert met >= {"claim_lines.parquet"}
    assert "diagnostics.parquet" in met


@pytest.mark.parametrize("profile", ["external", "again", "board"])
def test_no_part_of_the_output_names_anybody(folders: Mapping[str, Path], profile: str) -> None:
    assert leaks(folders[profile], NAMED, MARKS) == {}
    assert {path.name for path in folders[profile].iterdir()} >= set(FILES)


@pytest.mark.parametrize("profile", ["external", "board"])
def test_no_id_of_a_finding_file_or_run_is_that_of_the_internal_report(
    folders: Mapping[str, Path], profile: str
) -> None:
    inside = json.loads((folders["internal"] / "run.json").read_text())
    secret = ids_of(folders["internal"]) | {inside["run_id"].encode(), inside["inputs"][0]["sha256"].encode()}
    for name, data in parts(folders[profile]):
        assert not set(re.findall(rb"[0-9a-f]{16,64}", data)) & secret, name


@pytest.mark.parametrize("profile", ["external", "board"])
def test_the_key_is_nowhere(folders: Mapping[str, Path], profile: str) -> None:
    for name, data in parts(folders[profile]):
        assert KEY not in data and KEY.hex().encode() not in data.lower(), name


def test_a_board_is_told_of_no_finding_and_of_no_day(folders: Mapping[str, Path]) -> None:
    with duckdb.connect(":memory:") as con:
        days = con.execute(
            "SELECT DISTINCT service_date::VARCHAR FROM read_parquet($p) WHERE service_date IS NOT NULL",
            {"p": str(folders["internal"] / "findings.parquet")},
        ).fetchall()
        for name in POLICIES:
            path = folders["board"] / name
            assert not path.exists() or con.execute(
                f"SELECT count(*) FROM read_parquet('{path}')"
            ).fetchone() == (0,)
    # Days that rules and tables name are no days of a service; the others stand nowhere.
    elsewhere = (folders["board"] / "run.json").read_text()
    wanted = {day.encode() for (day,) in days if day not in elsewhere}
    assert len(wanted) > 30
    for name, data in parts(folders["board"]):
        assert not wanted & set(re.findall(rb"\d{4}-\d\d-\d\d", data)), name


def test_the_same_key_gives_the_same_bytes(folders: Mapping[str, Path]) -> None:
    for path in sorted(folders["external"].iterdir()):
        if path.name == "run.json":  # it tells how long each stage took
            one, two = (
                json.loads((folders[name] / "run.json").read_text()) for name in ("external", "again")
            )
            assert {**one, "stages": 0} == {**two, "stages": 0}
        else:
            assert path.read_bytes() == (folders["again"] / path.name).read_bytes(), path.name


def test_the_figures_are_those_of_the_internal_report(folders: Mapping[str, Path]) -> None:
    told = {name: json.loads((folder / "audit.json").read_text()) for name, folder in folders.items()}
    for section, amount in told["internal"]["totals"]["sections"].items():
        assert told["external"]["totals"]["sections"][section] == amount
        if section in told["board"]["totals"]["sections"]:
            board = told["board"]["totals"]["sections"][section]
            assert (board["dollars"], board["findings"]) == (amount["dollars"], amount["findings"])
        else:
            assert section in told["board"]["withheld"]
    assert told["external"]["coverage"] == told["internal"]["coverage"]
    for by in ("by_rule", "by_provider", "by_month"):
        assert len(told["external"][by]) == len(told["internal"][by])


def test_every_column_that_is_written_has_been_thought_about(folders: Mapping[str, Path]) -> None:
    with duckdb.connect(":memory:") as con:
        for path in sorted(folders["internal"].glob("*.parquet")):
            found = {
                row[0] for row in con.execute(f"DESCRIBE SELECT * FROM read_parquet('{path}')").fetchall()
            }
            assert found == set(POLICIES[path.name]), path.name


def test_every_part_of_run_json_has_been_thought_about(folders: Mapping[str, Path]) -> None:
    inside, outside = (
        json.loads((folders[name] / "run.json").read_text()) for name in ("internal", "external")
    )
    assert set(inside) == set(outside)
