"""Forward chaining over candidates: what fails, what is lifted, set aside or moot, and what falls with it.

`Reasoner` runs durable_rules in supervised processes over columns of integers. The second evaluator, which
knows nothing of it, is `auditor.engine.plain`.
"""

from auditor.engine.cases import Candidates, Hops, Known, NotPayable, Premise, Verdict, Verdicts
from auditor.engine.workers import EngineStats, Reasoner

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
