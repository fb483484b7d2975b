"""`auditor claims`: what the reader makes of claims files before anything is audited."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping

import click

COMMANDS: Mapping[str, str] = {
    "map": "auditor.cli.claims_map:map_columns",
    "inspect": "auditor.cli.claims_inspect:inspect",
}
"""Commands and where they stand; each is imported when it is asked for."""


class ClaimsGroup(click.Group):
    """The commands of `COMMANDS`, and those added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of a newcomer's work."""
        return [*(name for name in COMMANDS if self.get_command(ctx, name) is not None), *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name with ``--debug``, or None where there is none."""
        if cmd_name in self.commands or cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        if importlib.util.find_spec(module) is None:
            return None
        command: click.Command | None = getattr(importlib.import_module(module), attribute, None)
        if command is not None and not any("--debug" in parameter.opts for parameter in command.params):
            command.params.append(
                click.Option(
                    ["--debug"], is_flag=True, expose_value=False, help="Show a traceback on an error."
                )
            )
        return command


@click.group(cls=ClaimsGroup)
def claims() -> None:
    """Claims files as the reader sees them: which column holds what, what is in them, what is missing."""
