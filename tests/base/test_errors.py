import pickle

import pytest

from auditor.base.errors import AuditorError, InputRefused, InternalCheckFailed, UsageError


@pytest.mark.parametrize(("kind", "code"), [(UsageError, 2), (InputRefused, 3), (InternalCheckFailed, 4)])
def test_every_kind_knows_its_exit_code(kind, code):
    assert kind("x").exit_code == code
    assert kind("x", exit_code=9).exit_code == 9
    assert issubclass(kind, AuditorError)


def test_the_message_is_one_paragraph_of_sentences():
    error = InputRefused("it is\n  empty", where="a.csv", why="Nothing to read", mend="Export it again!")
    assert str(error) == "a.csv: it is empty. Nothing to read. Export it again!"
    assert str(UsageError("no file was given")) == "no file was given."


def test_an_error_survives_the_way_between_processes():
    error = pickle.loads(pickle.dumps(InputRefused("a", where="b", why="c", mend="d", exit_code=7)))
    assert isinstance(error, InputRefused)
    assert (error.what, error.where, error.why, error.mend, error.exit_code) == ("a", "b", "c", "d", 7)
