"""The file of a column map (docs/claims_file.md): read strictly, each fault named with its line; and written.

Two forms are read. The short one is a `field: column header` a line. The long one has `fields:`, in which a field may
also say how its cells are written, and `feed:`, `ignore:`, `made_for:` and `version:` beside it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import yaml

from auditor.base.errors import InputRefused
from auditor.claims.mapping.column_map import EXCEL_DAYS, POSITION, VERSION, ColumnMap, Split, Written
from auditor.claims.mapping.date_format import directives, has_short_year
from auditor.claims.model import BY_NAME, LINES_OF_BUSINESS, plain_key

_TOP: Final = ("version", "made_for", "feed", "ignore", "fields")
_FEED: Final = ("line_of_business", "payer_id", "delimiter")
_FIELD: Final = ("column", "constant", "date_format", "decimal", "split")
_OF_A_LINE: Final = ("claim_id", "line_no", "patient_id", "charge", "allowed", "paid")
_MAX_BYTES: Final = 1_000_000
_DELIMITERS: Final = {",": ",", ";": ";", "|": "|", "\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|",
                      "tab": "\t", "\\t": "\t"}  # fmt: skip
_Pairs = dict[str, tuple[yaml.Node, yaml.Node]]


def read_column_map(path: Path) -> ColumnMap:
    """Read a column map. Raises InputRefused (exit 3) naming the line of the first fault and how to mend it."""
    try:
        with path.open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise InputRefused("the file is far too long for a column map", where=path.name)
        node = yaml.compose(content.decode("utf-8-sig"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise InputRefused(
            f"the column map cannot be read ({error.strerror})",
            where=path.name,
            mend="Check the path.",
        ) from None
    except UnicodeDecodeError:
        raise InputRefused(
            "the column map is not written in UTF-8", where=path.name, mend="Save it as UTF-8."
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark is not None else ""
        raise InputRefused(
            "the column map is not readable YAML",
            where=f"{path.name}{line}",
            why=str(getattr(error, "problem", "") or ""),
            mend="Write one `field: column header` a line, a header with a colon or # in it between quotes.",
        ) from None
    if node is None:
        raise InputRefused(
            "the column map is empty", where=path.name, mend="Write one `field: column header` a line."
        )
    return _Reading(path.name).map_of(node)


class _Reading:
    """One reading of a map: every fault is told with the file's name and the line."""

    def __init__(self, name: str) -> None:
        self._name = name

    def map_of(self, node: yaml.Node) -> ColumnMap:
        top = self._pairs(node, "the column map")
        if "version" in top and self._text(*top["version"]) != str(VERSION):
            raise self._fault(
                top["version"][1],
                "the column map is of a version that this program does not read",
                f"Write version: {VERSION}, or propose the map again with `auditor claims map`.",
            )
        feed = self._pairs(top["feed"][1], "feed", _FEED) if "feed" in top else {}
        fields = {name: pair for name, pair in top.items() if name not in _TOP}
        if "fields" in top:
            within = self._pairs(top["fields"][1], "fields")
            for name in within:
                if name in fields:
                    raise self._fault(within[name][0], f"the field {name} is mapped twice", "Keep one.")
            fields.update(within)
        made = self._pairs(top["made_for"][1], "made_for", ("header", "columns")) if "made_for" in top else {}
        told = ColumnMap(
            {name: self._field(name, key, value) for name, (key, value) in fields.items()},
            self._business(feed),
            self._text(*feed["payer_id"]) if "payer_id" in feed else "",
            self._delimiter(feed),
            self._texts(top["ignore"]) if "ignore" in top else (),
            self._texts(made["columns"]) if "columns" in made else (),
            name=self._name,
        )
        if not told:
            raise self._fault(node, "the column map maps nothing", "Write one `field: column header` a line.")
        self._require_apart(told, fields)
        return told

    def _field(self, name: str, key: yaml.Node, value: yaml.Node) -> Written:
        if name not in BY_NAME:
            near = difflib.get_close_matches(name, [*BY_NAME, *_TOP], 1)
            hint = f"Did you mean {near[0]}? " if near else ""
            raise self._fault(
                key,
                "the column map names an unknown field" + (f", {name!r}" if near else ""),
                f"{hint}The field stands before the colon, the column after it; docs/claims_file.md tells the fields.",
            )
        if not isinstance(value, yaml.MappingNode):
            return Written(self._columns(name, key, value))
        said = self._pairs(value, name, _FIELD)
        if ("column" in said) == ("constant" in said):
            both = (
                "has a column and a constant" if said.get("column") else "has neither a column nor a constant"
            )
            raise self._fault(key, f"{name} {both}", "Give one of the two.")
        constant = self._text(*said["constant"]) if "constant" in said else ""
        if constant and len(said) > 1:
            raise self._fault(
                key, f"{name} is a constant, of which nothing else can be said", "Leave the rest out."
            )
        if name in _OF_A_LINE and constant and (name, constant) != ("line_no", POSITION):
            raise self._fault(
                key,
                f"{name} cannot be the same for every line",
                f"Name its column{', or write {constant: position}' if name == 'line_no' else ''}.",
            )
        return Written(
            self._columns(name, *said["column"]) if "column" in said else (),
            constant,
            self._date_format(name, said),
            self._decimal(name, said),
            self._split(name, said),
        )

    def _columns(self, name: str, key: yaml.Node, value: yaml.Node) -> tuple[str, ...]:
        columns = self._texts((key, value))
        if not columns or not all(column.strip() for column in columns):
            raise self._fault(
                value, f"{name} is given no column", "Write the header of its column after the colon."
            )
        return columns

    def _date_format(self, name: str, said: _Pairs) -> str:
        if "date_format" not in said:
            return ""
        key, value = said["date_format"]
        text = self._text(key, value)
        if BY_NAME[name].kind != "date":
            raise self._fault(key, f"{name} is no date and has no date_format", "Leave it out.")
        if text.lower() == EXCEL_DAYS:
            return EXCEL_DAYS
        if directives(text) is None:
            raise self._fault(
                value,
                f"the date_format of {name} is none",
                "Write day, month and year as in DD/MM/YYYY, YYYYMMDD or DD-MON-YYYY, or excel for day numbers.",
            )
        if name == "birth_date" and has_short_year(text):
            raise self._fault(
                value,
                "birth_date has a year of two digits, which does not tell the century",
                "Export four digits, or leave birth_date out: rules of age are then not evaluated.",
            )
        return text

    def _decimal(self, name: str, said: _Pairs) -> str:
        if "decimal" not in said:
            return "."
        key, value = said["decimal"]
        mark = self._text(key, value)
        if mark not in (".", ","):
            raise self._fault(
                value, "a decimal mark is a point or a comma", 'Write decimal: "," or leave it out.'
            )
        if BY_NAME[name].kind not in ("money", "number"):
            raise self._fault(key, f"{name} is no amount and has no decimal mark", "Leave it out.")
        return mark

    def _split(self, name: str, said: _Pairs) -> Split | None:
        if "split" not in said:
            return None
        key, value = said["split"]
        parts = self._pairs(value, f"split of {name}", ("separator", "part"))
        if set(parts) != {"separator", "part"}:
            raise self._fault(
                key, f"split of {name} needs separator and part", 'Write {separator: ",", part: 1}.'
            )
        separator, number = self._text(*parts["separator"], bare=False), self._text(*parts["part"])
        if not separator:
            raise self._fault(
                parts["separator"][1], "the separator is empty", "Write what stands between the values."
            )
        if not number.isdecimal() or len(number) > 9 or not 1 <= int(number) <= 99:
            raise self._fault(parts["part"][1], "part is the place of the value, from 1", "Write part: 1.")
        return Split(separator, int(number))

    def _business(self, feed: _Pairs) -> str:
        if "line_of_business" not in feed:
            return ""
        word = self._text(*feed["line_of_business"]).lower()
        if word not in LINES_OF_BUSINESS:
            raise self._fault(
                feed["line_of_business"][1],
                "the line_of_business of the feed is none that is known",
                f"Known: {', '.join(LINES_OF_BUSINESS)}.",
            )
        return word

    def _delimiter(self, feed: _Pairs) -> str:
        if "delimiter" not in feed:
            return ""
        mark = self._text(*feed["delimiter"], bare=False)
        if mark not in _DELIMITERS:
            raise self._fault(
                feed["delimiter"][1],
                "the delimiter is none that is read",
                "Known: comma, semicolon, tab, pipe.",
            )
        return _DELIMITERS[mark]

    def _require_apart(self, told: ColumnMap, fields: _Pairs) -> None:
        """A column is not ignored and taken; an amount, a quantity or a modifier counts once, unless cells are split.

        Raises InputRefused. One number of a provider, one date may well stand for two fields.
        """
        ignored = set(map(plain_key, told.ignore))
        counted: dict[str, str] = {}
        for name, written in told.fields.items():
            if any(plain_key(column) in ignored for column in written.columns):
                raise self._fault(
                    fields[name][0], f"the column of {name} is also one to ignore", "Keep one of the two."
                )
            once = BY_NAME[name].kind in ("money", "number") or name.startswith("mod")
            for column in map(plain_key, written.columns if once and written.split is None else ()):
                if column in counted:
                    raise self._fault(
                        fields[name][0],
                        f"{counted[column]} and {name} are given one column, which would count twice",
                        "Name the column of each, or leave one out.",
                    )
                counted[column] = name

    def _pairs(self, node: yaml.Node, what: str, known: Iterable[str] = ()) -> _Pairs:
        if not isinstance(node, yaml.MappingNode):
            raise self._fault(
                node, f"{what} is no list of `name: value` lines", "See docs/claims_file.md, Column maps."
            )
        found: _Pairs = {}
        for key, value in node.value:
            name = self._text(key, key)
            if name in found:
                raise self._fault(
                    key, f"{what} says {name} twice" if name in BY_NAME or known else f"{what} says one thing twice",
                    "Keep one of the two.",
                )  # fmt: skip
            if known and name not in known:
                near = difflib.get_close_matches(name, list(known), 1)
                hint = f" Did you mean {near[0]}?" if near else ""
                raise self._fault(key, f"{what} knows no {name!r}", f"Known: {', '.join(known)}.{hint}")
            found[name] = (key, value)
        return found

    def _text(self, key: yaml.Node, node: yaml.Node, bare: bool = True) -> str:
        """The text of a scalar as it was written, whatever YAML takes it for: 01 stays 01, no stays no."""
        if not isinstance(node, yaml.ScalarNode):
            raise self._fault(key, "a value is not one word or number", "Write one value after the colon.")
        return str(node.value).strip() if bare else str(node.value)

    def _texts(self, pair: tuple[yaml.Node, yaml.Node]) -> tuple[str, ...]:
        key, node = pair
        if isinstance(node, yaml.SequenceNode):
            return tuple(self._text(key, item) for item in node.value)
        text = self._text(key, node)
        return (text,) if text else ()

    def _fault(self, node: yaml.Node, what: str, mend: str) -> InputRefused:
        return InputRefused(what, where=f"{self._name} line {node.start_mark.line + 1}", mend=mend)


def written_out(told: ColumnMap, remarks: Mapping[str, str], closing: Iterable[str] = ()) -> str:
    """The text of a map's file: one line a field, what `remarks` says of it behind, `closing` lines at the end."""
    data = told.recorded()
    lines = [f"version: {VERSION}"]
    if "made_for" in data:
        lines += ["made_for:", f"  header: {_quoted(data['made_for']['header'])}"]
        lines.append(f"  columns: [{', '.join(map(_quoted, data['made_for']['columns']))}]")
    if "feed" in data:
        lines += ["feed:", *(f"  {name}: {_quoted(value)}" for name, value in data["feed"].items())]
    if "ignore" in data:
        lines.append(f"ignore: [{', '.join(map(_quoted, data['ignore']))}]")
    lines.append("fields:" if told.fields else "fields: {}")
    for name in told.fields:
        remark = remarks.get(name, "")
        lines.append(f"  {name}: {_flow(data[name])}" + (f"  # {' '.join(remark.split())}" if remark else ""))
    lines += [f"# {' '.join(line.split())}".rstrip() for line in closing]
    return "\n".join(lines) + "\n"


def _flow(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_flow(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return str(value) if isinstance(value, int) else _quoted(value)


def _quoted(value: object) -> str:
    """A text that no reader of YAML can take for anything else."""
    text = str(value)
    escaped = (
        text.replace("\\", "\\\\")
        .replace('"', '\\"')
        .replace("\t", "\\t")
        .replace("\n", "\\n")
        .replace("\r", "")
    )
    return f'"{escaped}"'
