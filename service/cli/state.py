"""`orgline state`: what a subject looked like on a day, as far as it was known at a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from service.cli import structured, subject
from service.cli.explaining import ExplainedCommand

if TYPE_CHECKING:
    from service.settings import Settings


@click.command(
    cls=ExplainedCommand,
    short_help="Show an organisation, or another subject, on a day.",
    examples=[
        "orgline state nhsx --as-of 2021-11-22",
        "orgline state nhsx --as-of 2022-06-01 --known-at 40 --json",
        "orgline state person/matthew-gould --as-of 2021",
    ],
)
@click.argument("tag", metavar="ORGANISATION", type=subject.Subject())
@subject.as_of
@subject.known_at
@structured.json_option
@click.pass_obj
@click.pass_context
def state(
    context: click.Context, settings: Settings, tag: str, as_of: str | None, known_at: str | None, as_json: bool
) -> None:
    """Show an organisation (or another subject, written kind/slug) on a day.

    The kinds are organisation, person, post, plan, initiative, target and responsibility.
    """
    from service.cli.answers import state as answers  # noqa: PLC0415 (see service/cli/subject.py)

    answers.show(context, settings, tag, as_of, known_at, as_json)
