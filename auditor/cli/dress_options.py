"""The options of a report's look, which `auditor audit` and `auditor report` share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from auditor.reports.dress import Dress

Command = TypeVar("Command", bound=Callable[..., Any])


def dress_options(command: Command) -> Command:
    """The options of a report's look: --theme, --templates, --counsel-header."""
    for option in (
        click.option(
            "--counsel-header", is_flag=False, flag_value="", metavar="[TEXT]",
            help="A line at the head of every page; without TEXT, 'Prepared at the direction of counsel'.",
        ),
        click.option(
            "--templates", type=click.Path(exists=True, file_okay=False, path_type=Path),
            help="Folder of your own templates, which stand before those of the same name.",
        ),
        click.option(
            "--theme", type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="YAML file with your name, logo, accent colour, fonts and footer.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def dress_of(
    theme: Path | None, templates: Path | None, counsel_header: str | None, otherwise: str = ""
) -> Dress:
    """The look asked for; `otherwise` is the header of the run, which stays where no other is asked for."""
    from auditor.reports.dress import Dress
    from auditor.reports.dress import counsel_header as header
    from auditor.reports.theme import read_theme

    counsel = otherwise if counsel_header is None else header(counsel_header)
    return Dress(read_theme(theme), counsel, templates)
