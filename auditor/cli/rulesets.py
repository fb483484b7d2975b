"""The option ``--rulesets`` of the rule author's commands, and the packs it names: the broken ones told, not fatal."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from auditor.rules.packs import RuleSet


class PackSource(click.Path):
    """A folder, a file or the name of an installed pack. ``./acme`` is the folder, which a path alone would forget."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path; an absolute one where it was written as a path and not as a name."""
        found = Path(str(super().convert(value, param, ctx)))
        named = str(value)
        as_path = named == "." or named.startswith(("./", f".{os.sep}")) or named.endswith(("/", os.sep))
        return found.absolute() if as_path else found


rulesets_option = click.option(
    "--rulesets",
    multiple=True,
    type=PackSource(),
    help="Folder of further rule packs, single-file pack, or installed pack (repeatable).",
)


def read_packs(folders: Sequence[Path]) -> RuleSet:
    """The rules of packs, each broken one told on stderr and left out. Raises AuditorError."""
    from auditor.rules.packs import load_packs

    found = load_packs(folders, isolate=True)
    for broken in found.broken:
        click.echo(f"auditor: the pack {broken.name} is broken and was left out. {broken.broken}", err=True)
    return found


def end_for_broken(found: RuleSet) -> None:
    """Exit 3 where a pack was left out, once all that could be done is done."""
    if found.broken:
        raise SystemExit(3)
