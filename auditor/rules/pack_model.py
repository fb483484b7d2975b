"""What is known of a pack: its facts, its signature, and what is left of one that had to be left out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from auditor.rules import model as m

SignatureState = Literal["bundled", "none", "verified", "unknown signer", "broken"]
"""``bundled``: comes with the program. ``verified``: signed by a signer whom the user accepted. ``unknown signer``: the
signature holds, and nobody has said who that is. ``broken``: the content is not what was signed."""

_VERSION = re.compile(
    r"(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})"
    r"(?:-([0-9A-Za-z-]{1,40}(?:\.[0-9A-Za-z-]{1,40}){0,8}))?(?:\+([0-9A-Za-z-]{1,40}(?:\.[0-9A-Za-z-]{1,40}){0,8}))?\Z"
)


@dataclass(frozen=True)
class Signature:
    """Who vouches for a pack. ``signer`` is the fingerprint of a public key, empty where there is none.

    ``why`` says why the signer counts as unknown, where that is not only that nobody has accepted it.
    """

    state: SignatureState = "none"
    signer: str = ""
    why: str = ""


@dataclass(frozen=True)
class Depends:
    """A pack that must be there too, in this version or a later one (empty: any)."""

    id: str
    version: str = ""


@dataclass(frozen=True)
class PackFacts:
    """What ``pack.yaml`` says."""

    id: str
    title: str
    version: str
    publisher: str = ""
    description: str = ""
    requires_auditor: str = ""
    payer_scope: str = ""
    invented: bool = False
    depends: tuple[Depends, ...] = ()

    @property
    def name(self) -> str:
        """Id and version, as a sentence names the pack."""
        return f"{self.id} {self.version}"


@dataclass(frozen=True)
class Unread:
    """A rule of a pack that was left out: what can still be read of it.

    ``names`` are the words by which a user may ask for it: its ids, those of its variants, catalogue ids. ``rule`` is
    the rule itself where nothing is wrong with its own file, so that the lines that it is about can be counted.
    """

    pack: str
    id: str
    title: str
    family: str
    file: str
    names: tuple[str, ...] = ()
    rule: m.Rule | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class PackInfo:
    """A pack as a run records it.

    ``hash`` is over the names and bytes of its files, in whatever order they are found. ``broken`` says why a pack was
    left out, in one paragraph, and is empty for one that is used. ``rule_ids`` are those of its rules in use or
    retired; ``unread`` what could be read of the rules of a broken one, ``unnamed`` how many of its files have no id
    that could be read, ``overrides`` how many overrides it has, ``override_ids`` which.
    """

    facts: PackFacts
    hash: str
    source: Literal["bundled", "folder", "file", "installed"] = "folder"
    signature: Signature = Signature()
    rule_ids: tuple[str, ...] = ()
    overrides: int = 0
    override_ids: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    broken: str = ""
    unread: tuple[Unread, ...] = ()
    unnamed: int = 0

    @property
    def id(self) -> str:
        """The pack's id: its word in messages and in ``--rulesets ID``."""
        return self.facts.id

    @property
    def version(self) -> str:
        """The pack's version; 0 for a folder without ``pack.yaml``."""
        return self.facts.version

    @property
    def name(self) -> str:
        """Id and version, as a sentence names the pack."""
        return self.facts.name

    @property
    def rules(self) -> int:
        """How many rules it has: of a broken one, those whose id could be read."""
        return len(self.unread) if self.broken else len(self.rule_ids)


def is_version(text: str) -> bool:
    """Whether a text is a version by semver.org 2.0.0 (``1.4.0``, ``2.0.0-draft.1``)."""
    return _VERSION.match(text) is not None


def precedence(version: str) -> tuple[object, ...]:
    """What versions are ordered by (semver.org 2.0.0, paragraph 11); what follows a ``+`` does not count.

    What is no version (the 0 of a folder without ``pack.yaml``) comes before all versions.
    """
    found = _VERSION.match(version)
    if found is None:
        return (-1, -1, -1, (0,))
    numbers = tuple(int(part) for part in found.groups()[:3])
    if found[4] is None:
        return (*numbers, (1,))
    words = tuple((0, int(word), "") if word.isdigit() else (1, 0, word) for word in found[4].split("."))
    return (*numbers, (0, words))
