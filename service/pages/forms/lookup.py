"""What a form asks the register about subjects: their names, which are meant, which plans are pending."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
import sqlalchemy as sa

from events.event import Fact
from events.facts import tags_of
from events.naming import folded
from events.queries import initiatives, names, near, organisations, people, plans, posts, responsibilities, targets
from events.queries.listing import Filters, Noun, Page, listing
from events.queries.question import Question
from events.subjects import slug_fault, slug_like
from service.node import Node
from service.pages.forms.entering import Entered, is_blank
from service.pages.forms.fields import Field
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
    node: Node, connection: sa.Connection, kind: str, text: str, question: Question, *, recorded: bool = False
) -> Sequence[Suggestion]:
    """Who may be meant by a text that is no identifier, or none that is known: first who bears that very name, where
    there is nobody those who are called almost so, last a new one. `recorded`: a new one makes no sense; nor is one
    offered where there is just one of that name.
    """
    said = text.replace("-", " ")[:QUERY_LENGTH_MAX].strip()
    if not said:
        return ()
    found: dict[str, str] = {}
    for filters in (Filters(name=said), Filters(q=said)):
        items = listing(node.queries, connection, NOUNS[kind], question, filters, Page(limit=SUGGESTED_MAX)).items
        found.update({each.id: each.name for each in items if each.id not in found})
    guess = slug_like(text)
    if kind != "reference" and guess and guess not in found:
        found.update(_by_slug(called(node, connection, [f"{kind}/{guess}"], question)))
    named = [slug for slug, name in found.items() if folded(name) == folded(text.strip())]
    known = [Suggestion(slug, name, is_exact=named == [slug]) for slug, name in found.items()]
    known = sorted(known, key=lambda each: each.slug not in named)[:SUGGESTED_MAX]
    if not known:
        known = likely(node, connection, kind, said, question)
    may_be_new = guess and not recorded and guess not in found and len(named) != 1 and kind != "reference"
    if may_be_new and slug_fault(text.strip()) is not None:
        known.append(Suggestion(guess, guess, is_new=True))
    return known


def likely(node: Node, connection: sa.Connection, kind: str, text: str, question: Question) -> list[Suggestion]:
    """Who is called, or was once, almost as the text says, the likeliest first."""
    found = near.named(node.queries, connection, [NOUNS[kind].kind], text, question)
    return [Suggestion(tag.partition("/")[2], name, is_near=True) for tag, name in found]


def begun(node: Node, field: Field, entered: Entered) -> Entered:
    """The same with words in the place of identifiers made into such, where they can mean nothing but what begins with
    this fact: nothing that is recorded is called so, nor almost so. The words then say what it is called, unless that
    is said already.

    Never of an organisation, about which so much is recorded by its identifier: that is asked.
    """
    data = entered.get("data") if isinstance(entered, dict) else None
    if not isinstance(entered, dict) or not isinstance(data, dict):
        return entered
    fields = field.children["data"].children
    words = {name: text for name in fields if (text := _words(fields[name], data[name]))}
    if not words:
        return entered
    made = dict(data)
    with node.database.snapshot() as connection:
        question = node.queries.question(connection, None, None, node.clock())
        for name, text in words.items():
            offered = suggestions(node, connection, fields[name].subject, text, question)
            if offered and all(each.is_new for each in offered):
                made[name] = offered[0].slug
                if is_blank(made[fields[name].named_by]):
                    made[fields[name].named_by] = text
    return {**entered, "data": made}


def _words(field: Field, entered: Entered) -> str:
    """What stands in the place of an identifier, where that may become one."""
    if not field.named_by or field.recorded or field.subject == "organisation" or not isinstance(entered, str):
        return ""
    text = entered.strip()
    return text if text and len(text) <= QUERY_LENGTH_MAX and "/" not in text and slug_fault(text) else ""


def _by_slug(names: Mapping[str, str]) -> dict[str, str]:
    return {tag.partition("/")[2]: name for tag, name in names.items()}


def refusal(text: str, offered: Sequence[Suggestion], *, recorded: bool = False) -> str:
    """Why a text that stands where an identifier should is refused, and what to do: never to make a new subject where
    another may be meant.
    """
    texts = TEXTS.forms
    for each in offered:
        if each.is_exact:
            return str(texts.is_name.format(slug=each.slug, name=each.name))
    known = [each for each in offered if not each.is_new]
    if not known:
        return str((texts.is_not_recorded if recorded else texts.is_no_name).format(text=text))
    return str((texts.is_like_a_name if known[0].is_near else texts.is_some_name).format(text=text))


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
