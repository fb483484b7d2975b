"""A file that is made to be dear is looked at in a bounded time all the same."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.workbench.lint.check_cases import WHEN, WORD
from tests.workbench.lint.lint_world import changed, told

FILES = {
    "an override of many alternatives": (
        "override",
        ("{line.payer_id: ACME}", "{all: [" + ", ".join(
            "{any: [" + ", ".join(["{line.pos: A}"] * 2_000) + "]}" for _ in range(6)
        ) + "]}"),
        "R602",
    ),
    "a rule of many alternatives": (
        "line",
        (WHEN, "".join(
            "      - {any: [" + ", ".join(["{line.pos: A}"] * 400) + "]}\n" for _ in range(4)
        )),
        "R904",
    ),
    "an explanation of nothing but braces": (
        "line",
        ("{line.code} on", "{line.code} on" + "".join(f"{{Ab.c{at}}}" for at in range(8_000))),
        "R903",
    ),
    "an explanation of fields that are none": (
        "line",
        ("{line.code} on", "{line.code} on" + "".join(f"{{line.c{at}}}" for at in range(3_000))),
        "R007",
    ),
    "a word on every line": (
        "line",
        ("root_cause: contradictory modifiers", "root_cause: >-\n" + f"  {WORD}\n" * 6_000),
        "R901",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
@pytest.mark.slow
def test_lint_of_a_dear_file_ends_soon(tmp_path: Path, name: str) -> None:
    form, change, check = FILES[name]
    text = changed(form, change)
    began = time.process_time()
    messages = told(tmp_path, form, text)
    assert time.process_time() - began < 4
    assert check in {message.check for message in messages}
