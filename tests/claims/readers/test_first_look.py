import pytest

from auditor.base.errors import InputRefused
from auditor.claims.mapping.column_map import ColumnMap, Written
from auditor.claims.readers.first_look import day_numbers, decimal_comma, label_separator, pointed_thousands


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


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["1.234", "2.500", "12.000", "100"], True),
        (["1.234", "2.500", "12.000"], False),  # three decimals throughout may be just that
        (["1.234", "2.500", "12.000", "0.125"], False),
        (["1.234", "2.500", "12.000", "12.5"], False),
        (["1.234", "2.500", "12.000", "1500"], False),
        (["1.234", "100"], False),
    ],
)
def test_points_before_thousands_are_told_from_decimals(cells, told):
    assert pointed_thousands(cells) is told


def test_amounts_with_points_before_thousands_are_refused_and_read_with_a_map(read, tmp_path):
    rows = [
        f"C,{n},P,2024-07-01,99213,1,{charge},5"
        for n, charge in enumerate(["1.234", "2.500", "12.000", "100"])
    ]
    text = "\n".join(["claim_id,line_no,patient_id,date_from,code,units,charge,paid", *rows]) + "\n"
    with pytest.raises(InputRefused, match="point before thousands"):
        read(text)
    said = ColumnMap({"charge": Written(("charge",), decimal=",")})
    assert read(text, column_map=said).column("SELECT charge FROM claim_line") == [
        123400,
        250000,
        1200000,
        10000,
    ]


def test_a_dash_for_zero_hides_no_other_way_of_writing(read, table):
    rows = [
        f"C{n},1,P,2024-07-01,99213,1,{charge},8"
        for n, charge in enumerate(["1.234", "$ -", "2.500", "3.000", "100"])
    ]
    with pytest.raises(InputRefused, match="a point before thousands"):
        read(table(*rows))
