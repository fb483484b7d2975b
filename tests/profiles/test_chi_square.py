"""The mix of codes against the peers': against scipy's test, and what the floor of the effect is for."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from auditor.profiles.chi_square import join_levels, judged, standings
from auditor.profiles.standing import Standing

quickly = settings(max_examples=60, deadline=None)
CODES = ["99211", "99212", "99213", "99214", "99215"]
mixes = st.lists(st.integers(0, 200), min_size=5, max_size=5).filter(lambda mix: sum(mix) > 0)
groups = st.lists(mixes, min_size=2, max_size=12)


def joined(mix: list[int], others: list[int]) -> tuple[list[int], list[float]]:
    """Observed and expected, joined from the first level on as long as fewer than five are expected."""
    size, whole = sum(mix), sum(others)
    cells = [([own], [size * part / whole]) for own, part in zip(mix, others, strict=True)]
    at = 0
    while at < len(cells):
        if sum(cells[at][1]) < 5 - 1e-9 and len(cells) > 1:
            into = at + 1 if at + 1 < len(cells) else at - 1
            first, second = sorted((at, into))
            cells[first : second + 1] = [
                (cells[first][0] + cells[second][0], cells[first][1] + cells[second][1])
            ]
            at = first
        else:
            at += 1
    return [sum(own) for own, _ in cells], [sum(part) for _, part in cells]


@quickly
@given(groups)
def test_every_provider_is_tested_as_scipy_does(group: list[list[int]]) -> None:
    assume(all(sum(column) for column in group))
    for at, found in enumerate(standings(group, CODES, min_effect=0.2)):
        others = [sum(mix[level] for number, mix in enumerate(group) if number != at) for level in range(5)]
        observed, expected = joined(group[at], others)
        if len(observed) < 2 or expected[0] < 5 - 1e-9:
            assert found is None
            continue
        assert found is not None
        oracle = stats.chisquare(observed, expected, sum_check=False)
        assert found.figures["statistic"] == pytest.approx(float(oracle.statistic), rel=1e-9, abs=1e-9)
        assert found.tail == pytest.approx(float(oracle.pvalue), rel=1e-6, abs=1e-12)
        size, freedom = sum(observed), len(observed) - 1
        assert found.figures["freedom"] == freedom
        effect = math.sqrt(float(oracle.statistic) / (size * freedom))
        assert found.value == pytest.approx(effect, rel=1e-9, abs=1e-9)
        assert found.outside == (found.value >= 0.2)


@quickly
@given(mixes, mixes)
def test_levels_are_joined_and_none_is_lost(mix: list[int], others: list[int]) -> None:
    parts = join_levels(mix, others)
    whole = sum(others)
    assert all(sum(mix) * part >= 5 * whole for _, part in parts)
    if parts:
        assert sum(own for own, _ in parts) == sum(mix) and sum(part for _, part in parts) == whole


@quickly
@given(groups, st.data())
def test_the_order_of_the_providers_does_not_matter(group: list[list[int]], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(group))))
    before = standings(group, CODES, min_effect=0.2)
    assert standings([group[at] for at in order], CODES, min_effect=0.2) == [before[at] for at in order]


@quickly
@given(mixes, st.integers(2, 40), st.integers(1, 9))
def test_a_provider_like_its_peers_is_not_told_whatever_its_size(
    mix: list[int], many: int, times: int
) -> None:
    alike = [mix] * many + [[own * times for own in mix]]
    for found in standings(alike, CODES, min_effect=0.05):
        assert found is None or (not found.outside and found.value == pytest.approx(0, abs=1e-6))


def seen(mix: list[int]) -> Standing:
    found = judged(mix, [5, 10, 50, 30, 5], CODES, 30, 0.2)
    assert found is not None
    return found


def test_the_effect_does_not_grow_with_n_as_the_statistic_does() -> None:
    small, large = seen([5, 10, 50, 20, 15]), seen([5_000, 10_000, 50_000, 20_000, 15_000])
    assert small.value == pytest.approx(large.value)
    assert large.figures["statistic"] == pytest.approx(1000 * small.figures["statistic"])
    assert small.tail is not None and large.tail is not None and large.tail < small.tail


def test_a_trivial_difference_of_a_million_lines_is_sure_and_not_told() -> None:
    found = seen([50_000, 100_000, 500_000, 290_000, 60_000])
    assert found.tail is not None and found.tail < 1e-6 and not found.outside


def test_a_level_that_the_peers_never_use_is_joined_not_divided_by() -> None:
    found = judged([0, 0, 40, 60], [0, 0, 100, 100], ["a", "b", "c", "d"], 10, 0.2)
    assert (
        found is not None and found.figures["freedom"] == 1 and found.figures["statistic"] == pytest.approx(4)
    )
    assert found.levels[3] == ("d", 0.6, 0.5)
    assert judged([0, 50], [100, 0], ["a", "b"], 10, 0.2) is None


@pytest.mark.parametrize(("mix", "others"), [([0, 0], [1, 1]), ([1, 1], [0, 0])])
def test_a_mix_of_nothing_is_refused(mix: list[int], others: list[int]) -> None:
    with pytest.raises(ValueError):
        judged(mix, others, ["a", "b"], 10, 0.2)
