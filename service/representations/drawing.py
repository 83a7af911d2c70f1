"""What pictures are drawn with: text that is measured without a font, colours for light, dark and paper, the document.

A picture is the same wherever it is made and shown. So nothing is asked of the machine's fonts: the room that a text
takes is reckoned from a table, for a wide font, and in a narrower one the text is a little shorter than its room. All
colours are presentation attributes and are there without the style sheet too; the embedded one only changes them in the
dark and on paper. Its rules begin with the class of the picture, so that it can stand within a page.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from collections.abc import Sequence
from hashlib import blake2b, sha256
from html import escape
from typing import Final

import svg

from feeds.atom import clean

MEDIA_TYPE: Final = "image/svg+xml"
ROOT: Final = "orgline-picture"
"""The class of every picture."""
WIDTH_MIN: Final = 320
WIDTH_MAX: Final = 1_600
WIDTH_DEFAULT: Final = 480
"""In CSS pixels, for which a picture is drawn: at 360 it is still readable then."""
MARGIN: Final = 14.0
FONTS: Final = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
STRETCHED_MAX: Final = 1.6
"""A picture that stands alone is not made wider than so many times the width that it is drawn for."""

TITLE, BODY, SMALL = 21.0, 14.0, 12.5
"""Sizes of text, in units of the picture."""
BOLDER: Final = 1.08
"""How much more room bold text takes."""

LIGHT: Final = {
    "paper": "#ffffff",
    "ink": "#1a1a1a",
    "quiet": "#595959",
    "rule": "#d9d5ce",
    "status": "#4a4a4a",
    "names": "#0f5499",
    "posts": "#0a6b70",
    "initiatives": "#990f3d",
    "targets": "#8a5300",
    "plans": "#5d3a8e",
    "marked": "#c5203c",
}
"""Of each role its colour; text has at least 4.5 : 1 to the paper, shapes 3 : 1 (but for rules, which tell nothing)."""
DARK: Final = {
    "paper": "#16191f",
    "ink": "#f2efe9",
    "quiet": "#b3b0aa",
    "rule": "#3a3e46",
    "status": "#c9c9c9",
    "names": "#7ab8f5",
    "posts": "#5ccfc9",
    "initiatives": "#ff8fa8",
    "targets": "#f0b45c",
    "plans": "#c5a5f5",
    "marked": "#ff7a85",
}


def rounded(number: float) -> float:
    """A coordinate with one decimal."""
    return round(number, 1) + 0.0  # no -0.0


def corners(points: Sequence[tuple[float, float]]) -> list[svg.Point]:
    """The points of a polygon."""
    return [svg.Point(rounded(x), rounded(y)) for x, y in points]


def plain(text: str) -> str:
    """A text on one line, without characters that XML forbids or that turn the direction of what follows."""
    return " ".join(_TURNING.sub("", clean(text)).split())


def marked_up(text: str) -> str:
    """The same as content of an element, set apart so that its direction is its own affair."""
    shown = plain(text)
    isolated = f"\u2068{shown}\u2069" if any(map(_is_rightward, shown)) else shown
    return escape(isolated, quote=True)


def width(text: str, size: float) -> float:
    """The room that a text needs at most, in units of the picture."""
    return sum(map(_em, text)) * size


def cut(text: str, room: float, size: float) -> str:
    """The text, shortened with an ellipsis where the room is too little; empty where not even a few letters fit."""
    text = plain(text)
    if width(text, size) <= room:
        return text
    left, kept = room - width("…", size), 0
    for kept, character in enumerate(text):  # noqa: B007 - used below
        left -= _em(character) * size
        if left < 0:
            break
    while kept and not _may_part(text[kept - 1], text[kept]):
        kept -= 1  # what belongs together stays together
    shown = text[:kept].rstrip(" ,;:–-")
    return f"{shown}…" if len(shown) >= SHORTEST else ""


SHORTEST: Final = 3
"""Letters that are left of a text at least."""


def wrapped(text: str, room: float, size: float, lines_max: int) -> list[str]:
    """The text in lines; the last one is cut where there are more."""
    lines: list[str] = []
    line = ""
    pieces = _pieces(plain(text), room, size)
    for number, (piece, space) in enumerate(pieces):
        longer = line + space + piece
        if line and width(longer, size) > room:
            if len(lines) == lines_max - 1:
                rest = "".join(space + piece for piece, space in pieces[number:])
                return [*lines, cut(line + rest, room, size)]
            lines.append(line)
            longer = piece
        line = longer
    return [*lines, cut(line, room, size)]


def _pieces(text: str, room: float, size: float) -> list[tuple[str, str]]:
    """The words, each with the space before it; those that are too long for a line in pieces without one."""
    found: list[tuple[str, str]] = []
    for word in text.split(" "):
        piece, space = "", " " if found else ""
        for character in word:
            if piece and width(piece + character, size) > room and _may_part(piece[-1], character):
                found.append((piece, space))
                piece, space = "", ""
            piece += character
        found.append((piece, space))
    return found


def _may_part(before: str, after: str) -> bool:
    return not (unicodedata.combining(after) or after in _JOINING or before in _JOINING)


def text(
    x: float,
    y: float,
    content: str,
    role: str = "ink",
    *,
    size: float = BODY,
    bold: bool = False,
    anchor: str = "start",
    on_paper: bool = True,
) -> svg.Text:
    """A line of text; `role` names its colour. on_paper: lines may lie behind it, from which it is set off."""
    return svg.Text(
        x=rounded(x),
        y=rounded(y),
        text=marked_up(content),
        class_=[f"t-{role}"],
        fill=LIGHT[role],
        font_size=size,
        font_weight="bold" if bold else None,
        stroke=LIGHT["paper"] if on_paper else "none",
        stroke_width=3 if on_paper else 0,
        text_anchor="end" if anchor == "end" else "middle" if anchor == "middle" else None,
    )


def told(title: str, *elements: svg.Element) -> svg.G:
    """Elements with what is told of them where somebody points at them."""
    return svg.G(elements=[svg.Title(text=marked_up(title)), *elements])


def document(
    kind: str,
    seed: object,
    size: tuple[float, float],
    title: str,
    description: str,
    definitions: Sequence[svg.Element],
    body: Sequence[svg.Element],
    drawn_for: float,
) -> bytes:
    """The picture. `seed`: what makes it another picture than others on a page, see `name_of`.

    size: width and height in units, which are CSS pixels at the width that it is `drawn_for`.
    """
    wide, high = (rounded(each) for each in size)
    name = name_of(seed)
    rules = (
        STYLE + f":root.{ROOT}{{width:100%;max-width:{round(drawn_for * STRETCHED_MAX)}px;"
        f"height:auto;aspect-ratio:{wide:g}/{high:g};margin:0 auto;display:block}}"
    )
    root = svg.SVG(
        viewBox=svg.ViewBoxSpec(0, 0, wide, high),
        class_=[ROOT, f"orgline-{kind}"],
        lang="en",
        extra={
            "role": "img",
            "aria-labelledby": f"{name}-title {name}-desc",
            "font-family": FONTS,
            "font-size": f"{BODY:g}",
            "paint-order": "stroke",  # texts are set off from the lines behind them
            "stroke-linejoin": "round",
        },
        elements=[
            svg.Title(id=f"{name}-title", text=marked_up(title)),
            svg.Desc(id=f"{name}-desc", text=marked_up(description)),
            svg.Style(text=rules),
            svg.Defs(elements=list(definitions)),
            svg.Rect(width=wide, height=high, class_=["f-paper"], fill=LIGHT["paper"]),
            *body,
        ],
    )
    return f"{_PROLOGUE}{root.as_str()}\n".encode()


def policy(picture: bytes) -> str:
    """The Content-Security-Policy of a picture: it may use its own style and nothing else; anybody may show it."""
    rules = picture.partition(b"<style>")[2].partition(b"</style>")[0]
    digest = b64encode(sha256(rules).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors *"


def name_of(seed: object) -> str:
    """What the identifiers in a picture begin with: two pictures in one page must not share them."""
    return f"o{blake2b(repr(seed).encode(), digest_size=5).hexdigest()}"


_PROLOGUE: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


def _rules(colours: dict[str, str]) -> str:
    paper = f":root.{ROOT}{{background:{colours['paper']}}}.{ROOT} text{{stroke:{colours['paper']}}}"
    return paper + "".join(
        f".{ROOT} .t-{role},.{ROOT} .f-{role}{{fill:{colour}}}"
        f".{ROOT} .s-{role}{{stroke:{colour}}}.{ROOT} .g-{role}{{stop-color:{colour}}}"
        for role, colour in colours.items()
    )


STYLE: Final = (
    f".{ROOT} a{{text-decoration:none}}.{ROOT} a:hover .t-ink,.{ROOT} a:focus .t-ink{{text-decoration:underline}}"
    f"@media screen and (prefers-color-scheme:dark){{{_rules(DARK)}}}"
    f"@media print{{{_rules({**LIGHT, 'quiet': '#404040', 'rule': '#bfbfbf'})}"
    f".{ROOT}{{print-color-adjust:exact;-webkit-print-color-adjust:exact}}}}"
)
"""Light is as the attributes say; these rules are for the dark and for paper."""

_TURNING: Final = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_JOINING: Final = "\u200d\ufe0f\u20e3"


def _is_rightward(character: str) -> bool:
    return unicodedata.bidirectional(character) in ("R", "AL", "AN")


def _em(character: str) -> float:
    """The width of a character, as a share of the font's size."""
    found = _WIDTHS.get(character)
    if found is not None:
        return found
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0.0
    if character > "\U00010000" or unicodedata.east_asian_width(character) in ("W", "F"):
        return 1.4 if character > "\U0001f000" else 1.05
    return 0.78 if character.isupper() else 0.7


def _widths(groups: dict[float, str]) -> dict[str, float]:
    return {character: share for share, characters in groups.items() for character in characters}


_WIDTHS: Final = _widths(
    {
        0.29: "ijl'|",
        0.34: " ,.:;!I",
        0.41: "ftr()[]{}-·‘’\\/",
        0.53: 'sczJ"?“”…',
        0.62: "aeghnopqbdkuvxy_–*$£€<>=+~^#",
        0.65: "0123456789LFETZ",
        0.7: "ABCKPRSXYVv&",
        0.8: "DGHNOQUw",
        1.0: "mMWw%@—",
    }
)
