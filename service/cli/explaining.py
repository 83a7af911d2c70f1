"""Commands whose help ends with examples, which the tests execute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click


class _Explained(click.Command):
    """`examples` are command lines as people type them."""

    def __init__(self, *arguments: Any, examples: Sequence[str] = (), **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.examples = tuple(examples)
        # As reStructuredText, for a reference that is made of the commands. (Its last line keeps the indentation: what
        # all lines but the first are indented by would be taken away.)
        self.epilog = "\n".join(["Examples::", "", *(f"    {example}" for example in self.examples), "", ".."])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples, a line each: what is copied from a terminal must not be wrapped."""
        with formatter.section("Examples"):
            for example in self.examples:
                formatter.write(f"{'':>{formatter.current_indent}}{example}\n")


class ExplainedCommand(_Explained):
    """A command with examples."""


class ExplainedGroup(_Explained, click.Group):
    """A group of commands with examples; so have those in it."""

    command_class = ExplainedCommand
