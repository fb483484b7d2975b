"""Positions of providers among their peers: properties of the statistic, and what it is for."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from auditor.profiles.beta_binomial import LEAST_PEERS, fit_moments, fit_others, judged, standings
from auditor.profiles.discoveries import benjamini_hochberg
from auditor.profiles.standing import Side, Standing

quickly = settings(max_examples=40, deadline=None)
Group = list[tuple[int, int]]


@st.composite
def groups(draw: st.DrawFn) -> Group:
    sizes = draw(st.lists(st.integers(1, 400), min_size=LEAST_PEERS + 1, max_size=25))
    return [(draw(st.integers(0, size)), size) for size in sizes]


def told(group: Group, side: Side = "above") -> list[Standing]:
    return standings([x for x, _ in group], [n for _, n in group], percentile=95, certainty=95, side=side)


def marked(group: Group) -> list[bool]:
    """Those outside whose tail survives the control of false discoveries over the group."""
    found = told(group)
    adjusted = benjamini_hochberg(np.array([item.tail for item in found]))
    return [item.outside and bool(small <= 0.05) for item, small in zip(found, adjusted, strict=True)]


@quickly
@given(groups())
def test_the_shrunken_share_lies_between_the_share_and_the_peer_mean(group: Group) -> None:
    for position in told(group):
        low, high = sorted((position.value, position.peer_mean))
        assert low - 1e-9 <= position.figures["shrunken"] <= high + 1e-9
        assert (
            0 <= position.figures["certainty"] <= 1 and position.tail is not None and 0 <= position.tail <= 1
        )
        assert position.peers == len(group) - 1


@quickly
@given(st.data(), groups())
def test_the_order_of_the_providers_does_not_matter(data: st.DataObject, group: Group) -> None:
    order = data.draw(st.permutations(range(len(group))))
    before, after = told(group), told([group[at] for at in order])
    assert after == [before[at] for at in order]


def beta_of(counts: np.ndarray, sizes: np.ndarray) -> tuple[float, float]:
    """The moments of Kleinman (1973) written out as sums over the peers, with the bounds of the module."""
    mean = float(np.clip(counts.sum() / sizes.sum(), 1e-6, 1 - 1e-6))
    weights = sizes / sizes.sum()
    spread = float((weights * (counts / sizes - mean) ** 2).sum())
    noise = float((weights * (1 - weights) / sizes).sum())
    room = mean * (1 - mean) * float((weights * (1 - weights)).sum() - noise)
    extra = (spread - mean * (1 - mean) * noise) / room if room > 0 else 0.0
    strength = 1 / min(max(extra, 1 / 10_001), 1 / 1.001) - 1
    strength = min(strength, sizes.mean())
    return mean * strength, (1 - mean) * strength


@quickly
@given(groups())
def test_the_fit_is_that_of_the_peers_without_the_provider(group: Group) -> None:
    counts = np.array([x for x, _ in group], dtype=float)
    sizes = np.array([n for _, n in group], dtype=float)
    a, b = fit_others([x for x, _ in group], [n for _, n in group])
    for at in range(len(group)):
        keep = np.arange(len(group)) != at
        assert (a[at], b[at]) == pytest.approx(beta_of(counts[keep], sizes[keep]), rel=1e-6, abs=1e-9)


@quickly
@given(groups(), st.integers(1, 400))
def test_a_providers_own_lines_do_not_move_its_peers(group: Group, size: int) -> None:
    (_, *peers) = group
    positions_of = [told([(x, size), *peers])[0] for x in (0, size)]
    assert positions_of[0].peer_mean == pytest.approx(positions_of[1].peer_mean, rel=1e-9)
    assert positions_of[0].peer_limit == pytest.approx(positions_of[1].peer_limit, rel=1e-6, abs=1e-12)
    assert positions_of[0].figures["certainty"] <= positions_of[1].figures["certainty"] + 1e-12


@quickly
@given(st.integers(1, 300), st.data(), st.integers(LEAST_PEERS + 1, 60))
def test_of_providers_that_are_all_alike_none_is_marked(size: int, data: st.DataObject, many: int) -> None:
    count = data.draw(st.integers(0, size))
    assert not any(marked([(count, size)] * many))


@quickly
@given(
    st.lists(st.tuples(st.integers(40, 300), st.integers(20, 45)), min_size=10, max_size=40),
    st.integers(60, 400),
)
def test_a_strong_outlier_of_ten_peers_or_more_is_marked(peers: Group, size: int) -> None:
    group = [(n * percent // 100, n) for n, percent in peers]
    assert marked([*group, (size, size)])[-1]
    assert not marked([*group, (0, size)])[-1]


def test_thirty_peers_that_agree_do_not_hide_the_one_who_does_not() -> None:
    assert marked([(16, 40)] * 30 + [(40, 40)]) == [False] * 30 + [True]


def test_an_outlier_does_not_stretch_the_limit_it_is_held_against() -> None:
    peers = [(40, 100), (38, 100), (45, 100), (41, 100), (36, 100)]
    one, two = told([*peers, (70, 100)])[-1], told([*peers, (100, 100)])[-1]
    assert one.peer_limit == pytest.approx(two.peer_limit) and one.peer_limit < 0.6


@quickly
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_adjusted_probabilities_keep_the_order_and_never_fall_below(p: list[float]) -> None:
    values = np.array(p)
    adjusted = benjamini_hochberg(values)
    assert np.all(adjusted >= values - 1e-12) and np.all(adjusted <= 1)
    order = np.argsort(values, kind="stable")
    assert np.all(np.diff(adjusted[order]) >= -1e-12)
    assert adjusted == pytest.approx(stats.false_discovery_control(values), abs=1e-12)


def test_the_tail_is_that_of_the_peers_beta_binomial() -> None:
    group = [(3, 30), (9, 60), (5, 50), (20, 40)]
    a, b = fit_others([x for x, _ in group], [n for _, n in group])
    tail = told(group)[-1].tail
    assert tail == pytest.approx(float(sum(stats.betabinom.pmf(k, 40, a[-1], b[-1]) for k in range(20, 41))))


@pytest.mark.parametrize(
    ("counts", "sizes"),
    [([1, 2], [10, 10]), ([1, 2, 3], [10, 0, 10]), ([1, 11, 3], [10, 10, 10]), ([-1, 1, 1], [2, 2, 2])],
)
def test_what_is_no_share_is_refused(counts: list[int], sizes: list[int]) -> None:
    with pytest.raises(ValueError):
        fit_others(counts, sizes)


def test_a_group_of_three_thousand_takes_a_moment() -> None:
    dice = np.random.default_rng(7)
    sizes = dice.integers(30, 3_000, 3_000)
    counts = dice.binomial(sizes, dice.beta(4, 6, 3_000))
    started = time.process_time()
    found = sum(marked(list(zip(counts.tolist(), sizes.tolist(), strict=True))))
    assert time.process_time() - started < 3
    assert found < 30


@quickly
@given(groups(), st.data())
def test_more_in_the_numerator_never_lies_less_far_out(group: Group, data: st.DataObject) -> None:
    ((x, n), *peers) = group
    more = data.draw(st.integers(x, n))
    before, after = told([(x, n), *peers])[0], told([(more, n), *peers])[0]
    assert after.outside or not before.outside
    assert before.tail is not None and after.tail is not None and after.tail <= before.tail + 1e-9


@quickly
@given(groups())
def test_below_is_above_seen_from_the_other_lines(group: Group) -> None:
    mirrored = [(n - x, n) for x, n in group]
    for low, high in zip(told(group, "below"), told(mirrored), strict=True):
        assert low.value == pytest.approx(1 - high.value) and low.side == "below"
        assert low.tail == pytest.approx(high.tail, rel=1e-6, abs=1e-9)
        assert low.peer_limit == pytest.approx(1 - high.peer_limit, rel=1e-4, abs=1e-6)


def test_moments_of_a_table_give_the_distribution_that_has_them() -> None:
    a, b = fit_moments(0.4, 0.1)
    known = stats.beta(a, b)
    assert float(known.mean()) == pytest.approx(0.4) and float(known.std()) == pytest.approx(0.1)
    for mean, sd in ((0.0, 0.1), (1.0, 0.1), (0.5, 0.0), (0.5, 0.5), (0.4, float("nan"))):
        with pytest.raises(ValueError):
            fit_moments(mean, sd)
    each = np.ones(2)
    low, high = judged([4, 40], [10, 40], a * each, b * each, 100, percentile=95, certainty=95)
    assert not low.outside and high.outside and high.peers == 100
    assert high.peer_limit == pytest.approx(known.ppf(0.95))
    assert high.figures["certainty"] == pytest.approx(stats.beta(a + 40, b).sf(known.ppf(0.95)))
