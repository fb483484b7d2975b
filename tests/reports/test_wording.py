"""The words: what must be printed for each class, and what must never be."""

from __future__ import annotations

import pytest

from auditor.reports import wording


def test_classes_are_printed_in_the_binding_words() -> None:
    assert wording.class_words("definite") == "claims-evident (no record needed to evaluate)"
    assert wording.class_words("probable") == "record needed"
    assert wording.class_words("risk") == "indicator"


def test_our_own_texts_hold_no_banned_word() -> None:
    texts = [
        *wording.LIMITATIONS, *wording.SECTION_WORDS.values(), *wording.SECTION_MEANING.values(),
        *wording.FAMILY_WORDS.values(), *wording.VERDICT_WORDS.values(), *wording.DIRECTION_WORDS.values(),
    ]  # fmt: skip
    assert [word for text in texts for word in wording.banned_in(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Fraud suspected",
        "an upcoding heuristic",
        "UNBUNDLED codes",
        "overpayment identified",
        "cannot have been furnished",
    ],
)
def test_banned_words_are_found(text: str) -> None:
    assert wording.banned_in(text)


def test_a_banned_word_within_another_word_is_none() -> None:
    assert wording.banned_in("defrauded") == []


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (982, 1000, "98.2% (982 of 1,000)"),
        (1000, 1000, "100.0% (1,000 of 1,000)"),
        (99_999, 100_000, "99.9% (99,999 of 100,000)"),
        (1, 100_000, "under 0.1% (1 of 100,000)"),
        (0, 10, "0.0% (0 of 10)"),
        (0, 0, "no percentage (0 of 0)"),
    ],
)
def test_a_share_carries_its_parts_and_is_never_rounded_to_all_or_nothing(
    part: int, whole: int, said: str
) -> None:
    assert wording.share(part, whole) == said


def test_a_heading_tells_apart_what_is_no_indicator_and_what_has_no_amount() -> None:
    assert wording.apart_words("at_risk", 0) == "of which indicators: 0"
    assert wording.apart_words("over_probable", 1200) == "of which without an amount: 1,200"
    assert wording.apart_words("over_probable", 0) == wording.apart_words("bypassed", 3) == ""
    assert "indicator" not in wording.SECTION_WORDS["at_risk"]


def test_a_table_is_called_by_its_title_and_one_that_nobody_knows_by_its_name() -> None:
    assert wording.table_words("mpfs_rvu") == "Physician fee schedule relative values"
    assert wording.table_words("com_prior_auth", {"com_prior_auth": "Codes to ask for"}) == "Codes to ask for"
    assert wording.table_words("some_table") == "some table"


def test_a_family_is_not_printed_as_an_accusation() -> None:
    assert wording.family_words("upcoding") == "level mix"
    assert wording.family_words("fee_schedule") == "fee schedule"
