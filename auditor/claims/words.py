"""The words that exports write where the canonical model has a value of its own, and words for nothing at all.

Everything here is a closed list or a pattern over lower-case text. What is in none of them is kept, said in the notes
and never guessed at.
"""

from __future__ import annotations

import re
from typing import Final

from auditor.claims.columns import sql_type
from auditor.claims.model import LINES_OF_BUSINESS

TYPE_WORDS: Final = {
    "professional": (
        "professional, p, prof, 837p, cms1500, cms-1500, cms 1500, hcfa, hcfa-1500, hcfa 1500, hcfa1500, 1500, carrier"
    ),
    "institutional": (
        "institutional, i, inst, 837i, ub04, ub-04, ub 04, ub, cms1450, cms-1450, cms 1450, facility, outpatient, "
        "inpatient, hospital"
    ),
    "dental": "dental, d, 837d, ada",
    "dme": "dme, dmepos, durable medical equipment",
}
LOB_WORDS: Final = {
    "medicare": (
        "medicare, medicare ffs, medicare fee for service, ffs, mcare, traditional medicare, original medicare, "
        "medicare part a, medicare part b, medicare a, medicare b, part a, part b, medicare part a and b"
    ),
    "medicare_advantage": (
        "medicare advantage, medicare adv, ma, mapd, ma pd, part c, medicare part c, medicare c, medicare hmo, "
        "medicare ppo, medicare managed care, managed medicare"
    ),
    "medicaid": (
        "medicaid, medicaid ffs, medicaid fee for service, medicaid mco, medicaid managed care, medicaid hmo, "
        "managed medicaid, medi cal, mcaid, chip, medical assistance"
    ),
    "commercial": (
        "commercial, comm, ppo, hmo, epo, commercial ppo, commercial hmo, commercial insurance, private, "
        "private insurance, employer, employer group, exchange, marketplace"
    ),
    "other": "other",
}
"""The words of each line of business, in lower case; a blank may be a low line or a hyphen (docs/claims_file.md)."""

MINUTES: Final = ("MJ", "MIN", "MINS", "MINUTE", "MINUTES", "MN")
"""Units that are minutes, which are no units of service."""

FREQUENCY_WORDS: Final = (
    ("^(0*7[ .:-]|REPL|CORRECT)", "7"),
    ("^(0*8[ .:-]|VOID|CANCEL)", "8"),
    ("^(0*1[ .:-]|ORIG|ADMIT THR)", "1"),
)
"""Patterns of what stands for a frequency code, in upper case, and the code."""

_NO = "false, f, 0, 0.0, 0.00, n, no, none, not denied, paid, p, approved, allowed, accepted, a"
_YES = "true, t, 1, 1.0, y, yes, x, d, den, deny, denied, denial, reject, rejected"
_UNPAID = (
    "(^|[^a-z])(den(y|ied|ial)|reject|void|cancel|pend|suspend|unpaid|not paid|not payable|non.?payable)|"
    "^(d|dn|den|dny|r|rj|rej|v|0*4(\\.0)?|23|25|in process|on hold|hold|held|open|received|submitted|incomplete)$"
)
_NOT_ALL_DENIED = "(not|never|partial|partially)[ -]+den(ied|ial)|den(ied|ial) in part"
"""Words in which `denied` does not say that the line was: it was paid, perhaps less."""
_PAID = (
    "(p|pd|paid.*|pay|payable|approved.*|allowed.*|accept(ed)?|final.*|process.*|adjudicated|completed?|closed|clean|"
    "partial.*|not denied|f|a|c|ok|0*[123](\\.0)?|19|20|21|22|revers.*|superseded|not final)"
)

_NOTHING = (
    "unknown|unk|unkn|n/a|na|n\\.a\\.|none|null|nil|nan|nat|missing|not available|not applicable|not provided|"
    "not on file|no npi|no number|blank|empty|tbd|test|dummy|default|invalid|multiple|various|anonymous|"
    "value!|ref!|name\\?|num!|div/0!|x+"
)
_ONE_DIGIT = "|".join(f"{digit}{{7,}}" for digit in range(1, 10))
_SCIENTIFIC = "[0-9](\\.[0-9]+)?e\\+[0-9]+"
_COUNTED = "0?123456789|1234567890"

_NO_DATE = (
    "0+|0+[./-]0+[./-]0+|9{6}|9{8}|9{1,4}[./-]9{1,2}[./-]9{1,4}|[ ./-]+|n/?a|none|null|nil|nan|nat|unknown|unk|"
    "[29]999[./-]?12[./-]?31|12[./-]?31[./-]?[29]999|31[./-]?12[./-]?[29]999|31[ -]?dec[ -]?[29]999|"
    "(1900|0001)[./-]?01[./-]?01|0?1[./-]?0?1[./-]?(1900|0001)|0?1[ -]?jan[ -]?(1900|0001)|"
    "1899[./-]?12[./-]?3[01]|12[./-]3[01][./-]1899|0?1[./-]0+[./-]1900"
)
_FILLED_DATE = f"(?:{_NO_DATE})(?:[t ]+[0-9]{{1,2}}:.*|[.]0+)?"


def placeholder(x: str) -> str:
    """SQL: true where the VARCHAR `x` stands for no identifier: a word for nothing, zeros, one digit over and over.

    Also what a spreadsheet leaves of a long number (`1.23E+09`): it may have been any of a thousand numbers.
    """
    pattern = f"[[:punct:]\\s]*({_NOTHING})?[[:punct:]\\s]*|0[0.]*|{_ONE_DIGIT}|{_SCIENTIFIC}|{_COUNTED}"
    return f"regexp_full_match(lower({x}), '{pattern}')"


def no_date(x: str) -> str:
    """SQL: true where the VARCHAR `x` is what systems write into a date that they do not have.

    Zeros, nines, a day beyond every calendar, the first day of a system's own (1900, 1), a word for nothing.
    """
    return f"regexp_full_match(lower(trim({x})), '([?] )?{_FILLED_DATE}')"


def is_no_date(cell: str) -> bool:
    """As :func:`no_date`, of a text."""
    return re.fullmatch(_FILLED_DATE, cell.strip().lower()) is not None


def short_year(x: str) -> str:
    """SQL: true where the VARCHAR `x` is a date with a year of two digits: its century is not said."""
    day_and_month = "[0-9]{1,2}[./-][0-9]{1,2}[./-]|[0-9]{1,2}[ -]?[a-z]{3}[ -]?"
    return f"regexp_full_match(lower(trim({x})), '({day_and_month})[0-9]{{2}}([t ]+[0-9]{{1,2}}:.*)?')"


def _in_words(x: str, words: str) -> str:
    listed = ", ".join(literal(word.strip()) for word in words.split(","))
    return f"list_contains([{listed}], lower(trim({x})))"


def is_no(x: str) -> str:
    """SQL: true where the VARCHAR `x` says that a line was not denied, or says nothing."""
    return f"({_in_words(x, _NO)} OR {placeholder(x)})"


def is_neither(x: str) -> str:
    """SQL: true where `x` says neither that a line was denied nor that it was not."""
    plain = f"{x} IN ('true', 't', 'Y', '1')"  # the usual words first, for a few cost less than a list of all
    return f"{x} IS NOT NULL AND NOT {plain} AND NOT {_in_words(x, _YES)} AND NOT {is_no(x)}"


def unpaid(x: str) -> str:
    """SQL: true where the lower-case status `x` says that the payer has not paid: denied, void, pending."""
    return f"CASE WHEN {x} IS NULL OR {x} = 'paid' THEN false ELSE {_says_unpaid(x)} END"


def _says_unpaid(x: str) -> str:
    return f"regexp_matches(regexp_replace({x}, '{_NOT_ALL_DENIED}', '', 'g'), '{_UNPAID}')"


def status_unknown(x: str) -> str:
    """SQL: true where the lower-case status `x` is no word that is known."""
    return (
        f"{x} <> 'paid' AND NOT {_says_unpaid(x)} AND NOT regexp_full_match({x}, '{_PAID}') "
        f"AND NOT {placeholder(x)}"
    )


def literal(value: object) -> str:
    """`value` as a SQL string."""
    return "'" + str(value).replace("'", "''") + "'"


def chosen(value: str, words: dict[str, str], column: str) -> str:
    """SQL: a CASE from the words of a closed list to their canonical word, of the type of ``column``; else NULL."""
    lists = {
        word: ", ".join(literal(other.strip()) for other in listed.split(","))
        for word, listed in words.items()
    }
    cases = [
        f"WHEN list_contains([{listed}], {value}) THEN {constant(column, word)}"
        for word, listed in lists.items()
    ]
    same = " ".join(f"WHEN {value} = {literal(word)} THEN {constant(column, word)}" for word in words)
    return f"CASE {same} {' '.join(cases)} ELSE {constant(column, None)} END"


def constant(column: str, word: str | None) -> str:
    """SQL: a word of a closed list in the type of its column; a cast of a constant is made once, not once a row."""
    return f"CAST({'NULL' if word is None else literal(word)} AS {sql_type(column, 'ENUM')})"


assert set(LOB_WORDS) == set(LINES_OF_BUSINESS)
