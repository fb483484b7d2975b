"""``pack.yaml``: what it must say, and that versions are ordered as semver.org orders them."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import __version__
from auditor.base.errors import InputRefused
from auditor.base.resources import resource_dir
from auditor.rules.pack_files import find_packs
from auditor.rules.pack_manifest import facts_of
from auditor.rules.pack_model import Depends, PackFacts, is_version, precedence

GOOD = """\
id: acme-health
title: Acme Health
version: 1.2.0
publisher: Acme, invented
description: Filing limits.
requires_auditor: 0.1.0
payer_scope: Lines of payer ACME.
invented: true
depends: [{id: auditor-base, version: 0.1.0}, {id: other_pack}]
changelog: [{version: 1.2.0, date: 2026-01-01, change: First.}]
"""


def read(text: str) -> PackFacts:
    return facts_of(Path("pack.yaml"), text.encode())


def test_all_that_a_pack_says_is_read() -> None:
    assert read(GOOD) == PackFacts(
        id="acme-health", title="Acme Health", version="1.2.0", publisher="Acme, invented",
        description="Filing limits.", requires_auditor="0.1.0", payer_scope="Lines of payer ACME.", invented=True,
        depends=(Depends("auditor-base", "0.1.0"), Depends("other_pack")),
    )  # fmt: skip


@pytest.mark.parametrize("key", ["id", "title", "version", "publisher"])
def test_what_a_pack_must_say(key: str) -> None:
    short = "\n".join(line for line in GOOD.splitlines() if not line.startswith(f"{key}:"))
    with pytest.raises(InputRefused, match=f"`{key}` is missing"):
        read(short)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: acme-health", "id: Acme Health", "no id of a pack"),
        ("id: acme-health", "id: acme/../x", "no id of a pack"),
        ("id: acme-health", "id: acme--health", "no id of a pack"),
        ("id: acme-health", f"id: {'a' * 65}", "no id of a pack"),
        ("version: 1.2.0", "version: 1.2", "no version"),
        ("version: 1.2.0", "version: 01.2.0", "no version"),
        ("version: 1.2.0", "version: '1.2.0/..'", "no version"),
        ("title: Acme Health", "titel: Acme Health", "did you mean `title`"),
        ("invented: true", "invented: maybe", "true or false"),
        ("requires_auditor: 0.1.0", "requires_auditor: 99.0.0", f"this is {__version__}"),
        ("{id: other_pack}", "{id: other_pack, min: 1}", "`min` is not known"),
        ("{id: other_pack}", "other_pack", "list of mappings"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_mend(old: str, new: str, said: str) -> None:
    with pytest.raises(InputRefused) as caught:
        read(GOOD.replace(old, new))
    assert (
        said in str(caught.value) and caught.value.where.startswith("pack.yaml, line ") and caught.value.mend
    )


def test_versions_are_ordered_as_the_standard_orders_them() -> None:
    rising = "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 2.0.0 "
    rising += "2.1.0 2.1.1 2.10.0 10.0.0"
    versions = rising.split()
    falling = versions[::-1]
    falling.sort(key=precedence)
    assert falling == versions
    assert precedence("1.0.0+build.1") == precedence("1.0.0+build.2")
    assert precedence("0") < precedence("0.0.0-0") < precedence("0.0.0")


@pytest.mark.parametrize(
    "text", ["", "1", "1.0", "1.0.0.0", "v1.0.0", "1.0.0-", "1.0.0 ", "1.0.0\n", "../1.0.0", "1.0.-1"]
)
def test_other_texts_are_no_versions(text: str) -> None:
    assert not is_version(text)


def test_every_shipped_rule_belongs_to_a_pack_with_id_and_version() -> None:
    packs = find_packs(resource_dir("rulesets"))
    assert packs and all(pack.named and pack.fault is None and not pack.others for pack in packs)
    facts = [facts_of(Path("pack.yaml"), (pack.root / "pack.yaml").read_bytes()) for pack in packs]
    assert len({item.id for item in facts}) == len(facts)
    for pack, item in zip(packs, facts, strict=True):
        assert item.version and item.publisher and item.description, pack.root.name
        if "payers" in pack.root.parts:
            assert item.payer_scope, pack.root.name
