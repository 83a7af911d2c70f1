"""Archives: the full, frozen documents of a feed, rendered once and kept.

What a feed has published must never change, whatever becomes of the programs that wrote it: a new version of a library
may order attributes in another way. So an archive is rendered when it is first asked for, compressed, and from then on
answered from its row. Appends have nothing to do with it.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from hashlib import sha256
from typing import Final

import msgspec
import sqlalchemy as sa

from events import tables
from events.database import Database
from events.queries import Queries
from events.register import Register
from feeds import documents
from feeds.documents import Document
from feeds.selections import Selection

COMPRESSION: Final = 9

archive = sa.Table(
    "archive",
    tables.metadata,
    sa.Column("path", tables.Key, nullable=False),  # of the feed, such as organisations/nhsx
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("form", tables.Key, nullable=False),  # atom | json
    sa.Column("published_at", sa.BigInteger, nullable=False),  # recorded time of its last event; microseconds
    sa.Column("digest", sa.LargeBinary, nullable=False),  # SHA-256 of the bytes
    sa.Column("compressed", sa.LargeBinary, nullable=False),  # by gzip
    sa.PrimaryKeyConstraint("path", "number", "form"),
)


class Archive(msgspec.Struct, frozen=True):
    """An archive as it is kept. `published_at`: the recorded time of its last event, in microseconds since 1970 UTC."""

    published_at: int
    digest: bytes
    compressed: bytes

    def content(self) -> bytes:
        """The bytes of the document."""
        return gzip.decompress(self.compressed)


def kept(database: Database, connection: sa.Connection, selection: Selection, number: int, form: str) -> Archive | None:
    """An archive that was rendered before."""
    row = database.prepare("archive", _KEPT).one(connection, path=selection.path, number=number, form=form)
    return None if row is None else Archive(row[0], bytes(row[1]), bytes(row[2]))


def publish(
    queries: Queries,
    register: Register,
    selection: Selection,
    number: int,
    form: str,
    render: Callable[[Document], bytes],
) -> Archive | None:
    """An archive, rendered and kept now unless somebody else was quicker; None where there is none with this number."""
    database = queries.database
    with database.snapshot() as connection:
        found = kept(database, connection, selection, number, form)
        document = None if found else documents.archive(queries, connection, register, selection, number)
    if document is None:
        return found
    content = render(document)
    row = (
        *(selection.path, number, form, document.updated),
        *(sha256(content).digest(), gzip.compress(content, COMPRESSION, mtime=0)),
    )
    with database.transaction() as connection:
        database.insert_missing(archive).many(connection, [row])
        return kept(database, connection, selection, number, form)


_KEPT: Final = sa.select(archive.c.published_at, archive.c.digest, archive.c.compressed).where(
    *(archive.c[name] == sa.bindparam(name) for name in ("path", "number", "form"))
)
