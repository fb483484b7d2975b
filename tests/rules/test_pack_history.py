"""A finding is explained by its rule's text in the run, whatever became of the rule file."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from auditor.base.errors import InputRefused, UsageError
from auditor.rules.pack_history import registered_rule
from tests.rules.pack_making import override_text, rule_text

TEXT = rule_text("A-1") + "variants: [{id: A-2, when: {line.code: '99214'}}]\n"
HASH = hashlib.sha256(TEXT.encode()).hexdigest()


def run(**changes: Any) -> dict[str, Any]:
    entry = {
        "id": "A-1",
        "hash": HASH,
        "variants": [{"id": "A-2"}, {"id": "A-1"}],
        "text": TEXT,
        "file": "A-1_x.yaml",
    }
    return {"rules": [{"id": "B-1", "hash": "0" * 64}, entry | changes]}


@pytest.mark.parametrize("name", ["A-1", "A-2"])
def test_the_rule_comes_back_whole(name: str) -> None:
    rule = registered_rule(run(), name, HASH)
    assert (rule.id, rule.hash, rule.file) == ("A-1", HASH, "A-1_x.yaml") and rule.match is not None


def test_a_file_name_of_another_kind_leads_nowhere() -> None:
    for name in ("../../evil.yaml", "/etc/x.yaml", None, 7, "x" * 300 + ".yaml"):
        assert registered_rule(run(file=name), "A-1", HASH).file == "rule.yaml"


def test_a_rule_that_the_run_has_not_is_wrong_usage() -> None:
    for name, digest in (("A-1", "1" * 64), ("B-1", HASH), ("N-1", HASH)):
        with pytest.raises(UsageError, match="no rule"):
            registered_rule(run(), name, digest)


def test_a_text_that_is_missing_or_changed_is_refused() -> None:
    with pytest.raises(InputRefused, match="is not in the run"):
        registered_rule(run(text=None), "A-1", HASH)
    with pytest.raises(InputRefused, match="not that of the run"):
        registered_rule(run(text=TEXT + "#"), "A-1", HASH)


def test_a_text_that_is_no_rule_is_refused() -> None:
    for text in (override_text("A-1", "ptp"), "id: [\n"):
        digest = hashlib.sha256(text.encode()).hexdigest()
        with pytest.raises(InputRefused):
            registered_rule(run(text=text, hash=digest), "A-1", digest)
