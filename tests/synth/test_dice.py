from __future__ import annotations

import numpy as np
import pytest

from auditor.synth.dice import Dice, pick


def test_draws_are_pinned_for_every_python_and_numpy():
    assert Dice(7).bits("x", np.arange(3)).tolist() == [
        14177492450572045114,
        1050644201599361350,
        14977940953035312963,
    ]
    assert pick(Dice(7).scalar("x"), 1_000_000) == 629728


def test_draws_depend_on_seed_stream_and_key_alone():
    keys = np.arange(100)
    drawn = Dice(1).uniform("a", keys)
    assert np.array_equal(drawn[::-1], Dice(1).uniform("a", keys[::-1]))
    assert not np.array_equal(drawn, Dice(2).uniform("a", keys))
    assert not np.array_equal(drawn, Dice(1).uniform("b", keys))


def test_uniform_draws_fill_the_unit_interval():
    drawn = Dice(3).uniform("a", np.arange(-50_000, 50_000))
    assert drawn.min() >= 0
    assert drawn.max() < 1
    assert drawn.mean() == pytest.approx(0.5, abs=0.01)
    assert np.histogram(drawn, 10, (0, 1))[0].min() > 9_500


def test_below_takes_one_limit_or_one_a_key():
    keys = np.arange(1_000)
    assert set(Dice(1).below("a", keys, 3)) == {0, 1, 2}
    limits = np.repeat([1, 5], 500)
    drawn = Dice(1).below("a", keys, limits)
    assert set(drawn[:500]) == {0}
    assert set(drawn[500:]) == set(range(5))
