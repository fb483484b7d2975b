"""A range of codes holds the codes that its author means, and no others of the same length."""

from __future__ import annotations

import duckdb
import pytest

from auditor.rules.code_ranges import fault_of, lies_in, ranges_sql

CASES = [
    (
        "0042T-0999T",
        ["0042T", "0500T", "0999T"],
        ["00500", "0041T", "1000T", "0500U", "0042", "0042T0", "0999Z"],
    ),
    ("00100-01999", ["00100", "00500", "01999"], ["0042T", "0100T", "0500F", "02000", "0010", "001000"]),
    ("10000-69999", ["10000", "69999"], ["1000F", "6999F", "70000"]),
    ("A0021-A9999", ["A0021", "A9999"], ["B0021", "00210", "A002"]),
    ("A0021-V5364", ["A0021", "J1885", "V5364"], ["V5365", "99213"]),
    ("C000-C969", ["C000", "C7A0", "C968"], ["C96Z", "D000"]),
    ("S72001A-S72009A", ["S72001A", "S72009A"], ["S72001D", "S720010"]),
    ("A-C", ["A", "B", "C"], ["D", "AB", ""]),
    ("99213", ["99213"], ["9921", "99214"]),
]


@pytest.mark.parametrize(("item", "within", "without"), CASES, ids=[case[0] for case in CASES])
def test_a_range_holds_codes_of_its_kind_in_both_evaluators(
    item: str, within: list[str], without: list[str]
) -> None:
    assert fault_of(item) is None
    codes = [*within, *without]
    assert [lies_in(code, [item]) for code in codes] == [True] * len(within) + [False] * len(without)
    rows = duckdb.execute(
        f"SELECT {ranges_sql('code', [item])} FROM (SELECT unnest($codes) AS code)", {"codes": [*codes, None]}
    ).fetchall()
    assert [row[0] for row in rows] == [*(lies_in(code, [item]) for code in codes), False]


def test_several_ranges_and_single_codes_hold_what_each_of_them_holds() -> None:
    items = [case[0] for case in CASES]
    codes = sorted({code for _, within, without in CASES for code in (*within, *without)})
    assert not lies_in("99213", []) and not lies_in("99213", ["99213-99212"])
    for count in range(1, len(items) + 1):
        some = items[:count]
        each = [any(lies_in(code, [item]) for item in some) for code in codes]
        assert [lies_in(code, some) for code in codes] == each
        assert 0 < sum(each) < len(codes)


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("0042T-0999U", "unlike kinds"),
        ("0042T-09999", "unlike kinds"),
        ("00100-0999T", "unlike kinds"),
        ("00100-A9999", "unlike kinds"),
        ("99215-99202", "no code"),
        ("9921-99215", "no code"),
        ("-99215", "no code"),
        ("99202-", "no code"),
        ("1-2-3", "no code"),
    ],
)
def test_what_is_no_range_is_told_with_the_mend(item: str, said: str) -> None:
    fault = fault_of(item)
    assert fault is not None and said in fault[0] and fault[1].startswith("write ")
