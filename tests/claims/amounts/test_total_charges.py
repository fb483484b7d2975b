"""A claim's total charge on each of its lines counts once; what may be a line's total is left, or doubted aloud."""

import pytest

from auditor.base.errors import InputRefused

HEAD = "claim_id,line_no,patient_id,date_from,code,units,{},paid,allowed"


def file_of(*rows, header="Total Charge"):
    return "\n".join([HEAD.format(header), *(f"{row}" for row in rows)]) + "\n"


def claim(name, charge, *lines):
    return [
        f"{name},{n},P,2024-07-01,{code},1,{charge},{paid},{paid}" for n, (code, paid) in enumerate(lines, 1)
    ]


A = claim("A", "300", ("99213", 60), ("82040", 20))
B = claim("B", '"$1,000.00"', ("99214", 100), ("93000", 100), ("82040", 50))
C = claim("C", "40", ("99213", 30))


def said(got):
    return [note for note in got.feed.notes if "one amount of" in note]


@pytest.mark.parametrize("header", ["Total Charge", "Total Charges", "total_charge_amount"])
def test_a_total_of_the_claim_on_each_line_counts_once(read, header):
    got = read(file_of(*A, *B, *C, header=header))
    assert got.column("SELECT charge FROM claim_line ORDER BY line_id") == [
        22500,
        7500,
        40000,
        40000,
        20000,
        4000,
    ]
    assert got.tie.charge_in == got.tie.charge_audited == 134_000
    assert said(got) == [
        f"file0.csv: 2 claims of several lines have one amount of '{header}' on all lines, which is the claim's; it is "
        "counted once and shared among the lines by allowed, else paid"
    ]


def test_a_total_of_the_line_is_left(read):
    got = read(
        file_of(
            *A,
            *claim("B", 90, ("99213", 9)),
            *claim("D", 50, ("99214", 9)),
            "D,2,P,2024-07-01,93000,1,70,9,9",
        )
    )
    assert got.tie.charge_in == 81_000
    assert said(got) == []


def test_a_usual_name_of_a_line_s_charge_says_nothing_of_totals(read):
    got = read(file_of(*A, *B, header="charge"))
    assert got.tie.charge_in == 360_000
    assert said(got) == []


@pytest.mark.parametrize(
    "second", [claim("B", 300, ("99214", 60), ("93000", 20)), claim("B", 70, ("99213", 6), ("99213", 6))]
)
def test_what_may_be_chance_is_left_and_doubted(read, second):
    got = read(file_of(*A, *second))
    assert got.column("SELECT charge FROM claim_line ORDER BY line_id")[0] == 30_000
    assert said(got)[0].startswith(
        "WARNING: file0.csv: 2 claims of several lines have one amount of 'Total Charge'"
    )


def test_rows_repeated_or_set_aside_do_not_count_the_total_again(read):
    got = read(file_of(*A, A[1], "A,4,P,never,99213,1,300,10,10", *B))
    assert got.column("SELECT charge FROM claim_line ORDER BY line_id")[:2] == [22500, 7500]
    assert (got.tie.charge_in, got.tie.charge_set_aside, got.tie.lines_set_aside) == (130_000, 0, 2)


def test_a_payment_that_is_repeated_with_the_charge_counts_once_too(read):
    def both(name, charge, paid, *codes):
        return [f"{name},{n},P,2024-07-01,{code},1,{charge},{paid}," for n, code in enumerate(codes, 1)]

    got = read(file_of(*both("A", 300, 200, "99213", "82040"), *both("B", 90, 20, "99213", "82040")))
    assert got.rows("SELECT charge, paid FROM claim_line ORDER BY line_id") == [
        (15000, 10000), (15000, 10000), (4500, 2000), (4500, 2000),
    ]  # fmt: skip
    assert (got.tie.charge_in, got.tie.paid_in) == (39_000, 24_000)


def test_a_column_of_the_line_s_charge_comes_first(read):
    head = HEAD.format("Total Charge").replace("Total Charge", "Line Charge,Total Charge")
    got = read(f"{head}\nA,1,P,2024-07-01,99213,1,10,30,5,5\nA,2,P,2024-07-01,82040,1,20,30,5,5\n")
    assert got.column("SELECT charge FROM claim_line ORDER BY line_id") == [1000, 2000]
    assert "Total Charge" in got.feed.unmapped_columns


def test_two_columns_of_usual_names_are_still_refused(read):
    with pytest.raises(InputRefused, match="two columns hold charge"):
        read(file_of(*A, header="Billed Amount,Charges"))
