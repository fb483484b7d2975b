"""Values that overrides set: what the rule's own file could not have, the pack of the override is refused for."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.rules.packs import load_packs
from tests import tiny

BODY = """\
parameters:
  most: {2024-01-01: {value: 1, citation: policy}}
  codes: {2024-01-01: {value: ["93010"], citation: policy}}
  ranges: {2024-01-01: {value: ["93000-93010"], citation: policy}}
  share: {2024-01-01: {value: 0.8, citation: policy}}
  counts: {2024-01-01: {value: [1, 2], citation: policy}}
  none: {2024-01-01: {value: [], citation: policy}}
match:
  lines: [line]
  sequence: {same: [patient_id], where: {line.code: {in: $codes}}, window: {days: [-10, 0]}, limit: $most}
  when: {any: [{line.code: {in_ranges: $ranges}}, {line.paid: {gt: {of: line.charge, times: $share}}},
               {line.line_no: {in: $counts}}, {line.line_no: {in: $none}}]}
exposure: {method: line}
explanation: "{line.code}"
"""


def packs(folder: Path, parameter: str, value: str) -> list[Path]:
    for name, file, text in (
        ("base", "PAY-BASE-001_rule.yaml", tiny.rule(BODY, "PAY-BASE-001", base="probable")),
        (
            "other",
            "PAY-OTHER-101_set.yaml",
            tiny.setting("PAY-OTHER-101", parameter, value, of="PAY-BASE-001"),
        ),
    ):
        (folder / name).mkdir()
        (folder / name / file).write_text(text, encoding="utf-8")
    return [folder / "base", folder / "other"]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("most", "2"),
        ("codes", '["93000", "93005"]'),
        ("ranges", '["93000-93019"]'),
        ("share", "0.5"),
        ("codes", "[]"),
        ("counts", "[]"),
        ("counts", "[3]"),
        ("none", "[4]"),
        ("none", "[]"),
    ],
)
def test_a_value_that_the_rule_could_have_is_set(tmp_path: Path, parameter: str, value: str) -> None:
    found = load_packs(packs(tmp_path, parameter, value))
    assert len(found.rules[0].parameters[parameter].scoped) == 1


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("most", "-5"),
        ("most", "2.5"),
        ("codes", '["93010", 5]'),
        ("ranges", '["93010-93000"]'),
        ("ranges", '["1-2-3"]'),
        ("share", "0.123456789"),
        ("none", '["4"]'),
    ],
)
def test_a_value_that_it_could_not_leaves_out_the_pack_that_sets_it(
    tmp_path: Path, parameter: str, value: str
) -> None:
    folders = packs(tmp_path, parameter, value)
    with pytest.raises(InputRefused, match="PAY-BASE-001 cannot hold") as caught:
        load_packs(folders)
    assert caught.value.where == "PAY-OTHER-101_set.yaml" and caught.value.mend
    left = load_packs(folders, isolate=True)
    assert [rule.id for rule in left.rules] == ["PAY-BASE-001"] and left.overrides == ()
    assert [pack.facts.id for pack in left.broken] == ["other"]
