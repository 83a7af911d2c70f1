"""Blocks marked `console`: commands and what they print. Tests execute them, and the site colours them.

A line that begins with `$ ` is a command; further lines of it end the line before with a backslash, or stand inside its
quotes. The lines after it are what it prints, where `…` stands for anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pygments.lexer import Lexer
from pygments.lexers.shell import BashLexer
from pygments.token import Generic, Text


def examples(block: str) -> Iterator[tuple[str, str]]:
    """(command, what it prints) for each command of a block."""
    for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command: list[str] = []
        lines = example.rstrip("\n").split("\n")
        while lines:
            command.append(lines.pop(0))
            if not command[-1].endswith("\\") and "\n".join(command).count("'") % 2 == 0:
                break
        yield "\n".join(command), "\n".join(lines)


class Console(Lexer):  # type: ignore[misc]  # Pygments has no types
    """Colours commands as Bash, and leaves what they print as it is."""

    name = "console"

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, Any, str]]:
        """(place, token, text) of each part."""
        place = 0
        for command, printed in examples(text):
            parts = [(Generic.Prompt, "$ "), *BashLexer(ensurenl=False).get_tokens(command), (Text, "\n")]
            if printed:
                parts.append((Generic.Output, f"{printed}\n"))
            for token, words in parts:
                yield place, token, words
                place += len(words)
