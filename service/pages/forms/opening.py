"""Which form an address means: of a type, of the correction or withdrawal of an event; and which types there are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Final
from urllib.parse import urlencode

import msgspec
import sqlalchemy as sa

from events.naming import folded
from events.queries import history
from events.subjects import KINDS
from events.vocabulary.defined import DEFINED_TYPE, Types
from service.access.sessions import Session
from service.api import appending
from service.api.event_history import known_id
from service.node import Node
from service.pages import paths
from service.pages.forms import entering, lookup, sheets
from service.pages.forms.fields import everyday_words, of_type, type_description, type_label
from service.pages.forms.sheets import Concern, Sheet
from service.pages.story import Story
from service.pages.texts import TEXTS, fill
from service.problems import NotFound

NOT_NEW: Final = frozenset({"fact.corrected", "fact.retracted"})
"""Types that are recorded from the page of the event that they are about."""


class Offered(msgspec.Struct, frozen=True):
    """A type that may be recorded: the address of its form, what it is called, what it does, and how it reads.

    `said`: what it is found by; `hidden`: that says nothing of what is looked for.
    """

    href: str
    label: str
    description: str
    sentence: str
    said: str
    hidden: bool


def groups(
    types: Types, session: Session, given: Mapping[str, str], wanted: str = ""
) -> list[tuple[str, list[Offered]]]:
    """The types that may be recorded, in their groups; what is `given` is passed on to the forms that have it.

    `wanted`: those are hidden that do not say all of these words.
    """
    found: dict[str, list[Offered]] = {title: [] for title in vars(TEXTS.facts.groups).values()}
    for kind in types.newest():
        if kind.name in NOT_NEW or not session.may(appending.scope_of(kind.name)):
            continue
        family = "own" if kind.definition is not None else kind.name.partition(".")[0]
        places = entering.fillable(of_type(kind))
        query = urlencode([(name, text) for name, text in given.items() if name in places])
        address = f"/facts/new/{kind.name}" + (f"?{query}" if query else "")
        title = getattr(TEXTS.facts.groups, family)
        says = (type_label(kind.name), type_description(kind), sheets.sentence(kind))
        said = folded(" ".join((kind.name, *says[:2], _without_labels(says[2]), everyday_words(kind.name))))
        hidden = not all(word in said for word in folded(wanted).split())
        found[title].append(Offered(address, *says, said, hidden))
    return [(title, each) for title, each in found.items() if each]


def _without_labels(sentence: str) -> str:
    """What a sentence says whatever its fields hold."""
    return re.sub("‹[^›]*›", "", sentence)


def subjects_of(node: Node, given: Mapping[str, str]) -> list[tuple[str, str]]:
    """The subjects that are given by their kinds: their names and paths."""
    tags = [tag for kind, slug in given.items() if kind in KINDS and (tag := lookup.tag_of(kind, slug)) is not None]
    with node.database.snapshot() as connection:
        question = node.queries.question(connection, None, None, node.clock())
        found = lookup.called(node, connection, tags, question)
    return [(found[tag], paths.of(tag)) for tag in tags if tag in found]


def new(node: Node, name: str) -> Sheet:
    """The form of a type. Raises NotFound."""
    types = types_of(node)
    kind = types.find(name)
    if kind is None:
        near = get_close_matches(name, types.names(), 1)
        advice = f"did you mean {near[0]}?" if near else "/facts/new lists those that there are"
        raise NotFound(f"there is no type {name[:80]}; {advice}")
    if name in NOT_NEW:
        raise NotFound(f"{name} is recorded from the page of the event that it is about: open that first")
    return sheets.new(kind, appending.scope_of(name))


def correction(node: Node, event_id: str) -> Sheet:
    """The form to correct the fact that an event tells of, or is a part of the story of. Raises NotFound."""
    id_ = known_id(event_id)
    with node.database.snapshot() as connection:
        types = node.queries.definitions.refresh(connection)
        story = _story(node, connection, id_)
    chain = story.chain
    if chain.stands is None:
        raise NotFound(TEXTS.correct.withdrawn)
    stands = story.fact(chain.stands)
    fact = chain.member(chain.stands).event.stated
    if fact.type == DEFINED_TYPE or fact.type.startswith("fact."):
        raise NotFound(TEXTS.correct.none)
    kind = types.find(fact.type) or fact.kind
    concerns = (Concern(TEXTS.correct.fact, stands.title, stands.href),)
    return sheets.correction(kind, chain.root, id_, sheets.as_stated(fact), concerns)


def withdrawal(node: Node, event_id: str) -> Sheet:
    """The form to withdraw an event. Raises NotFound."""
    id_ = known_id(event_id)
    with node.database.snapshot() as connection:
        story = _story(node, connection, id_)
    return sheets.withdrawal(id_, of_amendment=id_ != story.chain.root, concerns=tuple(_withdrawn(story, id_)))


def _story(node: Node, connection: sa.Connection, id_: str) -> Story:
    """The story that an event is a part of. Raises NotFound."""
    question = node.queries.question(connection, None, None, node.clock())
    chain = history.of(node.queries, node.log, connection, id_, question.moment)
    if chain is None:
        raise NotFound(f"no event bears the id {id_}")
    return Story(node, connection, chain, question)


def _withdrawn(story: Story, event_id: str) -> Iterator[Concern]:
    """What is withdrawn, and what stands once it is."""
    texts, chain = TEXTS.retract, story.chain
    now, then = story.now(), story.once_retracted(event_id)
    if event_id == chain.root:
        whole = now or story.event(chain.root)
        yield Concern(texts.fact, whole.title, whole.href)
    else:
        event = story.event(event_id)
        yield Concern(texts.amendment, event.title, event.href)
    if now == then:
        text = texts.unchanged if now is None else fill(texts.unchanged_fact, fact=now.title)
        yield Concern(texts.then, text)
    elif then is None:
        yield Concern(texts.then, texts.nothing if len(chain.members) == 1 else texts.nothing_of_all)
    else:
        yield Concern(texts.then, then.title, then.href)


def types_of(node: Node) -> Types:
    """All types that the log defines now."""
    with node.database.snapshot() as connection:
        return node.queries.definitions.refresh(connection)
