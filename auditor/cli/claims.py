"""`auditor claims`: what the reader makes of claims files before anything is audited."""

from __future__ import annotations

from collections.abc import Mapping

import click

from auditor.cli.late_group import LateGroup

COMMANDS: Mapping[str, str] = {
    "map": "auditor.cli.claims_map:map_columns",
    "inspect": "auditor.cli.claims_inspect:inspect",
}
"""Commands and where they stand; each is imported when it is asked for."""


@click.group(cls=LateGroup, late=COMMANDS)
def claims() -> None:
    """Claims files as the reader sees them: which column holds what, what is in them, what is missing."""
