"""A group whose commands stand in modules of their own, imported when they are asked for: `--help` stays quick."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from typing import Any

import click


class LateGroup(click.Group):
    """The commands of `late`, a mapping of name to `module:attribute`, and those added to the group."""

    def __init__(self, *args: Any, late: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.late = late

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands of the group's own module, then the others in the order in which a newcomer meets them."""
        return [*self.commands, *self.late]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name with ``--debug``, or None where there is none."""
        if cmd_name in self.commands or cmd_name not in self.late:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = self.late[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        add_debug(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, and names the nearest command when the one asked for does not exist."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise click.UsageError(f"{error.message}{hint}", ctx) from None


def add_debug(command: click.Command) -> None:
    """Give `command` and everything below it ``--debug``; `main` reads it off the arguments."""
    if isinstance(command, click.Group):
        for child in command.commands.values():
            add_debug(child)
    elif not any("--debug" in parameter.opts for parameter in command.params):
        command.params.append(
            click.Option(["--debug"], is_flag=True, expose_value=False, help="Show a traceback on an error.")
        )
