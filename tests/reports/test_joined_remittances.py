"""Rows of remittances that were joined to claim lines are a part of the accounts of their own."""

from __future__ import annotations

from auditor.reports.registers import reconciliation

RUN = {
    "reconciliation": {
        "rows_read": 4, "lines_read": 8, "lines_audited": 4, "lines_superseded": 0, "lines_set_aside": 2,
        "paid_in": "460.00", "paid_audited": "230.00", "paid_superseded": "0.00", "paid_set_aside": "230.00",
        "charge_in": "1200.00", "charge_audited": "600.00", "charge_superseded": "0.00", "charge_set_aside": "300.00",
        "lines_joined": 2, "paid_joined": "0.00", "charge_joined": "300.00",
    }
}  # fmt: skip


def test_lines_and_dollars_of_joined_remittances_are_counted_beside_the_others():
    made = reconciliation(RUN, 2)
    assert len(made.parts) == 4
    assert sum(part.lines or 0 for part in made.parts) == made.whole.lines
    assert sum(part.charge or 0 for part in made.parts) == made.whole.charge
    assert made.parts[-1].label == "Set aside with a reason"


def test_a_run_without_joined_remittances_has_the_three_parts():
    made = reconciliation({"reconciliation": RUN["reconciliation"] | {"lines_joined": 0}}, 2)
    assert len(made.parts) == 3
