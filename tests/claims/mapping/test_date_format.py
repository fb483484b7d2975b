import pytest

from auditor.claims.mapping.date_format import digits_alone, directives, has_short_year


@pytest.mark.parametrize(
    ("text", "told"),
    [("DD/MM/YYYY", "%d/%m/%Y"), ("d-mon-yyyy", "%d-%b-%Y"), ("YYYYMMDD", "%Y%m%d"), ("%d.%m.%y", "%d.%m.%y"),
     ("DD MMM YYYY", "%d %b %Y"), ("MONTH D, YYYY", "%B %d, %Y")],
)  # fmt: skip
def test_formats_of_people_and_programs_come_to_the_same(text, told):
    assert directives(text) == told


@pytest.mark.parametrize("text", ["", "YYYY", "MM/YYYY", "DD/DD/YYYY", "later", "%d/%m/%Y %H", "YYYY-MM-DDx"])
def test_what_is_no_format_of_a_day_is_none(text):
    assert directives(text) is None


def test_widths_and_short_years_are_told():
    assert [digits_alone(told) for told in ("%Y%m%d", "%y%m%d", "%d/%m/%Y", "%d%b%Y")] == [8, 6, 0, 0]
    assert has_short_year("DD/MM/YY")
    assert not has_short_year("DD/MM/YYYY")
