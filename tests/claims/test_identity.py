"""Who is the same provider, by the scope that the user chooses."""

from __future__ import annotations

import pytest

from auditor.base.errors import UsageError
from auditor.claims.identity import SCOPES, scope_told

MORE = "claim_type,tob,rendering_npi,billing_npi,billing_tin,rendering_specialty,facility_npi"
LINES = [
    "A,1,P,2024-07-01,99213,1,20,10,P,,1000000012,1000000004,T1,10,",
    "B,1,P,2024-07-01,99213,1,20,10,P,,1000000020,1000000004,T1,10,",
    "C,1,P,2024-07-01,99213,1,20,10,P,,1000000012,1000000004,,10,",
    "D,1,P,2024-07-01,99213,1,20,10,P,,1000000012,1000000004,T1,99,",
    "E,1,P,2024-07-01,99213,1,20,10,I,131,1000000012,1000000004,T1,10,1000000038",
    "F,1,P,2024-07-01,E0601,1,20,10,DME,,,1000000004,T1,54,",
]


def providers(got):
    return got.column("SELECT provider_id FROM claim_line ORDER BY claim_id")


def test_a_physician_is_his_npi_unless_the_user_says_otherwise(read, table):
    got = read(table(*LINES, more=MORE))
    assert providers(got) == [
        "1000000012", "1000000020", "1000000012", "1000000012", "1000000038", "1000000004"
    ]  # fmt: skip
    assert scope_told("physician") in got.feed.notes


def test_two_physicians_of_a_group_and_specialty_are_one_provider_if_the_user_says_so(read, table):
    got = read(table(*LINES, more=MORE), provider_scope="group_specialty")
    group = "TIN T1, specialty 10"
    # Without the tax number, and of no known specialty, a line has no provider: its rules are not evaluated.
    assert providers(got) == [group, group, None, None, "1000000038", "1000000004"]
    assert got.column("SELECT DISTINCT provider_key FROM claim_line WHERE claim_id IN ('A', 'B')") == [0]
    assert scope_told("group_specialty") in got.feed.notes


def test_where_a_file_has_no_tax_number_and_no_specialty_billing_npi_and_taxonomy_stand_for_them(read, table):
    got = read(
        table("A,1,P,2024-07-01,99213,1,20,10,1000000012,1000000004,207R00000X",
              "B,1,P,2024-07-01,99213,1,20,10,1000000012,1000000004,",
              more="rendering_npi,billing_npi,rendering_taxonomy"),
        provider_scope="group_specialty",
    )  # fmt: skip
    assert providers(got) == ["NPI 1000000004, taxonomy 207R00000X", None]


def test_a_scope_that_is_none_is_refused_with_those_there_are(read, table):
    with pytest.raises(UsageError, match="Known: physician, group_specialty"):
        read(table(LINES[0], more=MORE), provider_scope="clinic")
    assert len({scope_told(scope) for scope in SCOPES}) == len(SCOPES)
