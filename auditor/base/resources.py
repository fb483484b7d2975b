"""Where the files that lie outside the package are: rule packs and report templates."""

from __future__ import annotations

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
