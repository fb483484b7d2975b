"""Percentiles of the other providers: against a twin in fractions and NumPy's own."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.profiles.percentile import judged, standings
from auditor.profiles.standing import Side

quickly = settings(max_examples=60, deadline=None)
SIDES: tuple[Side, ...] = ("above", "below", "both")
measures = st.lists(st.integers(-50, 5_000), min_size=3, max_size=40)


def plain(values: list[int], at: int, percentile: int) -> Fraction:
    """The percentile of all but one, in exact fractions."""
    others = sorted(value for number, value in enumerate(values) if number != at)
    place = Fraction((len(others) - 1) * percentile, 100)
    low = place.numerator // place.denominator
    rest = place - low
    return others[low] + (others[min(low + 1, len(others) - 1)] - others[low]) * rest


@quickly
@given(measures, st.integers(1, 99))
def test_a_provider_is_held_against_the_percentile_of_the_others(values: list[int], percentile: int) -> None:
    for at, found in enumerate(standings(values, percentile=percentile)):
        limit = plain(values, at, percentile)
        assert found.peer_limit == pytest.approx(float(limit), rel=1e-12, abs=1e-9)
        others = values[:at] + values[at + 1 :]
        assert found.peer_limit == pytest.approx(float(np.percentile(others, percentile)), abs=1e-8)
        assert found.peer_mean == pytest.approx(float(np.mean(others)), abs=1e-8)
        assert found.tail is None and found.peers == len(values) - 1
        if abs(values[at] - limit) > Fraction(1, 10**6):
            assert found.outside == (values[at] > limit)


@quickly
@given(measures, st.data())
def test_the_order_of_the_providers_does_not_matter(values: list[int], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(values))))
    before = standings(values, percentile=90, side="both")
    assert standings([values[at] for at in order], percentile=90, side="both") == [before[at] for at in order]


@quickly
@given(measures, st.integers(0, 1_000), st.integers(50, 99))
def test_a_greater_measure_never_lies_less_far_out(values: list[int], more: int, percentile: int) -> None:
    before = standings(values, percentile=percentile)[0]
    after = standings([values[0] + more, *values[1:]], percentile=percentile)[0]
    assert after.outside or not before.outside
    assert after.peer_limit == before.peer_limit


@quickly
@given(st.integers(1, 999), st.integers(1, 999), st.integers(2, 30))
def test_of_providers_that_are_all_alike_none_stands_out(count: int, more: int, many: int) -> None:
    same = [count / (count + more), *[(k * count) / (k * (count + more)) for k in range(1, many + 1)]]
    for side in SIDES:
        found = standings(same, percentile=95, side=side)
        assert not any(item.outside for item in found)


@pytest.mark.parametrize(
    ("value", "side", "outside", "told"),
    [
        (10, "below", True, "below"),
        (10, "above", False, "above"),
        (10, "both", True, "below"),
        (90, "both", True, "above"),
    ],
)
def test_a_side_is_that_on_which_a_provider_stands(
    value: float, side: Side, outside: bool, told: str
) -> None:
    found = standings([value, *range(40, 61)], percentile=80, side=side)[0]
    assert (found.outside, found.side) == (outside, told)


def test_published_percentiles_are_taken_as_they_are() -> None:
    at, above = (judged(value, 0.5, 0.2, 0.8, 300) for value in (0.8, 0.81))
    assert not at.outside and above.outside and above.peers == 300


def test_a_provider_alone_has_no_peers() -> None:
    with pytest.raises(ValueError):
        standings([1.0], percentile=95)
