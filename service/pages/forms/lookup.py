"""What a form asks the register about subjects: their names, which are meant, which plans are pending."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
import sqlalchemy as sa

from events.event import Fact
from events.facts import tags_of
from events.queries import initiatives, names, near, organisations, people, plans, posts, responsibilities, targets
from events.queries.listing import Filters, Noun, Page, listing
from events.queries.question import Question
from events.queries.search import EVER
from events.subjects import slug_fault, slug_like
from service.node import Node
from service.pages.forms import entering
from service.pages.forms.entering import Entered, is_blank
from service.pages.forms.fields import Field
from service.pages.forms.showing import Suggestion
from service.pages.texts import TEXTS

SUGGESTED_MAX: Final = 6
LISTED_MAX: Final = 200
"""In the list that a field offers where there is no script to ask for more."""
PLANS_MAX: Final = 100
NUMBERED_MAX: Final = 10
"""Posts of one organisation and title that are told apart by a number."""
NAMES_MAX: Final = 50
"""In one form, for which it is looked up whom they mean."""
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
    node: Node,
    connection: sa.Connection,
    kind: str,
    text: str,
    question: Question,
    *,
    recorded: bool = False,
    body: str | None = None,
) -> Sequence[Suggestion]:
    """Who may be meant by a text that is no identifier, or none that is known: first who bears that very name, or bore
    it once; where there is nobody those who are called almost so; last a new one. `recorded`: a new one makes no sense;
    nor is one offered where there is just one of that name, but for a post, which other organisations have too.

    body: of a post what its organisation is written as: only where that is an identifier a new one is offered.
    """
    said = text.replace("-", " ")[:QUERY_LENGTH_MAX].strip()
    if not said:
        return ()
    named = bearers(node, connection, kind, said, question)
    found = _names(node, connection, kind, named, question)
    items = listing(node.queries, connection, NOUNS[kind], question, Filters(q=said), Page(limit=SUGGESTED_MAX)).items
    found.update({each.id: each.name for each in items if each.id not in found})
    guess = "" if kind == "reference" else _guess(text, body)
    if guess and guess not in found:
        found.update(_names(node, connection, kind, [guess], question))
    known = [Suggestion(slug, name) for slug, name in found.items()][:SUGGESTED_MAX]
    known = _placed(node, connection, kind, known, question) or likely(node, connection, kind, said, question)
    if body is not None:
        guess = _free(node, connection, guess, question)
    may_be_new = not recorded and (body is not None or len(named) != 1) and guess not in found
    if guess and may_be_new and slug_fault(text.strip()) is not None:
        known.append(Suggestion(guess, guess, is_new=True))
    return known


def likely(node: Node, connection: sa.Connection, kind: str, text: str, question: Question) -> list[Suggestion]:
    """Who is called, or was once, almost as the text says, the likeliest first."""
    found = near.named(node.queries, connection, [NOUNS[kind].kind], text, question)
    known = [Suggestion(tag.partition("/")[2], name, is_near=True) for tag, name in found]
    return _placed(node, connection, kind, known, question)


def bearers(node: Node, connection: sa.Connection, kind: str, name: str, question: Question) -> list[str]:
    """The identifiers of those of a kind that are called just so, in any case, or were once."""
    ever = msgspec.structs.replace(question, as_of=EVER)
    return sorted(node.queries.selecting.called(connection, ever, NOUNS[kind].kind, name))


def _guess(text: str, body: str | None) -> str:
    """An identifier for what is called so; of a post it carries that of its organisation, without which there is none.

    Many organisations have a chief executive.
    """
    guess = slug_like(text)
    if not guess or body is None or guess.startswith(f"{body}-"):
        return guess
    return slug_like(f"{body} {guess}") if is_identifier(body) else ""


def _free(node: Node, connection: sa.Connection, guess: str, question: Question) -> str:
    """The same with a number behind it, where another post has it already."""
    numbered = (guess, *(f"{guess}-{n}" for n in range(2, NUMBERED_MAX)))
    free = (each for each in numbered if not node.queries.mentioned(connection, f"post/{each}", question.moment))
    return next(free, "") if guess else ""


def _placed(
    node: Node, connection: sa.Connection, kind: str, known: list[Suggestion], question: Question
) -> list[Suggestion]:
    """The same; posts with the organisations that they are in."""
    if kind != "post":
        return known
    found = posts.bodies(node.queries, connection, [each.slug for each in known], question.moment)
    names = _names(node, connection, "organisation", {each for those in found.values() for each in those}, question)
    return [
        msgspec.structs.replace(each, of=", ".join(names[body] for body in found.get(each.slug, ()) if body in names))
        for each in known
    ]


def identified(node: Node, field: Field, entered: Entered) -> Entered:
    """The same with names in the place of identifiers made into such: into that of who alone is called so, or was
    once; or, where nobody is called so nor almost so, into a new one, if this fact is what its subject may begin with.

    Who is called so is a matter of the kind; of a post also of its organisation, since many have one that is called
    so. The preview shows who is meant.
    """
    with node.database.snapshot() as connection:
        question = node.queries.question(connection, None, None, node.clock())
        asked = _Asked(node, connection, question)
        return _begun(asked, field, asked.meant(field, entered))


class _Asked:
    """Who is meant by the names in one form."""

    def __init__(self, node: Node, connection: sa.Connection, question: Question) -> None:
        self.node, self.connection, self.question = node, connection, question
        self._left = NAMES_MAX

    def meant(self, field: Field, entered: Entered, body: Entered = "") -> Entered:
        """What is entered with identifiers for names; organisations come before their posts."""
        if isinstance(entered, dict):
            made = dict(entered)
            parts = {name: entering.resolved(field.children[name], made) for name in made if name in field.children}
            for name, part in sorted(parts.items(), key=lambda each: bool(each[1].body)):
                made[name] = self.meant(part, made[name], made.get(part.body, ""))
            return made
        if isinstance(entered, list):
            return [self.meant(field.item, each) for each in entered] if field.item is not None else entered
        if isinstance(entered, str) and field.subject and self._left and self._is_name(field, entered.strip()):
            self._left -= 1
            return self._alone(field, entered.strip(), body) or entered
        return entered

    def _is_name(self, field: Field, text: str) -> bool:
        """Whether a text is no identifier, or none by which something is recorded, but may be a name."""
        if not is_identifier(text):
            return _is_name(text)
        tag = tag_of(field.subject, text)
        return tag is not None and not self.node.queries.mentioned(self.connection, tag, self.question.moment)

    def _alone(self, field: Field, name: str, body: Entered) -> str | None:
        """The identifier of the one who is called so."""
        found = bearers(self.node, self.connection, field.subject, name, self.question)
        if field.body:
            found = self._of_body(found, body)
        return found[0] if len(found) == 1 else None

    def _of_body(self, found: list[str], body: Entered) -> list[str]:
        """Those posts that are in an organisation."""
        if not isinstance(body, str) or not is_identifier(body.strip()):
            return []
        queries, moment = self.node.queries, self.question.moment
        own = queries.representative(self.connection, f"organisation/{body.strip()}", moment).partition("/")[2]
        bodies = posts.bodies(queries, self.connection, found, moment)
        return [slug for slug in found if own in bodies.get(slug, ())]


def _begun(asked: _Asked, field: Field, entered: Entered) -> Entered:
    """The same with words made into the identifiers of what begins with this fact: nothing that is recorded is called
    so, nor almost so. The words then say what it is called, unless that is said already.

    Never of an organisation, about which so much is recorded by its identifier: that is asked.
    """
    data = entered.get("data") if isinstance(entered, dict) else None
    if not isinstance(entered, dict) or not isinstance(data, dict):
        return entered
    fields = field.children["data"].children
    made = dict(data)
    for name, text in ((name, text) for name in fields if (text := _words(fields[name], data[name]))):
        own, body = fields[name], body_of(fields[name], data)
        offered = suggestions(asked.node, asked.connection, own.subject, text, asked.question, body=body)
        if offered and all(each.is_new for each in offered):
            made[name] = offered[0].slug
            if is_blank(made[own.named_by]):
                made[own.named_by] = text
    return {**entered, "data": made}


def body_of(field: Field, data: Mapping[str, Entered]) -> str | None:
    """What stands where the organisation of a post is named; None of all that is no post of one."""
    if not field.body:
        return None
    text = data.get(field.body, "")
    return text.strip() if isinstance(text, str) else ""


def is_identifier(text: str) -> bool:
    """Whether a text is written as an identifier."""
    return slug_fault(text) is None


def _words(field: Field, entered: Entered) -> str:
    """What stands in the place of an identifier, where that may become one."""
    if not field.named_by or field.recorded or field.subject == "organisation" or not isinstance(entered, str):
        return ""
    return entered.strip() if _is_name(entered) else ""


def _is_name(entered: str) -> bool:
    """Whether what stands in the place of an identifier is none, but may be a name."""
    text = entered.strip()
    return bool(text) and len(text) <= QUERY_LENGTH_MAX and "/" not in text and not is_identifier(text)


def _names(
    node: Node, connection: sa.Connection, kind: str, slugs: Iterable[str], question: Question
) -> dict[str, str]:
    """The names of those of these that are recorded, by their identifiers."""
    plain = NOUNS[kind].kind
    wanted = list(slugs)
    found = called(node, connection, [f"{plain}/{slug}" for slug in wanted], question)
    return {slug: found[tag] for slug in wanted if (tag := f"{plain}/{slug}") in found}


def refusal(text: str, offered: Sequence[Suggestion], *, recorded: bool = False, body: str | None = None) -> str:
    """Why a text that stands where an identifier should is refused, and what to do: never to make a new subject where
    another may be meant. `body`: as of `suggestions`.
    """
    texts = TEXTS.forms
    known = [each for each in offered if not each.is_new]
    if not known:
        if body is not None and not recorded and not is_identifier(body):
            return str(texts.is_of_nobody.format(text=text))
        return str((texts.is_not_recorded if recorded else texts.is_no_name).format(text=text))
    return str((texts.is_like_a_name if known[0].is_near else texts.is_some_name).format(text=text))


def listed(node: Node, connection: sa.Connection, kind: str, question: Question) -> Sequence[Suggestion]:
    """The first of a kind, by identifier."""
    found = listing(node.queries, connection, NOUNS[kind], question, Filters(), Page(limit=LISTED_MAX)).items
    return _placed(node, connection, kind, [Suggestion(each.id, each.name) for each in found], question)


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
