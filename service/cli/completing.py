"""Answers a shell that asks what a command line could go on with: at once, and without a word where it cannot."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import redirect_stderr
from typing import Final

from click.shell_completion import ShellComplete, get_completion_class, shell_complete

from service.cli import COMPLETE, DONE, orgline

ANSWER_S_MAX: Final = 5.0
"""After that the shell gets nothing: whoever pressed Tab does not wait for a database."""
PROGRAM: Final = "orgline"


def answer(instruction: str) -> None:
    """Print what could follow; `instruction` is what the shell's script put into the variable, such as bash_complete.

    Nothing is printed where anything goes wrong: it would stand in the midst of the line that is being typed.
    """
    late = threading.Timer(ANSWER_S_MAX, os._exit, (DONE,))
    late.daemon = True
    late.start()
    with open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):  # noqa: PTH123 (no path of anybody's)
        try:
            shell_complete(orgline, {}, PROGRAM, COMPLETE, instruction)
            sys.stdout.flush()
        except Exception:  # noqa: BLE001, S110 (see above)
            pass
    late.cancel()


def script(shell: str) -> str:
    """What a shell (bash, zsh, fish) has to read once, so that it asks."""
    kind: type[ShellComplete] | None = get_completion_class(shell)
    assert kind is not None, shell
    return kind(orgline, {}, PROGRAM, COMPLETE).source()
