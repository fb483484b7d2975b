"""Errors that end a command: each knows its exit code and says what, where, why and how to mend it."""

from __future__ import annotations

from typing import ClassVar


class AuditorError(Exception):
    """An error told to the user in one paragraph, without a traceback.

    `what` is the fact ("claims.csv has no column for patient_id"), `where` the place (file, line, column,
    segment), `why` the reason it matters, `mend` what the user can do. Only `what` is needed. None of them may
    hold a patient's data: name the place, never the value of an identifier.
    """

    default_exit_code: ClassVar[int] = 1

    def __init__(
        self, what: str, *, where: str = "", why: str = "", mend: str = "", exit_code: int | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.mend = mend
        self.exit_code = self.default_exit_code if exit_code is None else exit_code

    def __str__(self) -> str:
        """The whole message as one paragraph."""
        place = f"{self.where}: " if self.where else ""
        sentences = [_sentence(place + self.what), _sentence(self.why), _sentence(self.mend)]
        return " ".join(s for s in sentences if s)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by parts, so that an error survives the way back from a worker process."""
        return (_rebuild, (type(self), self.what, self.where, self.why, self.mend, self.exit_code))


class UsageError(AuditorError):
    """The command was called wrongly (exit 2)."""

    default_exit_code = 2


class InputRefused(AuditorError):
    """An input cannot be read, or is not what it should be (exit 3)."""

    default_exit_code = 3


class InternalCheckFailed(AuditorError):
    """A check of the program on itself failed: lines lost, dollars that do not tie, evaluators apart (exit 4)."""

    default_exit_code = 4


class RuleNotEvaluated(InputRefused):
    """One rule cannot be evaluated on these claims. An audit goes on without it and says so.

    ``rule_id`` names it; the other parts say what, where, why and how to mend it, without a patient's data.
    """

    def __init__(
        self,
        what: str,
        *,
        rule_id: str,
        where: str = "",
        why: str = "",
        mend: str = "",
        exit_code: int | None = None,
    ) -> None:
        super().__init__(what, where=where, why=why, mend=mend, exit_code=exit_code)
        self.rule_id = rule_id

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by parts, the rule with them."""
        return (_rebuild_rule, (self.what, self.rule_id, self.where, self.why, self.mend, self.exit_code))


def _sentence(text: str) -> str:
    """`text` on one line, ending with a full stop."""
    text = " ".join(text.split())
    if text and text[-1] not in ".!?":
        text += "."
    return text


def _rebuild(
    cls: type[AuditorError], what: str, where: str, why: str, mend: str, exit_code: int
) -> AuditorError:
    return cls(what, where=where, why=why, mend=mend, exit_code=exit_code)


def _rebuild_rule(
    what: str, rule_id: str, where: str, why: str, mend: str, exit_code: int
) -> RuleNotEvaluated:
    return RuleNotEvaluated(what, rule_id=rule_id, where=where, why=why, mend=mend, exit_code=exit_code)
