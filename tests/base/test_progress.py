import pytest

from auditor.base.progress import NullProgress, RecordingProgress


def test_stages_are_recorded_with_rows_in_order():
    progress = RecordingProgress()
    with progress.stage("read") as stage:
        stage.total = 10
        stage.advance(4)
        stage.advance(6)
    with progress.stage("match"):
        pass
    assert [(record["name"], record["rows"]) for record in progress.records] == [("read", 10), ("match", 0)]
    assert all(record["seconds"] >= 0 for record in progress.records)


def test_a_stage_that_fails_is_recorded_too():
    progress = RecordingProgress()
    with pytest.raises(KeyError), progress.stage("read"):
        raise KeyError
    assert [record["name"] for record in progress.records] == ["read"]


def test_stages_pass_through_to_the_inner_progress():
    inner = RecordingProgress()
    outer = RecordingProgress(inner)
    with outer.stage("read") as stage:
        stage.advance(3)
    assert inner.records[0]["rows"] == outer.records[0]["rows"] == 3


def test_nobody_watching():
    with NullProgress().stage("read") as stage:
        stage.advance(1)
    assert stage.rows == 1
