"""The command `orgline`: one module a command or noun, each loaded only when it is asked for.

Exit codes: 0 done; 1 the answer is no; 2 usage or bad input; 3 a fault of the program; 130 interrupted; 143 ended by
SIGTERM; 141 the reader of a pipe has gone. Whatever is wrong is one line on standard error that begins with a stable
code and ends with what to do about it.

What a shell asks while its user presses Tab must be answered at once: so nothing is imported here that takes long.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from difflib import get_close_matches
from importlib import import_module
from typing import Any, Final, NoReturn

import click
from click.shell_completion import CompletionItem

from service import collecting
from service.cli.explaining import ExplainedGroup

DONE: Final = 0
NO: Final = 1
BAD_INPUT: Final = 2
FAULT: Final = 3
INTERRUPTED: Final = 130  # as shells count: 128 + SIGINT
TERMINATED: Final = 143  # 128 + SIGTERM
PIPE_CLOSED: Final = 141  # 128 + SIGPIPE

DEBUG: Final = "ORGLINE_DEBUG"
"""The variable that makes every error show its traceback."""
COMPLETE: Final = "_ORGLINE_COMPLETE"
"""The variable by which a shell asks what a line could go on with."""

COMMANDS: Final = {
    "state": "state",
    "timeline": "timeline",
    "diff": "diff",
    "lineage": "lineage",
    "append": "append",
    "import": "importing",
    "export": "importing",
    "serve": "serve",
    "demo": "demo",
    "follow": "follow",
    "migrate": "migrate",
    "token": "token",
    "rebuild": "rebuild",
    "verify": "rebuild",
    "doctor": "doctor",
    "settings": "settings",
    "completion": "completion",
    "version": "version",
}
"""Each command and the module that holds it, under its name, or that with an underscore where the
name is taken."""

SECTIONS: Final = {
    "Ask": ("state", "timeline", "diff", "lineage"),
    "Record": ("append", "import", "export"),
    "Serve": ("serve", "demo", "follow"),
    "Look after a register": ("migrate", "token", "rebuild", "verify", "doctor", "settings"),
    "About this program": ("completion", "version"),
}
"""The headings of `orgline --help`, and what stands under each."""


class _Commands(ExplainedGroup):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            if ctx.resilient_parsing:  # a shell asks what could follow: nothing
                return None
            near = get_close_matches(cmd_name, COMMANDS, 1)
            advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(COMMANDS)}"
            raise click.UsageError(f"there is no command {cmd_name}; {advice}", ctx)
        module = import_module(f"service.cli.{COMMANDS[cmd_name]}")
        command = getattr(module, f"{cmd_name}_", None) or getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names and options, without loading every command for its help."""
        names = [CompletionItem(name) for name in COMMANDS if name.startswith(incomplete)]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = formatter.width - 6 - max(map(len, COMMANDS))
        for title, names in SECTIONS.items():
            with formatter.section(title):
                found = [(name, self.get_command(ctx, name)) for name in names if name in COMMANDS]
                formatter.write_dl([(name, each.get_short_help_str(width)) for name, each in found if each is not None])


def _version(context: click.Context, _option: click.Parameter, asked: bool) -> None:
    if asked and not context.resilient_parsing:
        context.invoke(import_module("service.cli.version").version)
        context.exit()


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    examples=[
        "orgline demo",
        "orgline state nhsx --as-of 2021-11-22",
        "orgline --database sqlite:///other.db migrate",
    ],
)
@click.option(
    "--database",
    metavar="URL",
    help="The register's database, such as sqlite:///orgline.db; overrides ORGLINE_DATABASE_URL.",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version, and end."
)
@click.pass_context
def orgline(context: click.Context, database: str | None) -> None:
    """Orgline keeps the history of organisations: record dated facts, ask for any day, follow by Atom."""
    if context.invoked_subcommand != "doctor":  # which tells itself what is wrong with them
        context.obj = settings_for(database)


def settings_for(database: str | None) -> Any:
    """The settings (service.settings.Settings) of the environment, with the database's URL if it is given."""
    settings = import_module("service.settings")
    given = {} if database is None else {settings.variable("database_url"): database}
    return settings.load({**os.environ, **given})


def main() -> NoReturn:
    """Run the command of this process's arguments and end with its exit code."""
    if COMPLETE in os.environ:
        import_module("service.cli.completing").answer(os.environ[COMPLETE])
        sys.exit(DONE)
    collecting.seldom()
    signal.signal(signal.SIGTERM, _end)
    # SQLAlchemy would log what breaks off its work on a connection, with a traceback; the one line says it.
    logging.getLogger("sqlalchemy").addHandler(logging.NullHandler())
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run a command; its exit code."""
    try:
        with orgline.make_context("orgline", arguments) as context:
            orgline.invoke(context)
        sys.stdout.flush()
        return DONE
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else error.format_message(), err=True)
        return BAD_INPUT
    except BrokenPipeError:
        # Who reads our output has seen enough; what is left of it must not be tried again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  (no traceback unless it is asked for)
        code: int = import_module("service.cli.refusing").refuse(error)
        return code


class Terminated(KeyboardInterrupt):
    """SIGTERM, which ends a command as an interruption does: what it has in hand is put away first."""


def _end(_number: int, _frame: object) -> NoReturn:
    raise Terminated
