"""Forward chaining over candidates: what fails, what is lifted, set aside or moot, and what falls with it.

`Reasoner` runs durable_rules in supervised processes over columns of integers. The second evaluator, which
knows nothing of it, is `auditor.engine.plain`. The names below are fetched from their modules when they are asked
for: the processes of either evaluator load nothing of the other, nor of their parent's side.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditor.engine.cases import Candidates, Hops, Known, NotPayable, Premise, Verdict, Verdicts
    from auditor.engine.workers import EngineStats, Reasoner

_HOMES = {
    "Candidates": "cases",
    "Hops": "cases",
    "Known": "cases",
    "NotPayable": "cases",
    "Premise": "cases",
    "Verdict": "cases",
    "Verdicts": "cases",
    "EngineStats": "workers",
    "Reasoner": "workers",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


__all__ = [
    "Candidates",
    "EngineStats",
    "Hops",
    "Known",
    "NotPayable",
    "Premise",
    "Reasoner",
    "Verdict",
    "Verdicts",
]
