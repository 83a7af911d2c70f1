"""The pages of a form: the form itself with what is wrong in it, and the preview of what recording it would change."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from events import words
from events.canonical import escape
from events.dates import Day
from events.errors import Fault
from events.event import Source
from events.queries import history, names, posts
from events.queries.question import Question
from events.rehearsing import Change, Rehearsal
from events.standing import KINDS as AMENDING
from events.subjects import SLUG_LENGTH_MAX, slug_fault
from events.words import listed
from feeds import entry
from service.access.sessions import Session
from service.answers import FOR_ONE, HTML, Answer
from service.node import Node
from service.pages import frame as framing
from service.pages import paths, render
from service.pages.forms import entering, lookup, showing, telling
from service.pages.forms.entering import Entered
from service.pages.forms.fields import Field
from service.pages.forms.lookup import Offer
from service.pages.forms.sheets import Sheet
from service.pages.forms.showing import Suggestion, View
from service.pages.texts import TEXTS, code, fill

SUGGESTING_MAX: Final = 20
"""Fields of one form for which it is looked up who may be meant."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to a form besides what is entered. `offer`: what was answered to the plans that are offered."""

    id: str
    offer: str = ""
    offers: tuple[Offer, ...] = ()
    faults: tuple[Fault, ...] = ()
    added: frozenset[str] = frozenset()
    focus: str = ""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    recorded_already: bool = False


class Unknown(msgspec.Struct, frozen=True):
    """A subject of which nothing is recorded yet: the words that say so, the field that names it (a pointer), and who
    else may be meant.
    """

    words: str
    pointer: str
    near: Sequence[Suggestion]


def form(node: Node, session: Session, sheet: Sheet, entered: Entered, state: Shown) -> Answer:
    """The page with the form."""
    day = today(node)
    with node.database.snapshot() as connection:
        question = node.queries.question(connection, None, None, node.clock())
        subjects = {
            tag
            for _, field, text in _texts(sheet.field, entered)
            if field.subject and (tag := lookup.tag_of(field.subject, text)) is not None
        }
        called = lookup.called(node, connection, subjects, question)

        def told(field: Field, text: str) -> str:
            if field.kind == "date":
                return showing.date_told(text, day)
            tag = lookup.tag_of(field.subject, text) if field.subject else None
            unknown = TEXTS.forms.unrecorded_subject if field.recorded else TEXTS.forms.unknown_subject
            return "" if tag is None else called.get(tag, unknown)

        view = showing.shown(sheet.field, entered, told=told, added=state.added, focus=state.focus)
        kinds, asked = set(), 0
        faulty = {fault.pointer for fault in state.faults}
        views = {each.name: each for each in showing.walk(view)}
        for each in views.values():
            if each.subject:
                kinds.add(each.subject)
                text = each.value.strip()
                if not text and each.named_by and each.name in faulty:
                    text = views[each.named_by].value.strip()
                if text and lookup.tag_of(each.subject, text) not in called and asked < SUGGESTING_MAX:
                    asked += 1
                    each.suggestions = lookup.suggestions(
                        node,
                        connection,
                        each.subject,
                        text,
                        question,
                        recorded=each.recorded,
                        body=_body(each, views),
                    )
        known = {kind: lookup.listed(node, connection, kind, question) for kind in sorted(kinds)}
    summary = showing.blame(view, _faults(view, state))
    summary += [("offer-0", fault.detail) for fault in state.faults if fault.pointer == "offer"]
    page = render(
        "fact_form.html",
        title=fill(TEXTS.forms.problem_title, title=sheet.title) if summary else sheet.title,
        sheet=sheet,
        form=view,
        parts={each.name.removeprefix("/"): each for each in view.children},
        state=state,
        summary=summary,
        known=known,
        paths=lookup.PATHS,
        id=state.id,
        **about(node, session, sheet.action),
    )
    return answer(page, state.status, *state.headers)


def preview(node: Node, session: Session, sheet: Sheet, entered: Entered, state: Shown, rehearsal: Rehearsal) -> Answer:
    """The page that tells what recording the fact would change; or that it is recorded already, as it is here."""
    event = rehearsal.events[0]
    fact = event.fact
    with node.database.snapshot() as connection:
        before = node.log.by_id(connection, [event.id]).get(event.id)
        question = node.queries.question(connection, None, None, node.clock())
        own = telling.new_names(rehearsal.changes)
        mentioned = entry.subject_tags(fact)
        found = lookup.called(node, connection, {*mentioned, *telling.tags(rehearsal)}, question)
        day = entry.naming_day(event, node.register)
        then = names.lookup(
            node.queries, connection, [(tag, question.moment.position, day) for tag in mentioned if tag in found]
        )
        unknown = _unknown(node, connection, sheet, entered, [tag for tag in mentioned if tag not in found], question)
        elsewhere = _elsewhere(node, connection, sheet, entered, found, question)
        amended = None
        if event.type in AMENDING:
            aim = node.log.by_id(connection, [fact.data.event]).get(fact.data.event)
            if aim is not None and aim.type in AMENDING:
                amended = aim.fact
            elif aim is not None:  # what stands of it goes
                amended = history.standing(node.queries, connection, [aim.id], question.moment)[aim.id].stated

    def called(tag: str) -> str:
        slug = tag.partition("/")[2]
        known = found.get(tag, slug)
        return own.get(tag, known) if known == slug else known

    def called_then(tag: str) -> str:
        return then.get((tag, question.moment.position, day)) or called(tag)

    told = fact.data.replacement if event.type == "fact.corrected" else fact
    page = render(
        "fact_preview.html",
        title=TEXTS.preview.title,
        sheet=sheet,
        recorded=before.position if before is not None else None,
        path=f"{node.path_prefix}/events/{event.id}",
        sentence=words.summary(fact, called_then, amended),
        date=showing.date_told(told.effective.edtf, today(node)) if told.effective is not None else "",
        unknown=unknown,
        untitled=_untitled(sheet, entered, rehearsal, found),
        subjects=[(called(tag), tag.partition("/")[0], paths.of(tag), tag in found) for tag in mentioned],
        elsewhere=elsewhere,
        typed=list(telling.typed(sheet.field, entered, called)),
        sources=[(each, _about_source(each, today(node))) for each in told.sources],
        note=told.note or fact.note,
        fulfils=told.fulfils,
        changes=telling.changes(rehearsal, called),
        warnings=telling.warnings(rehearsal.warnings, event.id, called),
        kept=[("id", state.id), ("offer", state.offer), *entering.pairs(sheet.field, entered)],
        **about(node, session, sheet.action),
    )
    return answer(page, 200, *state.headers)


def about(node: Node, session: Session, path: str) -> dict[str, Any]:
    """What all these pages take: the frame, with who is signed in, and a token for the form."""
    frame = framing.bare(node.path_prefix, node.register.title, path)
    return {
        "frame": msgspec.structs.replace(frame, person=session.principal.name),
        "form_token": session.form_token(node.sessions.entropy),
    }


def _faults(view: View, state: Shown) -> list[Fault]:
    """What is wrong in the fields; of a name where an identifier should stand, told by what is known of that name; of a
    short name that is missing with the title that it would be made from, told of that title.
    """
    views = {each.name: each for each in showing.walk(view)}
    told = []
    for fault in state.faults:
        field = views.get(fault.pointer)
        text = "" if field is None or field.kind != "subject" else field.value.strip()
        if field is not None and text and len(text) <= SLUG_LENGTH_MAX and "/" not in text and slug_fault(text):
            body = _body(field, views)
            words = lookup.refusal(text, field.suggestions, recorded=field.recorded, body=body)
            told.append(Fault(fault.pointer, words))
        elif field is not None and field.slug_of and not (field.value.strip() or views[field.slug_of].value.strip()):
            told.append(Fault(field.slug_of, TEXTS.forms.needs_title.format(label=field.label)))
        elif fault.pointer != "offer":
            told.append(fault)
    return told


def _body(view: View, views: Mapping[str, View]) -> str | None:
    """What the organisation of a post is written as; None of all that is no post of one."""
    return views[view.body].value.strip() if view.body else None


def _about_source(source: Source, today: Day) -> list[tuple[str, str]]:
    """What is said of a source besides its title, address and quote: labels and texts."""
    texts = TEXTS.sources
    parts = (
        (texts.publisher, source.publisher),
        (texts.published, source.published and showing.date_told(source.published, today)),
        (texts.accessed, source.accessed and showing.date_told(source.accessed, today)),
    )
    return [(label, text) for label, text in parts if text]


def _texts(field: Field, entered: Entered, pointer: str = "") -> list[tuple[str, Field, str]]:
    """The fields in which something stands: their pointers, themselves, and that."""
    if isinstance(entered, dict):
        return [
            each
            for name, below in entered.items()
            if name in field.children
            for each in _texts(entering.resolved(field.children[name], entered), below, f"{pointer}/{escape(name)}")
        ]
    if isinstance(entered, list):
        item = field.item
        return [each for n, below in enumerate(entered) if item for each in _texts(item, below, f"{pointer}/{n}")]
    return [(pointer, field, entered.strip())] if isinstance(entered, str) and entered.strip() else []


def _unknown(
    node: Node, connection: sa.Connection, sheet: Sheet, entered: Entered, tags: Sequence[str], question: Question
) -> list[Unknown]:
    """Those of whom nothing is recorded, as they are warned of."""
    fields: dict[str, tuple[str, Field]] = {}
    for pointer, field, text in _texts(sheet.field, entered):
        if field.subject and (tag := lookup.tag_of(field.subject, text)) is not None:
            fields.setdefault(tag, (pointer, field))
    told = []
    for n, tag in enumerate(tags):
        kind, _, slug = tag.partition("/")
        pointer, own = fields.get(tag, ("", None))
        is_asked = own is not None and n < SUGGESTING_MAX
        near = lookup.likely(node, connection, kind, slug, question) if is_asked else []
        text = TEXTS.preview.unrecorded if own is not None and own.recorded else TEXTS.preview.unknown
        told.append(Unknown(str(text.format(slug=slug, kind=code("kind", kind))), pointer, near))
    return told


def _elsewhere(
    node: Node,
    connection: sa.Connection,
    sheet: Sheet,
    entered: Entered,
    called: Mapping[str, str],
    question: Question,
) -> list[str]:
    """A warning of each post that is recorded as one of other organisations. `called`: the names of all recorded."""
    data = entered.get("data") if isinstance(entered, dict) else None
    if not isinstance(data, dict):
        return []
    told = []
    for name, field in sheet.field.children["data"].children.items():
        post, body = data.get(name), lookup.body_of(field, data)
        if not body or not isinstance(post, str):
            continue
        slug = post.strip()
        bodies = posts.bodies(node.queries, connection, [slug], question.moment).get(slug, [])
        own = node.queries.representative(connection, f"organisation/{body}", question.moment).partition("/")[2]
        if bodies and own not in bodies:
            names = lookup.called(node, connection, [f"organisation/{each}" for each in bodies], question)
            of, organisation = listed(list(names.values()) or bodies), called.get(f"organisation/{body}", body)
            told.append(str(TEXTS.preview.elsewhere.format(slug=slug, of=of, organisation=organisation)))
    return told


def _untitled(sheet: Sheet, entered: Entered, rehearsal: Rehearsal, known: Container[str]) -> list[str]:
    """What would begin by this fact with a title left out that the form has a field for: a warning for each. `known`:
    the tags of whom something is recorded.
    """
    data = entered.get("data") if isinstance(entered, dict) else None
    if not isinstance(data, dict):
        return []
    fields = sheet.field.children["data"].children
    told = []
    for name, field in fields.items():
        naming, slug = field.named_by or field.slug_of, data[name]
        if not naming or not isinstance(slug, str) or not slug.strip() or not entering.is_blank(data[naming]):
            continue
        own = [each for each in rehearsal.changes if each.key == slug.strip()]
        begins = lookup.tag_of(field.subject, slug.strip()) not in known if field.subject else _begin(own)
        if begins:
            told.append(str(TEXTS.preview.untitled.format(slug=slug.strip(), label=fields[naming].label)))
    return told


def _begin(changes: Sequence[Change]) -> bool:
    """Whether slots say something of which they said nothing before."""
    return any(each.after and not each.before for each in changes)


def today(node: Node) -> Day:
    """The day that it is in the register."""
    return node.register.today(node.clock())


def answer(page: bytes, status: int = 200, *headers: tuple[str, str]) -> Answer:
    """A page that is for one person; it is there again, with what was typed, when they go back to it."""
    return Answer(page, status=status, media_type=HTML, headers=[("cache-control", FOR_ONE), *headers])
