import pytest

from auditor.claims.readers.first_look import day_numbers, decimal_comma, label_separator


@pytest.mark.parametrize(
    ("cells", "answer"),
    [(["12,50", "3"], True), (["1.234,56"], True), (["12,50", "12.50"], False), (["1,234", "1,000"], False),
     (["12.50"], False), (["-3,5", "€ 7,00"], True), ([], False)],
)  # fmt: skip
def test_a_decimal_comma_is_seen_where_no_point_contradicts(cells, answer):
    assert decimal_comma(cells) is answer


@pytest.mark.parametrize(
    ("cells", "separator"),
    [(["99213 - WORDS"] * 3, " - "), (["99213: WORDS"] * 3, ": "),
     (["99213 WORDS", "J1100 - WORDS", "82040 WORDS"], " "),
     (["99213-25"] * 3, ""), (["99213 25"] * 3, ""), (["99213"] * 3, ""), (["99213 - WORDS", "99213", "99213"], ""),
     (["99213 - WORDS"] * 2, "")],
)  # fmt: skip
def test_what_stands_between_a_code_and_its_description(cells, separator):
    assert label_separator(cells) == separator


def test_day_numbers_are_five_digits_all_through():
    assert day_numbers(["45413", "45414.0", "39999"])
    assert not day_numbers(["45413", "45414", "2024-01-01"])
    assert not day_numbers(["99213", "99214", "99215"])
    assert not day_numbers(["45413"])
