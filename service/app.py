"""The application: routes, what happens around each request, and the start and stop of the node behind it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

from litestar import Controller, Litestar, Request, Router
from litestar.datastructures import ResponseHeader
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import Message, Send

from events.database import DATABASE_ERRORS
from events.errors import OrglineError
from events.log import microseconds
from service import collecting, logs, parameters, problems, settings, stopping
from service.access.authority import Unauthenticated
from service.answers import OF_PAGES, VARY
from service.api import feeds
from service.api.anomalies import AnomaliesController
from service.api.context import ContextController
from service.api.dates import DatesController
from service.api.description import Description
from service.api.events import EventsController
from service.api.histories import HistoriesController
from service.api.initiatives import Initiatives
from service.api.log import LogController
from service.api.metrics import MetricsController
from service.api.operations import OperationsController
from service.api.organisations import OrganisationsController
from service.api.people import People
from service.api.pictures import CalendarController, PicturesController
from service.api.plans import Plans
from service.api.posts import Posts
from service.api.responsibilities import Responsibilities
from service.api.search import SearchController
from service.api.statements import StatementsController
from service.api.targets import Targets
from service.api.types import TypesController
from service.node import Node
from service.observing import Observing
from service.pages import frame as framing
from service.pages import render, sign_in
from service.pages.assets import AssetsController
from service.pages.curating import CuratingController
from service.pages.home import HomeController
from service.pages.sign_in import SignInController
from service.repeating import Repeating
from service.settings import Settings
from service.version import version

CONTROLLERS: Final[tuple[type[Controller], ...]] = (
    HomeController,
    EventsController,
    OrganisationsController,
    HistoriesController,
    PicturesController,
    CalendarController,
    People,
    Posts,
    Plans,
    Initiatives,
    Targets,
    Responsibilities,
    SearchController,
    StatementsController,
    AnomaliesController,
    TypesController,
    DatesController,
    ContextController,
    *feeds.CONTROLLERS,
    LogController,
    OperationsController,
    MetricsController,
    AssetsController,
    SignInController,
    CuratingController,
)


def from_environment() -> Litestar:
    """The application as the environment's variables say: what a server is given as its factory."""
    return alone(create_app(settings.load(os.environ)))


def alone(application: Litestar) -> Litestar:
    """The application for a process of its own."""
    collecting.seldom()
    application.on_startup.append(stopping.hear)
    return application


def create_app(
    settings: Settings,
    *,
    clock: Callable[[], int] = microseconds,
    entropy: Callable[[int], bytes] = os.urandom,
) -> Orgline:
    """The application. The database is opened when it starts, not here.

    `clock` gives microseconds since 1970 UTC, `entropy` so many random bytes.
    """
    app = Orgline(
        route_handlers=CONTROLLERS,
        lifespan=[_lifespan],
        before_request=parameters.check,
        response_headers=[ResponseHeader(name="Vary", value=VARY)],
        exception_handlers={
            Unauthenticated: sign_in.wanted,
            OrglineError: problems.of_orgline,
            HTTPException: problems.of_http,
            **dict.fromkeys(DATABASE_ERRORS, problems.of_database),
            Exception: problems.of_unexpected,
        },
        openapi_config=_description(),
        request_max_body_size=settings.body_bytes_max,
        logging_config=None,
        debug=False,
    )
    app.node_of = partial(node_for, settings, clock=clock, entropy=entropy)
    return app


def node_for(
    settings: Settings, *, clock: Callable[[], int] = microseconds, entropy: Callable[[int], bytes] = os.urandom
) -> Node:
    """A node with these settings, by which this process writes its logs from now on."""
    logs.configure(settings)
    return Node(settings, clock=clock, entropy=entropy)


@asynccontextmanager
async def _lifespan(app: Litestar) -> AsyncIterator[None]:
    assert isinstance(app, Orgline)
    parameters.accepted(app)  # so that the first request need not wait for it
    app.state.node = node = app.node_of()
    app.observing = app.state.observing = Observing(
        node.metrics,
        logs=node.settings.log_requests,
        traces=node.traces,
        position=lambda: node.notices.position,
    )
    app.repeating = node.repeating
    try:
        yield
    finally:
        await node.close()


class Orgline(Litestar):
    """Litestar, and for all routes alike: HEAD is answered as GET without its body, requests are counted, and
    logged and traced if asked, and what was answered lately is answered again, while it is the same.

    `node_of` makes the node that it works with from its start to its stop.
    """

    node_of: Callable[[], Node]
    observing: Observing
    repeating: Repeating | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        observed = self.observing.begin(scope, send)
        bodiless = scope["method"] == "HEAD"
        if bodiless:
            observed.scope = scope = {
                **scope,
                "method": "GET",
                "state": {**scope.get("state", {}), "bodiless": True},
            }
        try:
            if self.repeating is not None and scope["method"] == "GET":
                again = self.repeating.find(scope)
                if again is not None:
                    content = b"" if bodiless else again.content
                    observed.repeated(again.route, again.status, len(content))
                    await send({"type": "http.response.start", "status": again.status, "headers": again.headers})
                    await send({"type": "http.response.body", "body": content, "more_body": False})
                    return
            await super().__call__(scope, receive, _bodiless(observed.send) if bodiless else observed.send)
        finally:
            self.observing.end(observed)


OF_SCHEMA_PAGE: Final = tuple(
    # Swagger UI sets styles of its own.
    (name, value.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'"))
    for name, value in OF_PAGES
)


class SchemaPage(OpenAPIRenderPlugin):
    """The browser of the OpenAPI description, at the root of its addresses."""

    def __init__(self) -> None:
        super().__init__(path="/")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The page."""
        node = request.app.state.node
        around = framing.bare(node.path_prefix, node.register.title, "/schema")
        return render("schema.html", frame=around, title=openapi_schema["info"]["title"])


def _description() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Orgline",
        version=version(),
        description="A register of organisational history: dated facts, the state on any day, every change as a feed.",
        use_handler_docstrings=True,
        components=Components(
            security_schemes={
                "token": SecurityScheme(type="http", scheme="bearer", description="A token, for appending."),
            }
        ),
        render_plugins=[SchemaPage(), Description(path="/openapi.json")],
        openapi_router=Router(
            "/schema",
            route_handlers=[],
            include_in_schema=False,
            before_request=_known_schema_path,
            response_headers=[ResponseHeader(name=name, value=value) for name, value in OF_SCHEMA_PAGE],
        ),
    )


async def _known_schema_path(request: Request[Any, Any, Any]) -> None:
    path = request.scope["path"].rstrip("/")
    if path not in ("/schema", "/schema/openapi.json"):
        raise problems.NotFound(
            f"there is nothing at {path}; /schema is the page, /schema/openapi.json the description"
        )


def _bodiless(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {"type": "http.response.body", "body": b"", "more_body": message.get("more_body", False)}
        await send(message)

    return sending
