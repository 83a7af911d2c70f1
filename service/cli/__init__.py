"""The command `orgline`: one module a command or noun, each loaded only when it is asked for.

Exit codes: 0 done; 1 the answer is no; 2 usage or bad input; 3 a fault of the program; 130 interrupted; 143 ended by
SIGTERM. Whatever is wrong is one line on standard error that begins with a stable code.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import traceback
from difflib import get_close_matches
from importlib import import_module
from typing import Final, NoReturn

import click

from events.database import DATABASE_ERRORS
from events.errors import OrglineError
from events.facts import InvalidFacts
from service import collecting, settings

DONE: Final = 0
NO: Final = 1
BAD_INPUT: Final = 2
FAULT: Final = 3
INTERRUPTED: Final = 130  # as shells count: 128 + SIGINT
TERMINATED: Final = 143  # 128 + SIGTERM
PIPE_CLOSED: Final = 141  # 128 + SIGPIPE

DEBUG: Final = "ORGLINE_DEBUG"
"""The variable that makes every error show its traceback."""

COMMANDS: Final = {
    "serve": "serve",
    "demo": "demo",
    "migrate": "migrate",
    "import": "importing",
    "export": "importing",
    "append": "append",
    "state": "state",
    "follow": "follow",
    "token": "token",
    "rebuild": "rebuild",
    "verify": "rebuild",
    "doctor": "doctor",
    "version": "version",
}
"""Each command and the module that holds it, under its name (with an underscore where Python needs one)."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            near = get_close_matches(cmd_name, COMMANDS, 1)
            advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(COMMANDS)}"
            raise click.UsageError(f"there is no command {cmd_name}; {advice}", ctx)
        module = import_module(f"service.cli.{COMMANDS[cmd_name]}")
        command = getattr(module, cmd_name, None) or getattr(module, f"{cmd_name}_")
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--database",
    metavar="URL",
    help="The register's database, such as sqlite:///orgline.db; overrides ORGLINE_DATABASE_URL.",
)
@click.pass_context
def orgline(context: click.Context, database: str | None) -> None:
    """Orgline keeps the history of organisations: record dated facts, ask for any day, follow by Atom."""
    given = {} if database is None else {settings.variable("database_url"): database}
    if context.invoked_subcommand != "doctor":  # which tells itself what is wrong with them
        context.obj = settings.load({**os.environ, **given})


def main() -> NoReturn:
    """Run the command of this process's arguments and end with its exit code."""
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
    except click.ClickException as error:
        return _refused("usage", error.format_message(), BAD_INPUT)
    except InvalidFacts as error:
        for fault in error.faults:
            _refused(error.code, f"{fault.pointer or '/'}: {fault.detail}", BAD_INPUT)
        return BAD_INPUT
    except OrglineError as error:
        return _refused(error.code, error.message, BAD_INPUT)
    except (click.Abort, KeyboardInterrupt) as asked:
        code = TERMINATED if isinstance(asked, _Terminated) else INTERRUPTED
        return _refused("interrupted", "stopped before the end", code)
    except BrokenPipeError:
        # Who reads our output has seen enough; what is left of it must not be tried again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except DATABASE_ERRORS as error:
        told = getattr(error, "orig", None) or error
        return _refused("unusable-database", str(told).strip().partition("\n")[0], BAD_INPUT)
    except OSError as error:
        return _refused("file", f"{error.filename}: {error.strerror}" if error.filename else str(error), BAD_INPUT)
    except Exception as error:  # noqa: BLE001  (the last line of defence: no traceback unless it is asked for)
        return _refused("fault", f"{type(error).__name__}: {error} ({DEBUG}=1 shows where)", FAULT)


class _Terminated(KeyboardInterrupt):
    """SIGTERM, which ends a command as an interruption does: what it has in hand is put away first."""


def _end(_number: int, _frame: object) -> NoReturn:
    raise _Terminated


def _refused(code: str, message: str, exit_code: int) -> int:
    if os.environ.get(DEBUG):
        traceback.print_exc()
    click.echo(f"{code}: {' '.join(message.split())}", err=True)
    return exit_code
