"""The engine against the naive fixpoint, over random strata; the same whatever the batches and workers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.engine import Candidates, Hops, Known, Reasoner
from tests.engine.naive import answer, naive

Stratum = tuple[Candidates, Hops, Known]
_flag = st.sampled_from([0, 0, 0, 1])


@st.composite
def strata(draw: st.DrawFn) -> Stratum:
    rows: list[tuple[int, ...]] = []
    hops: list[tuple[int, int, int]] = []
    known: list[tuple[int, int, int]] = []
    for case in range(1, draw(st.integers(1, 6)) + 1):
        lines = [100 * case + number for number in range(draw(st.integers(1, 7)))]
        line, other = st.sampled_from(lines), st.sampled_from([0, *lines])
        for _ in range(draw(st.integers(1, 10))):
            cand, cascade = len(rows) + 1, draw(st.integers(0, 1))
            level = draw(st.sampled_from([1, 1, 1, 2, 3]))
            override = draw(st.sampled_from([0, 0, 0, 0, 9]))
            of, needs, sequence = draw(line), 0, 0
            earlier = [item for item in lines if item < of]
            if not cascade and earlier and draw(st.booleans()):
                near = draw(st.lists(st.sampled_from(earlier), min_size=1, unique=True))
                needs, sequence = draw(st.integers(1, len(near))), draw(st.integers(1, 2))
                hops += [(cand, case, visit) for visit in near]
            plain = (draw(_flag), override, level, 1 - draw(_flag), draw(other), draw(other), cascade)
            rows.append((cand, case, of, *plain, needs, sequence))
            if cascade:
                hops += [(cand, case, primary) for primary in draw(st.lists(line, max_size=4))]
        known += draw(st.lists(st.tuples(st.just(case), line, st.integers(1, 2)), max_size=3))
    order = draw(st.permutations(range(len(rows)))) if draw(st.booleans()) else range(len(rows))
    return (
        Candidates(*([rows[row][part] for row in order] for part in range(12))),
        Hops(*([hop[part] for hop in hops] for part in range(3))),
        Known(*([row[part] for row in known] for part in range(3))),
    )


@pytest.fixture(scope="module")
def reasoners() -> Iterator[tuple[Reasoner, ...]]:
    with Reasoner(1) as one, Reasoner(2, batch_facts=1) as two, Reasoner(1, batch_facts=7) as three:
        yield one, two, three
        for reasoner in (one, two, three):
            assert reasoner.stats.crashes == 0


@given(stratum=strata())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.slow
def test_the_engine_concludes_what_the_naive_fixpoint_concludes(reasoners, stratum):
    expected = naive(*stratum)
    verdicts = [reasoner.reason(*stratum) for reasoner in reasoners]
    assert [answer(one) for one in verdicts] == [expected] * 3
    assert verdicts[0] == verdicts[1] == verdicts[2]
