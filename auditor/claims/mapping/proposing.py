"""A column map proposed: for each column the field that it seems to hold, why, and how sure that is.

Names come first: a field's own, a synonym, a name that is nearly one. What cells look like confirms or doubts a name,
says how they are written, and proposes a field only where no name does. Nothing here is applied by an audit: a person
reads the map that is written, and names it with ``--map``.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from auditor.claims.mapping.column_map import POSITION, ColumnMap, Split, Written
from auditor.claims.mapping.headers import FURTHER, is_of_another_person
from auditor.claims.mapping.proposing_content import SURE, Content, content_of
from auditor.claims.model import BY_NAME, NEEDED_ONE_OF, SYNONYMS, plain_key

_NEAR: Final = 0.82
_ENOUGH: Final = 0.75
"""The score from which a proposal is written into the map; what is less sure is written as a comment."""
_OTHER_DATES: Final = (
    "birth", "dob", "paid", "pay", "check", "remit", "post", "entry", "receiv", "submit", "bill", "stat", "admi",
    "disch", "death", "creat", "print", "close", "sched", "auth",
)  # fmt: skip
_PRACTICE: Final[Mapping[str, str]] = {
    plain_key(name): held
    for held, names in {
        "claim_id": "visit visit_no visit_number visit_id encounter encounter_no encounter_number encounter_id invoice "
        "invoice_no invoice_number ticket ticket_no voucher voucher_no superbill case_no bill_no bill_number claim_ref",
        "patient_id": "chart chart_no chart_number pt_id pt_no pt patient_no patient_num patient_account acct account "
        "acct_no account_no account_number patient_account_no patient_account_number medical_record_number pat pat_id "
        "pat_no",
        "date_from": "from",
        "date_to": "to thru through",
        "line_no": "ln ln_no seq sequence item item_no charge_line detail_line",
        "rendering_npi": "doctor provider physician rendering performing rend_prov servicing_provider dr clinician",
        "billing_npi": "billing_prov group practice_npi",
        "paid": "ins_pmt insurance_pmt pmt payments",
        "charge": "fee fees amount gross_charge gross_charges",
        "pos": "place facility_code svc_place",
        "payer_id": "insurance ins carrier primary_insurance plan_name insurance_name payer_name insurance_company",
    }.items()
    for name in names.split()
}
"""Names that practice systems use for more than one thing: proposed, and never taken without a map."""
_TELLING: Final = (
    "zip", "age", "ssn", "name", "birth", "dob", "date", "time", "phone", "city", "status", "type", "count", "desc",
    "patient", "member", "paid", "pay", "unpaid", "not", "non", "disall", "denied", "claim", "second", "prior", "other",
)  # fmt: skip
"""Words of which one alone makes another thing of a name: Patient Zip is no Patient Id, Disallowed is not Allowed."""
_OTHER_PROVIDERS: Final = ("bill", "group", "facil", "refer", "order", "superv", "attend", "operat", "pay")


@dataclass(frozen=True)
class Choice:
    """What a column is proposed for: `field` or none, `why`, how sure from 0 to 1, and what to look at.

    `written` says how its cells are written where that is not plain; `content` what they look like.
    """

    column: str
    place: int
    field: str | None
    why: str
    score: float
    content: Content
    written: Written | None = None
    remark: str = ""

    @property
    def confidence(self) -> str:
        """High, medium, low, or none."""
        if self.field is None:
            return "none"
        return "high" if self.score >= 0.9 else "medium" if self.score >= _ENOUGH else "low"

    @property
    def is_taken(self) -> bool:
        """Whether it is sure enough to stand in the map."""
        return self.field is not None and self.score >= _ENOUGH


@dataclass(frozen=True)
class Proposed:
    """The choices, one a column in their order; columns that want one field; needed fields that none has."""

    choices: tuple[Choice, ...]
    conflicts: tuple[str, ...]
    lacking: tuple[tuple[str, ...], ...]
    column_map: ColumnMap


def propose(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> Proposed:
    """Propose a map of the columns called `headers`, of which `rows` are the first."""
    cells = [[row[place] if place < len(row) else "" for row in rows] for place in range(len(headers))]
    contents = [content_of(column) for column in cells]
    wishes = sorted(
        (
            wish
            for place, header in enumerate(headers)
            for wish in _by_name(header.strip(), place, contents[place])
        ),
        key=lambda wish: (-wish.score, wish.place),
    )
    chosen: dict[int, Choice] = {}
    taken: dict[str, Choice] = {}
    conflicts: list[str] = []
    for wish in wishes:
        assert wish.field is not None
        if wish.place in chosen:
            continue
        rival = taken.get(wish.field)
        if rival is None:
            chosen[wish.place] = taken[wish.field] = wish
        elif wish.score >= 0.9:
            conflicts.append(
                f"'{rival.column}' and '{wish.column}' both seem to hold {wish.field}; the first is proposed"
            )
    _by_content(headers, contents, chosen, taken)
    choices = tuple(
        _looked_at(chosen.get(place) or _left(headers[place], place, contents[place]), headers)
        for place in range(len(headers))
    )
    have = {choice.field for choice in choices if choice.is_taken}
    if "claim_id" in have:
        have.add("line_no")  # by position
    lacking = tuple(group for group in NEEDED_ONE_OF if not have & set(group))
    return Proposed(choices, tuple(dict.fromkeys(conflicts)), lacking, map_of(choices, headers))


def map_of(choices: Sequence[Choice], headers: Sequence[str]) -> ColumnMap:
    """The map of the choices that are sure enough, in the order of the columns."""
    order = list(BY_NAME)
    fields = {
        str(choice.field): choice.written or Written((choice.column,))
        for choice in sorted(
            (choice for choice in choices if choice.is_taken), key=lambda one: order.index(str(one.field))
        )
    }
    if "claim_id" in fields and "line_no" not in fields:
        fields = {"claim_id": fields["claim_id"], "line_no": Written(constant=POSITION), **fields}
    return ColumnMap(fields, made_for=tuple(header.strip() for header in headers))


def _by_name(header: str, place: int, content: Content) -> list[Choice]:
    """What a header's name says, best first."""
    key = plain_key(header)
    if not key:
        return []
    exact = SYNONYMS.get(key)
    if exact is not None:
        why, score = ("exact name", 1.0) if key == plain_key(exact) else ("synonym", 0.95)
        return [Choice(header, place, exact, why, score, content)]
    if key in FURTHER:
        return [Choice(header, place, FURTHER[key], "synonym", 0.9, content)]
    if is_of_another_person(header):
        return []
    if key in _PRACTICE:
        name = _PRACTICE[key]
        fits = not name.endswith("_npi") or content.npi >= SURE
        why = "a name that practice systems use"
        return [Choice(header, place, name, why, 0.8 if fits else 0.5, content)]
    found: dict[str, float] = {}
    for names in (SYNONYMS, FURTHER):
        for word in difflib.get_close_matches(key, list(names), 3, _NEAR):
            ratio = difflib.SequenceMatcher(None, key, word).ratio()
            if _digits(word) == _digits(key) and not _says_more(key, word):
                found[names[word]] = max(found.get(names[word], 0.0), ratio)
    return [
        Choice(header, place, name, f"near name ({ratio:.2f})", round(ratio * 0.95, 3), content)
        for name, ratio in sorted(found.items(), key=lambda one: -one[1])
    ]


def _says_more(key: str, word: str) -> bool:
    """Whether a header has a telling word that the known name, which it is nearly, has not; or lost one."""
    return any(told in key and told not in word for told in _TELLING) or (
        "discharge" in word and "disch" not in key
    )


def _digits(key: str) -> str:
    return "".join(character for character in key if character.isdigit())


def _by_content(
    headers: Sequence[str], contents: Sequence[Content], chosen: dict[int, Choice], taken: dict[str, Choice]
) -> None:
    """Fields that no name claims, by what the cells of the columns left look like."""

    def left(test: Any, without: Sequence[str] = ()) -> list[int]:
        return [
            place
            for place, content in enumerate(contents)
            if place not in chosen
            and content.filled >= 3
            and not is_of_another_person(headers[place])
            and not any(word in plain_key(headers[place]) for word in without)
            and test(content)
        ]

    def take(name: str, place: int, why: str, score: float) -> None:
        if name not in taken:
            chosen[place] = taken[name] = Choice(
                headers[place].strip(), place, name, f"content: {why}", score, contents[place]
            )

    codes = left(
        lambda c: c.code >= SURE and c.icd10 < SURE and c.npi < SURE and c.date < SURE and c.cents < 0.5
    )
    if len(codes) == 1:
        take("code", codes[0], "procedure codes", 0.8 if contents[codes[0]].distinct > 1 else 0.7)
    diagnoses = left(lambda c: c.icd10 >= SURE)
    for number, place in enumerate(diagnoses[:25], start=1):
        take(f"dx{number}", place, "diagnoses of ICD-10-CM", 0.8)
    modifiers = left(lambda c: c.modifier >= SURE)
    several = [place for place in modifiers if contents[place].several_modifiers]
    if several and not any(f"mod{n}" in taken for n in range(1, 6)):
        take("modifiers", several[0], "several modifiers in a cell", 0.8)
    elif "modifiers" not in taken:
        for number, place in enumerate(modifiers[:4], start=1):
            take(f"mod{number}", place, "modifiers", 0.76)
    providers = left(lambda c: c.npi >= SURE)
    for place in providers:
        key = plain_key(headers[place])
        if "bill" in key or "group" in key:
            take("billing_npi", place, "NPIs, check digits right", 0.8)
        elif not any(word in key for word in _OTHER_PROVIDERS):
            take("rendering_npi", place, "NPIs, check digits right", 0.76 if len(providers) == 1 else 0.6)
    days = left(lambda c: c.date >= SURE, _OTHER_DATES)
    if len(days) == 1:
        take("date_from", days[0], f"dates ({contents[days[0]].date_name})", 0.76)
    elif days:
        take("date_from", days[0], f"dates ({contents[days[0]].date_name}), one of {len(days)} columns", 0.5)
    if not {"paid", "allowed", "charge"} & set(taken):
        amounts = left(lambda c: c.amount >= SURE and c.cents >= 0.5)
        if amounts:
            take("charge", amounts[0], f"amounts, one of {len(amounts)} columns", 0.5)


def _left(header: str, place: int, content: Content) -> Choice:
    remark = ""
    if is_of_another_person(header):
        remark = "of the subscriber or another person, not the patient"
    elif not content.filled:
        remark = "no cell is filled in the rows looked at"
    return Choice(header.strip(), place, None, "", 0.0, content, remark=remark)


def _looked_at(choice: Choice, headers: Sequence[str]) -> Choice:
    """`choice` with how its cells are written, and doubts where they are not what the field asks."""
    if choice.field is None:
        return choice
    content, kind = choice.content, BY_NAME[choice.field].kind
    written = Written((choice.column,))
    remarks, share = [], 1.0
    if not choice.column:
        return replace(
            choice, field=None, why="", score=0.0, remark="the column has no name: name it in the file"
        )
    if sum(plain_key(header) == plain_key(choice.column) for header in headers) > 1:
        return replace(choice, field=None, why="", score=0.0, remark="two columns have this name: rename one")
    if not content.filled:
        remarks.append("no cell is filled in the rows looked at")
    elif kind == "date":
        share = content.date if choice.field == "date_from" else content.dated
        if content.date_format and share >= 0.5:
            if (
                choice.field == "birth_date"
                and content.date_format.endswith("YY")
                and "YYYY" not in content.date_format
            ):
                return replace(
                    choice, score=0.5, remark="a birth date with a year of two digits cannot be read"
                )
            written = replace(written, date_format=content.date_format)
            remarks.append(f"dates as {content.date_name}")
    elif kind in ("money", "number"):
        share = content.amount
        if content.comma or (kind == "money" and content.pointed):
            written = replace(written, decimal=",")
            remarks.append("decimal comma" if content.comma else "a point before thousands")
    elif choice.field == "code":
        share = content.code
        if content.separator:
            written = replace(written, split=Split(content.separator, 1))
            remarks.append("the code is taken from before its description")
    elif kind == "icd10":
        share = content.icd10
    elif kind == "id" and choice.score < 0.9:
        share = 1.0 - content.cents
    elif choice.field.endswith("_npi") and (
        choice.why.startswith("near") or "npi" not in plain_key(choice.column)
    ):
        share = content.npi
    if share < 0.5:
        remarks.append(f"only {share:.0%} of its cells look like it")
        return replace(choice, written=written, score=min(choice.score, 0.6), remark="; ".join(remarks))
    if share < SURE:
        remarks.append(f"{share:.0%} of its cells look like it")
    return replace(choice, written=written, remark="; ".join(remarks))


def remarks_of(proposed: Proposed) -> Mapping[str, str]:
    """What stands behind each field of the map's file: why it was chosen, and what to look at."""
    said = {"line_no": "no column has it: lines are numbered by their position in the claim"}
    return said | {
        str(choice.field): ", ".join(
            filter(None, (choice.why, f"confidence {choice.confidence}", choice.remark))
        )
        for choice in proposed.choices
        if choice.is_taken
    }


def closing_of(proposed: Proposed) -> list[str]:
    """The comments at the end of the map's file: what was not sure enough, conflicts, what is lacking."""
    lines = []
    unsure = [choice for choice in proposed.choices if choice.field is not None and not choice.is_taken]
    if unsure:
        lines.append("Not sure enough; take the # off a line that is right:")
        lines += [
            f'  {choice.field}: "{choice.column}"  # {", ".join(filter(None, (choice.why, choice.remark)))}'
            for choice in unsure
        ]
    free = [choice.column for choice in proposed.choices if choice.field is None and choice.column]
    if free:
        lines.append(f"Columns that no field takes: {'; '.join(free)}")
    lines += [f"Conflict: {conflict}" for conflict in proposed.conflicts]
    lines += [f"Needed and not found: {' or '.join(group)}" for group in proposed.lacking]
    lines.append("For lines that do not say: feed: {line_of_business: medicare, payer_id: ...}")
    return lines
