"""Random claim lines and reference rows over the little world of ``generated_words``."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from auditor.workbench.case_tables import FAR, LONG_AGO
from tests.findings.worlds import World
from tests.pricing.fee_tables import fee_tables
from tests.rules.generated_words import CODES, DATES, DIAGNOSES, MODIFIERS, PAYERS, PROVIDERS

ANSWERING = ("ncci_ptp", "ncci_mue", "ncci_aoc", "coverage")


def _maybe(values: list[Any], often: int = 2) -> st.SearchStrategy[Any]:
    return st.sampled_from([*values * often, None])


def _line(base: date) -> st.SearchStrategy[dict[str, Any]]:
    near = [base + timedelta(days=n) for n in (0, 0, 0, 0, 1, 1, 2, 31)]
    day = st.sampled_from([*near, *DATES])
    return st.fixed_dictionaries(
        {
            "claim": st.sampled_from(["A", "A", "B"]),
            "line_no": st.integers(1, 9),
            "code": st.sampled_from([*CODES[:2] * 3, *CODES, None]),
            "modifiers": st.lists(st.sampled_from(MODIFIERS), max_size=2),
            "units": _maybe([Decimal(text) for text in ("1", "1", "1", "2", "3", "1.5", "0", "-1")]),
            "minutes": _maybe([Decimal("15"), Decimal("30.5"), Decimal("1")], 1),
            "paid": _maybe([Decimal(text) for text in ("10", "10", "33.33", "0", "0.05", "-5")]),
            "allowed": _maybe([Decimal("10"), Decimal("40")]),
            "charge": _maybe([Decimal("33.33")]),
            "pos": st.sampled_from(["11", "11", "24"]),
            "date_from": day,
            "span": st.sampled_from([0] * 8 + [1, 2, 30]),
            "denied": st.sampled_from([False] * 7 + [True]),
            "state": st.sampled_from(["audited"] * 14 + ["set_aside"]),
            "rendering_npi": _maybe([PROVIDERS[0], PROVIDERS[0], PROVIDERS[1]], 2),
            "billing_npi": _maybe([PROVIDERS[0]]),
            "facility_npi": _maybe([PROVIDERS[1]], 1),
            "billing_tin": _maybe(["T1", "T1", "T2"], 1),
            "rendering_specialty": _maybe(["08", "50"], 1),
            "received_date": _maybe(DATES, 1),
            "paid_date": _maybe(DATES[:3], 1),
            "pointed": st.integers(0, 2),
            "revenue_code": _maybe(["0120", "0250"], 1),
            "mods_truncated": st.sampled_from([False] * 5 + [True]),
            "prior_auth": _maybe(["N1"], 1),
        }
    )


def _header(base: date) -> st.SearchStrategy[dict[str, Any]]:
    """What all lines of a claim have alike."""
    return st.fixed_dictionaries(
        {
            "claim_type": st.sampled_from(["professional", "professional", "institutional"]),
            "tob": _maybe(["111", "131"]),
            "sex": _maybe(["F", "M"]),
            "birth_date": _maybe(
                [date(1950, base.month, min(base.day, 28)), date(1952, 2, 29), date(2024, 3, 1)]
            ),
            "dx": st.lists(st.sampled_from(DIAGNOSES), max_size=2, unique=True),
            "procedures": st.lists(st.sampled_from(["0DTJ4ZZ", "0SRB0J9"]), max_size=1),
            "admit_date": _maybe([base, *DATES[:4]], 1),
            "discharge_date": _maybe([base + timedelta(days=2), *DATES[4:8]], 1),
            "discharge_status": _maybe(["01", "20"], 1),
            "drg": _maybe(["470", "871", "A0001"], 1),
            "mac": _maybe(["M1"]),
            "locality": _maybe(["00", "00", "01"]),
            "service_state": _maybe(["AL", "MD", "VA"], 1),
            "plan_id": _maybe(["G1", "G2"], 1),
        }
    )


def _in_force() -> st.SearchStrategy[dict[str, Any]]:
    """When a row is in force: mostly all the time, else from or until one of the days."""
    return st.sampled_from(
        [{"effective": LONG_AGO, "deleted": None}] * 4
        + [{"effective": day, "deleted": None} for day in DATES[3:9:2]]
        + [{"effective": LONG_AGO, "deleted": day} for day in DATES[3:9:2]]
    )


def _rows(**own: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    row = st.tuples(st.fixed_dictionaries(own), _in_force()).map(lambda both: both[0] | both[1])
    return st.lists(row, min_size=2, max_size=5)


@st.composite
def worlds(draw: st.DrawFn, most: int = 7) -> World:
    """One or two patients, each perhaps under both payers, with a few lines; and rows of four tables."""
    code = st.sampled_from([*CODES[:2] * 2, *CODES])
    setting = st.sampled_from(["practitioner", "practitioner", "inpatient", "outpatient_hospital"])
    tables = {
        "ncci_ptp": draw(
            _rows(setting=setting, column_1=code, column_2=code, modifier_indicator=st.sampled_from(["0", "1"]))
        ),
        "ncci_mue": draw(
            _rows(setting=setting, code=code, value=st.integers(0, 3), mai=st.sampled_from(["1", "2", None]))
        ),
        "ncci_aoc": draw(_rows(edit_type=st.sampled_from(["1", "2"]), addon=code, primary_code=code)),
        "coverage": draw(
            _rows(
                article=st.just("A1"), code=code, dx_from=st.sampled_from(DIAGNOSES), dx_to=st.none(),
                requires=st.just("any"), exhaustive=st.booleans(), jurisdiction=st.sampled_from(["*", "M1"]),
            )
        ),
        **draw(fee_tables(CODES[:3], [row["effective"] for row in draw(st.lists(_in_force(), max_size=1))])),
    }  # fmt: skip
    answers = [(name, "*", LONG_AGO, FAR) for name in tables if name.startswith(("mpfs", "payer"))]
    for name in ANSWERING:
        by_setting = [["practitioner"]] if name in ("ncci_ptp", "ncci_mue") else []
        for place in draw(st.sampled_from([["*"]] * 6 + [*by_setting, []])):
            answers.append((name, place, LONG_AGO, draw(st.sampled_from([FAR, FAR, FAR, DATES[6]]))))
    lines = []
    base = draw(st.sampled_from(DATES))
    for patient in range(draw(st.sampled_from([1, 1, 2]))):
        for payer in PAYERS[: draw(st.sampled_from([1, 1, 1, 1, 2]))]:
            program = draw(st.sampled_from(["medicare", "medicare", "medicaid"]))
            headers = {claim: draw(_header(base)) for claim in ("A", "B")}
            for given in draw(st.lists(_line(base), min_size=1, max_size=most)):
                claim = given.pop("claim")
                line = headers[claim] | given
                line["date_to"] = line["date_from"] + timedelta(days=line.pop("span"))
                line["dx_ptr"] = list(range(1, min(line.pop("pointed"), len(line["dx"])) + 1))
                line |= {"patient_id": f"P{patient}", "payer_id": payer, "line_of_business": program}
                line["claim_id"] = f"{patient}{payer}{claim}"
                lines.append(line)
    pointers, bounded = (
        draw(st.sampled_from([True, True, False])),
        draw(st.sampled_from([False, False, True])),
    )
    return World(lines, tables, tuple(answers), pointers, bounded)
