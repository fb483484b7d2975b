"""Rules that ask lists of providers by the NPIs of the claims, from files to findings."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest

from auditor.pipeline import AuditOptions, run_audit
from tests.reference.kinds import csv_text
from tests.reference.layouts import Desk
from tests.reference.test_leie import TITLES, row
from tests.reference.test_npi_tables import FULL, NPPES, ORDER, provider, quoted
from tests.rules.pack_making import make_pack, rule_text

HEADER = "claim_id,line_no,patient_id,claim_type,rendering_npi,referring_npi,pos,date_from,code,units,paid\n"
LINES = """\
A,1,P1,professional,1000000012,,11,2020-03-18,99213,1,100.00
B,1,P2,professional,1000000012,,11,2020-03-19,99213,1,100.00
C,1,P3,professional,1000000020,1000000038,11,2022-05-20,99213,1,100.00
D,1,P4,professional,1000000046,1000000053,11,2024-05-14,99213,1,100.00
E,1,P5,professional,1000000046,1000000061,11,2024-05-14,99213,1,100.00
F,1,P6,professional,1000000046,1000000061,11,2024-06-14,99213,1,100.00
G,1,P7,professional,,1000000053,11,2022-05-20,99213,1,100.00
"""
EXCLUDED = (
    "match: {lines: [line], lookup: [{name: leie, as: excluded, on: {npi: line.rendering_npi}}], "
    "when: {excluded.npi: {exists: true}}}"
)
REFERRED = EXCLUDED.replace("line.rendering_npi", "line.referring_npi")
GROUP = (
    "match: {lines: [line], lookup: [{name: nppes, as: provider, on: {npi: line.rendering_npi}}], "
    'when: {provider.entity_type: "2"}}'
)
NOT_LISTED = (
    "match: {lines: [line], lookup: [{name: pecos_ordering, as: list, on: {npi: line.referring_npi}}], "
    "when: {all: [{line.referring_npi: {exists: true}}, {list.npi: {exists: false}}]}}"
)


def rule(name: str, match: str) -> str:
    made = rule_text(name).replace('match: {lines: [line], when: {line.code: "99213"}}', match)
    assert match in made
    return made.replace('"{line.code} on line {line.line_no}"', '"found"')


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, list[str]], dict[str, Any]]:
    """The claims that each rule found, and the run."""
    folder = tmp_path_factory.mktemp("audit")
    (folder / "files").mkdir()
    desk = Desk(folder / "files", folder / "library")
    excluded = [row("1000000012"), row("1000000038", begins="20210520", ends="20220521"),
                row("1000000079"), row("", begins="20240601")]  # fmt: skip
    registry = [
        provider("1000000012"),
        provider("1000000020", "2"),
        provider("1000000046", updated="06/30/2024"),
    ]
    desk.take(
        desk.write("UPDATED.csv", csv_text(TITLES, *excluded)),
        desk.write(FULL, quoted(NPPES, *registry)),
        desk.write(
            "OrderReferring_2024-05-14.csv",
            csv_text(ORDER, ["1000000053", "A", "B", "Y", "Y", "Y", "Y", "Y"]),
        ),
    )
    pack = make_pack(
        folder / "acme",
        AA=rule("PAY-EXC-001", EXCLUDED),
        BB=rule("PAY-EXC-002", REFERRED),
        CC=rule("PAY-GRP-001", GROUP),
        DD=rule("PAY-ORD-001", NOT_LISTED),
    )
    claims = desk.write("claims.csv", HEADER + LINES)
    options = AuditOptions(
        library=desk.library, reports=False, rulesets=(pack,), rules=("payer",), workers=0, threads=1
    )
    run_audit([claims], folder / "out", options)
    found: dict[str, list[str]] = {}
    for name, claim in duckdb.execute(
        f"SELECT rule_id, claim_id FROM '{folder / 'out' / 'findings.parquet'}' WHERE verdict = 'fail' ORDER BY ALL"
    ).fetchall():
        found.setdefault(name, []).append(claim)
    return found, json.loads((folder / "out" / "run.json").read_text())


def test_an_exclusion_counts_from_its_day_on(audited: Any) -> None:
    assert audited[0]["PAY-EXC-001"] == ["B"]


def test_an_exclusion_counts_up_to_the_day_before_reinstatement_and_for_who_referred(audited: Any) -> None:
    assert audited[0]["PAY-EXC-002"] == ["C"]


def test_an_organisation_is_told_from_a_person(audited: Any) -> None:
    assert audited[0]["PAY-GRP-001"] == ["C"]


def test_who_is_not_on_the_order_list_is_told_while_the_list_answers(audited: Any) -> None:
    assert audited[0]["PAY-ORD-001"] == ["E"]


def test_both_evaluators_saw_the_rows_of_these_tables(audited: Any) -> None:
    assert (audited[1]["engine"]["checked"], audited[1]["engine"]["disagreements"]) == (7, 0)
