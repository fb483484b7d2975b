"""The processes of an audit: started when entered, ended with it, entered twice without harm."""

from __future__ import annotations

from auditor.engine.crew import Crew


def test_they_are_started_once_and_ended_with_the_first_block_that_ends() -> None:
    crew = Crew(2)
    with crew:
        pids = set(crew.reasoner.worker_pids)
        assert len(pids) == 2
        with crew as again:
            assert again is crew
            assert set(crew.reasoner.worker_pids) == pids
        assert not crew.reasoner.worker_pids
    assert not crew.reasoner.worker_pids
