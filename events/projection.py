"""Statements kept in step with the log, in the append's own transaction.

For each append, in order: what stands after it (`standing`), which slots that touches (`slots`), what those say now
(`state`), and what of it differs from before. Only the difference is written: a statement that no longer holds gets
`recorded_to`, a new one `recorded_from`, both the last position of the append; so every earlier answer can be given
again for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import sqlalchemy as sa

from events.anomalies import Anomaly
from events.changes import Changes
from events.database import Database
from events.definitions import at_hand
from events.errors import OrglineError
from events.event import RecordedFact
from events.folding import Fold
from events.log import Written
from events.replaying import fact_of
from events.slots import Slots
from events.statements import Sql, Stored

VERSION: Final = 2  # grows whenever the same log would give other statements; `orgline rebuild` then makes them anew


class StateVersion(OrglineError):
    """The state was made by another version of Orgline, so what it says may not be what this one would say."""

    code = "state-version"

    def __init__(self, version: int) -> None:
        if version < VERSION:
            advice = f"an older version of Orgline ({version}, this one needs {VERSION}): run `orgline rebuild`"
        else:
            advice = f"a newer version of Orgline ({version}, this one knows {VERSION}): run that version here too"
        super().__init__(f"the state was made by {advice}")


class StrictlyRefused(OrglineError):
    """The client asked with `strict`, and something about the facts is odd."""

    code = "odd-facts"

    def __init__(self, warnings: Sequence[Anomaly]) -> None:
        super().__init__("the facts do not fit what is recorded, and strict was asked: see the warnings")
        self.warnings = tuple(warnings)


class Context(msgspec.Struct, frozen=True):
    """What goes with an append besides its records: the facts as decoded, and whether odd ones are refused."""

    facts: tuple[RecordedFact, ...]
    strict: bool = False


class Projection:
    """The follower of the log that keeps the current generation of statements."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.sql = Sql(database)

    def follow(self, connection: sa.Connection, written: Sequence[Written]) -> list[list[Anomaly]]:
        """Fold the appends of one commit in; for each the warnings about its facts.

        Raises StrictlyRefused; StateVersion where another version has made the state anew; UnreadableLog.
        """
        generation, fold, warnings = self._folded(connection, written)
        self.sql.write(connection, generation, fold.changes)
        position = written[-1].events[-1].position
        self.sql.advance.many(connection, [(position, fold.changes.statements, generation)])
        return warnings

    def rehearse(self, connection: sa.Connection, written: Written) -> tuple[list[Anomaly], Changes]:
        """What `follow` would answer to an append that the log does not hold yet, and what it would write.

        Raises as `follow` does.
        """
        _, fold, (warnings,) = self._folded(connection, [written])
        return warnings, fold.changes

    def _folded(self, connection: sa.Connection, written: Sequence[Written]) -> tuple[int, Fold, list[list[Anomaly]]]:
        """The current generation, and the appends folded on it, for each the warnings."""
        row = self.sql.current.one(connection)
        assert row is not None, "the first migration makes the first generation"
        generation, statements, version, equated = row
        if version != VERSION:
            raise StateVersion(version)
        stored = Stored(self.sql, self._database, connection, generation)
        fold = Fold(Slots(stored), stored, statements, equated=bool(equated))
        commits = [(each, self._facts(connection, each)) for each in written]
        fold.prepare(fact for _, facts in commits for fact in facts)
        warnings = []
        for each, facts in commits:
            found = fold.append(each.events, facts)
            if found and isinstance(each.append.context, Context) and each.append.context.strict:
                raise StrictlyRefused(found)
            warnings.append(found)
        return generation, fold, warnings

    def _facts(self, connection: sa.Connection, written: Written) -> tuple[RecordedFact, ...]:
        context = written.append.context
        if isinstance(context, Context):
            return context.facts
        at_hand(self._database, connection, (event.body for event in written.events))
        return tuple(map(fact_of, written.events))


def check_version(database: Database) -> None:
    """Raises StateVersion unless the state was made by this version."""
    with database.snapshot() as connection:
        row = Sql(database).current.one(connection)
    assert row is not None, "the first migration makes the first generation"
    if row[2] != VERSION:
        raise StateVersion(row[2])
