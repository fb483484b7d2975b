import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.base.codes import is_hcpcs, is_icd10_cm, is_modifier, is_npi, normalise_icd10, npi_check_digit


@pytest.mark.parametrize(
    ("code", "shape"),
    [("99213", True), ("0001T", True), ("J1100", True), ("00100", True), ("9921", False), ("j1100", False),
     ("99213.0", False), ("JJ100", False), ("", False)],
)  # fmt: skip
def test_procedure_codes(code, shape):
    assert is_hcpcs(code) is shape


@pytest.mark.parametrize(
    ("modifier", "shape"),
    [("25", True), ("LT", True), ("E1", True), ("5", False), ("lt", False), ("259", False)],
)
def test_modifiers(modifier, shape):
    assert is_modifier(modifier) is shape


@pytest.mark.parametrize(
    ("code", "shape"), [("E119", True), ("I10", True), ("S72001A", True), ("E11.9", False), ("250", False)]
)
def test_diagnoses(code, shape):
    assert is_icd10_cm(code) is shape


def test_diagnoses_lose_their_dot():
    assert normalise_icd10(" e11.9 ") == "E119"


@pytest.mark.parametrize(
    ("npi", "valid"), [("1234567893", True), ("1234567890", False), ("2234567891", True), ("3234567890", False),
                       ("123456789", False), ("12345678x3", False)]
)  # fmt: skip
def test_national_provider_identifiers(npi, valid):
    # 1234567893 is the worked example of CMS's description of the check digit.
    assert is_npi(npi) is valid


@given(st.integers(0, 99_999_999), st.sampled_from("12"))
def test_exactly_one_check_digit_holds(number, first):
    nine = f"{first}{number:08d}"
    assert [digit for digit in range(10) if is_npi(f"{nine}{digit}")] == [npi_check_digit(nine)]


@pytest.mark.parametrize("text", ["12345678", "12345678x", "1234567890", "１２３４５６７８９"])
def test_a_check_digit_needs_nine_digits(text):
    with pytest.raises(ValueError, match="nine digits"):
        npi_check_digit(text)
