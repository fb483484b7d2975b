"""The processes that an audit has beside its own: the rules engine's and the second evaluator's."""

from __future__ import annotations

from types import TracebackType

from auditor.engine.second_opinion import SecondOpinion
from auditor.engine.workers import Reasoner


class Crew:
    """`reasoner` and `second`, with `workers` processes each, for one run; a context manager.

    Entering starts the processes and returns at once: they get ready while the caller loads what it needs itself. It
    may be entered again within its own block, by whoever it is handed to.
    """

    def __init__(self, workers: int) -> None:
        self.reasoner = Reasoner(workers=workers)
        self.second = SecondOpinion(workers)

    def __enter__(self) -> Crew:
        try:
            self.reasoner.start()
            self.second.start()
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the processes."""
        self.second.__exit__(kind, error, trace)
        self.reasoner.close()
