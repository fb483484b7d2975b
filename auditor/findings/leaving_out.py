"""All partitions of an audit, begun again without a rule that turns out not to be evaluable on these claims.

What such a rule had found meanwhile is not kept: others may rest on it, and a part of its findings would look like all
of them. So the result is the same as if the rule had been known from the start to be out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from duckdb import DuckDBPyConnection

from auditor.base.beside import Beside
from auditor.base.errors import RuleNotEvaluated
from auditor.base.progress import Progress
from auditor.engine.second_opinion import SecondOpinion
from auditor.engine.workers import EngineStats, Reasoner
from auditor.findings import model as findings_model
from auditor.findings.partition import Tally, Task, audit_partition, finish_check
from auditor.matching.coverage import Gap
from auditor.profiles import shares


def audit_partitions(
    con: DuckDBPyConnection,
    task: Task,
    reasoner: Reasoner,
    progress: Progress,
    second: SecondOpinion,
    worker: Beside,
) -> tuple[Task, Tally]:
    """Audit every partition; makes ``finding`` and ``provider_count`` and fills them.

    Returns the task as it was done, with the rules that were left out in ``refused``, and the tally. Raises
    RuleNotEvaluated (exit 3) only where it names none of the rules that run.
    """
    while True:
        findings_model.create_tables(con, task.rules.rules, task.rules.overrides)
        shares.create_tables(con)
        tally = Tally()
        try:
            for part in range(task.partitions):
                audit_partition(con, part, task, reasoner, tally, progress, second, worker)
            if tally.marked is not None:
                tally.marked.result()
            return replace(task, refused=dict(task.refused)), _with_reasons(tally, task.refused)
        except RuleNotEvaluated as error:
            task = _without(task, error)
            _settle(tally, worker, progress)
            reasoner.stats = EngineStats()


def _without(task: Task, error: RuleNotEvaluated) -> Task:
    """The task without the rule that the error names. Raises the error where it names no rule that runs."""
    number = next((n for n, rule in enumerate(task.rules.rules) if rule.id == error.rule_id), None)
    if number is None or number in task.skipped:
        raise error
    return replace(task, refused={**task.refused, number: _reason(error)})


def _reason(error: RuleNotEvaluated) -> str:
    """Why the rule was not evaluated, as coverage says it."""
    return " ".join(str(error).split()).rstrip(".")


def _settle(tally: Tally, worker: Beside, progress: Progress) -> None:
    """Wait until nothing is at work on the tables any more. The partitions before have been checked as ever."""
    with suppress(RuleNotEvaluated):
        worker.submit(lambda _: None).result()
    finish_check(tally, progress)


def _with_reasons(tally: Tally, refused: Mapping[int, str]) -> Tally:
    """Coverage counts a rule that is left out with all lines that it is about, for the reason that it is out."""
    tally.gaps = [_told(gap, refused) for gap in tally.gaps]
    return tally


def _told(gap: Gap, refused: Mapping[int, str]) -> Gap:
    return replace(gap, reason=refused[gap.rule_no]) if gap.rule_no in refused else gap


def refused_ids(task: Task) -> Sequence[tuple[str, str]]:
    """(rule id, reason) of every rule that was left out, in the order of the rules."""
    return [(task.rules.rules[number].id, task.refused[number]) for number in sorted(task.refused)]
