"""The scratch database in which the state of a whole log is put together: a SQLite file that only this run knows.

What comes in the order of the log, or of the slots, is noted as it comes and sorted afterwards, by SQLite, on disk; so
memory is bounded, and the state's tables are filled in the order of their keys.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from events import tables
from events.changes import effect_of
from events.database import Database, locked
from events.held import POSTS, Slot
from events.past import Amendments, Done
from events.standing import Amendment

CACHE_KIB: Final = 4_096
LEFT_OVER_S: Final = 60
"""A folder that nothing was made in for so long, and that is not in use, is of a run that was killed."""

metadata = sa.MetaData()
Row: TypeAlias = tuple[Any, ...]
_GENERATION: Final[sa.BindParameter[int]] = sa.bindparam("generation")


def _like(table: sa.Table, name: str, *names: str, keyed: bool = False) -> sa.Table:
    """Columns of a table of the state."""
    columns = [sa.Column(each, table.c[each].type, nullable=table.c[each].nullable) for each in names]
    key = [sa.PrimaryKeyConstraint(*(each for each in names if each in table.primary_key.columns))] if keyed else []
    return sa.Table(name, metadata, *columns, *key, sqlite_with_rowid=not keyed)


_EFFECT: Final = (
    *("subject", "property", "key", "root", "part", "recorded_from", "recorded_to"),
    *("target", "fact"),
)
effect_heap = _like(tables.effect, "effect_heap", *_EFFECT)
effect = _like(tables.effect, "effect", *_EFFECT, keyed=True)
sa.Index(
    "ix_effect_posts",
    effect.c.target,
    effect.c.subject,
    effect.c.property,
    effect.c.key,
    sqlite_where=effect.c.property == POSTS,
)
target_heap = _like(tables.statement_target, "target_heap", "subject", "statement")
word_heap = _like(tables.name_word, "word_heap", "kind", "text", "subject", "recorded_from")
concern_heap = sa.Table(
    "concern_heap",
    metadata,
    sa.Column("tag", tables.Slug, nullable=False),
    sa.Column("mentioned_at", sa.BigInteger, nullable=False),
    sa.Column("changed_at", sa.BigInteger, nullable=False),
)
tag_heap = sa.Table(
    "tag_heap",
    metadata,
    sa.Column("tag", tables.Slug, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
)
id_heap = _like(tables.event_id, "id_heap", "id", "position")
amendment = sa.Table(
    "amendment",
    metadata,
    sa.Column("root", sa.String(36), nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("id", sa.String(36), nullable=False),
    sa.Column("event", sa.String(36), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("append_end", sa.BigInteger, nullable=False),
    sa.PrimaryKeyConstraint("root", "position"),
    sa.Index("ix_amendment_id", "id"),
    sqlite_with_rowid=False,
)
alias = _like(tables.alias, "alias", "subject", "recorded_from", "recorded_to", "representative", keyed=True)


@contextmanager
def folder(task: str) -> Iterator[Path]:
    """A folder for scratch databases, removed after the block; and what killed runs of this task left is removed now.

    A file in it is locked as long as it is in use: the kernel gives that back however the process ends.
    """
    _remove_left_over(task)
    with TemporaryDirectory(prefix=_prefix(task)) as made, locked(Path(made) / _IN_USE):
        yield Path(made)


def _remove_left_over(task: str) -> None:
    for left in Path(gettempdir()).glob(f"{_prefix(task)}*"):
        with suppress(OSError):  # another user's, or gone by now
            if time.time() - left.stat().st_mtime > LEFT_OVER_S:
                with locked(left / _IN_USE) as is_free:
                    if is_free:
                        shutil.rmtree(left)


def _prefix(task: str) -> str:
    return f"orgline-{task}-"


_IN_USE: Final = "in-use.lock"


class Scratch:
    """One scratch database; several processes may work on one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = Database(f"sqlite:///{path}", cache_kib=CACHE_KIB, durable="none")
        prepare, among = self.database.prepare, self.database.among
        c = effect.c
        of_slot = sa.and_(*(c[name] == sa.bindparam(name) for name in ("subject", "property", "key")))
        self._of_slot = prepare(
            "done to a slot", sa.select(c.part, c.recorded_from, c.recorded_to, c.fact).where(of_slot)
        )
        in_order = sa.select(_GENERATION, effect).where(c.subject >= sa.bindparam("first")).order_by(*effect.c[:6])
        self._effects_from = prepare("effects from", in_order)
        self._effects_between = prepare("effects between", in_order.where(c.subject < sa.bindparam("until")))
        heap = concern_heap.c
        self._concerns = prepare(
            "concerns",
            sa.select(heap.tag, sa.func.min(heap.mentioned_at), sa.func.max(heap.changed_at))
            .group_by(heap.tag)
            .order_by(heap.tag),
        )
        self._posts = prepare(
            "posts towards",
            sa.select(c.subject, c.property, c.key)
            .distinct()
            .where(c.target == sa.bindparam("target"), c.property == sa.literal_column(f"'{POSTS}'")),
        )
        self._roots = prepare("roots", sa.select(amendment.c.id, amendment.c.root).where(among(amendment.c.id, "ids")))
        self._amendments = prepare(
            "amendments",
            sa.select(*(amendment.c[name] for name in ("root", "position", "id", "event", "kind", "append_end")))
            .where(among(amendment.c.root, "roots"))
            .order_by(amendment.c.root, amendment.c.position),
        )
        self._aliases = prepare(
            "aliases",
            sa.select(alias.c.subject, alias.c.recorded_from, alias.c.recorded_to, alias.c.representative).where(
                among(alias.c.subject, "tags")
            ),
        )

    def create(self) -> None:
        """Make its tables, but not the index that `sort_effects` makes."""
        with self.database.transaction() as connection:
            metadata.create_all(connection, tables=[each for each in metadata.tables.values() if each is not effect])

    def close(self) -> None:
        """Close its connections."""
        self.database.close()

    def note(self, *noted: tuple[sa.Table, Sequence[Row]]) -> None:
        """Put whole rows into its tables."""
        with self.database.transaction() as connection:
            for table, rows in noted:
                self.database.insert(table).many(connection, rows)

    def sort_effects(self) -> None:
        """Put all that was done to slots in the order of the slots."""
        with self.database.transaction() as connection:
            effect.create(connection)
            in_order = sa.select(effect_heap).order_by(*effect_heap.c[:6])
            connection.execute(sa.insert(effect).from_select(_EFFECT, in_order))
            effect_heap.drop(connection)

    def shares(self, rows: int) -> list[tuple[str, str | None]]:
        """Ranges of subjects (from, until before) with about so many effects each, all together."""
        numbered = sa.select(
            effect.c.subject, sa.func.row_number().over(order_by=effect.c.subject).label("n")
        ).subquery()
        with self.database.snapshot() as connection:
            found = connection.scalars(
                sa.select(numbered.c.subject).where(numbered.c.n % rows == 0).order_by(numbered.c.n)
            )
            bounds = ["", *dict.fromkeys(found), None]
        return [(first, until) for first, until in pairwise(bounds) if first is not None]

    def effects(
        self, connection: sa.Connection, generation: int, share: tuple[str, str | None], size: int
    ) -> Iterator[Row]:
        """The effects on slots of these subjects, in the order of the slots, as whole rows of `effect`."""
        first, until = share
        within = self._effects_from if until is None else self._effects_between
        for rows in within.stream(connection, size, generation=generation, first=first, until=until):
            yield from rows

    def in_order(self, connection: sa.Connection, heap: sa.Table, generation: int, size: int) -> Iterator[list[Row]]:
        """What was noted in a heap, sorted, as whole rows of the table that it is for."""
        in_order = sa.select(_GENERATION, heap).order_by(*heap.c)
        if heap is word_heap:  # which many a statement says: since the first of them
            *key, since = heap.c
            in_order = sa.select(_GENERATION, *key, sa.func.min(since)).group_by(*key).order_by(*key)
        prepared = self.database.prepare(f"{heap.name} in order", in_order)
        return prepared.stream(connection, size, generation=generation)

    def concerns(self, connection: sa.Connection, size: int) -> Iterator[list[Row]]:
        """Of each subject its tag, where it was first mentioned, and where something of it last changed."""
        return self._concerns.stream(connection, size)

    def done(self, connection: sa.Connection, slot: Slot) -> list[Done]:
        """What was ever done to a slot."""
        rows = self._of_slot.all(connection, subject=slot[0], property=slot[1], key=slot[2])
        return [Done(effect_of(slot, fact), part, since, until) for part, since, until, fact in rows]

    def posts(self, connection: sa.Connection, post: str) -> list[Slot]:
        """The slots that ever said of a post (a tag) where it is."""
        return [(row[0], row[1], row[2]) for row in self._posts.all(connection, target=post)]

    def roots(self, connection: sa.Connection, ids: Iterable[str]) -> dict[str, str]:
        """The root of each of these ids that is an amendment's."""
        return dict(self._roots.all(connection, ids=self.database.listed(ids)))

    def amendments(self, connection: sa.Connection, roots: Iterable[str]) -> dict[str, Amendments]:
        """All amendments of those of these roots that have some."""
        found: dict[str, list[tuple[Amendment, int]]] = {}
        for root, *told, end in self._amendments.all(connection, roots=self.database.listed(roots)):
            found.setdefault(root, []).append((Amendment(*told), end))
        return dict(found)

    def aliases(self, connection: sa.Connection, tags: Iterable[str]) -> dict[str, list[tuple[int, int | None, str]]]:
        """Who answered when for those of these subjects that ever were aliases."""
        found: dict[str, list[tuple[int, int | None, str]]] = {}
        for subject, *told in self._aliases.all(connection, tags=self.database.listed(tags)):
            found.setdefault(subject, []).append((told[0], told[1], told[2]))
        return found
