"""A layered layout of boxes and the lines between them, by Graphviz's `dot`.

Only the places are Graphviz's: it is given boxes of fixed sizes, without any text, so it looks for no font, and what it
answers is the same on every machine. It works within this process, is not made for several threads, and holds them all
up meanwhile; so there is one lock, and a limit to what it is given (NODES_MAX, EDGES_MAX).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from threading import Lock
from typing import Any, Final, Literal

import msgspec

from events.errors import OrglineError

NODES_MAX: Final = 240
EDGES_MAX: Final = 320
POINTS_AN_INCH: Final = 72.0
EFFORT: Final = {"nslimit": "2", "nslimit1": "2", "mclimit": "0.5"}
"""How often it tries to do better: twice the number of nodes, and half of what is usual for crossings."""

_one_at_a_time = Lock()


class NoLayout(OrglineError):
    """Graphviz cannot be loaded here."""

    code = "no-layout"


class Box(msgspec.Struct, frozen=True):
    """Its middle and its size, in the units of the picture; y grows downwards."""

    x: float
    y: float
    wide: float
    high: float


class Layout(msgspec.Struct, frozen=True):
    """Where everything is. A line is the control points of cubic Bézier curves, each beginning where the last ended."""

    wide: float
    high: float
    boxes: dict[str, Box]
    lines: list[list[tuple[float, float]]]


def laid_out(
    sizes: Mapping[str, tuple[float, float]],
    edges: Sequence[tuple[str, str]],
    *,
    towards: Literal["TB", "LR"] = "TB",
    between_layers: float = 28.0,
    between_boxes: float = 14.0,
    one_a_layer: bool = False,
    to_middles: bool = False,
) -> Layout:
    """Places for boxes (width and height of each) and edges (from the upper or left one to the other).

    one_a_layer: each box has a layer of its own, in the order given. to_middles: lines end in the middle of boxes, not
    at their sides. Raises NoLayout.
    """
    assert len(sizes) <= NODES_MAX and len(edges) <= EDGES_MAX, (len(sizes), len(edges))
    numbers = {name: str(number) for number, name in enumerate(sizes)}
    names = {number: name for name, number in numbers.items()}
    make = _graph_maker()
    with _one_at_a_time:
        graph = make(
            directed=True,
            strict=False,
            rankdir=towards,
            ranksep=_inches(between_layers),
            nodesep=_inches(between_boxes),
            **EFFORT,
        )
        try:
            for name, (wide, high) in sizes.items():
                graph.add_node(
                    numbers[name], label="", shape="box", fixedsize="true", width=_inches(wide), height=_inches(high)
                )
            for order, (one, other) in enumerate(edges):
                clips = {"headclip": "false", "tailclip": "false"} if to_middles else {}
                graph.add_edge(numbers[one], numbers[other], key=str(order), arrowhead="none", **clips)
            if one_a_layer:
                ordered = list(numbers.values())
                for order, (one, other) in enumerate(pairwise(ordered)):
                    graph.add_edge(one, other, key=f"chain{order}", style="invis", weight="0")
            answer = graph.draw(format="plain", prog="dot").decode()
        finally:
            graph.close()
    return _read(answer, names, numbers, edges)


def _graph_maker() -> Any:
    """What makes a graph; loaded when one is drawn, since it needs libraries of the system that may be missing.

    Raises NoLayout.
    """
    try:
        from pygraphviz import AGraph  # noqa: PLC0415
    except ImportError as error:
        raise NoLayout(f"this picture cannot be drawn here, since Graphviz cannot be loaded: {error}") from error
    return AGraph


def loads() -> None:
    """See whether pictures can be laid out. Raises NoLayout."""
    _graph_maker()


def _inches(units: float) -> str:
    return f"{units / POINTS_AN_INCH:.4f}"


def _read(
    answer: str, names: Mapping[str, str], numbers: Mapping[str, str], edges: Sequence[tuple[str, str]]
) -> Layout:
    """Graphviz's plain format: lines that begin with graph, node, edge and stop, in inches, y growing upwards."""
    wide = high = 0.0
    boxes: dict[str, Box] = {}
    drawn: dict[tuple[str, str], list[list[tuple[float, float]]]] = {}
    for line in answer.replace("\\\n", "").splitlines():
        word, *fields = line.split(" ")
        if word == "graph":
            wide, high = (float(each) * POINTS_AN_INCH for each in fields[1:3])
        elif word == "node":
            x, y, w, h = (float(each) * POINTS_AN_INCH for each in fields[1:5])
            boxes[names[fields[0]]] = Box(x, high - y, w, h)
        elif word == "edge" and "invis" not in fields:
            count = int(fields[2])
            at = [float(each) * POINTS_AN_INCH for each in fields[3 : 3 + 2 * count]]
            points = list(zip(at[::2], (high - each for each in at[1::2]), strict=True))
            drawn.setdefault((fields[0], fields[1]), []).append(points)
    return Layout(wide, high, boxes, [drawn[numbers[one], numbers[other]].pop(0) for one, other in edges])
