"""`auditor rules fields`: what a rule may ask of a claim line, a claim, two lines, a sum, or the row of a table."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from auditor.cli.rulesets import end_for_broken, read_packs, rulesets_option
from auditor.cli.tables_shared import format_option, print_json, print_table


@click.command()
@click.argument("name", metavar="[ROLE | TABLE]", default="")
@rulesets_option
@format_option
def fields(name: str, rulesets: tuple[Path, ...], form: str) -> None:
    """List every field that a rule can ask, with its type and what it is: of a ROLE, a TABLE, or of all roles.

    ROLE is line, claim, pair, sum, clock or absent. Without a name the tables are listed too, their columns with
    --format json; --rulesets adds the tables of further packs.
    """
    from auditor.base.resources import resource_dir
    from auditor.workbench.field_list import field_list

    found = read_packs([resource_dir("rulesets"), *rulesets])
    listed = field_list(found.tables, name)
    if form == "json":
        print_json([asdict(item) for item in listed])
        end_for_broken(found)
        return
    for item in listed:
        if not name and item.kind == "table":
            continue
        click.echo(f"{item.name}: {item.title}")
        print_table(("field", "type", "what it is"), [(f.name, f.type, f.about) for f in item.fields])
        click.echo()
    if not name:
        click.echo("Tables, each with its columns by `auditor rules fields TABLE`:")
        tables = [item for item in listed if item.kind == "table"]
        print_table(("table", "columns", "title"), [(t.name, str(len(t.fields)), t.title) for t in tables])
    end_for_broken(found)
