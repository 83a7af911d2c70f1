"""What a command that cannot be done says: a stable code, what is wrong, what to do; and its exit code."""

from __future__ import annotations

import errno
import os
import traceback
from typing import Final

import click

from events.database import DATABASE_ERRORS
from events.errors import OrglineError
from events.facts import InvalidFacts
from service.cli import BAD_INPUT, DEBUG, FAULT, INTERRUPTED, TERMINATED, Terminated
from service.settings import variable

ADVICE: Final = {
    "other-register": "follow it into another database (--database)",
    "remote-failed": "see whether its service runs and can be reached from here, and start again",
    "unreadable-log": "the log itself is damaged: restore a backup of the database",
    "unreadable-document": "try again later, and tell those who run that register if it stays so",
}
"""What to do, by the code of errors whose own words, which are those of the service too, do not say it."""

ELSEWHERE: Final = f"--database or {variable('database_url')} names another one"
DATABASE_ADVICE: Final = {
    "not a database": f"it is no file of SQLite: {ELSEWHERE}",
    "no such table": f"it holds something else, or is damaged: {ELSEWHERE}",
    "readonly": "it cannot be written: see to the permissions of the file and its folder",
    "unable to open": "see to the permissions of the file and its folder",
    "locked": "another process is writing to it: try again when it has ended",
    "full": "make room on the disk, and run it again",
    "connection": f"see that the server runs and takes this user; {ELSEWHERE}",
}
"""What to do, by words of the database's own message."""
DATABASE_ADVICE_ELSE: Final = f"see that it is a database of Orgline; {ELSEWHERE}"

FILE_ADVICE: Final = {
    errno.ENOENT: "see whether the path is right",
    errno.EACCES: "see to its permissions",
    errno.EPERM: "see to its permissions",
    errno.EISDIR: "name a file, not a folder",
    errno.ENOSPC: "make room on the disk, and run it again",
}
"""What to do, by the system's number of what is wrong with a file."""
FILE_ADVICE_ELSE: Final = "see whether the path is right, and may be read and written"


def refuse(error: BaseException) -> int:
    """Say on standard error what is wrong; the exit code. No traceback, unless it is asked for."""
    if os.environ.get(DEBUG):
        traceback.print_exception(error)
    if isinstance(error, (click.Abort, KeyboardInterrupt)):
        _say("interrupted", "stopped before the end")
        return TERMINATED if isinstance(error, Terminated) else INTERRUPTED
    if isinstance(error, click.ClickException):
        _say("usage", _of_usage(error))
    elif isinstance(error, InvalidFacts):
        for fault in error.faults:
            _say(error.code, f"{fault.pointer or '/'}: {fault.detail}")
    elif isinstance(error, OrglineError):
        _say(error.code, "; ".join(filter(None, (error.message, ADVICE.get(error.code)))))
    elif isinstance(error, DATABASE_ERRORS):
        _say("unusable-database", _of_database(error))
    elif isinstance(error, OSError):
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        _say("file", f"{what}; {FILE_ADVICE.get(error.errno or 0, FILE_ADVICE_ELSE)}")
    else:
        _say("fault", f"{type(error).__name__}: {error} ({DEBUG}=1 shows where; please report it)")
        return FAULT
    return BAD_INPUT


def _of_usage(error: click.ClickException) -> str:
    message = error.format_message().rstrip(".")
    if isinstance(error, click.FileError):
        return f"{message}; {FILE_ADVICE_ELSE}"
    context = getattr(error, "ctx", None)
    return message if context is None else f"{message}; `{context.command_path} --help` tells more"


def _of_database(error: BaseException) -> str:
    told = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    advice = (advice for words, advice in DATABASE_ADVICE.items() if words in told)
    return f"{told.rstrip('.')}; {next(advice, DATABASE_ADVICE_ELSE)}"


def _say(code: str, message: str) -> None:
    click.echo(f"{code}: {' '.join(message.split())}", err=True)
