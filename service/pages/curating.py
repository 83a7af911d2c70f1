"""Adding facts in a browser, correcting and withdrawing them: forms that work without a script.

One form goes back and forth: what is typed comes back with every answer, whatever is wrong with it, until it is
recorded. The id of the event is made when the form is first shown, so sending it twice records it once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

import msgspec
from litestar import Controller, Request, get, post
from litestar.params import FromPath

from events import facts
from events.dcb import Appended, IdConflict
from events.errors import Fault, OrglineError
from events.event import Event, new_id
from events.facts import InvalidFacts
from events.mirrors import ReadOnlyMirror
from events.queries.history import Chain
from events.vocabulary.defined import DEFINED_TYPE
from events.vocabulary.language import is_event_id
from service.access import same_origin
from service.access.authority import require
from service.access.sessions import Session, cookies, signed_in
from service.access.tries import TooManyTries
from service.answers import Answer
from service.api import appending
from service.node import Node
from service.pages import frame as framing
from service.pages import render, sign_in, story
from service.pages.forms import body, entering, lookup, opening, rendering
from service.pages.forms.body import Posted
from service.pages.forms.entering import Entered
from service.pages.forms.rendering import Shown
from service.pages.forms.sheets import Sheet
from service.pages.frame import Link
from service.pages.texts import TEXTS, fill
from service.problems import KINDS, UnknownParameter

RECORDED_COOKIE: Final = "orgline_recorded"
RECORDED_SHOWN_S: Final = 60
AGAIN: Final = ".again"
"""Follows the id in that cookie where the event had been recorded before."""
RANDOM_BYTES_OF_ID: Final = 10
CONTROLS: Final = frozenset({"do", "form_token", "sign_in_token"})
"""Fields that are about the sending, not about the fact."""
SheetOf = Callable[[Node, str], Sheet]
"""From what the address names (a type, an event) to the form."""


class Panel(msgspec.Struct, frozen=True):
    """What the page of an event offers to whom is signed in. `recorded`: they have just recorded it; `again`: or sent
    it once more, when it was recorded already.
    """

    offers: Sequence[Link]
    recorded: bool
    again: bool


class CuratingController(Controller):
    """The forms."""

    path = "/"
    include_in_schema = False

    @get("/facts/new")
    async def choose(self, request: Request[Any, Any, Any]) -> Answer:
        """The types of facts in their groups."""
        node: Node = request.app.state.node
        session = await _signed_in(node, request)
        if session is None:
            return sign_in.to_sign_in(request)
        _require_reading(node, session)
        given = _given(request)
        wanted = given.pop("q", "").strip()
        types = await node.reads(opening.types_of, node)
        groups = opening.groups(types, session, given, wanted)
        page = render(
            "facts_new.html",
            title=TEXTS.facts.add,
            groups=groups,
            found=any(not each.hidden for _, offered in groups for each in offered),
            wanted=wanted,
            given=given,
            subjects=await node.reads(opening.subjects_of, node, given),
            **rendering.about(node, session, "/facts/new"),
        )
        return rendering.answer(page)

    @get("/facts/new/{name:str}")
    async def new(self, request: Request[Any, Any, Any], name: FromPath[str]) -> Answer:
        """The form of one type, filled in as the query says."""
        return await _opened(request, opening.new, name)

    @post("/facts/new/{name:str}")
    async def add(self, request: Request[Any, Any, Any], name: FromPath[str]) -> Answer:
        """What becomes of it: the form again, a preview, or the event."""
        return await _sent(request, opening.new, name)

    @get("/events/{event_id:str}/correct")
    async def correction(self, request: Request[Any, Any, Any], event_id: FromPath[str]) -> Answer:
        """The fact as it stands, to be changed."""
        return await _opened(request, opening.correction, event_id)

    @post("/events/{event_id:str}/correct")
    async def correct(self, request: Request[Any, Any, Any], event_id: FromPath[str]) -> Answer:
        """The form again, a preview, or the correction."""
        return await _sent(request, opening.correction, event_id)

    @get("/events/{event_id:str}/retract")
    async def withdrawal(self, request: Request[Any, Any, Any], event_id: FromPath[str]) -> Answer:
        """Why the event is to count no more."""
        return await _opened(request, opening.withdrawal, event_id)

    @post("/events/{event_id:str}/retract")
    async def retract(self, request: Request[Any, Any, Any], event_id: FromPath[str]) -> Answer:
        """The form again, a preview, or the withdrawal."""
        return await _sent(request, opening.withdrawal, event_id)


def panel(node: Node, request: Request[Any, Any, Any], event: Event, chain: Chain) -> Panel | None:
    """What the page of an event offers to whoever asks for it; None where nobody is signed in. `chain`: of its fact."""
    session = signed_in(request)
    if session is None:
        return None
    may = session.may("correct") and node.mirror is None and event.type not in ("fact.redacted", DEFINED_TYPE)
    recorded = cookies(request.headers.get("cookie", "")).get(RECORDED_COOKIE)
    return Panel(
        offers=list(story.offers(event.id, chain)) if may else [],
        recorded=recorded == event.id,
        again=recorded == event.id + AGAIN,
    )


async def _signed_in(node: Node, request: Request[Any, Any, Any]) -> Session | None:
    if node.mirror is not None:
        raise ReadOnlyMirror(node.mirror.source)
    return await node.sessions.of(request)


def _require_reading(node: Node, session: Session) -> None:
    """Raises Forbidden where reading is closed to the token: these pages show what is recorded."""
    if not node.authority.public_reads:
        require(session.principal, "read")


async def _opened(request: Request[Any, Any, Any], sheet_of: SheetOf, name: str) -> Answer:
    """A form as it is first shown."""
    node: Node = request.app.state.node
    session = await _signed_in(node, request)
    if session is None:
        return sign_in.to_sign_in(request)
    _require_reading(node, session)
    sheet = await node.reads(sheet_of, node, name)
    require(session.principal, sheet.scope)
    entered = sheet.begun()
    given = _given(request)
    if given and "data" in sheet.field.children:
        filled, unknown = entering.prefilled(sheet.field, given)
        if unknown:
            raise UnknownParameter(_no_such(unknown[0], list(entering.fillable(sheet.field))))
        entered, _ = entering.of_posted(sheet.field, {**dict(entering.pairs(sheet.field, entered)), **filled})
    return await _shown(node, session, sheet, entered, Shown(id=_new_id(node)))


async def _sent(request: Request[Any, Any, Any], sheet_of: SheetOf, name: str) -> Answer:
    """A form that was sent."""
    node: Node = request.app.state.node
    same_origin.require(request, node.register.base_url)
    posted = await body.read(request)
    session = await _signed_in(node, request)
    token = posted.get("sign_in_token")
    started = None
    if token:
        try:
            started = await sign_in.start(node, request, token)
        except TooManyTries as error:
            return _again(node, request, posted, error.message, tuple(error.headers), status=429)
        if started is None:
            return _again(node, request, posted, TEXTS.sign_in.unknown)
        session = started
    if session is None:
        return _again(node, request, posted)
    _require_reading(node, session)
    sheet = await node.reads(sheet_of, node, name)
    headers = (node.sessions.header(started),) if started is not None else ()
    if not session.may(sheet.scope):
        words = fill(TEXTS.sign_in.lacks, name=session.principal.name, scope=sheet.scope)
        return _again(node, request, posted, str(words), headers)
    verb, _, object_ = posted.get("do").partition(":")
    fields = _acted(sheet, posted.fields, verb, object_)
    entered, unknown = entering.of_posted(sheet.field, fields)
    id_ = posted.get("id")
    state = Shown(
        id=id_ if is_event_id(id_) and verb != "anew" else _new_id(node), offer=posted.get("offer"), headers=headers
    )
    if started is None and not session.made(posted.get("form_token")):
        return await _shown(node, session, sheet, entered, _faulty(state, 403, Fault("", TEXTS.forms.stale)))
    if verb in ("add", "remove", "use", "new", "edit"):
        added = frozenset({object_}) if verb == "add" else frozenset[str]()
        focus = object_.partition(" ")[0] if verb in ("add", "use", "new") else ""
        return await _shown(node, session, sheet, entered, msgspec.structs.replace(state, added=added, focus=focus))
    entered = await node.reads.long(lookup.identified, node, sheet.field, entering.named(sheet.field, entered))
    faults = [Fault(name, TEXTS.forms.garbled) for name in sorted(posted.garbled)]
    faults += [Fault("", TEXTS.forms.unknown_field.format(name=each.detail[:80])) for each in unknown]
    if faults:
        return await _shown(node, session, sheet, entered, _faulty(state, 422, *faults))
    return await _judged(node, request, session, sheet, entered, state, is_final=verb == "record" and started is None)


async def _judged(
    node: Node,
    request: Request[Any, Any, Any],
    session: Session,
    sheet: Sheet,
    entered: Entered,
    state: Shown,
    *,
    is_final: bool,
) -> Answer:
    """A form that is to be previewed or recorded: that, or the form with what is wrong."""
    fact = sheet.fact(entered, rendering.today(node))
    if sheet.takes_id:
        fact["id"] = state.id
    try:
        asked = await _decoded(node, fact)
        if sheet.offers_plans:
            found = tuple(await node.reads.long(lookup.offers, node, asked.facts[0]))
            state = msgspec.structs.replace(state, offers=found)
            if found and "fulfils" not in fact:
                answer = _answered(state)
                if answer is None:
                    unanswered = Fault("offer", TEXTS.facts.offer_unanswered)
                    return await _shown(node, session, sheet, entered, _faulty(state, 422, unanswered))
                if answer:
                    asked = await _decoded(node, {**fact, "fulfils": answer})
        if is_final:
            return _to_event(node, await _recorded(node, request, session, asked), state)
        rehearsal = await appending.rehearsal(node, session.principal, asked)
    except InvalidFacts as error:
        return await _shown(node, session, sheet, entered, _faulty(state, 422, *map(sheet.fault, error.faults)))
    except IdConflict:
        conflict = _faulty(state, 409, Fault("", TEXTS.facts.recorded_already))
        conflict = msgspec.structs.replace(conflict, recorded_already=True)
        return await _shown(node, session, sheet, entered, conflict)
    except OrglineError as error:
        return await _shown(
            node, session, sheet, entered, _faulty(state, KINDS[error.code].status, Fault("", error.message))
        )
    return await node.reads.long(rendering.preview, node, session, sheet, entered, state, rehearsal)


async def _recorded(node: Node, request: Request[Any, Any, Any], session: Session, asked: facts.Request) -> Appended:
    """Record the fact."""
    try:
        appended = await appending.record(node, request, session.principal, asked)
    except OrglineError as error:
        node.metrics.append(error.code)
        raise
    node.metrics.append("known" if appended.known else "recorded")
    return appended


async def _shown(node: Node, session: Session, sheet: Sheet, entered: Entered, state: Shown) -> Answer:
    return await node.reads.long(rendering.form, node, session, sheet, entered, state)


def _new_id(node: Node) -> str:
    return new_id(node.clock() // 1_000, node.sessions.entropy(RANDOM_BYTES_OF_ID))


async def _decoded(node: Node, fact: Mapping[str, Any]) -> facts.Request:
    return await appending.decoded(node, msgspec.json.encode(fact))


def _faulty(state: Shown, status: int, *faults: Fault) -> Shown:
    return msgspec.structs.replace(state, status=status, faults=faults)


def _acted(sheet: Sheet, fields: Mapping[str, str], verb: str, object_: str) -> dict[str, str]:
    """What is entered, once a button within the form has done its work."""
    if verb == "remove":
        return {name: text for name, text in fields.items() if name != object_ and not name.startswith(f"{object_}/")}
    if verb in ("use", "new"):
        pointer, _, slug = object_.partition(" ")
        naming = entering.naming(sheet.field, pointer) if verb == "new" else None
        carried = {naming: fields.get(pointer, "")} if naming and not fields.get(naming, "").strip() else {}
        return {**fields, **carried, pointer: slug}
    return dict(fields)


def _answered(state: Shown) -> dict[str, Any] | None:
    """What a fact says in `fulfils` by what was answered to the offer: {} for no plan, None where nothing was."""
    whole, _, plan = state.offer.partition(":")
    if whole == "no":
        return {}
    if whole in ("whole", "part") and any(each.plan == plan for each in state.offers):
        return {"plan": plan, **({"part": True} if whole == "part" else {})}
    return None


def _to_event(node: Node, appended: Appended, state: Shown) -> Answer:
    """The event's page, which says for a minute that it was just recorded, or had been before."""
    id_ = appended.events[0].id
    told = id_ + AGAIN if appended.known else id_
    cookie = f"{RECORDED_COOKIE}={told}; Path={node.path_prefix or ''}/events/; Max-Age={RECORDED_SHOWN_S}; HttpOnly"
    return sign_in.redirect(node, f"/events/{id_}", ("set-cookie", f"{cookie}; SameSite=Lax"), *state.headers)


def _again(
    node: Node,
    request: Request[Any, Any, Any],
    posted: Posted,
    fault: str | None = None,
    headers: tuple[tuple[str, str], ...] = (),
    *,
    status: int = 401,
) -> Answer:
    """To sign in (again), with all that was typed kept in the page itself."""
    page = render(
        "sign_in_again.html",
        frame=framing.bare(node.path_prefix, node.register.title, request.scope["path"]),
        title=TEXTS.sign_in.again,
        action=request.scope["path"],
        kept=[(name, text) for name, text in posted.fields.items() if name not in CONTROLS],
        fault=fault,
    )
    challenge = (("www-authenticate", 'Bearer realm="Orgline"'),) if status == 401 else ()
    return rendering.answer(page, status, *challenge, *headers)


def _given(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The query: what is to be filled in."""
    return {name: value for name, value in request.query_params.items() if isinstance(value, str)}


def _no_such(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, 1, 0.5)
    advice = f"did you mean {near[0]}?" if near else f"this form can be filled in with {', '.join(known)}"
    return f"there is no parameter {name[:40]}; {advice}"
