"""Generated claims and remittances: whatever order, parts and reversals, each line has its own payment."""

from __future__ import annotations

import random
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.claims import open_connection, read_claims, reconcile
from tests.claims.remittance_pairs import Claim, Line, Remittance, bill, pay

CODES = ("99213", "99214", "99215", "80053", "36415", "J0100", "G0463", "93000")
DAYS = ("20240201", "20240208", "20240215", "20240222")

lines = st.builds(
    Line,
    code=st.sampled_from(CODES),
    charge=st.integers(1, 60_000),
    mods=st.lists(st.sampled_from(("25", "59", "RT", "LT", "GP")), max_size=3, unique=True).map(tuple),
    day=st.sampled_from(("20240103", "20240104", "20240105")),
    units=st.sampled_from(("1", "2", "3")),
)
ways = st.sampled_from(
    ("once", "parts", "corrected", "reversed", "whole", "adjusted", "unanswered", "repeated", "divided")
)


@st.composite
def cases(draw, number):
    """A claim, how it is answered, and a random generator for the rest."""
    found = draw(
        st.lists(
            lines,
            min_size=1,
            max_size=6,
            unique_by=lambda line: (line.code, line.mods, line.day, line.charge),
        )
    )
    again = [replace(line) for line in found[: draw(st.integers(0, 2))]]
    controlled = draw(st.booleans())
    return number, [*found, *again], controlled, draw(ways), draw(st.integers(0, 2**32))


feeds = st.integers(3, 12).flatmap(lambda count: st.tuples(*(cases(number) for number in range(count))))


def answered(number, found, controlled, way, seed):
    """The claim, its remittances as (day, claim) in the order of time, and the payments of its lines or "
    "their sum."""
    dice = random.Random(seed)
    named = [replace(line, control=f"L{number}-{n}" if controlled else "") for n, line in enumerate(found)]
    claim = Claim(f"C{number}", tuple(named), member=f"M{number % 4}", icn=f"I{number}A")

    def priced(which):
        return tuple(replace(line, paid=dice.randint(0, line.charge)) for line in which)

    def shuffled(which):
        return tuple(dice.sample(which, len(which))) if controlled else tuple(which)

    first, second = sorted(dice.sample(range(len(DAYS)), 2))
    final = priced(named)
    answer = replace(claim, lines=shuffled(final))
    amounts = [line.paid for line in final]
    if way == "unanswered":
        return claim, [], None
    if way == "once":
        return claim, [(DAYS[first], answer)], amounts
    if way == "repeated":
        return claim, [(DAYS[first], answer), (DAYS[first], answer)], amounts
    if way == "parts":
        cut = dice.randint(0, len(final))
        parts = [
            replace(claim, lines=part, icn=f"I{number}{n}")
            for n, part in enumerate((final[:cut], final[cut:]))
            if part
        ]
        return claim, [(DAYS[first], part) for part in parts], amounts
    if way in ("corrected", "reversed"):
        before = replace(claim, lines=shuffled(priced(named)))
        taken = [(DAYS[first], before), (DAYS[second], before.reversal())]
        if way == "reversed":
            return claim, taken, "reversed"
        return claim, [*taken, (DAYS[second], replace(answer, icn=f"I{number}B"))], amounts
    if way == "divided" and controlled:
        pieces = []
        for line in final:
            part, share = dice.randint(0, line.charge), dice.randint(0, line.paid)
            pieces += [
                replace(line, charge=part, paid=share),
                replace(line, charge=line.charge - part, paid=line.paid - share),
            ]
        return claim, [(DAYS[first], replace(claim, lines=tuple(pieces)))], amounts
    total = sum(amounts)
    if way == "adjusted" and total:
        taken_off = dice.randint(1, total)
        return claim, [(DAYS[first], replace(answer, cas=(("CO", "253", taken_off),)))], total - taken_off
    whole = replace(claim, lines=(), charge=claim.total, paid=total, cas=(("CO", "45", claim.total - total),))
    return claim, [(DAYS[first], whole)], total


def read(feed, order):
    """Lay the feed down in files of a random order, read it, and tell what became of every claim."""
    made = [answered(*case) for case in feed]
    dice = random.Random(order)
    claims = [claim for claim, _, _ in made]
    dice.shuffle(claims)
    by_day = {day: [one for _, found, _ in made for when, one in found if when == day] for day in DAYS}
    remittances = [Remittance(tuple(found), day=day) for day, found in by_day.items() if found]
    texts = [bill(*claims)]
    if remittances:
        texts += [pay(one) for one in remittances] if dice.random() < 0.5 else [pay(*remittances)]
    dice.shuffle(texts)
    with tempfile.TemporaryDirectory() as name:
        paths = [Path(name) / f"{number}.x12" for number in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text)
        con = open_connection("1GB", 1, Path(name) / "spill")
        told = read_claims(con, paths)
        tie = reconcile(con, told)
        found = con.execute(
            "SELECT claim_id, paid, state FROM claim_line ORDER BY claim_id, line_no"
        ).fetchall()
        reasons = con.execute("SELECT DISTINCT reason_code FROM set_aside").fetchall()
        con.close()
    sent = sum(one.payment for remittance in remittances for one in remittance.claims)
    return made, tie, sent, found, {code for (code,) in reasons}


def check(feed, order):
    made, tie, sent, found, reasons = read(feed, order)
    assert tie.paid_in == sent
    assert reasons <= {"remittance_repeated"}
    for claim, _, expected in made:
        lines_of = [(paid, state) for claim_id, paid, state in found if claim_id == claim.id]
        assert len(lines_of) == len(claim.lines)
        paid = [amount for amount, _ in lines_of]
        if expected == "reversed":
            assert {state for _, state in lines_of} == {"superseded"}
            continue
        assert {state for _, state in lines_of} == {"audited"}
        if expected is None:
            assert paid == [None] * len(paid)
        elif isinstance(expected, int):
            assert sum(paid) == expected
            assert min(paid) >= 0
        elif claim.lines[0].control:
            assert paid == expected
        else:
            # Lines that are the same in all they say may have each other's payment.
            key = [(line.code, line.mods, line.day, line.charge) for line in claim.lines]
            assert sorted(zip(key, paid, strict=True)) == sorted(zip(key, expected, strict=True))


SETTINGS = settings(deadline=None, suppress_health_check=list(HealthCheck))


@settings(SETTINGS, max_examples=2)
@given(feeds, st.integers(0, 2**32))
@pytest.mark.slow
def test_every_line_has_its_own_payment_and_every_cent_is_accounted_for(feed, order):
    check(feed, order)


@pytest.mark.slow
@settings(SETTINGS, max_examples=60)
@given(feeds, st.integers(0, 2**32))
def test_many_feeds_tie_out_to_the_cent(feed, order):
    check(feed, order)
