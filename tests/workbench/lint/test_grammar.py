"""The shapes that lint and the editors' schema know are those of the loader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from auditor.base.errors import InputRefused
from auditor.rules.loader import RULE_KEYS, load_rule
from auditor.rules.yaml_strict import read_yaml
from auditor.workbench import grammar
from auditor.workbench.lint.running import rule_files
from auditor.workbench.lint.structure import _shaped
from auditor.workbench.scaffold import FORM_NAMES, rule_text
from auditor.workbench.shape import Shape
from tests.workbench.lint.lint_world import FILES, changed

STRANGE = "qqzzqqzzqq"
FREE = {"tests", "related", "changelog"}
"""Keys whose inner keys the loader leaves to others: the cases are read when they are run."""


def closed(
    shape: Shape, value: Any, keys: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Shape]]:
    """Every mapping of a file that has a closed set of keys, with the shapes that it may have."""
    if shape.kind == "mapping" and isinstance(value, dict):
        yield keys, shape
        for key, item in value.items():
            if key in shape.keys and not (not keys and key in FREE):
                yield from closed(shape.keys[key], item, (*keys, key))
    elif shape.kind == "named" and isinstance(value, dict) and shape.inner is not None:
        for key, item in value.items():
            yield from closed(shape.inner, item, (*keys, key))
    elif shape.kind == "list" and isinstance(value, list) and shape.inner is not None:
        for at, item in enumerate(value):
            yield from closed(shape.inner, item, (*keys, at))
    elif shape.kind == "either":
        for way in shape.ways:
            yield from closed(way, value, keys)


def value_at(data: Any, keys: tuple[str | int, ...]) -> Any:
    for key in keys:
        data = data[key]
    return data


def with_strange_key(data: Any, keys: tuple[str | int, ...]) -> str:
    copy = yaml.safe_load(yaml.safe_dump(plain(data), sort_keys=False))
    place = copy
    for key in keys:
        place = place[key]
    place[STRANGE] = 1
    return quoted(copy)


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return float(value) if type(value).__name__ == "Decimal" else value


class Quoted(yaml.SafeDumper):
    """Writes every text in quotes, so that the strict reader takes it."""


Quoted.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


def quoted(data: Any) -> str:
    text: str = yaml.dump(data, Dumper=Quoted, sort_keys=False, width=10_000)
    return re.sub(r'^( *(?:- )?)"([^"]+)":', r"\1\2:", text, flags=re.MULTILINE)


def samples(folder: Path) -> list[Path]:
    for name, text in FILES.values():
        (folder / name).write_text(text, encoding="utf-8")
    for form in FORM_NAMES:
        family = {"benchmark": "upcoding", "override": "payer"}.get(form, "modifier")
        (folder / f"{form}.yaml").write_text(
            rule_text("MOD-NEW-001", family, form, "A title"), encoding="utf-8"
        )
    for number, text in enumerate(RICHER):
        (folder / f"richer_{number}.yaml").write_text(text, encoding="utf-8")
    return sorted(folder.glob("*.yaml"))


RICHER = (
    changed(
        "pair",
        (
            "  after: {days: [0, 10], citation: policy}",
            '  after: {by: mue.mai, values: {"1": {days: [0, 10]}, "2": {calendar: year}}, citation: policy}',
        ),
        ("surgery.units: {ge: 1}", "surgery.paid: {ge: {of: visit.paid, times: 2}}"),
        ("match:\n", "match:\n  lookup: [{name: ncci_mue, as: mue, on: {code: surgery.code}}]\n"),
        ("method: line}", "method: line, at_risk: true, basis: paid, lines: [visit]}"),
    ),
    changed(
        "line",
        ("status: stable", "status: deprecated"),
        (
            "owner: Tests",
            "owner: Tests\nretired: {on: 2024-06-01, because: replaced, successor: MOD-GOOD-009}",
        ),
        ("bypass:", "unless: {not_payable: line}\nconcludes: {not_payable: line}\nbypass:"),
        ("{is: definite,", "{is: definite, probable_if_all_fall: {partner: line, reason: it fell},"),
    ),
    changed(
        "because",
        ("service_day], where", "service_day], days_before: {days: 1, when: {visit.units: 1}}, where"),
    ),
    changed(
        "because",
        (
            "because: {not_payable: {all: primary}}",
            "absent: {line: primary, same: [patient_id], within: {window: {days: [0, 9]}}}",
        ),
        ('  primary: {same: [patient_id, service_day], where: {primary.code: "99213"}}\n', ""),
    ),
    changed(
        "benchmark",
        ("[rendering_specialty, year]}", "[rendering_specialty, year], table: mine, rows: {payer: X}}"),
    ),
)


@pytest.mark.slow
def test_the_loader_knows_the_keys_of_every_mapping_that_the_grammar_knows(tmp_path: Path) -> None:
    wrong: set[tuple[str, str]] = set()
    seen: set[tuple[str, ...]] = set()
    for path in samples(tmp_path):
        data = read_yaml(path)
        load_rule(path)
        shapes: dict[tuple[str | int, ...], list[Shape]] = {}
        for keys, shape in closed(grammar.RULE, data, ()):
            shapes.setdefault(keys, []).append(shape)
        for keys, known in shapes.items():
            name = ".".join(key for key in keys if isinstance(key, str))
            alike = (name, *sorted(value_at(data, keys)))
            if alike in seen:
                continue
            seen.add(alike)
            file = tmp_path / "strange.yaml"
            file.write_text(with_strange_key(data, keys), encoding="utf-8")
            try:
                load_rule(file)
            except InputRefused as error:
                assert STRANGE in error.what, (path.name, name, str(error))
                listed = set(error.mend.removeprefix("known here: ").split(", "))
                if keys and listed not in [set(shape.keys) for shape in known]:
                    wrong.add((name, str(listed ^ set(known[0].keys))))
            else:
                wrong.add((name, "accepted by the loader"))
    assert wrong == set()


def test_the_grammar_has_every_key_of_the_file_and_no_other() -> None:
    assert list(grammar.RULE.keys) and set(grammar.RULE.keys) == set(RULE_KEYS)


@pytest.mark.parametrize("path", rule_files([Path("rulesets")]), ids=lambda path: path.name[:14])
def test_every_shipped_rule_fits_its_shapes(path: Path) -> None:
    assert list(_shaped(grammar.RULE, read_yaml(path), ())) == []


def test_every_key_says_what_it_means() -> None:
    assert [key for key, shape in grammar.RULE.keys.items() if not shape.about] == []
    assert [key for key, shape in grammar.RULE.keys["match"].keys.items() if not shape.about] == []
