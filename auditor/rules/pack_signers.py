"""Whom the user accepted as signers of packs and whom no longer, and what that makes of a signature that holds."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.base.errors import InputRefused
from auditor.base.output import replacing
from auditor.rules.pack_archive import canonical
from auditor.rules.pack_model import Signature
from auditor.rules.pack_signing import is_fingerprint
from auditor.rules.yaml_strict import MAX_BYTES, read_bytes

SIGNERS = "signers.json"


@dataclass(frozen=True)
class Signers:
    """The signers that the user knows, by fingerprint.

    ``accepted`` are those whose packs are taken without a further question, with the publisher as it was called then;
    ``distrusted`` those that count for nothing. ``unreadable``: the list is damaged, so that nobody is known.
    """

    accepted: Mapping[str, str] = field(default_factory=dict)
    distrusted: frozenset[str] = frozenset()
    unreadable: bool = False

    def of_file(self, signer: str, name: str, before: Collection[str]) -> Signature:
        """What the signature of a pack that comes from elsewhere is worth; ``before`` signed installed versions of it.

        One accepted signer does not publish under the name of another: an id stays with the keys it came with.
        """
        why = self._against(signer)
        if not why and before and signer not in before:
            why = f"and the installed versions of {name} are signed with the key {', '.join(sorted(before))}"
        if why or signer not in self.accepted:
            return Signature("unknown signer", signer, why)
        return Signature("verified", signer)

    def of_installed(self, signer: str, recorded: str) -> Signature:
        """What the signature of an installed pack is worth; ``recorded`` is the signer at its install, if known."""
        why = self._against(signer)
        if not why and recorded and signer != recorded:
            why = f"and was installed with the key {recorded}: it was changed and signed again since"
        if why or (not recorded and signer not in self.accepted):
            return Signature("unknown signer", signer, why)
        return Signature("verified", signer)

    def _against(self, signer: str) -> str:
        """Why a signer counts for nothing, whatever else is known; empty where it may count."""
        if self.unreadable:
            return f"and {SIGNERS} cannot be read, so that no signer counts as accepted"
        return "which was distrusted here" if signer in self.distrusted else ""


def read_signers(home: Path) -> Signers:
    """The list of the packs' home; empty where there is none. Raises InputRefused (exit 3) for a damaged one."""
    path = home / SIGNERS
    if not path.exists():
        return Signers()
    try:
        found: Any = json.loads(read_bytes(path, MAX_BYTES))
        accepted = {str(key): str(value) for key, value in found["signers"].items()}
        distrusted = frozenset(map(str, found.get("distrusted", [])))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _bad_signers() from error
    if not all(map(is_fingerprint, {*accepted, *distrusted})):
        raise _bad_signers()
    return Signers(accepted, distrusted)


def signers_known(home: Path) -> Signers:
    """As :func:`read_signers`, for whoever only reads packs: a damaged list is nobody's word and ends nothing."""
    try:
        return read_signers(home)
    except InputRefused:
        return Signers(unreadable=True)


def accept_signer(home: Path, fingerprint: str, publisher: str) -> None:
    """Remember a signer, so that its packs are installed without a further question. Raises InputRefused."""
    known = read_signers(home)
    _write(home, {fingerprint: publisher, **known.accepted}, known.distrusted - {fingerprint})


def distrust_signer(home: Path, fingerprint: str) -> None:
    """From now on no signature of this key counts, that of installed packs neither. Raises InputRefused."""
    known = read_signers(home)
    accepted = {key: publisher for key, publisher in known.accepted.items() if key != fingerprint}
    _write(home, accepted, known.distrusted | {fingerprint})


def _write(home: Path, accepted: Mapping[str, str], distrusted: Collection[str]) -> None:
    content: dict[str, Any] = {"signers": accepted}
    if distrusted:
        content["distrusted"] = sorted(distrusted)
    with replacing(home / SIGNERS, "make the folder of the installed packs writable") as path:
        path.write_bytes(canonical(content))


def _bad_signers() -> InputRefused:
    return InputRefused(
        f"{SIGNERS} cannot be read",
        why="it is not the list of fingerprints that `auditor rules install` wrote",
        mend="remove it, and accept the signers again",
    )
