"""The pages of a form: the form itself with what is wrong in it, and the preview of what recording it would change."""

from __future__ import annotations

from typing import Any

import msgspec

from events import words
from events.dates import Day
from events.errors import Fault
from events.event import Source
from events.queries import names
from events.rehearsing import Rehearsal
from events.standing import KINDS as AMENDING
from events.subjects import SLUG_LENGTH_MAX, slug_fault
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
from service.pages.forms.showing import View
from service.pages.texts import TEXTS, fill


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


def form(node: Node, session: Session, sheet: Sheet, entered: Entered, state: Shown) -> Answer:
    """The page with the form."""
    day = today(node)
    with node.database.snapshot() as connection:
        question = node.queries.question(connection, None, None, node.clock())
        subjects = {
            tag
            for field, text in _texts(sheet.field, entered)
            if field.subject and (tag := lookup.tag_of(field.subject, text)) is not None
        }
        called = lookup.called(node, connection, subjects, question)

        def told(field: Field, text: str) -> str:
            if field.kind == "date":
                return showing.date_told(text, day)
            tag = lookup.tag_of(field.subject, text) if field.subject else None
            return "" if tag is None else called.get(tag, TEXTS.forms.unknown_subject)

        view = showing.shown(sheet.field, entered, told=told, added=state.added, focus=state.focus)
        kinds = set()
        for each in showing.walk(view):
            if each.subject:
                kinds.add(each.subject)
                tag = lookup.tag_of(each.subject, each.value.strip())
                if each.value.strip() and tag not in called:
                    each.suggestions = lookup.suggestions(node, connection, each.subject, each.value, question)
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


def preview(
    node: Node, session: Session, sheet: Sheet, entered: Entered, state: Shown, rehearsal: Rehearsal
) -> Answer | None:
    """The page that tells what recording the fact would change; None where it is recorded already, as it is here."""
    event = rehearsal.events[0]
    fact = event.fact
    with node.database.snapshot() as connection:
        if node.log.by_id(connection, [event.id]):
            return None
        question = node.queries.question(connection, None, None, node.clock())
        own = telling.new_names(rehearsal.changes)
        mentioned = entry.subject_tags(fact)
        found = lookup.called(node, connection, {*mentioned, *telling.tags(rehearsal)}, question)
        day = entry.naming_day(event, node.register)
        then = names.lookup(
            node.queries, connection, [(tag, question.moment.position, day) for tag in mentioned if tag in found]
        )
        amended = None
        if event.type in AMENDING:
            aim = node.log.by_id(connection, [fact.data.event]).get(fact.data.event)
            amended = aim.fact if aim is not None else None

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
        sentence=words.summary(fact, called_then, amended),
        date=showing.date_told(told.effective.edtf, today(node)) if told.effective is not None else "",
        unknown=[tag.partition("/") for tag in mentioned if tag not in found],
        subjects=[(called(tag), tag.partition("/")[0], paths.of(tag), tag in found) for tag in mentioned],
        typed=list(telling.typed(sheet.field, entered)),
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
    """What is wrong in the fields; of a name where an identifier should stand, told by what is known of that name."""
    views = {each.name: each for each in showing.walk(view) if each.kind == "subject"}
    told = []
    for fault in state.faults:
        field = views.get(fault.pointer)
        text = "" if field is None else field.value.strip()
        if field is not None and text and len(text) <= SLUG_LENGTH_MAX and "/" not in text and slug_fault(text):
            told.append(Fault(fault.pointer, lookup.refusal(text, field.suggestions)))
        elif fault.pointer != "offer":
            told.append(fault)
    return told


def _about_source(source: Source, today: Day) -> list[tuple[str, str]]:
    """What is said of a source besides its title, address and quote: labels and texts."""
    texts = TEXTS.sources
    parts = (
        (texts.publisher, source.publisher),
        (texts.published, source.published and showing.date_told(source.published, today)),
        (texts.accessed, source.accessed and showing.date_told(source.accessed, today)),
    )
    return [(label, text) for label, text in parts if text]


def _texts(field: Field, entered: Entered) -> list[tuple[Field, str]]:
    """The fields in which something stands, with it."""
    if isinstance(entered, dict):
        return [
            each
            for name, below in entered.items()
            if name in field.children
            for each in _texts(entering.resolved(field.children[name], entered), below)
        ]
    if isinstance(entered, list):
        return [each for below in entered if field.item is not None for each in _texts(field.item, below)]
    return [(field, entered.strip())] if isinstance(entered, str) and entered.strip() else []


def today(node: Node) -> Day:
    """The day that it is in the register."""
    return node.register.today(node.clock())


def answer(page: bytes, status: int = 200, *headers: tuple[str, str]) -> Answer:
    """A page that is for one person; it is there again, with what was typed, when they go back to it."""
    return Answer(page, status=status, media_type=HTML, headers=[("cache-control", FOR_ONE), *headers])
