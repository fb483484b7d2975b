"""SQL that turns the text of a cell into a canonical value.

Every function takes a SQL expression of type VARCHAR and returns one of the canonical type. The common form is
tried first and costs one cast; the odd forms are tried only on the values that fail it, because DuckDB evaluates
a later branch of CASE and COALESCE on the remaining rows alone.
"""

from __future__ import annotations

from auditor.claims.words import FREQUENCY_WORDS, is_no, placeholder

_DATE_FORMATS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y%m%d",
    "%m/%d/%Y",
    "%m-%d-%Y",
    "%d-%b-%Y",
    "%d%b%Y",
    "%d %b %Y",
    "%Y.%m.%d",
)


_DAY_FIRST = {"%m/%d/%Y": "%d/%m/%Y", "%m-%d-%Y": "%d-%m-%Y"}
# Literals and no calls of chr(): they stand in nearly every expression, and each call would be planned anew.
BLANKS = "' \t'"
"""SQL of what stands around a cell unseen: blanks and tabs."""
ASCII_BLANKS = "' \t\n\v\f\r'"


def text(x: str) -> str:
    """Without blanks and tabs around it; nothing left means missing."""
    bare = f"CASE WHEN contains({x}, ' ') OR contains({x}, '\t') THEN trim({x}, {BLANKS}) ELSE {x} END"
    return f"nullif({bare}, '')"


def identifier(x: str) -> str:
    """As `text`; a number that went through a float (`100.0`) is the number."""
    return f"CASE WHEN {is_of_float(x)} THEN {_whole(x)} ELSE {text(x)} END"


def is_of_float(x: str) -> str:
    """True where an identifier is digits with `.0` behind them, as a column of numbers with a gap is written out."""
    return f"(ends_with({x}, '.0') AND regexp_full_match({x}, '[ \t]*[0-9]+[.]0'))"


def _whole(x: str) -> str:
    return f"replace(trim({x}, {BLANKS}), '.0', '')"


def is_spreadsheet_form(x: str) -> str:
    """True for what a spreadsheet makes of a code: `99213.0`, `="99213"`, `'99213`."""
    return (
        f"(ends_with({x}, '.0') OR ends_with({x}, '.00') OR starts_with({x}, '=') OR starts_with({x}, ''''))"
    )


def code(x: str, width: int = 0) -> str:
    """Upper case, trimmed, mended from spreadsheet forms.

    `width` is the usual length of the code: values of that length without a blank are taken as they are, which is
    the fast way for nearly all.
    """
    mended = f"upper(nullif(regexp_replace(trim({x}, '=\"'' \t'), '\\.0+$', ''), ''))"
    if width == 0:
        return mended
    return f"CASE WHEN strlen({x}) = {width} AND NOT contains({x}, ' ') THEN upper({x}) ELSE {mended} END"


def npi(x: str) -> str:
    """As `code`; missing where it is no provider's number but a word, a mangled number or a filler for one.

    A number that is no NPI (another key of the payer's) is kept: it tells providers apart all the same.
    """
    fillers = "'1111111111', '2222222222', '1234567890'"
    mended = code(x)
    return (
        f"CASE WHEN {x} IS NULL THEN NULL WHEN strlen({x}) = 10 AND ({x} BETWEEN '10' AND '1:' OR {x} BETWEEN '20' "
        f"AND '2:') AND NOT contains({x}, ' ') AND {x} NOT IN ({fillers}) THEN {x} "
        f"WHEN NOT {placeholder(mended)} THEN {mended} END"
    )


def tax_number(x: str) -> str:
    """As `identifier`, and missing where it is a filler."""
    return (
        f"CASE WHEN strlen({x}) = 9 AND {x} BETWEEN '00' AND '98' AND NOT contains({x}, ' ') "
        f"AND {x} NOT IN ('000000000', '111111111', '123456789') THEN {x} "
        f"WHEN NOT {placeholder(x)} THEN {identifier(x)} END"
    )


def claim_number(x: str) -> str:
    """A number by which claims name each other: as `identifier`, missing where it is a filler or cut by a spreadsheet.

    Claims that share what is left of their numbers (`1.23E+12`) would else replace and void one another.
    """
    plain = (
        f"strlen({x}) > 7 AND {x} BETWEEN '1' AND ':' AND NOT contains(lower({x}), 'e+') AND NOT contains({x}, ' ') "
        f"AND NOT ends_with({x}, '.0')"
    )
    nothing = placeholder(f"trim({x})")
    return (
        f"CASE WHEN {x} IS NULL THEN NULL WHEN {plain} THEN {x} WHEN NOT {nothing} THEN {identifier(x)} END"
    )


def authorisation(x: str) -> str:
    """As `identifier`, missing where it is a filler. What is left of a long number shows that there was one."""
    return (
        f"CASE WHEN {x} IS NOT NULL AND ({x} ILIKE '%E+%' OR NOT {placeholder(x)}) THEN {identifier(x)} END"
    )


def bill_type(x: str) -> str:
    """As `code`; zeros and words for nothing are missing."""
    plain = f"strlen({x}) = 3 AND {x} BETWEEN '1' AND ':' AND NOT contains({x}, ' ')"
    return f"CASE WHEN {x} IS NULL THEN NULL WHEN {plain} THEN upper({x}) ELSE {unless_nothing(code(x))} END"


def frequency(x: str) -> str:
    """One character, also from `07`, `7 - replacement` and the words; what is none of them stays as it is."""
    value = code(x)
    words = " ".join(
        f"WHEN regexp_matches({value}, '{pattern}') THEN '{digit}'" for pattern, digit in FREQUENCY_WORDS
    )
    return (
        f"CASE WHEN {x} IS NULL THEN NULL WHEN strlen({x}) = 1 THEN nullif(nullif(upper({x}), '0'), ' ') "
        f"WHEN regexp_full_match({value}, '0*[0-9A-Z]') THEN nullif(right({value}, 1), '0') {words} "
        f"ELSE {unless_nothing(value)} END"
    )


def unless_nothing(value: str) -> str:
    """NULL where `value` is a word for nothing or zeros."""
    return f"CASE WHEN NOT {placeholder(value)} THEN {value} END"


def padded(x: str, width: int, nothing: bool = False) -> str:
    """As `code`, with one lost leading zero given back: place of service `1` is `01`, revenue code `450` `0450`.

    With `nothing`, zeros and words for nothing are missing.
    """
    value = code(x)
    digits = f"AND {x} BETWEEN '{'1'.zfill(width)}' AND '9:' "
    void = f"WHEN {placeholder(value)} THEN NULL "
    return (
        f"CASE WHEN {x} IS NULL THEN NULL WHEN strlen({x}) = {width} AND NOT contains({x}, ' ') "
        f"{digits if nothing else ''}THEN upper({x}) {void if nothing else ''}"
        f"WHEN strlen({value}) = {width - 1} THEN '0' || {value} ELSE {value} END"
    )


def day(x: str) -> str:
    """DATE or NULL by the plain cast, the first half of `date`; the cast is the dear part and is done once."""
    return f"TRY_CAST({x} AS DATE)"


def date(x: str, cast: str, order: str = "month", may_be_filled: bool = False) -> str:
    """DATE from ISO, YYYYMMDD, MM/DD/YYYY, DD-MON-YYYY (any case), each with an optional time part.

    `cast` holds `day(x)`. NULL for anything else, and for years outside 1900 to 9999, which are slips of the keyboard
    or of the exporter. `order` is `month`, `day` for DD/MM/YYYY, or `unknown`: then a date is read that is one by one
    order alone, or the same by both. One that `may_be_filled` is none on the days that systems fill in: the
    first of 1900, the last of 2999.
    """
    day_first = tuple(_DAY_FIRST.get(f, f) for f in _DATE_FORMATS)
    chosen = {"month": _DATE_FORMATS, "day": day_first, "unknown": (*_DATE_FORMATS, *_DAY_FIRST.values())}[
        order
    ]
    formats = ", ".join(f"'{f}'" for f in chosen)
    bare = f"regexp_replace(trim({x}), '(\\.0|[T ]+[0-9]{{1,2}}:.*)$', '')"
    parsed = f"CAST(try_strptime({bare}, [{formats}]) AS DATE)"
    # Seven digits are no date, though a lenient reader would take the last for a day of its own.
    unclear = f"regexp_full_match({bare}, '[0-9]+') AND strlen({bare}) <> 8"
    if order == "unknown":
        low = "0?([1-9]|1[0-2])"
        both = [f"TRY_CAST(regexp_extract({bare}, '^{low}[/-]{low}[/-]', {n}) AS INTEGER)" for n in (1, 2)]
        unclear += f" OR coalesce({both[0]} <> {both[1]}, false)"
    odd = f"CASE WHEN {unclear} THEN NULL ELSE {parsed} END"
    # DuckDB takes the words `epoch` and `infinity` for dates; every form meant here starts with a digit.
    first, last = ("1900-01-02", "2899-12-31") if may_be_filled else ("1900-01-01", "9999-12-30")

    def is_day(day: str) -> str:
        return f"{day} BETWEEN DATE '{first}' AND DATE '{last}'"

    return (
        f"CASE WHEN {is_day(cast)} AND {x} < ':' THEN {cast} WHEN {x} IS NULL THEN NULL "
        f"WHEN trim({x}) BETWEEN '0' AND ':' AND {is_day(odd)} THEN {odd} END"
    )


def _odd_number(x: str, sql_type: str) -> str:
    """Numbers with a dollar sign, thousands separators, brackets or a trailing minus."""
    # A plain trim would also take blanks beyond ASCII, which the independent check does not.
    bare = f"replace(replace(trim({x}, {ASCII_BLANKS}), '$', ''), ' ', '')"
    digits = "([0-9]{1,3}(,[0-9]{3})+|[0-9]+)?(\\.[0-9]*)?"
    unsigned = f"TRY_CAST(regexp_replace({bare}, '[-+,()]', '', 'g') AS {sql_type})"
    return (
        f"CASE WHEN regexp_full_match({bare}, '[+]?{digits}') THEN {unsigned} "
        f"WHEN regexp_full_match({bare}, '-{digits}|\\({digits}\\)|{digits}-') THEN -{unsigned} END"
    )


DOLLARS = "DECIMAL(15,2)"
"""Times DECIMAL(3,0), which makes cents of it, it stays within 64 bits, and a wider type would not."""


def dollars(x: str) -> str:
    """DECIMAL(15,2) or NULL by the plain cast, the first half of `cents`."""
    return f"TRY_CAST({x} AS {DOLLARS})"


def cents(x: str, cast: str) -> str:
    """BIGINT cents from dollars; a fraction of a cent is rounded half away from zero. NULL when no number.

    `cast` holds `dollars(x)`. A dash alone is how the accounting format of a spreadsheet shows 0.
    """
    plain, odd = (f"CAST({amount} * 100 AS BIGINT)" for amount in (cast, _odd_number(x, DOLLARS)))
    zero = f"CASE WHEN {accounting_zero(x)} THEN 0 END"
    return f"CASE WHEN {x} IS NULL THEN NULL ELSE COALESCE({plain}, {odd}, {zero}) END"


def accounting_zero(x: str) -> str:
    """SQL: true for an amount of `-`, `$ -` or a longer dash."""
    bare = f"replace(replace(trim({x}, {ASCII_BLANKS}), '$', ''), ' ', '')"
    # Not a list of dashes: of a long one DuckDB makes a join, which asks every row, also those that need no answer.
    return f"(length({bare}) = 1 AND contains('-\u2010\u2011\u2012\u2013\u2014\u2015\u2212', {bare}))"


def quantity(x: str) -> str:
    """DECIMAL(18,3) units. NULL when no number."""
    kind = "DECIMAL(18,3)"
    return (
        f"CASE WHEN {x} IS NULL THEN NULL ELSE COALESCE(TRY_CAST({x} AS {kind}), {_odd_number(x, kind)}) END"
    )


def whole_number(x: str) -> str:
    """INTEGER from `1` or `1.0`; NULL for `1.5` and for what is no number."""
    bare = f"trim({x})"
    return (
        f"CASE WHEN strlen({x}) = 1 AND {x} BETWEEN '0' AND '9' THEN CAST({x} AS INTEGER) "
        f"WHEN regexp_full_match({bare}, '[0-9]{{1,9}}(\\.0+)?') "
        f"THEN TRY_CAST(split_part({bare}, '.', 1) AS INTEGER) END"
    )


def flag(x: str) -> str:
    """BOOLEAN: false for blank and the words of no, else true, so that no denied line is taken for paid."""
    return (
        f"CASE WHEN {x} IS NULL OR {x} IN ('false', 'f', 'N', '0') THEN false "
        f"WHEN {x} IN ('true', 't', 'Y', '1') THEN true "
        f"ELSE NOT {is_no(x)} END"
    )


def joined(columns: list[str]) -> str:
    """The values of several columns, in order and without the blanks, as one text with commas; upper case."""
    if not columns:
        return "''"
    first, *rest = columns
    alone = " AND ".join(f"{name} IS NULL" for name in rest) or "true"
    return f"CASE WHEN {alone} THEN coalesce(upper({first}), '') ELSE upper(concat_ws(',', {', '.join(columns)})) END"


def modifier_list(x: str) -> str:
    """VARCHAR[] of modifiers from a `joined` text; `26,59`, `26 59` and `2659` are two."""
    tokens = f"list_filter(regexp_split_to_array({x}, '[^0-9A-Z.]+'), lambda t: t <> '')"
    whole = f"list_transform({tokens}, lambda t: regexp_replace(t, '\\.0?$', ''))"
    pairs = (
        f"flatten(list_transform({whole}, lambda t: CASE WHEN strlen(t) IN (4, 6, 8, 10) "
        "THEN regexp_extract_all(t, '..') ELSE [t] END))"
    )
    return (
        f"CASE WHEN {x} = '' THEN CAST([] AS VARCHAR[]) "
        f"WHEN regexp_full_match({x}, '[0-9A-Z]{{2}}') THEN [{x}] "
        f"WHEN regexp_full_match({x}, '[0-9A-Z]{{2}}(,[0-9A-Z]{{2}})+') THEN string_split({x}, ',') "
        f"ELSE {pairs} END"
    )


def pointers(x: str) -> str:
    """INTEGER[] of 1-based positions from `1:2`, `A,B`, `12` (a digit each) or `AB`; what is neither is dropped.

    Two digits with a separator are one position (`1,12`), without one they are two, but for `10` and `11`: there is no
    position 0, and no line points twice to one. A spreadsheet's `12.0` is `12`.
    """
    # Letters become ordinals by their place in the alphabet; A to Y cover 25 diagnoses.
    one = "CASE WHEN regexp_full_match(t, '[A-Y]') THEN ascii(t) - 64 ELSE TRY_CAST(t AS INTEGER) END"
    bare = f"regexp_replace(upper(trim({x})), '^([0-9]+)[.]0+$', '\\1')"
    tokens = (
        f"CASE WHEN {bare} IN ('10', '11') THEN [{bare}] "
        f"WHEN regexp_matches({bare}, '[^0-9A-Z]') THEN regexp_split_to_array({bare}, '[^0-9A-Z]+') "
        f"ELSE regexp_extract_all({bare}, '.') END"
    )
    odd = f"list_filter(list_transform({tokens}, lambda t: {one}), lambda p: p > 0)"
    return (
        f"CASE WHEN {x} IS NULL THEN CAST([] AS INTEGER[]) "
        f"WHEN strlen({x}) = 1 AND {x} BETWEEN '1' AND '9' THEN [ascii({x}) - 48] "
        f"WHEN regexp_full_match({x}, '[1-9](:[1-9])+') THEN CAST(string_split({x}, ':') AS INTEGER[]) "
        f"ELSE {odd} END"
    )
