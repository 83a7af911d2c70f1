"""What facts changed: what was there before, and what is there now, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
import sqlalchemy as sa

from events import words
from events.date_words import edtf_in_words
from events.dates import BEGINNING
from events.event import Event, RecordedFact
from events.held import Slot
from events.log import Log
from events.queries import Queries, earlier
from events.standing import KINDS as AMENDMENTS
from events.vocabulary import effects
from events.vocabulary.amendments import Corrected
from feeds.selections import Held

SHOWN: Final[Mapping[str, str]] = {
    "name": "Legal name",
    "classifications": "Classification",
    "stage": "Stage",
    "due": "Due",
    "status": "Status of the {kind}",
    "attributes": "",  # the key says which
}
"""The properties of which the value before is told, and what they are called."""


class Change(msgspec.Struct, frozen=True):
    """One thing before and after. `what` it is, where it is not the fact as a whole; `after` is null if it is gone."""

    what: str | None
    before: str
    after: str | None


def changes(
    queries: Queries,
    connection: sa.Connection,
    held: Sequence[Held],
    names: Mapping[str, words.Names],
    generation: int,
) -> dict[str, tuple[Change, ...]]:
    """What each of these events changed, by their ids, where there was something before. names: as each names it.

    generation: of the state.
    """
    aims = {each.event.id: each.event.fact.data.event for each in held if each.event.type in AMENDMENTS}
    amended = Log(queries.database).by_id(connection, set(aims.values())) if aims else {}
    found: dict[str, tuple[Change, ...]] = {
        each.event.id: (_amendment(each.event, amended[aims[each.event.id]].fact, names[each.event.id]),)
        for each in held
        if each.event.id in aims
    }
    wanted = {each.event.id: list(_set(each)) for each in held if each.event.id not in aims}
    before = earlier.lookup(queries, connection, {asked for each in wanted.values() for asked, _ in each}, generation)
    for id_, each in wanted.items():
        made = tuple(
            Change(_called(asked[0]), _or(_shown(asked[0], value) for value in before[asked]), _shown(asked[0], after))
            for asked, after in each
            if before[asked] and before[asked] != [after]
        )
        if made:
            found[id_] = made
    return found


def retracted(queries: Queries, connection: sa.Connection, held: Sequence[Held]) -> dict[str, RecordedFact]:
    """What the retractions among the events withdraw, by their ids."""
    aims = {each.event.id: each.event.fact.data.event for each in held if each.event.type == "fact.retracted"}
    if not aims:
        return {}
    events = Log(queries.database).by_id(connection, aims.values())
    return {id_: events[aim].fact for id_, aim in aims.items()}


def _amendment(event: Event, before: RecordedFact, names: words.Names) -> Change:
    data = event.fact.data
    after = words.title(data.replacement, names) if isinstance(data, Corrected) else None
    return Change(None, words.title(before, names), after)


def _set(held: Held) -> Iterable[tuple[earlier.Wanted, str | None]]:
    """The values that a fact sets, each with the slot, when it is known, and the day before the fact's first."""
    for effect in effects(held.event.fact, held.event.id, (held.event.id,)):
        slot, fact = (effect.subject, effect.property, effect.key), effect.fact
        if fact.effect == "set" and effect.property in SHOWN and fact.earliest > BEGINNING:
            yield (slot, held.append_end, fact.earliest - 1), fact.value


def _called(slot: Slot) -> str:
    return SHOWN[slot[1]].format(kind=slot[0].partition("/")[0]) or slot[2]


def _shown(slot: Slot, value: str | None) -> str | None:
    """A value (canonical JSON) as people write it."""
    if value is None:
        return None
    decoded = msgspec.json.decode(value)
    if isinstance(decoded, dict) and slot[1] in decoded:  # such as {"status": "withdrawn", "reason": "…"}
        further = (f"{name.replace('_', ' ')} {told}" for name, told in decoded.items() if name != slot[1])
        return ", ".join((decoded[slot[1]], *further))
    if not isinstance(decoded, str):
        return value
    return edtf_in_words(decoded) if slot[1] == "due" else decoded


def _or(shown: Iterable[str | None]) -> str:
    return " or ".join(each for each in shown if each is not None)
