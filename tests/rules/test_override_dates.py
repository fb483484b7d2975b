"""The days between which an override acts: refused where the last comes before the first."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.rules import model as m
from auditor.rules.loader import load_rule

OVERRIDE = """\
id: PAY-MINE-101
title: An override
family: payer
override:
  rules: [PAY-MINE-001]
  action: suppress
  when: {{line.payer_id: OURS}}
  reason: by contract
  approved_by: me
  from: {first}
  expires: {last}
"""


def write(folder: Path, first: str, last: str) -> Path:
    path = folder / "PAY-MINE-101_mine.yaml"
    path.write_text(OVERRIDE.format(first=first, last=last), encoding="utf-8")
    return path


def test_an_override_that_expires_before_it_begins_is_refused_at_its_line(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="expires before it begins") as caught:
        load_rule(write(tmp_path, "2024-07-01", "2024-06-30"))
    assert caught.value.where == "PAY-MINE-101_mine.yaml, line 11" and caught.value.mend


def test_an_override_of_one_day_is_taken(tmp_path: Path) -> None:
    found = load_rule(write(tmp_path, "2024-07-01", "2024-07-01"))
    assert isinstance(found, m.Override)
    assert (found.effective_from, found.expires) == (date(2024, 7, 1), date(2024, 7, 1))
