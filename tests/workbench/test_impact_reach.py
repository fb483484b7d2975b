"""What a replay looks at is some patients, and how far the claims at hand reach is told of the whole feed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.twin.product import claim_row, write_claims
from tests.workbench.impact_world import World, ask, audit, small_rule

ABSENT = """\
  absent: {line: other, same: [patient_id], where: {other.code: "99203"}, within: {window: {days: [-9, 0]}}}
"""


@pytest.mark.parametrize(("earlier", "verdict"), [("2024-07-02", "fail"), ("2024-07-03", "not_evaluated")])
@pytest.mark.slow
def test_a_window_reaches_outside_the_claims_by_the_dates_of_patients_that_are_not_replayed(
    earlier: str, verdict: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        claim_row(claim_id=patient, line_no=1, patient_id=patient, code=code, date_from=day, paid="80.00")
        for patient, code, day in (("P1", "99214", "2024-07-11"), ("P2", "99213", earlier))
    ]
    rulesets, changed = tmp_path / "rulesets", tmp_path / "changed"
    rulesets.mkdir()
    changed.mkdir()
    (rulesets / "EM-TINY-001_tiny.yaml").write_text(small_rule("EM-TINY-001"), encoding="utf-8")
    text = small_rule("EM-TINY-001").replace("EM-TINY-001", "EM-TINY-009")
    head, _, rest = text.partition("match: {lines: [line], when: {line.code: {in: [")
    condition, _, rest = rest.partition("]}}}\n")
    (changed / "EM-TINY-009_tiny.yaml").write_text(
        f"{head}match:\n  lines: [line]\n  when: {{line.code: {{in: [{condition}]}}}}\n{ABSENT}{rest}",
        encoding="utf-8",
    )
    world = World(tmp_path, write_claims(rows, tmp_path / "claims.csv"), tmp_path / "run", rulesets)
    audit(monkeypatch, world, rulesets, world.run)
    found = ask(monkeypatch, world, rulesets, changed=(changed / "EM-TINY-009_tiny.yaml",))
    assert [item.after.verdict for item in found.differences if item.after] == [verdict]
