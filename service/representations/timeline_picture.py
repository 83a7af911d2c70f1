"""The timeline of an organisation as a picture: its lanes over one axis of time.

Each bar has its text above it, at its beginning, so the picture needs neither a legend nor a column of labels, and is
readable on a telephone. Bars share a line where their texts leave room. What is known of a date is what is drawn: a
sure day has an edge, some day between two others a fading one; what is only possible is pale with a dashed outline,
what is only planned is hatched, and both say so in words. The further an initiative has come, the thicker its bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import svg

from events.date_words import period_in_words
from events.dates import BEGINNING, END, Day
from events.queries import lanes
from events.queries.lanes import Lane, Lanes, Mark, Stretch, Window
from events.queries.question import Question
from service.representations import timeline_labels
from service.representations.drawing import (
    BODY,
    BOLDER,
    LIGHT,
    MARGIN,
    SMALL,
    TITLE,
    corners,
    cut,
    document,
    marked_up,
    name_of,
    plain,
    rounded,
    text,
    told,
    width,
    wrapped,
)
from service.representations.time_axis import days_of, ticks, years_of
from service.representations.timeline_labels import Label

LABEL_LINES_MAX: Final = 2
SUBTITLE_LINES_MAX: Final = 5
BAR: Final = 9.0
"""How high a bar is."""
STAGES: Final = {"announced": 3.0, "commissioned": 5.0, "trialled": 7.0, "launched": BAR}
RUG: Final = 6.0
"""How high the strokes are where something began that is not drawn."""
BESIDE: Final = 10.0
"""Room between two texts on one line."""
NARROWEST: Final = 2.5
"""How wide a bar is at least, and how narrow a fading edge is drawn as a plain one."""
HEADINGS: Final = {
    lanes.STATUS: "Status",
    lanes.NAMES: "Names",
    lanes.POSTS: "Posts and who held them",
    lanes.INITIATIVES: "Initiatives",
    lanes.TARGETS: "Targets",
    lanes.PLANS: "Plans",
}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be drawn: the question, whether its day is to be marked, the days wanted, and for which width."""

    question: Question
    marked: bool
    window: Window
    width: int
    source: str  # what is said of where it is from
    seed: object


def draw(found: Lanes, asked: Asked) -> bytes:
    """The picture."""
    return _Drawing(found, asked).picture()


class _Placed(msgspec.Struct):
    label: Label
    lines: list[str]
    x: float
    anchored: bool  # at its end, since it would not fit behind its beginning
    left: float
    right: float


class _Drawing:
    def __init__(self, found: Lanes, asked: Asked) -> None:
        self._found, self._asked = found, asked
        self._wide = float(asked.width)
        self._left, self._right = MARGIN, self._wide - MARGIN
        self._first, self._last = days_of(found, asked.question, asked.window, marked=asked.marked)
        self._name = name_of(asked.seed)
        self._ticks = ticks(self._first, self._last, self._right - self._left)
        self._axis_high = AXIS if any(year for _, _, year in self._ticks) else AXIS - 14
        self._faded = self._doubted = self._planned = False

    def picture(self) -> bytes:
        """All of it."""
        sentences = list(timeline_labels.sentences(self._found))
        header, y = self._header(sentences)
        top = y
        body: list[svg.Element] = []
        for lane in self._found.lanes:
            drawn, y = self._lane(lane, y)
            body += drawn
        axis = self._axis(top - self._axis_high, y)
        footer, height = self._footer(y + self._axis_high)
        counts = timeline_labels.counted(self._found)
        marked = [self._marked_sentence()] if self._asked.marked else []
        title = f"Timeline of {plain(self._found.name)}, {years_of(self._first, self._last)}"
        return document(
            "timeline",
            self._asked.seed,
            (self._wide, height),
            title,
            " ".join([*sentences, counts, *marked]),
            self._definitions(),
            [*header, *axis, *body, *footer],
            self._wide,
        )

    def _header(self, sentences: Sequence[str]) -> tuple[list[svg.Element], float]:
        elements: list[svg.Element] = []
        y = MARGIN + TITLE * 0.85
        room = self._right - self._left
        for line in wrapped(self._found.name, room / BOLDER, TITLE, 2):
            elements.append(text(self._left, y, line, size=TITLE, bold=True))
            y += TITLE * 1.2
        y -= TITLE * 0.15
        for line in wrapped(" ".join(sentences), room, BODY, SUBTITLE_LINES_MAX):
            elements.append(text(self._left, y, line, "quiet"))
            y += BODY * 1.35
        return elements, y + self._axis_high + (FLAG if self._asked.marked else 0.0)

    def _lane(self, lane: Lane, y: float) -> tuple[list[svg.Element], float]:
        elements: list[svg.Element] = [
            _line(self._left, y + 4, self._right, y + 4, "rule"),
            text(self._left, y + 22, HEADINGS[lane.kind], lane.kind, size=BODY, bold=True),
        ]
        y += 30
        for heading, labels in timeline_labels.groups(lane):
            if heading is not None:
                shown = cut(heading, self._right - self._left, SMALL)
                elements.append(told(heading, text(self._left, y + 12, shown, "quiet", size=SMALL)))
                y += 17
            for line in self._lines(labels):
                high = max(len(placed.lines) for placed in line) * BODY * 1.2
                elements += [self._placed(placed, y + high) for placed in line]
                y += high + BAR + 8
        more = timeline_labels.left_out(lane)
        if more:
            elements.append(told(more, self._rug(lane, y)))
            y += RUG + 2
            for line_ in wrapped(more, self._right - self._left, SMALL, 3):
                elements.append(text(self._left, y + 12, line_, "quiet", size=SMALL))
                y += SMALL * 1.3
            y += 4
        return elements, y + 4

    def _rug(self, lane: Lane, y: float) -> svg.Path:
        """A stroke wherever something began that is not drawn."""
        at = dict.fromkeys(rounded(self._x(day)) for day in lane.begun if self._first <= day <= self._last)
        strokes: list[svg.PathData] = []
        for x in at:
            strokes += [svg.M(x, rounded(y)), svg.VerticalLineToRel(RUG)]
        return svg.Path(d=strokes, class_=[f"s-{lane.kind}"], fill="none", stroke=LIGHT[lane.kind], stroke_width=0.8)

    def _lines(self, labels: Sequence[Label]) -> list[list[_Placed]]:
        """The labels in lines, each where it first fits."""
        lines: list[list[_Placed]] = []
        for placed in map(self._place, labels):
            line = next((each for each in lines if each[-1].right + BESIDE <= placed.left), None)
            if line is None:
                lines.append([placed])
            else:
                line.append(placed)
        return lines

    def _place(self, label: Label) -> _Placed:
        room = self._right - self._left
        begin, end = self._extent(label.stretches)
        lines = _in_lines(label, room)
        longest = max(width(line, BODY) for line in lines)
        anchored = begin + longest > self._right
        x = begin
        if anchored:
            x = min(max(end, self._left + longest), self._right)
        left = x - longest if anchored else x
        return _Placed(label, lines, x, anchored, min(left, begin), max(left + longest, end))

    def _placed(self, placed: _Placed, y: float) -> svg.Element:
        """Texts and bar; y is where the bar begins."""
        label = placed.label
        elements: list[svg.Element] = []
        rest = plain(label.label)
        for number, line in enumerate(placed.lines):
            base = y - (len(placed.lines) - number - 1) * BODY * 1.2 - 4
            elements.append(_two_toned(placed, line, rest, base))
            rest = rest[len(line) :].lstrip() if rest.startswith(line) else ""
        for stretch in label.stretches:
            elements += self._bar(stretch, label, y)
        if label.mark is not None:
            elements += self._diamond(label.mark, label.kind, y)
        return told(label.title, *elements)

    def _bar(self, stretch: Stretch, label: Label, y: float) -> list[svg.Element]:
        role = label.kind
        thick = STAGES.get(stretch.text, BAR) if role == lanes.INITIATIVES else BAR
        begin, sure, open_, end = self._edges(stretch)
        elements: list[svg.Element] = []
        if not stretch.definite:
            self._doubted = True
            elements.append(_rect(begin, y, max(end - begin, NARROWEST), thick, role, opacity=0.18))
            elements.append(_outline(begin, y, max(end - begin, NARROWEST), thick, role, dashed=True))
            return elements + self._runs_on(stretch, role, y, thick)
        if sure - begin >= NARROWEST:
            self._faded = True
            elements.append(self._fading("in", begin, y, sure - begin, thick, label))
        else:
            sure = min(begin, open_)
        if end - open_ >= NARROWEST:
            self._faded = True
            elements.append(self._fading("out", open_, y, end - open_, thick, label))
        else:
            open_ = end
        self._planned |= label.hatched
        if elements and open_ - sure < 0.5:
            return elements + self._runs_on(stretch, role, y, thick)
        wide = max(open_ - sure, NARROWEST)
        if label.hatched:
            hatch = svg.Rect(
                x=rounded(sure), y=rounded(y), width=rounded(wide), height=thick, fill=f"url(#{self._name}-{role})"
            )
            elements += [hatch, _outline(sure, y, wide, thick, role)]
        else:
            elements.append(_rect(sure, y, wide, thick, role))
        return elements + self._runs_on(stretch, role, y, thick)

    def _fading(self, way: str, x: float, y: float, wide: float, high: float, label: Label) -> svg.Rect:
        role = label.kind
        return svg.Rect(
            x=rounded(x),
            y=rounded(y),
            width=rounded(wide),
            height=high,
            fill=f"url(#{self._name}-{role})" if label.hatched else f"url(#{self._name}-{way}-{role})",
            mask=f"url(#{self._name}-{way})" if label.hatched else None,
            class_=[f"soft-{way}"],
        )

    def _runs_on(self, stretch: Stretch, role: str, y: float, high: float) -> list[svg.Element]:
        """Arrows where something surely goes on beyond the picture."""
        found: list[svg.Element] = []
        middle = y + high / 2
        if stretch.until_earliest > self._last + 1 and stretch.definite:
            found.append(_arrow(self._right, middle, 6.0, role))
        if stretch.since_latest < self._first and stretch.definite:
            found.append(_arrow(self._left, middle, -6.0, role))
        return found

    def _diamond(self, mark: Mark, role: str, y: float) -> list[svg.Element]:
        if mark.latest < self._first or mark.earliest > self._last or mark.latest == END or mark.earliest == BEGINNING:
            return []
        begin, end = self._x(mark.earliest), self._x(mark.latest + 1)
        x, middle, half = (begin + end) / 2, y + BAR / 2, BAR / 2 + 1
        points = [(x - half, middle), (x, middle - half), (x + half, middle), (x, middle + half)]
        shape = svg.Polygon(
            points=corners(points),
            class_=["f-paper", f"s-{role}"],
            fill=LIGHT["paper"],
            stroke=LIGHT[role],
            stroke_width=1.5,
        )
        span = svg.Line(
            x1=rounded(begin),
            y1=rounded(middle),
            x2=rounded(end),
            y2=rounded(middle),
            class_=[f"s-{role}"],
            stroke=LIGHT[role],
            stroke_width=1.5,
        )
        return [span, shape] if end - begin > 2 * half else [shape]

    def _extent(self, stretches: Sequence[Stretch]) -> tuple[float, float]:
        """From where to where its bars go."""
        edges = [self._edges(each) for each in stretches]
        begin = min(each[0] for each in edges)
        return begin, max(begin + NARROWEST, *(each[3] for each in edges))

    def _edges(self, stretch: Stretch) -> tuple[float, float, float, float]:
        begin = self._x(stretch.since_earliest)
        sure = self._x(min(stretch.since_latest, stretch.until_latest))
        end = self._x(stretch.until_latest)
        return begin, sure, max(self._x(stretch.until_earliest), sure), end

    def _x(self, day: Day) -> float:
        inside = min(max(day, self._first), self._last + 1)
        return self._left + (inside - self._first) / (self._last + 1 - self._first) * (self._right - self._left)

    def _axis(self, y: float, bottom: float) -> list[svg.Element]:
        """Ticks with their texts above and below the lanes, lines through them, and the day that is marked."""
        elements: list[svg.Element] = []
        years: list[tuple[float, str]] = []
        for day, label, year in self._ticks:
            x = self._x(day)
            elements.append(_line(x, y + self._axis_high, x, bottom + 2, "rule"))
            if x + width(label, SMALL) + 3 <= self._right + MARGIN / 2:
                elements.append(text(x, y + 14, label, "quiet", size=SMALL, bold=not year and label.isdigit()))
                elements.append(text(x, bottom + 16, label, "quiet", size=SMALL, bold=not year and label.isdigit()))
            if year and (not years or x - years[-1][0] > width("2000 ", SMALL)):
                years.append((x, year))
        for x, year in years:
            if x + width(year, SMALL) <= self._right + MARGIN / 2:
                elements.append(text(x, y + 29, year, size=SMALL, bold=True))
                elements.append(text(x, bottom + 31, year, size=SMALL, bold=True))
        if self._asked.marked:
            elements += self._flag(y - FLAG, bottom)
        return elements

    def _flag(self, y: float, bottom: float) -> list[svg.Element]:
        days = self._asked.question.as_of
        if days.last < self._first or days.first > self._last:
            return []
        begin, end = self._x(days.first), self._x(days.last + 1)
        words = period_in_words(days.first, days.last)
        room = width(words, SMALL)
        x = min(max((begin + end) / 2, self._left + room / 2), self._right - room / 2)
        band = _rect(begin, y + FLAG, max(end - begin, 1.6), bottom - y - FLAG, "marked", opacity=0.16)
        line = svg.Line(
            x1=rounded(begin),
            x2=rounded(begin),
            y1=rounded(y + FLAG - 2),
            y2=rounded(bottom),
            class_=["s-marked"],
            stroke=LIGHT["marked"],
            stroke_width=1.6,
        )
        label = text(x, y + 13, words, "marked", size=SMALL, bold=True, anchor="middle")
        return [told(self._marked_sentence(), *([band] if end - begin > 4 else []), line, label)]

    def _marked_sentence(self) -> str:
        days, status = self._asked.question.as_of, self._found.status.replace("_", " ")
        possibly = "" if self._found.certainty == "definite" else "possibly "
        return f"Marked: {period_in_words(days.first, days.last)}, when its status was {possibly}{status}."

    def _footer(self, y: float) -> tuple[list[svg.Element], float]:
        """How to read what is not plain, where it occurs, and where the picture is from."""
        notes = [
            "Fading edge: on some day within it." if self._faded else "",
            "Dashed: possible, not certain." if self._doubted else "",
            "Hatched: planned." if self._planned else "",
            self._asked.source,
        ]
        elements: list[svg.Element] = []
        y += 8
        for line in wrapped(" ".join(filter(None, notes)), self._right - self._left, SMALL, 4):
            elements.append(text(self._left, y + 10, line, "quiet", size=SMALL))
            y += SMALL * 1.35
        return elements, y + MARGIN

    def _definitions(self) -> list[svg.Element]:
        found: list[svg.Element] = []
        for lane in self._found.lanes:
            role = lane.kind
            for way, stops in FADING.items():
                made: list[svg.Element] = [_stop(at, opacity, role) for at, opacity in stops]
                found.append(svg.LinearGradient(id=f"{self._name}-{way}-{role}", elements=made))
            if role in (lanes.PLANS, lanes.STATUS):
                found.append(_hatching(f"{self._name}-{role}", role))
        if self._planned:
            for way, stops in FADING.items():
                found += _mask(f"{self._name}-{way}", stops)
        return found


FADING: Final = {"in": ((0, 0.06), (1, 1.0)), "out": ((0, 1.0), (1, 0.06))}
"""Where a fading edge has which opacity."""
AXIS: Final = 36.0
"""Room for the texts of the axis above and below the lanes, in two lines."""
FLAG: Final = 18.0


def _in_lines(label: Label, room: float) -> list[str]:
    """Name and what is said of it: on one line, else on one each, else as they come."""
    whole = f"{label.label} {label.detail}" if label.detail else label.label
    parts = [plain(label.label), plain(label.detail)]
    if width(plain(whole), BODY) > room and all(0 < width(each, BODY) <= room for each in parts):
        return parts
    return wrapped(whole, room, BODY, LABEL_LINES_MAX)


def _two_toned(placed: _Placed, line: str, name: str, y: float) -> svg.Element:
    """A line whose beginning is of the name, in ink, and whose rest is said of it, in a quieter colour."""
    anchor = "end" if placed.anchored else "start"
    if name.startswith(line):
        return text(placed.x, y, line, anchor=anchor)
    if name and line.startswith(name):
        whole = text(placed.x, y, "", anchor=anchor)
        whole.text = None
        whole.elements = [
            svg.TSpan(text=marked_up(name)),
            svg.TSpan(text=f" {marked_up(line[len(name) :])}", class_=["t-quiet"], fill=LIGHT["quiet"]),
        ]
        return whole
    return text(placed.x, y, line, "ink" if name else "quiet", anchor=anchor)


def _rect(x: float, y: float, wide: float, high: float, role: str, *, opacity: float | None = None) -> svg.Rect:
    return svg.Rect(
        x=rounded(x),
        y=rounded(y),
        width=rounded(wide),
        height=rounded(high),
        class_=[f"f-{role}"],
        fill=LIGHT[role],
        fill_opacity=opacity,
    )


def _outline(x: float, y: float, wide: float, high: float, role: str, *, dashed: bool = False) -> svg.Rect:
    return svg.Rect(
        x=rounded(x + 0.5),
        y=rounded(y + 0.5),
        width=rounded(max(wide - 1, 1)),
        height=rounded(high - 1),
        class_=[f"s-{role}", *(["possible"] if dashed else [])],
        fill="none",
        stroke=LIGHT[role],
        stroke_width=1,
        stroke_dasharray=[4, 2.5] if dashed else None,
    )


def _line(x1: float, y1: float, x2: float, y2: float, role: str) -> svg.Line:
    return svg.Line(
        x1=rounded(x1),
        y1=rounded(y1),
        x2=rounded(x2),
        y2=rounded(y2),
        class_=[f"s-{role}"],
        stroke=LIGHT[role],
        stroke_width=1,
    )


def _arrow(x: float, y: float, length: float, role: str) -> svg.Polygon:
    points = [(x, y - BAR / 2), (x + length, y), (x, y + BAR / 2)]
    return svg.Polygon(points=corners(points), class_=[f"f-{role}"], fill=LIGHT[role])


def _stop(offset: int, opacity: float, role: str) -> svg.Stop:
    return svg.Stop(offset=offset, stop_color=LIGHT[role], stop_opacity=opacity, class_=[f"g-{role}"])


def _mask(name: str, stops: Sequence[tuple[int, float]]) -> list[svg.Element]:
    """What lets a hatched edge fade: white, as opaque as the edge is."""
    made: list[svg.Element] = [svg.Stop(offset=at, stop_color="#fff", stop_opacity=opacity) for at, opacity in stops]
    cover = svg.Rect(width=1, height=1, fill=f"url(#{name}-white)")
    return [
        svg.LinearGradient(id=f"{name}-white", elements=made),
        svg.Mask(id=name, maskContentUnits="objectBoundingBox", elements=[cover]),
    ]


def _hatching(name: str, role: str) -> svg.Pattern:
    stripe = svg.Line(x1=0, y1=0, x2=0, y2=5, class_=[f"s-{role}"], stroke=LIGHT[role], stroke_width=3)
    return svg.Pattern(
        id=name,
        width=5,
        height=5,
        patternUnits="userSpaceOnUse",
        patternTransform=[svg.Rotate(45)],
        elements=[stripe],
    )
