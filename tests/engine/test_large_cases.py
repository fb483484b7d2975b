"""One patient with very many lines: the engine and the second evaluator stay within bounds, and agree."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import product
from typing import Any

import pytest

from auditor.engine import reasoning
from auditor.engine.cases import Batch, Candidates, Hops, Known
from auditor.engine.reasoning import CaseReasoner
from auditor.workbench.case_tables import FAR, LONG_AGO
from tests.findings.worlds import World, audited, findings


def pairs(lines: int) -> Batch:
    """Every ordered pair of a patient's lines in a ring of codes: each falls by the one before, some are lifted."""
    rows = [
        (one, two) for one, two in product(range(1, lines + 1), repeat=2) if (two - one) % lines < lines // 3
    ]
    rows = [row for row in rows if row[0] != row[1]]
    count = len(rows)
    return Batch(
        Candidates(
            cand=list(range(1, count + 1)),
            case=[1] * count,
            line=[two for _, two in rows],
            lifted=[int((one + two) % 7 == 0) for one, two in rows],
            override=[0] * count,
            level=[1] * count,
            concludes=[1] * count,
            unless=[0] * count,
            demote=[one for one, _ in rows],
            cascade=[0] * count,
            needs=[0] * count,
            sequence=[0] * count,
        ),
        Hops.none(),
        Known.none(),
    )


def test_telling_alike_candidates_once_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = pairs(40)
    usual = CaseReasoner().reason(batch)
    for many in (300, 20):
        monkeypatch.setattr(reasoning, "MANY", many)
        large = CaseReasoner().reason(batch)
        assert (large.verdict, large.level) == (usual.verdict, usual.level)
        assert (large.premises, large.not_payable) == (usual.premises, usual.not_payable)
        assert large.facts < usual.facts or many == 20


@pytest.mark.slow
def test_more_candidates_than_facts_fit_in_a_session() -> None:
    batch = pairs(600)
    assert len(batch.candidates.cand) > 100_000
    answer = CaseReasoner().reason(batch)
    assert all(answer.verdict)


@pytest.mark.slow
def test_the_second_evaluator_walks_over_a_long_day_in_one_go() -> None:
    """Many lines of one code on one day: a pair of each with each would be four million."""
    lines = [
        {
            "claim_id": f"C{n // 50}",
            "line_no": n % 50 + 1,
            "code": code,
            "date_from": date(2024, 7, 10),
            "units": 1,
            "paid": 10,
        }
        for n, code in enumerate(["36415"] * 2000 + ["17003"] * 3)
    ]
    tables: dict[str, list[dict[str, Any]]] = {
        "ncci_mue": [{"setting": "practitioner", "code": "36415", "value": 2, "mai": "3"}],
        "ncci_ptp": [
            {"setting": "practitioner", "column_1": "17003", "column_2": "36415", "modifier_indicator": "1"}
        ],
        "ncci_aoc": [{"edit_type": "1", "addon": "17003", "primary_code": "17000"}],
        "coverage": [],
    }
    answers = tuple((name, "*", LONG_AGO, FAR) for name in tables)
    with audited(World(lines, tables, answers, True)) as con:
        found = Counter(finding["rule_id"] for finding in findings(con))
    edits = {name: number for name, number in found.items() if name.startswith("NCCI")}
    assert edits == {"NCCI-MUE-003": 2000, "NCCI-PTP-001": 3 * 2000, "NCCI-AOC-001": 3}
