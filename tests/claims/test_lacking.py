from auditor.claims.lacking import lacking_told

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
