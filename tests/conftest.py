"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.internal import constants_ast
from hypothesis.internal.conjecture import providers

# A run of continuous integration gives the same answer every time; on a desk every run looks elsewhere.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

# Hypothesis draws a value in twenty from the constants of the modules that happen to be loaded, so that what a test
# tries hangs on the tests before it. It has no setting for that.
_NO_CONSTANTS = constants_ast.Constants()
setattr(providers, "_get_local_constants", lambda: _NO_CONSTANTS)  # noqa: B010


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real test data, which is not part of the repository.

    Looked for in the environment variable AUDITOR_SHARED_DATA, else in ../shared/data beside the repository.
    """
    named = os.environ.get("AUDITOR_SHARED_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(
            "the shared test data is absent: put it in ../shared/data beside the repository, "
            "or name its folder in AUDITOR_SHARED_DATA"
        )
    return folder
