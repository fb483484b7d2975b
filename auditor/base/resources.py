"""Where the files that lie outside the package are (rule packs, report templates), and what the code itself is."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Literal

from auditor.base.errors import UsageError

Resource = Literal["rulesets", "templates"]

_PACKAGE = Path(__file__).resolve().parent.parent
_IN_CHECKOUT: dict[Resource, str] = {"rulesets": "rulesets", "templates": "reports/templates"}


def resource_dir(name: Resource, given: Path | None = None) -> Path:
    """The folder of `name`: the user's own if `given`, else the installed wheel's, else the checkout's.

    The wheel carries copies under ``auditor/_bundled``; a checkout has the originals beside the package.
    Raises :class:`UsageError` when `given` is no folder, or when the installation has lost its own.
    """
    if given is not None:
        if not given.is_dir():
            raise UsageError(f"{given} is not a folder", mend=f"name a folder that holds {name}")
        return given
    for place in (_PACKAGE / "_bundled" / name, _PACKAGE.parent / _IN_CHECKOUT[name]):
        if place.is_dir():
            return place
    raise UsageError(
        f"this installation has no {name}",
        where=str(_PACKAGE),
        mend="install the program again, or run `make demo`",
    )


@cache
def code_digest() -> str:
    """SHA-256 of the package's own source files, by relative path and content, in hex.

    The same for a checkout and for the wheel made of it; another for any change to the code, released or not.
    """
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py"), key=lambda path: path.relative_to(_PACKAGE).as_posix()):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{path.relative_to(_PACKAGE).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()
