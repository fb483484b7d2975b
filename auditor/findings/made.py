"""All that an audit has when its findings stand, and from which its ``run.json`` is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.claims.checks import Reconciliation
from auditor.claims.feed import ClaimsFeed
from auditor.engine.workers import Reasoner
from auditor.findings.partition import Tally, Task
from auditor.reference import ReferenceState


@dataclass(frozen=True)
class Made:
    """All that a manifest is made of."""

    feed: ClaimsFeed
    reconciliation: Reconciliation
    reference: ReferenceState
    task: Task
    tally: Tally
    indicators: Mapping[int, Mapping[str, int]]
    reasoner: Reasoner
    options: Mapping[str, Any]
    stages: Sequence[Mapping[str, Any]]
