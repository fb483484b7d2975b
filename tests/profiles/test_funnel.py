"""Funnel limits: against a twin in exact fractions and scipy, and what a funnel is for."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import special, stats

from auditor.profiles import funnel
from auditor.profiles.funnel import LEAST_PEERS, standings
from auditor.profiles.standing import Side, Standing

quickly = settings(max_examples=40, deadline=None)
Group = list[tuple[int, int]]
SIDES: tuple[Side, ...] = ("above", "below", "both")


@st.composite
def groups(draw: st.DrawFn) -> Group:
    sizes = draw(st.lists(st.integers(1, 300), min_size=LEAST_PEERS + 1, max_size=20))
    return [(draw(st.integers(0, size)), size) for size in sizes]


def told(group: Group, side: Side = "above", z: float = 3.09) -> list[Standing]:
    return standings([x for x, _ in group], [n for _, n in group], z=z, side=side)


def quantile(values: list[float], tenths: int) -> float:
    ordered, place = sorted(values), Fraction((len(values) - 1) * tenths, 10)
    low = math.floor(place)
    high = min(low + 1, len(values) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * float(place - low)


def plain(group: Group, at: int) -> tuple[float, float, float]:
    """Peers' mean, variance between them, and the score of one provider, written out from the formulas."""
    (x, n), peers = group[at], [item for number, item in enumerate(group) if number != at]
    mean = Fraction(sum(count for count, _ in peers), sum(size for _, size in peers))
    half = Fraction(1, 2 * sum(size for _, size in peers))
    p = float(min(max(mean, half), 1 - half))
    scores = [(count / size - p) / math.sqrt(p * (1 - p) / size) for count, size in peers]
    low, high = quantile(scores, 1), quantile(scores, 9)
    many = len(peers)
    phi = sum(min(max(score, low), high) ** 2 for score in scores) / many
    weights = [size / (p * (1 - p)) for _, size in peers]
    room = sum(weights) - sum(weight**2 for weight in weights) / sum(weights)
    spread = max(0.0, (many * phi - (many - 1)) / room)
    chances = stats.binom.logpmf(range(x, n + 1), n, p)
    score = -float(special.ndtri_exp(min(float(special.logsumexp(chances)), -1e-16)))
    s2 = p * (1 - p) / n
    return p, spread, score * math.sqrt(s2 / (s2 + spread))


def plain_chance(group: Group, at: int, mean: float) -> float:
    return float(stats.binom.sf(group[at][0] - 1, group[at][1], mean))


@quickly
@given(groups())
@example([(1, 1), (0, 27), (173, 173)])
def test_every_provider_is_scored_as_the_formulas_say(group: Group) -> None:
    for at, found in enumerate(told(group)):
        mean, spread, score = plain(group, at)
        assert found.peer_mean == pytest.approx(mean)
        assert found.figures["overdispersion"] == pytest.approx(math.sqrt(spread), rel=1e-6, abs=1e-7)
        assert found.outside == (found.figures["score"] >= 3.09)
        if plain_chance(group, at, mean) > 1 - 1e-9:  # one less the chance is lost in a double
            assert found.figures["score"] < 0
            continue
        n = group[at][1]
        chance = mean * (1 - mean) / n
        asymptote = 8 * math.sqrt(chance / (chance + spread))  # further out the tail is taken from it
        if score < asymptote:
            assert found.figures["score"] == pytest.approx(score, rel=1e-4, abs=1e-4)
        else:
            assert found.figures["score"] == pytest.approx(score, rel=0.02)
        assert found.tail == pytest.approx(float(stats.norm.sf(score)), rel=1e-2, abs=1e-9)


@quickly
@given(groups())
def test_the_limit_is_the_least_share_that_lies_outside(group: Group) -> None:
    for at, found in enumerate(told(group)):
        n = group[at][1]
        least = round(found.peer_limit * n)
        assert found.outside == (group[at][0] >= least and found.figures["score"] >= 3.09)
        peers = [item for number, item in enumerate(group) if number != at]
        if 0 < least < n:
            assert told([(least, n), *peers])[0].outside
            assert not told([(least - 1, n), *peers])[0].outside


@quickly
@given(groups(), st.data())
def test_more_in_the_numerator_never_lies_less_far_out(group: Group, data: st.DataObject) -> None:
    ((x, n), *peers) = group
    more = data.draw(st.integers(x, n))
    before, after = told([(x, n), *peers])[0], told([(more, n), *peers])[0]
    assert after.figures["score"] >= before.figures["score"] - 1e-12
    assert after.outside or not before.outside


@quickly
@given(groups(), st.data())
def test_the_order_of_the_providers_does_not_matter(group: Group, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(group))))
    before, after = told(group, "both"), told([group[at] for at in order], "both")
    assert after == [before[at] for at in order]


@quickly
@given(st.integers(1, 2_000), st.data(), st.integers(LEAST_PEERS + 1, 40))
def test_of_providers_that_are_all_alike_none_lies_outside(size: int, data: st.DataObject, many: int) -> None:
    count = data.draw(st.integers(0, size))
    for side in SIDES:
        assert not any(item.outside for item in told([(count, size)] * many, side))


@quickly
@given(groups())
def test_below_is_above_seen_from_the_other_lines(group: Group) -> None:
    for low, high in zip(told(group, "below"), told([(n - x, n) for x, n in group]), strict=True):
        assert low.figures["score"] == pytest.approx(high.figures["score"], rel=1e-6, abs=1e-6)
        assert low.peer_limit == pytest.approx(1 - high.peer_limit)


def test_both_sides_double_the_tail() -> None:
    group = [(40, 100)] * 10 + [(60, 100)]
    one, two = told(group)[-1], told(group, "both")[-1]
    assert one.tail is not None and two.side == "above" and two.tail == pytest.approx(2 * one.tail)


def test_peers_that_differ_more_than_by_chance_widen_the_limits() -> None:
    alike, unlike = [(40, 100)] * 12, [(10, 100), (40, 100), (70, 100)] * 4
    close, wide = told([*alike, (65, 100)])[-1], told([*unlike, (65, 100)])[-1]
    assert close.outside and not wide.outside
    assert close.figures["overdispersion"] == 0 < wide.figures["overdispersion"]


def test_the_limits_do_not_close_however_large_n_where_peers_differ() -> None:
    peers = [(30, 100), (38, 100), (42, 100), (50, 100), (33, 100), (47, 100)] * 3
    assert not told([*peers, (450_000, 1_000_000)])[-1].outside
    limits = [told([*peers, (0, n)])[-1].peer_limit for n in (10_000, 1_000_000)]
    assert limits[0] == pytest.approx(limits[1], abs=0.01) and limits[1] > 0.5


def test_a_large_group_is_judged_as_the_exact_one_nearly(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = np.random.default_rng(3)
    sizes = dice.integers(30, 400, 300)
    group = list(zip(dice.binomial(sizes, dice.beta(8, 12, 300)).tolist(), sizes.tolist(), strict=True))
    exact = told(group)
    monkeypatch.setattr(funnel, "EXACT", 10)
    quick = told(group)
    assert max(abs(a.figures["score"] - b.figures["score"]) for a, b in zip(exact, quick, strict=True)) < 0.1


def test_among_peers_as_chance_and_their_spread_make_them_few_lie_outside() -> None:
    dice = np.random.default_rng(11)
    sizes = dice.integers(30, 2_000, 2_000)
    counts = dice.binomial(sizes, dice.beta(40, 60, 2_000))
    found = told(list(zip(counts.tolist(), sizes.tolist(), strict=True)))
    assert sum(item.outside for item in found) <= 20


def test_peers_who_never_report_it_leave_chance_a_width() -> None:
    group = [(0, 100)] * 10
    assert not told([*group, (1, 100)])[-1].outside
    assert told([*group, (10, 100)])[-1].outside


@pytest.mark.parametrize(
    ("counts", "sizes"),
    [([1, 2], [9, 9]), ([1, 2, 3], [9, 0, 9]), ([1, 10, 3], [9, 9, 9]), ([-1, 1, 1], [2, 2, 2])],
)
def test_what_is_no_share_is_refused(counts: list[int], sizes: list[int]) -> None:
    with pytest.raises(ValueError):
        standings(counts, sizes, z=3.09)
