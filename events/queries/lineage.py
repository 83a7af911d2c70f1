"""Lineage: what an organisation came from and what became of it, all generations both ways.

Predecessors are followed backwards from the organisation and successors forwards, a generation at a time with one read
for all of it. Each organisation is visited once a direction, so circles end by themselves. A chain is as certain as its
weakest link: an organisation is a definite relative only if some chain of definite links leads to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

import msgspec
import sqlalchemy as sa

from events import tables
from events.changes import SPAN_COLUMNS, span_of
from events.queries import answers, names, organisations
from events.queries.answers import DEFINITE, POSSIBLE, AsOf, Bounds, KnownAt
from events.queries.question import Question
from events.queries.reading import Queries, Stated

DEPTH_DEFAULT: Final = 20  # generations
DEPTH_MAX: Final = 1_000
NODES_DEFAULT: Final = 1_000
NODES_MAX: Final = 10_000
LINKS_A_NODE: Final = 4  # how many links are read in all, for each node that the answer may have

Direction = Literal["predecessors", "successors"]


class Life(msgspec.Struct, frozen=True):
    """From when until when an organisation existed."""

    since: Bounds | None
    until: Bounds | None


class Node(msgspec.Struct, kw_only=True):
    """An organisation. `generation`: how many links away, below 0 for predecessors. `certainty`: that it is a relative
    on the days asked for. `cut`: it has further links, which lead beyond the limits.
    """

    id: str
    name: str
    status: str
    generation: int
    certainty: str
    lives: list[Life]
    cut: bool


class Link(msgspec.Struct, kw_only=True):
    """One organisation turned into another: formed_from, merged, split or replaced."""

    from_: str = msgspec.field(name="from")
    to: str
    kind: str
    since: Bounds | None
    certainty: str
    opened_by: tuple[str, ...]


class Lineage(msgspec.Struct, kw_only=True):
    """The organisations, nearest generations first, and the links between them. `cut` says which limits cut it."""

    id: str
    as_of: AsOf
    known_at: KnownAt
    nodes: list[Node]
    links: list[Link]
    cut: list[Literal["depth", "nodes"]]


def of(
    queries: Queries,
    connection: sa.Connection,
    slug: str,
    question: Question,
    depth: int = DEPTH_DEFAULT,
    nodes_max: int = NODES_DEFAULT,
) -> Lineage | None:
    """The lineage of an organisation by the links in force on the days asked for; None where it was not mentioned."""
    tag = queries.representative(connection, f"organisation/{slug}", question.moment)
    if not queries.mentioned(connection, tag, question.moment):
        return None
    walk = _Walk(queries, connection, question, tag, nodes_max)
    walk.go("predecessors", depth)
    walk.go("successors", depth)
    return Lineage(
        id=tag.split("/", 1)[1],
        as_of=answers.as_of(question),
        known_at=answers.known_at(question.moment),
        nodes=_nodes(queries, connection, question, walk),
        links=[_link(each, question) for each in walk.links.values()],
        cut=sorted(walk.reasons),
    )


class _Walk:
    """The breadth-first walk: what has been reached so far, and where it was cut."""

    def __init__(
        self, queries: Queries, connection: sa.Connection, question: Question, root: str, nodes_max: int
    ) -> None:
        self._queries, self._connection, self._question = queries, connection, question
        self._root = root
        self._nodes_max = nodes_max
        self._links_left = nodes_max * LINKS_A_NODE
        self.generations = {root: 0}
        self.certain = {root}
        self.links: dict[int, Stated] = {}
        self.cut: set[str] = set()
        self.reasons: set[Literal["depth", "nodes"]] = set()

    def go(self, direction: Direction, depth: int) -> None:
        """Visit all relatives in one direction, up to so many links away."""
        step = -1 if direction == "predecessors" else 1
        visited, frontier = {self._root}, [self._root]
        certain: dict[str, list[str]] = {}
        for distance in range(1, depth + 2):
            found = self._read(direction, frontier)
            if distance > depth:
                self._stop_at_depth(found, visited)
                break
            following: set[str] = set()
            for near, far, id_, stated in found:
                if far not in self.generations and len(self.generations) >= self._nodes_max:
                    self._stop(near, "nodes")
                    continue
                self.generations.setdefault(far, step * distance)
                self.links[id_] = stated
                if self._certainty(stated) == DEFINITE:
                    certain.setdefault(near, []).append(far)
                if far not in visited:
                    following.add(far)
            if not following:
                break
            visited |= following
            frontier = sorted(following)
        self._spread(certain)

    def _read(self, direction: Direction, frontier: Sequence[str]) -> list[tuple[str, str, int, Stated]]:
        """Links in force of these organisations: (where it is seen from, the other end, statement id, statement)."""
        most = self._links_left + 1
        rows = _rows(self._queries, self._connection, self._question, direction, frontier, most)
        if len(rows) == most:
            # What follows the last row was not read: the last organisation's rest, and all after it.
            for near in frontier:
                if near >= rows[-1][0]:
                    self._stop(near, "nodes")
            rows.pop()
        self._links_left -= len(rows)
        found = []
        for near, id_, subject, key, *span in rows:
            stated = Stated(subject, "lineage", key, span_of(span))
            found.append((near, _successor(stated) if direction == "successors" else subject, id_, stated))
        return found

    def _stop_at_depth(self, found: Iterable[tuple[str, str, int, Stated]], visited: set[str]) -> None:
        for near, far, id_, stated in found:
            if far in visited:
                self.links[id_] = stated
            else:
                self._stop(near, "depth")

    def _stop(self, node: str, reason: Literal["depth", "nodes"]) -> None:
        self.cut.add(node)
        self.reasons.add(reason)

    def _spread(self, certain: dict[str, list[str]]) -> None:
        """What can be reached by definite links alone is a definite relative."""
        waiting, reached = [self._root], {self._root}
        while waiting:
            for far in certain.get(waiting.pop(), ()):
                if far not in reached:
                    reached.add(far)
                    waiting.append(far)
        self.certain |= reached

    def _certainty(self, stated: Stated) -> str | None:
        return stated.certainty(self._question.as_of.first, self._question.as_of.last)


def _successor(stated: Stated) -> str:
    return f"organisation/{stated.key.split(' ', 1)[1]}"


def _link(stated: Stated, question: Question) -> Link:
    return Link(
        from_=stated.slug,
        to=_successor(stated).split("/", 1)[1],
        kind=stated.key.split(" ", 1)[0],
        since=answers.bounds(stated.span.since_earliest, stated.span.since_latest),
        certainty=stated.certainty(question.as_of.first, question.as_of.last) or POSSIBLE,
        opened_by=stated.span.opened_by,
    )


def _nodes(queries: Queries, connection: sa.Connection, question: Question, walk: _Walk) -> list[Node]:
    tags = sorted(walk.generations, key=lambda tag: (abs(walk.generations[tag]), walk.generations[tag], tag))
    listed, found = organisations.LISTED, []
    for tag, statements in listed.gather(queries, connection, question, tags).items():
        slug = tag.split("/", 1)[1]
        found.append(
            Node(
                id=slug,
                name=names.best(names.of(statements, tag), question.as_of.last, slug),
                status=listed.standing(statements, slug, question).status,
                generation=walk.generations[tag],
                certainty=DEFINITE if tag in walk.certain else POSSIBLE,
                lives=[_life(each) for each in answers.of_property(statements, "existence")],
                cut=tag in walk.cut,
            )
        )
    return found


def _life(stated: Stated) -> Life:
    span = stated.span
    return Life(answers.bounds(span.since_earliest, span.since_latest), answers.until(span))


def _rows(
    queries: Queries,
    connection: sa.Connection,
    question: Question,
    direction: Direction,
    frontier: Sequence[str],
    most: int,
) -> list[Any]:
    """Rows of (near, statement id, subject, key, span), by the organisation they are seen from."""
    database, days = queries.database, question.as_of
    statement, target = tables.statement, tables.statement_target
    near = statement.c.subject if direction == "successors" else target.c.subject
    table: sa.FromClause = statement
    generation: sa.BindParameter[int] = sa.bindparam("generation")
    conditions = [
        statement.c.generation == generation,
        database.among(near, "subjects"),
        statement.c.property == "lineage",
        statement.c.since_earliest <= sa.bindparam("last"),
        statement.c.until_latest > sa.bindparam("first"),
        statement.c.recorded_from <= sa.bindparam("position"),
        sa.or_(statement.c.recorded_to.is_(None), statement.c.recorded_to > sa.bindparam("position")),
    ]
    if direction == "predecessors":
        same = sa.and_(statement.c.generation == target.c.generation, statement.c.id == target.c.statement)
        table = target.join(statement, same)
        conditions.append(target.c.generation == generation)
    prepared = database.prepare(
        f"lineage, {direction}",
        lambda: (
            sa.select(
                near, statement.c.id, statement.c.subject, statement.c.key, *(statement.c[n] for n in SPAN_COLUMNS)
            )
            .select_from(table)
            .where(*conditions)
            .order_by(near, statement.c.key, statement.c.id)
            .limit(sa.bindparam("most"))
        ),
    )
    return prepared.all(
        connection,
        generation=question.moment.generation,
        position=question.moment.position,
        subjects=database.listed(frontier),
        first=days.first,
        last=days.last,
        most=most,
    )
