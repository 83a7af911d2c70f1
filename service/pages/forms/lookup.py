"""What a form asks the register about subjects: their names, which are meant, which plans are pending."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
import sqlalchemy as sa

from events.event import Fact
from events.facts import tags_of
from events.naming import folded
from events.queries import initiatives, names, organisations, people, plans, posts, responsibilities, targets
from events.queries.listing import Filters, Noun, Page, listing
from events.queries.question import Question
from events.subjects import slug_fault, slug_like
from service.node import Node
from service.pages.forms.showing import Suggestion
from service.pages.texts import TEXTS

SUGGESTED_MAX: Final = 6
LISTED_MAX: Final = 200
"""In the list that a field offers where there is no script to ask for more."""
PLANS_MAX: Final = 100
OPEN: Final = ("pending", "overdue", "partly_fulfilled")
QUERY_LENGTH_MAX: Final = 200

NOUNS: Final[Mapping[str, Noun]] = {
    "organisation": organisations.LISTED,
    "person": people.LISTED,
    "post": posts.LISTED,
    "plan": plans.LISTED,
    "initiative": initiatives.LISTED,
    "target": targets.LISTED,
    "responsibility": responsibilities.LISTED,
    "reference": organisations.LISTED,
}
PATHS: Final[Mapping[str, str]] = {
    "organisation": "/organisations",
    "person": "/people",
    "post": "/posts",
    "plan": "/plans",
    "initiative": "/initiatives",
    "target": "/targets",
    "responsibility": "/responsibilities",
    "reference": "/organisations",
}
"""Where each kind is searched by `q`."""


class Offer(msgspec.Struct, frozen=True):
    """A plan that a fact may bring about."""

    plan: str
    title: str


def tag_of(kind: str, text: str) -> str | None:
    """The tag of the subject that a field of this kind names; None where the text names none."""
    tag = text if kind == "reference" and "/" in text else f"{'organisation' if kind == 'reference' else kind}/{text}"
    kind, _, slug = tag.partition("/")
    return tag if kind in NOUNS and kind != "reference" and slug_fault(slug) is None else None


def called(node: Node, connection: sa.Connection, tags: Iterable[str], question: Question) -> Mapping[str, str]:
    """The names of those of these subjects that an event mentions."""
    position, day = question.moment.position, question.as_of.last
    known = [tag for tag in set(tags) if node.queries.mentioned(connection, tag, question.moment)]
    found = names.lookup(node.queries, connection, [(tag, position, day) for tag in known]) if known else {}
    return {tag: found.get((tag, position, day), tag.partition("/")[2]) for tag in known}


def suggestions(
    node: Node, connection: sa.Connection, kind: str, text: str, question: Question
) -> Sequence[Suggestion]:
    """Who may be meant by a text that is no identifier, or none that is known: first who bears that very name, last a
    new one, unless there is just one of that name.
    """
    said = text.replace("-", " ")[:QUERY_LENGTH_MAX].strip()
    if not said:
        return ()
    found: dict[str, str] = {}
    for filters in (Filters(name=said), Filters(q=said)):
        items = listing(node.queries, connection, NOUNS[kind], question, filters, Page(limit=SUGGESTED_MAX)).items
        found.update({each.id: each.name for each in items if each.id not in found})
    named = [slug for slug, name in found.items() if folded(name) == folded(text.strip())]
    known = [Suggestion(slug, name, is_exact=named == [slug]) for slug, name in found.items()]
    known = sorted(known, key=lambda each: each.slug not in named)[:SUGGESTED_MAX]
    guess = slug_like(text)
    may_be_new = guess and guess not in found and len(named) != 1 and kind != "reference"
    if may_be_new and slug_fault(text.strip()) is not None:
        known.append(Suggestion(guess, guess, is_new=True))
    return known


def refusal(text: str, offered: Sequence[Suggestion]) -> str:
    """Why a text that stands where an identifier should is refused, and what to do: never to make a new subject where
    another may be meant.
    """
    for each in offered:
        if each.is_exact:
            return str(TEXTS.forms.is_name.format(slug=each.slug, name=each.name))
    is_known = any(not each.is_new for each in offered)
    return str((TEXTS.forms.is_some_name if is_known else TEXTS.forms.is_no_name).format(text=text))


def listed(node: Node, connection: sa.Connection, kind: str, question: Question) -> Sequence[Suggestion]:
    """The first of a kind, by identifier."""
    found = listing(node.queries, connection, NOUNS[kind], question, Filters(), Page(limit=LISTED_MAX)).items
    return [Suggestion(each.id, each.name) for each in found]


def offers(node: Node, fact: Fact) -> list[Offer]:
    """The plans that are still open, of an organisation that the fact names, and announce a change of its type."""
    with node.database.snapshot() as connection:
        return _offers(node, connection, fact, node.queries.question(connection, None, None, node.clock()))


def _offers(node: Node, connection: sa.Connection, fact: Fact, question: Question) -> list[Offer]:
    concerned = {tag.partition("/")[2] for tag in tags_of(fact) if tag.startswith("organisation/")}
    found: dict[str, Offer] = {}
    for organisation in sorted(concerned):
        for status in OPEN:
            asked = Filters(organisation=organisation, status=status)
            for each in listing(node.queries, connection, plans.LISTED, question, asked, Page(limit=PLANS_MAX)).items:
                if each.id not in found and _announces(node, connection, each.id, fact, concerned, question):
                    found[each.id] = Offer(each.id, each.name)
    return list(found.values())


def _announces(
    node: Node, connection: sa.Connection, plan: str, fact: Fact, concerned: set[str], question: Question
) -> bool:
    state = plans.state(node.queries, connection, plan, question)
    return state is not None and any(
        each["change"] == fact.type and concerned.intersection(_texts(each.get("draft", {})))
        for each in state.plan.changes
    )


def _texts(draft: Mapping[str, object]) -> set[str]:
    values = (each for value in draft.values() for each in (value if isinstance(value, list) else (value,)))
    return {each.removeprefix("organisation/") for each in values if isinstance(each, str)}
