"""A rule as a small diagram in inline SVG: boxes down a spine, what leads aside set in and dashed.

No script and no style attributes. In a page its colours come from the page's stylesheet; as a file of its own it brings
a stylesheet that follows light and dark. It names itself (`<title>`, `<desc>`) for those who do not see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final

from markupsafe import Markup

from auditor.rules.outline_step import UNDER

WIDTH: Final = 640
_MAIN, _ASIDE, _SPINE = 560, 96, 28
_TITLE, _LINE, _PAD, _GAP = 17, 15, 8, 16
_ROOM: Final = {"main": 84, "aside": 82}
"""About how many characters of 12 pixels a line of a box holds."""
ASIDE: Final = frozenset({"bypass", "moot"})
_DEEPEST: Final = 4
_KINDS: Final = frozenset({"lines", "keys", "table", "conditions", "bypass", "moot", "finding", "exposure"})

STYLE: Final = """
svg { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; background: #ffffff; }
.flow text { fill: #1d2226; } .flow .head { font-weight: 600; font-size: 13px; }
.flow rect { fill: #ffffff; stroke: #8a9096; }
.flow .table rect { stroke: #1f5a7a; } .flow .finding rect { stroke: #9a3412; stroke-width: 2; }
.flow .exposure rect { stroke: #b07a14; stroke-width: 2; }
.flow .bypass rect, .flow .moot rect { stroke-dasharray: 4 3; }
.flow path { stroke: #8a9096; fill: none; } .flow path.tip { fill: #8a9096; stroke: none; }
.flow path.aside { stroke-dasharray: 4 3; }
@media (prefers-color-scheme: dark) {
  svg { background: #1b1f23; } .flow text { fill: #e8e6e1; } .flow rect { fill: #1b1f23; stroke: #868d94; }
  .flow .table rect { stroke: #86c0e0; } .flow .finding rect { stroke: #f0906b; }
  .flow .exposure rect { stroke: #e2b659; }
}
@media print { svg { background: #ffffff; } .flow text { fill: #000000; } .flow rect { fill: #ffffff; } }
"""


def diagram(name: str, rule: str, steps: Sequence[Mapping[str, Any]]) -> Markup:
    """The diagram of a rule for a page; ``steps`` as run.json holds them, ``name`` unique in the page.

    Steps of an unknown kind are drawn like any other; an empty list gives an empty text.
    """
    if not steps:
        return Markup("")
    body, height = _drawn(steps)
    return Markup(_svg(name, rule, steps, body, height, ""))


def diagram_file(rule: str, steps: Sequence[Mapping[str, Any]]) -> str:
    """The diagram as a file of its own, with its stylesheet."""
    body, height = _drawn(steps)
    style = f"<style>{STYLE}</style>"
    return _svg("rule", rule, steps, body, height, style) + "\n"


def _svg(name: str, rule: str, steps: Sequence[Mapping[str, Any]], body: str, height: int, style: str) -> str:
    said = ". ".join(
        ": ".join(part for part in (str(step.get("title", "")), "; ".join(_texts(step))) if part)
        for step in steps
    )
    own = f' xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"' if style else ""
    return (
        f'<svg class="flow"{own} viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{name}-t {name}-d">'
        f'<title id="{name}-t">{escape(rule)}, step by step</title><desc id="{name}-d">{escape(said)}</desc>'
        f"{style}{body}</svg>"
    )


def _drawn(steps: Sequence[Mapping[str, Any]]) -> tuple[str, int]:
    """The boxes and the lines between them, and how high they stand in all."""
    parts: list[str] = []
    top, last = 1, None
    for step in steps:
        kind = str(step.get("kind", ""))
        aside = kind in ASIDE
        left, room = (_ASIDE, _ROOM["aside"]) if aside else (1, _ROOM["main"])
        wide = WIDTH - 1 - left if aside else _MAIN
        lines = [("head", text) for text in wrapped(str(step.get("title", "")), room - 8)]
        lines += [("", text) for said in _texts(step) for text in _item(said, room)]
        tall = 2 * _PAD + sum(_TITLE if head else _LINE for head, _ in lines)
        if aside:
            middle = top + tall // 2
            parts.append(f'<path class="aside" d="M{_SPINE} {middle}H{left - 6}"/>')
            parts.append(f'<path class="tip" d="M{left - 7} {middle - 4}l6 4l-6 4z"/>')
        else:
            if last is not None:
                parts.append(f'<path d="M{_SPINE} {last}V{top - 6}"/>')
                parts.append(f'<path class="tip" d="M{_SPINE - 4} {top - 7}l4 6l4 -6z"/>')
            last = top + tall
        parts.append(_box(kind if kind in _KINDS else "", left, top, wide, tall, lines))
        top += tall + _GAP
    return "".join(parts), top - _GAP + 1


def _box(kind: str, left: int, top: int, wide: int, tall: int, lines: Iterable[tuple[str, str]]) -> str:
    parts = [f'<g class="{kind}"><rect x="{left}" y="{top}" width="{wide}" height="{tall}" rx="3"/>']
    at = top + _PAD - 4
    for head, text in lines:
        at += _TITLE if head else _LINE
        look = ' class="head"' if head else ""
        parts.append(f'<text{look} x="{left + 10}" y="{at}">{escape(text)}</text>')
    return "".join(parts) + "</g>"


def _item(said: str, room: int) -> list[str]:
    """A sentence of a box with its bullet, further lines and what belongs under it set in."""
    depth = 0
    while said.startswith(UNDER):
        said, depth = said[len(UNDER) :], depth + 1
    space = "\N{NO-BREAK SPACE}" * 5 * min(depth, _DEEPEST)
    bullet = UNDER if depth else "· "
    first, *rest = wrapped(said, room - 3 - len(space))
    further = space + "\N{NO-BREAK SPACE}" * 3
    return [space + bullet + first, *(further + line for line in rest)]


def _texts(step: Mapping[str, Any]) -> list[str]:
    return [str(text) for text in step.get("text") or ()]


def wrapped(text: str, room: int) -> list[str]:
    """``text`` in lines of at most ``room`` characters; a longer word is cut. At least one line."""
    lines = [""]
    for word in text.split():
        while len(word) > room:
            lines.append(word[:room])
            word = word[room:]
        if not lines[-1] or len(lines[-1]) + 1 + len(word) <= room:
            lines[-1] = f"{lines[-1]} {word}".strip()
        else:
            lines.append(word)
    return [line for line in lines if line] or [""]
