"""The lineage of an organisation as a picture: what it came from and what became of it.

Organisations are boxes, and each change between them is one mark of its own: a merger of three bodies is one mark with
three lines to it, not three arrows with the same word. Time runs downwards (or to the right, where that fits better).
Where boxes side by side would be wider than the picture, each organisation and each change has a line of its own
instead, in order of time, with the lines between them at its left: so 40 years of mergers fit on a telephone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec
import svg

from events.queries.lineage import Lineage, Node
from events.register import Register
from events.words import listed
from service.representations.drawing import (
    BODY,
    BOLDER,
    LIGHT,
    MARGIN,
    SMALL,
    TITLE,
    corners,
    document,
    marked_up,
    plain,
    rounded,
    text,
    told,
    width,
    wrapped,
)
from service.representations.layered import Box, Layout, laid_out
from service.representations.lineage_changes import Change, Edge, changes_of, edges_of, in_time
from service.representations.lineage_words import change_words, sentences_of, short_change, years_of

NODES_DRAWN_MAX: Final = 100
LINKS_DRAWN_MAX: Final = 140
NODES_DRAWN_DEFAULT: Final = 60
BOX_WIDE_MAX: Final = 134.0
NAME_LINES_MAX: Final = 4
ROOM_A_BOX: Final = 30.0
"""Width that there is at least for each organisation where boxes side by side are tried."""
ROWS_SPANNED_MAX: Final = 1_200
"""Over how many rows all lines together lead at most; the time that the layout takes grows with it."""
RAILS_SHARE: Final = 0.42
"""Of the width that the lines may take beside the texts; where they need more, the picture becomes wider."""
LINE: Final = 1.22
"""From one line of text to the next, in sizes of the text."""
HOW: Final = {"formed_from": "formed anew", "merged": "by merger", "split": "by split", "replaced": "as replacement"}
"""How an organisation came about, by the kind of the change."""
RAIL: Final = 12.0
"""Room for a mark beside the texts of rows."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be drawn: for which width, with which register's addresses, and what is said of where it is from."""

    width: int
    register: Register
    source: str
    seed: object


def draw(found: Lineage, asked: Asked) -> bytes:
    """The picture."""
    return _Drawing(found, asked).picture()


class _Drawing:
    def __init__(self, found: Lineage, asked: Asked) -> None:
        self._found, self._asked = found, asked
        self._take(NODES_DRAWN_MAX)

    def _take(self, most: int) -> None:
        """Draw the nearest organisations, so many at most, with the links between them."""
        nearest = {node.id: node for node in self._found.nodes[:most]}
        links = [
            each for each in self._found.links if each.from_ != each.to and {each.from_, each.to} <= nearest.keys()
        ]
        links = links[:LINKS_DRAWN_MAX]
        linked = {self._found.id, *(end for each in links for end in (each.from_, each.to))}
        self._nodes = {id_: node for id_, node in nearest.items() if id_ in linked}
        self._changes = {change.id: change for change in changes_of(links)}
        self._order = in_time(self._nodes, self._changes)

    def picture(self) -> bytes:
        """All of it."""
        wide = float(self._asked.width)
        root = self._nodes[self._found.id]
        sentences = list(sentences_of(root, self._nodes, self._changes))
        edges = list(edges_of(self._changes.values()))
        layout = self._as_boxes(edges, wide - 2 * MARGIN)
        if layout is not None:
            header, y = _header(root.name, sentences, wide)
            left = MARGIN + max((wide - 2 * MARGIN - layout.wide) / 2, 0)
            body = [*self._lines(edges, layout, left, y), *self._boxes(layout, left, y)]
        else:
            edges, told_apart = self._straight_edges()
            while self._rows_spanned(edges, told_apart) > ROWS_SPANNED_MAX:
                self._take(len(self._nodes) * 3 // 4)
                edges, told_apart = self._straight_edges()
            layout = self._as_rows(edges, told_apart, wide)
            wide = max(wide, layout.wide / RAILS_SHARE)
            header, y = _header(root.name, sentences, wide)
            body = [*self._lines(edges, layout, MARGIN, y, in_rows=True), *self._rows(layout, wide, y)]
        y += layout.high
        footer, y = self._footer(y + 10, wide)
        return document(
            "lineage",
            self._asked.seed,
            (wide, y),
            f"Lineage of {plain(root.name)}",
            " ".join([*sentences, self._counted(), self._not_drawn()]).strip(),
            [],
            [*header, *body, *footer],
            wide,
        )

    def _downwards(self, edges: Sequence[Edge]) -> list[tuple[str, str]]:
        """From what comes earlier to what comes later, so that no circle is left."""
        order = self._order
        return [(each.one, each.two) if order[each.one] <= order[each.two] else (each.two, each.one) for each in edges]

    def _as_boxes(self, edges: Sequence[Edge], room: float) -> Layout | None:
        """The first layout with boxes side by side that is not wider than the room."""
        if len(self._nodes) > room / ROOM_A_BOX:
            return None
        sizes = {node.id: _box_size(node) for node in self._nodes.values()}
        sizes.update({change.id: _mark_size(change) for change in self._changes.values()})
        ordered = {name: sizes[name] for name in self._order}
        directions: tuple[Literal["TB", "LR"], ...] = ("TB", "LR")
        for towards in directions:
            layout = laid_out(ordered, self._downwards(edges), towards=towards, between_layers=24.0)
            if layout.wide <= room:
                return layout
        return None

    def _straight_edges(self) -> tuple[list[Edge], set[str]]:
        """Edges for rows: straight to an organisation that began with the change (its row says how), else by way of the
        change, which has a row then. Also the changes that have one.
        """
        edges, told_apart = [], set()
        for change in self._changes.values():
            if all(self._began_with(each, change) for each in change.after):
                edges += [Edge(one, two, change.is_possible(one, two)) for one in change.before for two in change.after]
            else:
                told_apart.add(change.id)
                edges += edges_of([change])
        return edges, told_apart

    def _rows_spanned(self, edges: Sequence[Edge], told_apart: set[str]) -> int:
        rows = [name for name in self._order if name in self._nodes or name in told_apart]
        at = {name: number for number, name in enumerate(rows)}
        return sum(abs(at[each.one] - at[each.two]) for each in edges)

    def _began_with(self, slug: str, change: Change) -> bool:
        lives, since = self._nodes[slug].lives, change.since
        begun = lives[0].since if lives else None
        if begun is None or since is None or begun.earliest is None or since.earliest is None:
            return False
        return begun.earliest <= (since.latest or "9999") and since.earliest <= (begun.latest or "9999")

    def _as_rows(self, edges: Sequence[Edge], told_apart: set[str], wide: float) -> Layout:
        """Each organisation, and each of these changes, on a line of its own; the layout has their marks only."""
        room = wide * (1 - RAILS_SHARE) - MARGIN
        sizes = {}
        for name in self._order:
            if name in self._nodes:
                lines = len(_name_lines(self._nodes[name], room))
                sizes[name] = (RAIL, BODY * LINE * lines + SMALL * 2.1)
            elif name in told_apart:
                sizes[name] = (RAIL, SMALL * 2.0)
        return laid_out(
            sizes,
            self._downwards(edges),
            between_layers=2.0,
            between_boxes=4.0,
            one_a_layer=True,
            to_middles=True,
        )

    def _lines(
        self, edges: Sequence[Edge], layout: Layout, left: float, y: float, *, in_rows: bool = False
    ) -> list[svg.Element]:
        """The lines between organisations and changes. In boxes, each has a head where it leads to an organisation; in
        rows time runs downwards, and only a line upwards needs one.
        """
        elements: list[svg.Element] = []
        for edge, points in zip(edges, layout.lines, strict=True):
            upwards = self._order[edge.one] > self._order[edge.two]
            at = [(x + left, y_ + y) for x, y_ in (points[::-1] if upwards else points)]
            path = svg.Path(
                d=_curve(at),
                fill="none",
                stroke=LIGHT["quiet"],
                stroke_width=1.5,
                stroke_dasharray=[4, 3] if edge.possible else None,
                class_=["s-quiet", *(["possible"] if edge.possible else [])],
            )
            elements.append(path)
            if edge.two in self._nodes and (upwards or not in_rows):
                elements.append(_head(at, RAIL / 2 if in_rows else 0.0))
        return elements

    def _boxes(self, layout: Layout, left: float, y: float) -> list[svg.Element]:
        elements: list[svg.Element] = []
        for name, box in layout.boxes.items():
            if name in self._changes:
                elements.append(_pill(self._changes[name], box, left, y, self._told(self._changes[name])))
                continue
            node = self._nodes[name]
            lines = _name_lines(node, BOX_WIDE_MAX - 16)
            top = box.y + y - box.high / 2
            made: list[svg.Element] = [self._frame(node, box, left, y)]
            for number, line in enumerate(lines):
                middle = top + 8 + BODY * (0.9 + number * LINE)
                bold = node.id == self._found.id
                made.append(text(box.x + left, middle, line, bold=bold, anchor="middle", on_paper=False))
            under = top + 8 + BODY * (0.9 + len(lines) * LINE) - 1
            made.append(text(box.x + left, under, years_of(node), "quiet", size=SMALL, anchor="middle", on_paper=False))
            elements.append(self._linked(node, made))
        return elements

    def _frame(self, node: Node, box: Box, left: float, y: float) -> svg.Rect:
        own, doubtful = node.id == self._found.id, node.certainty != "definite"
        return svg.Rect(
            x=rounded(box.x + left - box.wide / 2),
            y=rounded(box.y + y - box.high / 2),
            width=rounded(box.wide),
            height=rounded(box.high),
            rx=4,
            class_=["f-paper", "s-names" if own else "s-quiet", *(["possible"] if doubtful else [])],
            fill=LIGHT["paper"],
            stroke=LIGHT["names" if own else "quiet"],
            stroke_width=2.5 if own else 1,
            stroke_dasharray=[4, 3] if doubtful else None,
        )

    def _rows(self, layout: Layout, wide: float, y: float) -> list[svg.Element]:
        """Marks at the left, what they are at the right of all lines."""
        elements: list[svg.Element] = []
        beside = MARGIN + layout.wide + 10
        room = wide - MARGIN - beside
        for name, box in layout.boxes.items():
            x, middle = box.x + MARGIN, box.y + y
            leader = _leader(x + 8, middle, beside - 4)
            if name in self._changes:
                change = self._changes[name]
                words = wrapped(change_words(change, short=True), room, SMALL, 1)[0]
                label = text(beside, middle + SMALL * 0.35, words, "quiet", size=SMALL)
                elements.append(
                    told(self._told(change), leader, _dot(x, middle, 3.2, "quiet", change.certainty), label)
                )
                continue
            node = self._nodes[name]
            lines = _name_lines(node, room)
            own = node.id == self._found.id
            top = middle - (BODY * LINE * len(lines) + SMALL) / 2
            made: list[svg.Element] = [leader, _dot(x, middle, 6.0 if own else 5.0, "names", node.certainty)]
            for number, line in enumerate(lines):
                made.append(text(beside, top + BODY * (0.85 + number * LINE), line, bold=own))
            under = wrapped(f"{years_of(node)}{self._how(node)}", room, SMALL, 1)[0]
            made.append(text(beside, top + BODY * LINE * len(lines) + SMALL * 0.85, under, "quiet", size=SMALL))
            elements.append(self._linked(node, made))
        return elements

    def _how(self, node: Node) -> str:
        """How it came about, for a row that is told by straight lines."""
        kinds = [
            ("possibly " if change.certainty != "definite" else "") + HOW.get(change.kind, change.kind)
            for change in self._changes.values()
            if node.id in change.after and self._began_with(node.id, change)
        ]
        return f" · {listed(list(dict.fromkeys(kinds)))}" if kinds else ""

    def _linked(self, node: Node, elements: Sequence[svg.Element]) -> svg.A:
        """Elements that lead to the organisation's page."""
        address = f"{self._asked.register.base_url}/organisations/{node.id}"
        possibly = "" if node.certainty == "definite" else ", possibly related"
        words = ", ".join(filter(None, (node.name, years_of(node), node.status.replace("_", " "))))
        return svg.A(href=marked_up(address), elements=[svg.Title(text=marked_up(words + possibly)), *elements])

    def _told(self, change: Change) -> str:
        before = listed([plain(self._nodes[each].name) for each in change.before])
        after = listed([plain(self._nodes[each].name) for each in change.after])
        return f"{change_words(change)}: {before} → {after}"

    def _counted(self) -> str:
        if not self._changes:
            return "No predecessor or successor is known."
        nodes, changes = len(self._nodes), len(self._changes)
        return f"The picture shows {nodes} organisations and {changes} {'change' if changes == 1 else 'changes'}."

    def _not_drawn(self) -> str:
        parts = []
        left_out = len(self._found.nodes) - len(self._nodes)
        if left_out:
            parts.append(f"{left_out:,} further organisations")
        if self._found.cut:
            parts.append("what lies beyond the marks “and more”")
        return f"Not drawn: {' and '.join(parts)}." if parts else ""

    def _footer(self, y: float, wide: float) -> tuple[list[svg.Element], float]:
        certainties = [node.certainty for node in self._nodes.values()]
        certainties += [change.certainty for change in self._changes.values()]
        doubted = set(certainties) - {"definite"}
        notes = [
            self._not_drawn(),
            "Dashed: possible, not certain." if doubted else "",
            "" if self._changes else "No predecessor or successor is known.",
            self._asked.source,
        ]
        elements: list[svg.Element] = []
        for line in wrapped(" ".join(filter(None, notes)), wide - 2 * MARGIN, SMALL, 4):
            elements.append(text(MARGIN, y + 10, line, "quiet", size=SMALL))
            y += SMALL * 1.35
        return elements, y + MARGIN


def _name_lines(node: Node, room: float) -> list[str]:
    return wrapped(node.name, room / BOLDER, BODY, NAME_LINES_MAX)


def _box_size(node: Node) -> tuple[float, float]:
    lines = _name_lines(node, BOX_WIDE_MAX - 16)
    widest = max(*(width(line, BODY) * BOLDER for line in lines), width(years_of(node), SMALL))
    return max(widest + 16, 60.0), 16 + BODY * LINE * len(lines) + SMALL * LINE


def _mark_size(change: Change) -> tuple[float, float]:
    return width(short_change(change), SMALL) + 14, SMALL * 1.7


def _header(name: str, sentences: Sequence[str], wide: float) -> tuple[list[svg.Element], float]:
    elements: list[svg.Element] = []
    y = MARGIN + TITLE * 0.85
    for line in wrapped(name, (wide - 2 * MARGIN) / BOLDER, TITLE, 2):
        elements.append(text(MARGIN, y, line, size=TITLE, bold=True))
        y += TITLE * 1.2
    y -= TITLE * 0.15
    for line in wrapped(" ".join(sentences), wide - 2 * MARGIN, BODY, 6) if sentences else ():
        elements.append(text(MARGIN, y, line, "quiet"))
        y += BODY * 1.35
    return elements, y + 6


def _pill(change: Change, box: Box, left: float, y: float, title: str) -> svg.Element:
    shape = svg.Rect(
        x=rounded(box.x + left - box.wide / 2),
        y=rounded(box.y + y - box.high / 2),
        width=rounded(box.wide),
        height=rounded(box.high),
        rx=rounded(box.high / 2),
        class_=["f-paper"],
        fill=LIGHT["paper"],
    )
    words = text(box.x + left, box.y + y + SMALL * 0.36, short_change(change), "quiet", size=SMALL, anchor="middle")
    return told(title, shape, words)


def _dot(x: float, y: float, radius: float, role: str, certainty: str) -> svg.Circle:
    """A mark: full where it is certain, dashed where only possible."""
    sure = certainty == "definite"
    return svg.Circle(
        cx=rounded(x),
        cy=rounded(y),
        r=radius,
        class_=[f"f-{role}" if sure else "f-paper", f"s-{role}", *([] if sure else ["possible"])],
        fill=LIGHT[role if sure else "paper"],
        stroke=LIGHT[role],
        stroke_width=1.5,
        stroke_dasharray=None if sure else [2, 1.5],
    )


def _leader(x: float, y: float, end: float) -> svg.Line:
    return svg.Line(
        x1=rounded(min(x, end)),
        y1=rounded(y),
        x2=rounded(end),
        y2=rounded(y),
        class_=["s-rule"],
        stroke=LIGHT["rule"],
        stroke_width=1,
        stroke_dasharray=[1, 3],
    )


def _curve(points: Sequence[tuple[float, float]]) -> list[svg.PathData]:
    """Cubic Bézier curves through the points, as dot gives them."""
    (x, y), *others = ((rounded(x), rounded(y)) for x, y in points)
    curves = zip(others[::3], others[1::3], others[2::3], strict=True)
    return [svg.M(x, y), *(svg.C(*one, *two, *three) for one, two, three in curves)]


def _head(points: Sequence[tuple[float, float]], away: float) -> svg.Polygon:
    """The head of an arrow, so far away from where its line ends."""
    tip = points[-1]
    before = next((each for each in reversed(points) if abs(each[0] - tip[0]) + abs(each[1] - tip[1]) > 1), points[0])
    dx, dy = tip[0] - before[0], tip[1] - before[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    ux, uy = dx / length, dy / length
    x, y = tip[0] - ux * away, tip[1] - uy * away
    back_x, back_y = x - ux * 7, y - uy * 7
    points = [(x, y), (back_x - uy * 3.5, back_y + ux * 3.5), (back_x + uy * 3.5, back_y - ux * 3.5)]
    return svg.Polygon(points=corners(points), class_=["f-quiet"], fill=LIGHT["quiet"])
