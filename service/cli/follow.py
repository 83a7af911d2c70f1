"""`orgline follow`: a read-only copy of another register, kept up to date from its feeds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click

from events.errors import OrglineError
from events.event import instant
from events.log import Head
from events.projection import check_version
from service.cli import NO, opening, structured
from service.cli.explaining import ExplainedCommand
from service.cli.progress import counting
from service.replication.following import Diverged, Following
from service.replication.making import mirror_in
from service.replication.patience import Patience
from service.replication.remote import Remote, client_for
from service.settings import Settings

TRIES_ONCE_MAX: Final = 5
"""How often `--once` tries before it gives up; without it the command goes on trying."""

WHEN_DIVERGED: Final = "`orgline verify` tells whether the mirror is sound; docs/following.md, what to do then"


class FollowedAlready(OrglineError):
    """Another process follows with this database."""

    code = "followed-already"


@click.command(
    cls=ExplainedCommand,
    short_help="Keep a mirror of another register.",
    examples=[
        "orgline --database sqlite:///mirror.db follow https://register.example",
        "orgline --database sqlite:///mirror.db follow --once --json https://register.example",
    ],
)
@click.argument("url")
@click.option("--once", is_flag=True, help="Take in what there is now, and end.")
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with a token of scope read, where reading is closed there.",
)
@structured.json_option
@click.pass_obj
@click.pass_context
def follow(
    context: click.Context, settings: Settings, url: str, once: bool, token_file: Path | None, as_json: bool
) -> None:
    """Keep a mirror of the register at URL, from its public Atom feeds.

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
            _follow(settings, Remote(url, client), once=once, tell=_tell_json if as_json else _tell)
    except Diverged as error:
        click.echo(f"{error.code}: {error.message}; {WHEN_DIVERGED}", err=True)
        context.exit(NO)


def _follow(settings: Settings, remote: Remote, *, once: bool, tell: Callable[[Head], None]) -> None:
    patience = Patience(tries_max=TRIES_ONCE_MAX if once else None, tell=lambda line: click.echo(line, err=True))
    first = patience.call(remote.head)
    assert first is not None, "nothing is unchanged before it was seen"
    with opening.migrated(settings) as database, database.alone("follow") as is_alone:
        if not is_alone:
            raise FollowedAlready(
                f"another process follows with {opening.shown(database)} already: end it first, or let it go on"
            )
        own = mirror_in(database, remote.address, first, _base_url(settings))
        check_version(database)
        log, _ = opening.log_of(database)
        with counting("Following") as progress:
            following = Following(remote, database, log, own, patience, progress)
            head = following.catch_up(first)
        tell(head)
        if not once:
            following.run(tell)


def _base_url(settings: Settings) -> str | None:
    return None if settings.base_url is None else settings.address


def _tell(head: Head) -> None:
    click.echo(f"{head.position} events, root hash {head.root_hash.hex()}")


def _tell_json(head: Head) -> None:
    """The same as /log, a line each time."""
    recorded_at = instant(head.recorded_at) if head.position else None
    structured.show({"size": head.position, "root_hash": head.root_hash.hex(), "recorded_at": recorded_at})
