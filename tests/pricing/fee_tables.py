"""Small fee schedules for tests: rows of the relative value files and indices of two contractors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from auditor.workbench.case_tables import LONG_AGO

Rows = dict[str, list[dict[str, Any]]]
FACTOR = Decimal("32.3465")
ALABAMA = {
    "mac": "10112", "state": "AL", "locality": "00", "gpci_work": Decimal("1.000"), "gpci_pe": Decimal("0.869"),
    "gpci_mp": Decimal("0.575"),
}  # fmt: skip


def rvu(code: str, work: str, outside: str, inside: str, mp: str, **more: Any) -> dict[str, Any]:
    """A row of the relative value file: work, practice expense outside and inside a facility, malpractice."""
    return {
        "code": code, "status_code": "A", "work_rvu": Decimal(work), "non_fac_pe_rvu": Decimal(outside),
        "facility_pe_rvu": Decimal(inside), "mp_rvu": Decimal(mp), "conv_factor": FACTOR,
    } | more  # fmt: skip


def _hundredths(most: int) -> st.SearchStrategy[Decimal]:
    return st.integers(0, most).map(lambda number: Decimal(number).scaleb(-2))


@st.composite
def fee_tables(draw: st.DrawFn, codes: Sequence[str], turns: Sequence[date] = ()) -> Rows:
    """Rows of some codes and components, perhaps renewed on a day, a second factor, and indices of a few places."""
    periods: list[dict[str, Any]] = [{"effective": LONG_AGO, "deleted": None}]
    for day in turns:
        if day > LONG_AGO:
            periods = [
                {"effective": LONG_AGO, "deleted": day - timedelta(days=1)},
                {"effective": day, "deleted": None},
            ]
    numbers, factor = _hundredths(3_000), st.sampled_from([Decimal("32.3465"), Decimal("33.4009")])
    whole: list[list[str | None]] = [[None], [None], [None, "26", "TC"], [None, "53"], []]
    rows: list[dict[str, Any]] = []
    for code in codes:
        for modifier in draw(st.sampled_from(whole)):
            for period in periods:
                capped = modifier == "TC" and draw(st.booleans())
                rows.append(
                    {
                        "code": code,
                        "modifier": modifier,
                        "status_code": draw(st.sampled_from(["A"] * 5 + ["R", "B"])),
                        "work_rvu": draw(numbers),
                        "non_fac_pe_rvu": draw(numbers),
                        "facility_pe_rvu": draw(numbers),
                        "mp_rvu": draw(numbers),
                        "opps_non_facility_pe_amount": draw(numbers) if capped else None,
                        "opps_facility_pe_amount": draw(numbers) if capped else None,
                        "opps_mp_amount": draw(numbers) if capped else None,
                        "conv_factor": draw(factor),
                        "mult_proc": draw(st.sampled_from("02223456779")),
                        "bilat_surg": draw(st.sampled_from("011123")),
                        "endo_base": draw(st.sampled_from([*codes, None])),
                    }
                    | period
                )
    others = [row | {"conv_factor": draw(factor)} for row in rows if draw(st.booleans())]
    index = st.integers(500, 1_900).map(lambda number: Decimal(number).scaleb(-3))
    sites = draw(
        st.lists(
            st.sampled_from([("M1", "00", "AL"), ("M1", "01", "MD"), ("M2", "99", "MD"), ("M3", "00", "VA")]),
            unique=True,
        )
    )
    places = [
        {"mac": mac, "locality": locality, "state": state}
        | {name: draw(index) for name in ("gpci_work", "gpci_pe", "gpci_mp")}
        | period
        for mac, locality, state in sites
        for period in periods
    ]
    fee = st.fixed_dictionaries(
        {
            "payer_id": st.sampled_from(["X", "Y"]),
            "plan_id": st.sampled_from([None, "G1"]),
            "code": st.sampled_from(codes),
            "modifier": st.sampled_from([None, None, "26", "TC"]),
            "setting": st.sampled_from([None, "facility", "non_facility"]),
            "locality": st.sampled_from([None, "00"]),
            "amount": st.integers(1, 40_000).map(lambda cents: Decimal(cents).scaleb(-2)),
        }
    )
    own = draw(st.lists(fee, max_size=6)) if draw(st.booleans()) else []
    return {"mpfs_rvu": rows, "mpfs_rvu_qpp": others, "mpfs_gpci": places, "payer_fees": own}
