"""`orgline follow`: a read-only copy of another register, kept up to date from its feeds."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click
import msgspec

from events import mirrors, register
from events.database import Database
from events.errors import OrglineError
from events.log import Head
from events.projection import check_version
from events.register import Register
from service.cli import NO, opening
from service.cli.progress import counting
from service.replication.documents import Document
from service.replication.following import Diverged, Following, OtherRegister
from service.replication.patience import Patience
from service.replication.remote import Remote, RemoteRefused, client_for
from service.settings import Settings

TRIES_ONCE_MAX: Final = 5
"""How often `--once` tries before it gives up; without it the command goes on trying."""


class NotAMirror(OrglineError):
    """The database holds a register of its own."""

    code = "not-a-mirror"


class FollowedAlready(OrglineError):
    """Another process follows with this database."""

    code = "followed-already"


@click.command()
@click.argument("url")
@click.option("--once", is_flag=True, help="Take in what there is now, and end.")
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with a token of scope read, where reading is closed there.",
)
@click.pass_obj
@click.pass_context
def follow(context: click.Context, settings: Settings, url: str, once: bool, token_file: Path | None) -> None:
    """Keep a mirror of the register at URL, from its public Atom feeds.

    \b
      orgline --database sqlite:///mirror.db follow https://register.example
      orgline --database sqlite:///mirror.db serve

    The first time it makes the database: the same register, with every event as it is recorded there. It goes on from
    where it was whenever it is started again. Each time that it has caught up, the root hash of the log is compared
    with the other register's; exit code 1 says that they differ. A mirror is served as any register is, and takes no
    facts.
    """
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise click.BadParameter(f"{url!r} is no address; write https://register.example", param_hint="URL")
    if urlsplit(url).username is not None:
        raise click.BadParameter("an address with a name in it would be shown: use --token-file", param_hint="URL")
    token = None if token_file is None else token_file.read_text("utf-8").strip()
    try:
        with client_for(token) as client:
            _follow(settings, Remote(url, client), once=once)
    except Diverged as error:
        click.echo(f"{error.code}: {error.message}", err=True)
        context.exit(NO)


def _follow(settings: Settings, remote: Remote, *, once: bool) -> None:
    patience = Patience(tries_max=TRIES_ONCE_MAX if once else None, tell=lambda line: click.echo(line, err=True))
    first = patience.call(remote.head)
    assert first is not None, "nothing is unchanged before it was seen"
    with opening.migrated(settings) as database, database.alone("follow") as is_alone:
        if not is_alone:
            raise FollowedAlready(f"another process follows with {opening.shown(database)} already")
        own = _mirror(settings, database, remote, first)
        check_version(database)
        log, _ = opening.log_of(database)
        with counting("Following") as progress:
            following = Following(remote, database, log, own, patience, progress)
            head = following.catch_up(first)
        _tell(head)
        if not once:
            following.run(_tell)


def _mirror(settings: Settings, database: Database, remote: Remote, first: Document) -> Register:
    """The mirror in the database, made where there is nothing yet. Raises NotAMirror, OtherRegister, RemoteRefused."""
    there, here = first.register, register.load(database)
    if there is None:
        raise RemoteRefused(f"{remote.address} does not say which register it is")
    if here is None:
        made = there if settings.base_url is None else msgspec.structs.replace(there, base_url=settings.address)
        here = register.make(database, made, source=remote.address)
    mirror = mirrors.load(database)
    if mirror is None:
        raise NotAMirror(
            f"{opening.shown(database)} holds a register of its own ({here.title}): name another database (--database)"
        )
    if here.id != there.id:
        raise OtherRegister(
            f"{opening.shown(database)} is a mirror of the register {here.id} ({here.title}); at {remote.address} "
            f"there is {there.id} ({there.title})"
        )
    if mirror.source != remote.address:
        mirrors.move(database, remote.address)
    return here


def _tell(head: Head) -> None:
    click.echo(f"{head.position} events, root hash {head.root_hash.hex()}")
