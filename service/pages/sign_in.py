"""Signing in with a token, and out again."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote

import msgspec
from litestar import Controller, Request, get, post

from service import problems
from service.access import same_origin
from service.access.authority import Unauthenticated
from service.access.sessions import Session
from service.answers import HTML, Answer
from service.negotiation import prefers_html
from service.node import Node
from service.pages import frame as framing
from service.pages import render
from service.pages.forms import body
from service.pages.texts import TEXTS

PATH: Final = "/sign-in"
NEXT_LENGTH_MAX: Final = 2_000
TOKEN_LENGTH_MAX: Final = 200
FEEDS: Final = ("/feeds/", "/feeds.opml")
"""What feed readers ask for; the list of feeds itself is a page."""
PRIVATE: Final = ("cache-control", "no-store")

_is_path = re.compile(r"/(?![/\\])[!-\[\]-~]*").fullmatch
"""A path of our own: no second slash (which would name a host), no backslash, no blanks, no control characters."""


class SignInController(Controller):
    """Who is there, for people with a browser."""

    path = "/"
    include_in_schema = False

    @get(PATH)
    async def form(self, request: Request[Any, Any, Any]) -> Answer:
        """The page to sign in; who is signed in already, and how to sign out."""
        node: Node = request.app.state.node
        session = await node.sessions.of(request)
        return _page(node, session, own_path(request.query_params.get("next")))

    @post(PATH)
    async def sign_in(self, request: Request[Any, Any, Any]) -> Answer:
        """Start a session of the token, and go on where the person wanted to."""
        node: Node = request.app.state.node
        same_origin.require(request, node.register.base_url)
        given = await body.read(request)
        wanted = own_path(given.get("next"))
        started = await start(node, request, given.get("token"))
        if started is None:
            return _page(node, None, wanted, fault=TEXTS.sign_in.unknown, status=401)
        return redirect(node, wanted or "/", node.sessions.header(started))

    @post("/sign-out")
    async def sign_out(self, request: Request[Any, Any, Any]) -> Answer:
        """End the session."""
        node: Node = request.app.state.node
        same_origin.require(request, node.register.base_url)
        given = await body.read(request)
        session = await node.sessions.of(request)
        if session is not None:
            if not session.made(given.get("form_token")):
                return _page(node, session, None, fault=TEXTS.sign_in.stale, status=403)
            await node.sessions.end(session)
        return redirect(node, PATH, node.sessions.header(None))


async def start(node: Node, request: Request[Any, Any, Any], token: str) -> Session | None:
    """A session of a token that a person has typed; None where it is not in use. Raises TooManyTries."""
    address = node.proxies.client_of(request)
    node.tries.check(address)
    text = token.strip()
    started = None
    if text and len(text) <= TOKEN_LENGTH_MAX:
        started = await node.sessions.start(text, await node.sessions.of(request))
    if started is None:
        node.tries.failed(address)
    return started


def wanted(request: Request[Any, Any, Any], error: Unauthenticated) -> Answer:
    """Exception handler: where a person reads pages, the way to sign in; feeds and JSON keep their 401."""
    scope = request.scope
    if (
        error.reading
        and scope["method"] == "GET"
        and request.headers.get("authorization") is None
        and not scope["path"].startswith(FEEDS)
        and prefers_html(request)
    ):
        return to_sign_in(request)
    return problems.of_orgline(request, error)


def to_sign_in(request: Request[Any, Any, Any]) -> Answer:
    """The way to the page to sign in, and back to the page that was asked for."""
    query = request.scope["query_string"].decode("latin-1")
    back = own_path(quote(request.scope["path"], safe="/:@!$&'()*+,;=~") + (f"?{query}" if query else ""))
    return redirect(request.app.state.node, PATH + (f"?next={quote(back, safe='/')}" if back else ""))


def redirect(node: Node, path: str, *headers: tuple[str, str]) -> Answer:
    """Go on with another page of ours, by GET. The address is relative, so it leads to no other host."""
    return Answer(status=303, media_type=HTML, headers=[("location", node.path_prefix + path), PRIVATE, *headers])


def own_path(text: str | None) -> str | None:
    """The path, with its query, if it is one of our own where one can go on after signing in; else None."""
    if not text or len(text) > NEXT_LENGTH_MAX or not _is_path(text) or text.startswith((PATH, "/sign-out")):
        return None
    return text


def _page(
    node: Node, session: Session | None, wanted: str | None, *, fault: str | None = None, status: int = 200
) -> Answer:
    frame = framing.bare(node.path_prefix, node.register.title, PATH)
    page = render(
        "sign_in.html",
        frame=msgspec.structs.replace(frame, person=None if session is None else session.principal.name),
        title=TEXTS.sign_in.title,
        session=session,
        form_token=session.form_token(node.sessions.entropy) if session is not None else None,
        wanted=wanted,
        fault=fault,
    )
    # A 401 names how one may identify oneself; browsers leave Bearer alone.
    headers = [PRIVATE, *([("www-authenticate", 'Bearer realm="Orgline"')] if status == 401 else [])]
    return Answer(page, status=status, media_type=HTML, headers=headers)
