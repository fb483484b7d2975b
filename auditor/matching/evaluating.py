"""What a rule's own query may raise: it takes that rule out of the audit, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from auditor.base.errors import RuleNotEvaluated
from auditor.rules import model as m

_OF_THE_RULE = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ConversionException,
    duckdb.InvalidInputException,
    duckdb.OutOfRangeException,
    duckdb.ParserException,
)
"""What a query can be at fault for. Memory, disk and a request to stop concern the whole audit and pass through."""


@contextmanager
def evaluating(rule: m.Rule) -> Iterator[None]:
    """Have a query of ``rule`` made within the block. Raises RuleNotEvaluated where it fails for a cause of its own.

    The database's own words are withheld: they may quote a value.
    """
    try:
        yield
    except _OF_THE_RULE as error:
        raise RuleNotEvaluated(
            "the rule's query failed",
            rule_id=rule.id,
            where=rule.file,
            why=f"the database refused it ({type(error).__name__})",
            mend="test the rule with `auditor rules test` and report it with the rule file",
        ) from error
