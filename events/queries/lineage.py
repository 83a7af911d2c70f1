"""Lineage: what an organisation came from and what became of it, all generations both ways.

Predecessors are followed backwards from the organisation and successors forwards, a generation at a time with one read
for all of it; or, where few are wanted, with one read for all generations (`at_once`). Each organisation is visited
once a direction, so circles end by themselves. A chain is as certain as its weakest link: an organisation is a definite
relative only if some chain of definite links leads to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

import msgspec
import sqlalchemy as sa

from events import tables
from events.changes import SPAN_COLUMNS
from events.prepared import InOrder
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
    *,
    at_once: bool = False,
) -> Lineage | None:
    """The lineage of an organisation by the links in force on the days asked for; None where it was not mentioned.

    at_once: however many generations there are, each direction is one read, of at most LINKS_A_NODE links a node that
    the answer may have; where there are more than that, which of them are read is the database's choice.
    """
    subject = queries.found(connection, f"organisation/{slug}", question.moment)
    if subject is None:
        return None
    tag = subject.tag
    walk = _Walk(queries, connection, question, tag, nodes_max, at_once=at_once)
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
        self,
        queries: Queries,
        connection: sa.Connection,
        question: Question,
        root: str,
        nodes_max: int,
        *,
        at_once: bool,
    ) -> None:
        self._queries, self._connection, self._question = queries, connection, question
        self._root = root
        self._nodes_max = nodes_max
        self._links_left = nodes_max * LINKS_A_NODE
        self._at_once = at_once
        self._reached: dict[str, list[Any]] = {}  # the rows of one direction, by where they are seen from
        self.generations = {root: 0}
        self.certain = {root}
        self.links: dict[int, Stated] = {}
        self.cut: set[str] = set()
        self.reasons: set[Literal["depth", "nodes"]] = set()

    def go(self, direction: Direction, depth: int) -> None:
        """Visit all relatives in one direction, up to so many links away."""
        step = -1 if direction == "predecessors" else 1
        visited, frontier = {self._root}, [self._root]
        if self._at_once:
            self._reach(direction)
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
        if self._at_once:
            rows = [row for near in frontier for row in self._reached.get(near, ())][:most]
        else:
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
            stated = Stated(subject, "lineage", key, *span)
            found.append((near, _successor(stated) if direction == "successors" else subject, id_, stated))
        return found

    def _reach(self, direction: Direction) -> None:
        most = self._links_left + 1
        rows = _reachable(self._queries, self._connection, self._question, direction, self._root, most)
        if len(rows) == most:
            self.reasons.add("nodes")
        self._reached = {}
        for row in sorted(rows, key=lambda row: (row[0], row[3], row[1])):
            self._reached.setdefault(row[0], []).append(row)

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
        since=answers.bounds(stated.since_earliest, stated.since_latest),
        certainty=stated.certainty(question.as_of.first, question.as_of.last) or POSSIBLE,
        opened_by=stated.opened_by,
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
    return Life(answers.bounds(stated.since_earliest, stated.since_latest), answers.until(stated))


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

    def made() -> sa.Select[Any]:
        near = statement.c.subject if direction == "successors" else target.c.subject
        table: sa.FromClause = statement
        conditions = [*_in_force(), database.among(near, "subjects")]
        if direction == "predecessors":
            table = target.join(statement, _SAME)
            conditions.append(target.c.generation == sa.bindparam("generation"))
        columns = (statement.c[name] for name in ("id", "subject", "key", *SPAN_COLUMNS))
        return (
            sa.select(near, *columns)
            .select_from(table)
            .where(*conditions)
            .order_by(near, statement.c.key, statement.c.id)
            .limit(sa.bindparam("most"))
        )

    return database.prepare(f"lineage, {direction}", made).all(
        connection,
        generation=question.moment.generation,
        position=question.moment.position,
        subjects=database.listed(frontier),
        first=days.first,
        last=days.last,
        most=most,
    )


_SAME: Final = sa.and_(
    tables.statement.c.generation == tables.statement_target.c.generation,
    tables.statement.c.id == tables.statement_target.c.statement,
)

_ORGANISATION: Final = sa.literal("organisation/")


def _in_force() -> list[sa.ColumnElement[bool]]:
    """Links that are in force on a day of the question, as known at its moment."""
    statement = tables.statement.c
    return [
        statement.generation == sa.bindparam("generation"),
        statement.property == "lineage",
        statement.since_earliest <= sa.bindparam("last"),
        statement.until_latest > sa.bindparam("first"),
        statement.recorded_from <= sa.bindparam("position"),
        sa.or_(statement.recorded_to.is_(None), statement.recorded_to > sa.bindparam("position")),
    ]


def _reachable(
    queries: Queries,
    connection: sa.Connection,
    question: Question,
    direction: Direction,
    root: str,
    most: int,
) -> list[Any]:
    """The same rows of all organisations that can be reached in a direction, in any order."""
    database, days = queries.database, question.as_of
    statement, target = tables.statement, tables.statement_target

    def made() -> sa.Select[Any]:
        root = tables.subject.c  # read from there, so that it is compared as they are (PostgreSQL's collation)
        begin = sa.select((_ORGANISATION + root.id).label("subject")).where(
            root.generation == sa.bindparam("generation"), root.kind == "organisation", root.id == sa.bindparam("slug")
        )
        reached = begin.cte("reached", recursive=True)
        conditions = _in_force()
        if direction == "successors":
            near, far = statement.c.subject, _ORGANISATION + database.word(statement.c.key, 1)
        else:
            near, far = target.c.subject, statement.c.subject
            conditions.append(target.c.generation == sa.bindparam("generation"))

        def seen_from(reached: sa.CTE) -> sa.Join:
            if direction == "successors":
                return InOrder(reached, statement, near == reached.c.subject)
            return InOrder(InOrder(reached, target, near == reached.c.subject), statement, _SAME)

        reached = reached.union(sa.select(far).select_from(seen_from(reached)).where(*conditions))
        columns = (statement.c[name] for name in ("id", "subject", "key", *SPAN_COLUMNS))
        most_: sa.BindParameter[int] = sa.bindparam("most")
        return sa.select(near, *columns).select_from(seen_from(reached)).where(*conditions).limit(most_)

    return database.prepare(f"lineage at once, {direction}", made).all(
        connection,
        generation=question.moment.generation,
        position=question.moment.position,
        slug=root.partition("/")[2],
        first=days.first,
        last=days.last,
        most=most,
    )
