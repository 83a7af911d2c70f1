"""`orgline diff`: what changed about an organisation between two days, or in what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from service.cli import structured, subject
from service.cli.explaining import ExplainedCommand

if TYPE_CHECKING:
    from service.settings import Settings


@click.command(
    cls=ExplainedCommand,
    short_help="Show what changed between two days, or was learned.",
    examples=[
        "orgline diff nhsx --from 2021-01 --to 2022-06",
        "orgline diff nhsx --known-from 40 --as-of 2022-06-01",
        "orgline diff nhsx --from 2019 --json",
    ],
)
@subject.organisation
@click.option("--from", "from_", metavar="DAY", help="The first day: a day, month, year or season in EDTF.")
@click.option("--to", metavar="DAY", help="The last day, inclusive, written likewise; today if left out.")
@subject.known_at
@click.option("--known-from", metavar="K", help=f"The earlier state of knowledge: {subject.MOMENT}.")
@click.option("--known-to", metavar="K", help="The later one, written likewise; now if left out.")
@subject.as_of
@structured.json_option
@click.pass_obj
@click.pass_context
def diff(
    context: click.Context,
    settings: Settings,
    tag: str,
    from_: str | None,
    to: str | None,
    known_at: str | None,
    known_from: str | None,
    known_to: str | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    """Show what changed about an organisation from one day to another, or what was learned about it.

    With --from: what began, ended or was replaced on these days, as known at --known-at. With --known-from: what is
    said of the days --as-of at one state of knowledge and not at the other.
    """
    from service.cli.answers import diff as answers  # noqa: PLC0415 (see service/cli/subject.py)

    answers.show(
        context,
        settings,
        tag,
        from_=from_,
        to=to,
        known_at=known_at,
        known_from=known_from,
        known_to=known_to,
        as_of=as_of,
        as_json=as_json,
    )
