"""Lists of a line that stand in several columns."""

import pytest

from auditor.claims.model import MAX_POINTERS, SYNONYMS, plain_key

ROW = "C{n},1,P,2024-07-01,99213,1,10,8,{rest}"


def rows(*rests):
    return [ROW.format(n=n, rest=rest) for n, rest in enumerate(rests)]


@pytest.mark.parametrize(
    "name", ["Diag Ptr {}", "Diagnosis Pointer {}", "dx_ptr_{}", "Ptr{}", "DX Pointer {}"]
)
def test_columns_of_single_pointers_are_known_by_their_names(name):
    assert SYNONYMS[plain_key(name.format(1))] == "dx_ptr1"
    assert SYNONYMS[plain_key(name.format(MAX_POINTERS))] == f"dx_ptr{MAX_POINTERS}"


def test_pointers_in_several_columns_are_joined_in_order_without_blanks(read, table):
    got = read(
        table(
            *rows("E11.9,I10,J45,1,,3,", "E11.9,I10,J45,A,c,,", "E11.9,I10,J45,,2,1.0,", "E11.9,I10,J45,,,,"),
            more="dx1,dx2,dx3,Diag Ptr 1,Diag Ptr 2,Diag Ptr 3,Diag Ptr 4",
        )
    )
    assert got.rows("SELECT dx_ptr, pointed_dx FROM claim_line ORDER BY line_id") == [
        ([1, 3], ["E119", "J45"]),
        ([1, 3], ["E119", "J45"]),
        ([2, 1], ["I10", "E119"]),
        ([], []),
    ]
    assert {"dx_ptr", "pointed_dx"} <= got.feed.fields
    assert not any("which diagnoses a line is for" in note for note in got.feed.notes)


def test_a_pointer_of_two_digits_in_a_column_of_its_own_is_one(read, table):
    names = ",".join(f"dx{n}" for n in range(1, 13))
    codes = ",".join(f"E11.{n}" for n in range(10, 22))
    got = read(table(*rows(f"{codes},12,", f"{codes},11,2"), more=f"{names},Ptr1,Ptr2"))
    assert got.column("SELECT dx_ptr FROM claim_line ORDER BY line_id") == [[12], [11, 2]]


def test_pointers_of_several_columns_move_with_their_diagnoses(read, table):
    got = read(table(*rows("E11.9,,J45,1,3", ",I10,,2,"), more="dx1,dx2,dx3,dx_ptr_1,dx_ptr_2"))
    assert got.column("SELECT pointed_dx FROM claim_line ORDER BY line_id") == [["E119", "J45"], ["I10"]]


def test_a_modifier_that_stands_in_both_kinds_of_columns_counts_once(read, table):
    got = read(
        table(
            *rows("25,59,25 59", "25,,59", ",,2659", "lt,,LT", "25,,", "59,,5.9E+01"),
            more="mod1,mod2,Modifiers",
        )
    )
    assert got.column("SELECT modifiers FROM claim_line ORDER BY line_id")[:5] == [
        ["25", "59"], ["25", "59"], ["26", "59"], ["LT"], ["25"],
    ]  # fmt: skip
