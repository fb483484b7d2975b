"""A difference of fees that is itself a condition of the finding, and shares that are several numbers of a row."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from auditor.base.errors import InputRefused
from tests.pricing.fee_tables import ALABAMA
from tests.pricing.test_differences import IN_ALABAMA, VISITS, told
from tests.tiny import audit, pack, rule

pytestmark = pytest.mark.slow  # each case is an audit with fees


def shared(only_above: str, share: str = "0.5", more: str = "") -> str:
    return rule(
        'match: {lines: [line], when: {line.code: "99213"}}\n'
        f"exposure: {{direction: over, method: difference, corrected: {{share: {share}}}, only_above: {only_above}}}\n"
        + more
    )


HALF = Decimal("40.93")
"""81.86 times 0.5: the fee of 99213 in Alabama, worked out above."""


@pytest.mark.parametrize(
    ("allowed", "only_above", "wanted"),
    [
        (HALF, "0", []),
        (HALF + Decimal("0.01"), "0", [1]),
        (HALF + Decimal("0.05"), "0.05", []),
        (HALF + Decimal("0.06"), "0.05", [1]),
        (Decimal("81.86"), "5", [1]),
        (Decimal("20"), "0", []),
    ],
)
def test_what_was_allowed_must_be_above_what_is_due_by_more_than_so_many_dollars(
    tmp_path: Path, allowed: Decimal, only_above: str, wanted: list[int]
) -> None:
    line = {"code": "99213", "charge": 250, "allowed": allowed, "paid": allowed} | IN_ALABAMA
    found = audit(tmp_path, [line], shared(only_above), tables={"mpfs_rvu": VISITS, "mpfs_gpci": [ALABAMA]})
    assert [item["line_no"] for item in found] == wanted
    assert all(item["exposure_basis"] == "repriced" and item["verdict"] == "fail" for item in found)


def test_without_a_fee_of_the_place_such_a_rule_is_not_evaluated_for_the_line(tmp_path: Path) -> None:
    line = {"code": "99213", "charge": 250, "allowed": 80, "paid": 80}
    tables: dict[str, Any] = {"mpfs_rvu": VISITS, "mpfs_gpci": [ALABAMA]}
    (found,) = audit(
        tmp_path, [line], shared("0.05", more='bypass: {line.modifiers: {contains: "59"}}\n'), tables=tables
    )
    assert (found["verdict"], found["exposure"]) == ("not_evaluated", 0)
    assert found["explanation"].startswith("Not evaluated, no fee of the place or payer is at hand")
    assert (
        audit(
            tmp_path,
            [line | {"modifiers": ["59"]}],
            shared("0.05", more='bypass: {line.modifiers: {contains: "59"}}\n'),
            tables=tables,
        )
        == []
    )


def test_a_share_is_several_numbers_of_a_row_added_up(tmp_path: Path) -> None:
    looked = "  lookup: [{name: mpfs_rvu, as: fee, on: {code: line.code}}]\n"
    body = (
        'match:\n  lines: [line]\n  when: {line.code: "99213"}\n'
        + looked
        + "exposure: {direction: over, method: difference, corrected: {share: [$fee.pre_op, $fee.intra_op]}, "
        "only_above: 1}\n"
    )
    rows = [VISITS[1] | {"pre_op": Decimal("0.1"), "intra_op": Decimal("0.4")}]
    line = {
        "code": "99213",
        "charge": 250,
        "allowed": Decimal("81.86"),
        "paid": Decimal("81.86"),
    } | IN_ALABAMA
    (found,) = audit(tmp_path, [line], rule(body), tables={"mpfs_rvu": rows, "mpfs_gpci": [ALABAMA]})
    assert told(found) == ("repriced", str(HALF), str(HALF))


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ("match: {lines: [line]}\nexposure: {method: line, only_above: 1}\n", "`only_above` refused"),
        (
            "match: {lines: [line]}\nexposure: {method: difference, corrected: {share: 0.5}, only_above: -1}\n",
            "`only_above` refused",
        ),
        (
            "match: {lines: [line]}\nexposure: {method: difference, corrected: {share: 0.5}, only_above: 0.001}\n",
            "`only_above` refused",
        ),
        (
            "match: {lines: [line], sequence: {same: [patient_id], window: {days: [-9, 0]}}}\n"
            "exposure: {method: difference, corrected: {share: 0.5}, only_above: 1}\n",
            "`only_above` refused",
        ),
        (
            "match: {lines: [line, other], one: other, same: [patient_id, service_day]}\nflag: [line]\n"
            "exposure: {method: difference, corrected: {code: $other.code}, only_above: 1}\n",
            "`only_above` refused",
        ),
        (
            "match: {lines: [line]}\nexposure: {method: difference, corrected: {share: [$line.code, $line.units]}}\n",
            "`share` refused",
        ),
    ],
)
def test_a_difference_that_cannot_be_a_condition_is_refused(tmp_path: Path, body: str, wrong: str) -> None:
    with pytest.raises(InputRefused, match=wrong):
        pack(tmp_path, rule(body))
