"""R408: definite sums of more than a day, and what they say of lines that span several."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workbench.lint.lint_world import changed, told

SPAN = ", probable_when: [{visit.is_span: true, reason: a span}]"
DEFINITE = "class: {is: definite" + SPAN + "}"
Changes = tuple[tuple[str, str], ...]


def found(folder: Path, *changes: tuple[str, str]) -> list[str]:
    """What is said of the sum of the small world once it is changed."""
    messages = told(folder, "sum", changed("sum", *changes))
    assert not [item for item in messages if item.check < "R010"], messages
    return [item.what for item in messages if item.check == "R408"]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ((), "in the month of its first day"),
        (((", month]", ", year]"),), "in the year of its first day"),
        (((", month]", "], running: true, window: {days: [-29, 0]}"),), "in the window of its first day"),
    ],
)
def test_a_definite_sum_of_more_than_a_day_says_what_becomes_of_spans(
    tmp_path: Path, changes: Changes, wanted: str
) -> None:
    assert found(tmp_path, *changes) == []
    (what,) = found(tmp_path, (SPAN, ""), *changes)
    assert what.startswith("EM-SUM-001 is definite") and what.endswith(wanted)


def test_a_definite_variant_of_a_probable_sum_is_told_of_by_its_own_id(tmp_path: Path) -> None:
    variant = "variants: [{id: EM-SUM-002, when: {visit.units: 1}, class: definite}]\nflag:"
    probable = (DEFINITE, "class: probable")
    (what,) = found(tmp_path, probable, ("flag:", variant))
    assert what.startswith("EM-SUM-002 is definite")
    assert found(tmp_path, probable, ("flag:", variant.replace("units: 1", "is_span: false"))) == []
    assert len(found(tmp_path, (SPAN, ""), ("flag:", variant.replace(", class: definite", "")))) == 1


@pytest.mark.parametrize(
    "change",
    [
        ("{is: definite}", "probable"),
        (", month]", "]"),
        ('{visit.code: "99213"}', '{visit.code: "99213", visit.is_span: false}'),
        ("{gt: $limit}}", "{gt: $limit}, visit.days: 1}"),
        ("flag:", "bypass: {visit.is_span: true}\nflag:"),
    ],
)
def test_a_sum_that_leaves_spans_out_or_has_no_period_is_left_alone(
    tmp_path: Path, change: tuple[str, str]
) -> None:
    assert found(tmp_path, (SPAN, ""), change) == []
