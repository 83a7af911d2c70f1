"""`orgline timeline`: what happened to an organisation, in the order in which it took effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from service.cli import structured, subject
from service.cli.explaining import ExplainedCommand

if TYPE_CHECKING:
    from service.settings import Settings


@click.command(
    cls=ExplainedCommand,
    short_help="Show the facts in the order in which they took effect.",
    examples=[
        "orgline timeline nhsx",
        "orgline timeline nhsx --as-of 2019",
        "orgline timeline nhsx --known-at 40 --json",
    ],
)
@subject.organisation
@subject.as_of
@subject.known_at
@structured.json_option
@click.pass_obj
@click.pass_context
def timeline(
    context: click.Context, settings: Settings, tag: str, as_of: str | None, known_at: str | None, as_json: bool
) -> None:
    """Show the facts about an organisation, in the order in which they took effect.

    With --as-of only those that may have taken effect by then. What was retracted is left out; of what was corrected
    the last correction is shown, and marked with the position at which it was recorded.
    """
    from service.cli.answers import timeline as answers  # noqa: PLC0415 (see service/cli/subject.py)

    answers.show(context, settings, tag, as_of, known_at, as_json)
