"""Whether an audit would take the packs of a change beside those at hand: one that it leaves out has no impact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from auditor.base.errors import InputRefused
from auditor.rules.packs import RuleSet, load_packs
from auditor.workbench.impact_reading import RuleFiles


def check_beside(at_hand: RuleSet, folders: Sequence[Path], files: RuleFiles, as_of: date | None) -> None:
    """Read the packs of a change with those at hand, each in the place of the one at hand that has its id.

    A folder without ``pack.yaml`` is taken as a collection of changed files and is not asked. Raises InputRefused
    (exit 3) where an audit would leave one of the packs out: an id stands twice, or a need is not met.
    """
    if not files.named:
        return
    together = load_packs([*files.named, *folders], isolate=True, as_of=as_of, scratch=files.scratch)
    taken = {pack.id for pack in together.packs if not pack.broken}
    broken_before = {(pack.id, pack.version) for pack in at_hand.broken}
    for pack in together.broken:
        if pack.id in taken:  # the version at hand, which the change takes the place of
            continue
        if pack.id in files.whole or (pack.id, pack.version) not in broken_before:
            raise InputRefused(
                "the packs of the change and those at hand do not go together",
                where=pack.name,
                why=f"an audit with all of them would leave one out: {pack.broken}",
                mend="mend that first",
            )
