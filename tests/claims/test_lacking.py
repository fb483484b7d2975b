from datetime import date

import duckdb
import pytest

from auditor.claims.lacking import days_told, lacking_told
from auditor.workbench.case_tables import make_claim_lines, make_line

ALL = {"modifiers", "units", "dx", "dx_ptr"}


def test_a_feed_with_everything_lacks_nothing():
    assert lacking_told(ALL, 4) == ()


def test_what_is_missing_is_said_with_what_it_means_for_the_rules():
    assert lacking_told(ALL - {"units"}, 4) == (
        "the claims carry no units; rules that count them are not evaluated",
    )
    assert lacking_told(ALL - {"modifiers"}, 4) == (
        "the claims carry no modifiers; rules that rest on them are not evaluated",
    )


def test_half_the_modifiers_lower_what_is_found():
    (told,) = lacking_told(ALL, 2)
    assert told.startswith("a file carries 2 of 4 modifiers a line")
    assert "needs a record" in told


def test_pointers_are_missed_only_where_there_are_diagnoses():
    (told,) = lacking_told(ALL - {"dx_ptr"}, 4)
    assert told.startswith("the claims do not say which diagnoses a line is for")
    assert lacking_told(ALL - {"dx", "dx_ptr"}, 4) == ()


def stays(claims: int, *, second_day: int = 23, **more: object) -> tuple[str, ...]:
    """What is said of so many claims of two hospital visits, the last one's second visit being of another day."""
    lines = [
        {"claim_id": f"C{claim}", "code": code, "date_from": date(2018, 4, 23)} | more
        for claim in range(claims)
        for code in ("99223", "99232")
    ]
    lines[-1]["date_from"] = date(2018, 4, second_day)
    with duckdb.connect() as con:
        make_claim_lines(con, [make_line(at, line) for at, line in enumerate(lines)])
        return days_told(con)


def test_visits_of_many_stays_that_are_all_of_one_day_make_the_days_doubtful():
    (told,) = stays(3)
    assert told.startswith("3 professional claims have several daily visits, all of one day")


@pytest.mark.parametrize(
    ("claims", "more"),
    [
        (2, {}),
        (3, {"second_day": 24}),
        (3, {"code": "99213"}),
        (3, {"denied": True}),
        (3, {"claim_type": "institutional", "tob": "131"}),
    ],
)
def test_few_stays_visits_of_two_days_and_other_lines_say_nothing(claims, more):
    assert stays(claims, **more) == ()
