"""The processes of an audit: started when entered, ended with it, entered twice without harm."""

from __future__ import annotations

from auditor.engine.crew import Crew


def test_they_are_started_once_and_ended_with_the_block() -> None:
    with Crew(2) as crew:
        pids = crew.reasoner.worker_pids
        assert len(pids) == 2
        with crew as again:
            assert again is crew
            assert crew.reasoner.worker_pids == pids
        assert crew.reasoner.worker_pids == ()
    assert crew.reasoner.worker_pids == ()
