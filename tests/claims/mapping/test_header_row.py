from auditor.claims.mapping.header_row import find_header, split_lines

HEADER = ["Claim ID", "Line", "DOS", "CPT", "Paid"]
CLAIM = ["C1", "1", "2024-01-01", "99213", "5"]


def found(*rows, names=()):
    header = find_header(rows, names)
    return None if header is None else (header.row, header.rows, list(header.headers))


def test_the_first_row_that_is_not_blank_is_the_header_where_nothing_else_is():
    assert found([], ["", " "], ["a", "b"], ["c", "d"]) == (2, 1, ["a", "b"])
    assert found(HEADER, CLAIM) == (0, 1, HEADER)


def test_no_row_is_no_header():
    assert found() is None
    assert found([], [""]) is None


def test_the_header_is_found_below_titles():
    assert found(["Report of claims paid"], ["Filter", "Paid", "2024"], [], HEADER, CLAIM)[0] == 3


def test_a_row_that_names_two_fields_is_not_taken_for_a_header_below_the_first():
    assert found(["x", "y"], ["claim", "paid"])[0] == 0


def test_columns_of_the_map_count_as_known():
    rows = (["Title", "", ""], ["Visit", "Tag", "Menge"], ["1", "2", "3"])
    assert found(*rows)[0] == 0
    assert found(*rows, names=["Visit", "Tag", "Menge"])[0] == 1


def test_two_rows_make_one_header_with_words_carried_over_the_blanks():
    upper = ["Claim", "", "Service", "", "Amount"]
    lower = ["ID", "Line", "From", "To", "Paid"]
    assert found(upper, lower, CLAIM) == (
        0, 2, ["Claim ID", "Claim Line", "Service From", "Service To", "Amount Paid"],
    )  # fmt: skip


def test_a_claim_with_known_words_is_not_joined_to_the_header():
    assert found(HEADER, ["claim", "1", "2024-01-01", "99213", "paid"])[1] == 1


def test_records_are_counted_by_their_lines():
    assert split_lines(['a,"b\n', 'c",d\n', "\n", "e,f\n"], ",") == [
        (["a", "b\nc", "d"], 2),
        ([], 3),
        (["e", "f"], 4),
    ]


def test_a_full_row_of_values_is_never_taken_for_a_title():
    rows = (["A", "B", "C", "D", "E"], CLAIM, ["claim", "1", "plan", "paid", "units"])
    assert found(*rows)[0] == 0
    assert found(["Claims from", "2024-01-01"], ["to", "2024-02-01"], HEADER, CLAIM)[0] == 2
