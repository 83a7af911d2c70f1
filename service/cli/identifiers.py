"""The identifiers of a register, for a shell that completes one: in a blink, and without a trace.

SQLAlchemy takes longer to load than anybody waits for a Tab, and opening a database as the service does may change it.
So a file of SQLite is read here by Python's own module, which does not make one.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

IDENTIFIERS_MAX: Final = 100
"""How many a shell is given to choose from."""
LOCK_WAIT_S_MAX: Final = 0.2
CONNECT_S_MAX: Final = 2  # the least that PostgreSQL's library takes
SQLITE: Final = "sqlite:///"

_BEGINNING_WITH: Final = """
    SELECT subject.id FROM subject JOIN projection ON projection.generation = subject.generation AND projection.current
    WHERE subject.kind = {0} AND subject.id >= {0} AND subject.id < {0} ORDER BY subject.id LIMIT {0}
"""


def beginning_with(address: str, kind: str, begun: str) -> list[str]:
    """The first identifiers of a kind that begin so, in order; none where there is no database.

    address: the database's URL. Raises whatever the database raises.
    """
    arguments = (kind, begun, begun + "\U0010ffff", IDENTIFIERS_MAX)
    if not address.startswith(SQLITE):
        return _of_server(address, arguments)
    file = Path(address.removeprefix(SQLITE).partition("?")[0])
    if not file.is_file():
        return []
    # As one who may write: whoever may not leaves the files behind that are made beside a register that is read.
    location = f"{file.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(location, uri=True, timeout=LOCK_WAIT_S_MAX)) as connection:
        connection.execute("PRAGMA query_only = true")
        return [row[0] for row in connection.execute(_BEGINNING_WITH.format("?"), arguments)]


def _of_server(address: str, arguments: tuple[str, str, str, int]) -> list[str]:
    import psycopg  # noqa: PLC0415 (which a file does not need)
    from sqlalchemy.engine import make_url  # noqa: PLC0415

    where = make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(where, connect_timeout=CONNECT_S_MAX) as connection:
        return [row[0] for row in connection.execute(_BEGINNING_WITH.format("%s"), arguments)]
