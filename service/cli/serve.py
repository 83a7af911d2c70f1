"""`orgline serve`: the register over HTTP, by Granian, in one worker process."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial, reduce
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
import msgspec
from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels

from events.errors import OrglineError
from events.projection import check_version
from events.writer import CLOSE_S_MAX
from service import tracing
from service.cli import FAULT, opening
from service.cli.explaining import ExplainedCommand
from service.settings import Settings, variable

if TYPE_CHECKING:
    from litestar import Litestar

try:
    import resource
except ImportError:  # Windows, which has no such limit
    resource = None  # type: ignore[assignment]

APPLICATION: Final = "service.worker:application"
STOP_S_MAX: Final = CLOSE_S_MAX + 10
"""How long requests in flight have to finish; afterwards the worker is ended."""

CONNECTIONS_MAX: Final = 1_024
"""Connections at once besides those that listen; further ones wait until one of them is closed."""
BACKLOG_MAX: Final = 2_048
"""Connections that wait to be taken up, as when all who listened come back at once."""
LISTENS_S_MAX: Final = 30.0
"""How long the server may take to listen, once the application has started."""
LOOK_AGAIN_S: Final = 0.01

FILES_BESIDES: Final = 256
"""Open files besides a connection's: of databases, logs and libraries."""

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class AddressInUse(OrglineError):
    """The address to listen on cannot be had."""

    code = "address-in-use"


def listening(command: Decorated) -> Decorated:
    """The options --host and --port."""
    options = (
        click.option("--host", metavar="ADDRESS", help="The address to listen on (ORGLINE_HOST)."),
        click.option("--port", type=click.IntRange(0, 65_535), help="The port; 0 takes a free one (ORGLINE_PORT)."),
    )
    return reduce(lambda decorated, option: option(decorated), reversed(options), command)


@click.command(
    cls=ExplainedCommand,
    short_help="Serve the register over HTTP.",
    examples=[
        "orgline serve",
        "orgline serve --host 0.0.0.0 --port 8080",
        "orgline --database sqlite:///other.db serve",
    ],
)
@listening
@click.pass_obj
def serve(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve the register; its database is made where there is none, and migrated where it is behind."""
    tracing.check(settings)
    settings = bound(settings, host, port)
    with opening.prepared(settings) as (database, register):
        check_version(database)
        where = opening.shown(database)
        title = register.title
    run(settings, f"{title} on {listening_at(settings)} (database {where})")


def bound(settings: Settings, host: str | None, port: int | None) -> Settings:
    """The settings with the address to listen on, which is free. Raises AddressInUse."""
    host = settings.host if host is None else host
    port = settings.port if port is None else port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Granian's own socket may be shared by several processes, so it would not notice who listens already.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise AddressInUse(
                f"cannot listen on {host}, port {port}: {error.strerror}; choose another --port, or set ORGLINE_PORT"
            ) from error
        port = probe.getsockname()[1]
    return msgspec.structs.replace(settings, host=host, port=port)


def listening_at(settings: Settings) -> str:
    """The address that is listened on, as a URL."""
    return msgspec.structs.replace(settings, base_url=None).address


def application(settings: Settings, said: str) -> Litestar:
    """What the worker serves; loaded by it alone, since this process only watches it. It prints `said` once it answers.

    The server's own way to load it would look for modules in the working folder first.
    """
    made: Litestar = import_module("service.worker").application()
    made.on_startup.append(partial(_say_later, settings, said))
    return made


async def _say_later(settings: Settings, said: str, app: Litestar) -> None:
    app.state.saying = asyncio.create_task(_say(settings, said))  # kept, so that it is not collected


async def _say(settings: Settings, said: str) -> None:
    """Print a text when the port answers: the server listens only after the application has started."""
    with suppress(OSError, TimeoutError):  # nobody reads what is printed, or the server has ended
        async with asyncio.timeout(LISTENS_S_MAX):
            while not await _is_heard(settings):
                await asyncio.sleep(LOOK_AGAIN_S)
        click.echo(said)


async def _is_heard(settings: Settings) -> bool:
    try:
        _, writer = await asyncio.open_connection(settings.host, settings.port)
    except OSError:
        return False
    writer.close()
    return True


def run(settings: Settings, said: str) -> None:
    """Serve until SIGTERM or SIGINT; appends in flight finish first. `said` is printed once the port answers."""
    os.environ.update(
        {
            variable("database_url"): settings.database_url,
            variable("host"): settings.host,
            variable("port"): str(settings.port),
        }
    )
    connections = settings.listeners_max + CONNECTIONS_MAX
    allow_files(connections + FILES_BESIDES)
    server = Granian(
        APPLICATION,
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=1,
        loop=Loops.asyncio,
        websockets=False,
        backlog=BACKLOG_MAX,
        backpressure=connections,  # of connections, idle and listening ones included
        log_level=LogLevels.warning,
        workers_kill_timeout=STOP_S_MAX,
    )
    try:
        server.serve(target_loader=partial(application, settings, said), wrap_loader=False)
    except SystemExit as end:
        if end.code:
            click.echo("fault: the service's process ended by itself; what it said is above", err=True)
            raise click.exceptions.Exit(FAULT) from end


def allow_files(needed: int) -> None:
    """Let this process and those it starts have so many files open, as far as the system allows; say where it does not.

    (A connection is an open file.)
    """
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft != unlimited and soft < needed:
        soft = needed if hard == unlimited else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        if soft < needed:
            click.echo(
                f"warning: the system allows {soft} open files, {needed} may be needed; raise the limit (ulimit -n), "
                f"or lower {variable('listeners_max')}",
                err=True,
            )
