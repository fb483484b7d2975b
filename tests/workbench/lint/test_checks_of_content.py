"""Checks R3 to R9: dates, evidence, cases, overrides, wording; what they say, and where they say nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workbench.lint.check_cases import NEGATIVE, POSITIVE, Changes
from tests.workbench.lint.lint_world import changed, told

OWN = [case for case in POSITIVE if case[0] >= "R3"]
SILENT = [case for case in NEGATIVE if case[0] >= "R3"]


@pytest.mark.parametrize(
    ("code", "form", "changes", "what"), OWN, ids=[f"{case[0]}-{case[3][:24]}" for case in OWN]
)
def test_a_check_says_what_is_wrong(
    tmp_path: Path, code: str, form: str, changes: Changes, what: str
) -> None:
    messages = told(tmp_path, form, changed(form, *changes))
    mine = [message for message in messages if message.check == code and what in message.what]
    assert mine, [(message.check, message.what) for message in messages]
    assert all(message.why and message.mend and message.spot.line >= 1 for message in messages)


@pytest.mark.parametrize(("code", "form", "changes"), SILENT)
def test_a_check_says_nothing_where_it_cannot_be_sure(
    tmp_path: Path, code: str, form: str, changes: Changes
) -> None:
    messages = told(tmp_path, form, changed(form, *changes))
    assert [message.what for message in messages if message.check in {code, "R009"}] == []
