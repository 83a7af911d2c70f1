"""`orgline lineage`: what an organisation came from and what became of it, as a tree both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from service.cli import structured, subject
from service.cli.explaining import ExplainedCommand

if TYPE_CHECKING:
    from service.settings import Settings

# As in events/queries/lineage.py, which takes long to load.
DEPTH_DEFAULT: Final = 20
DEPTH_MAX: Final = 1_000
NODES_DEFAULT: Final = 1_000
NODES_MAX: Final = 10_000


@click.command(
    cls=ExplainedCommand,
    short_help="Show what came before an organisation, and after it.",
    examples=[
        "orgline lineage nhsx",
        "orgline lineage nhsx --as-of 2021-11-22 --depth 1",
        "orgline lineage nhs-england --json",
    ],
)
@subject.organisation
@subject.as_of
@subject.known_at
@click.option(
    "--depth",
    type=click.IntRange(1, DEPTH_MAX),
    default=DEPTH_DEFAULT,
    show_default=True,
    help="How many generations each way.",
)
@click.option(
    "--nodes",
    type=click.IntRange(1, NODES_MAX),
    default=NODES_DEFAULT,
    show_default=True,
    help="How many organisations at most.",
)
@structured.json_option
@click.pass_obj
@click.pass_context
def lineage(
    context: click.Context,
    settings: Settings,
    tag: str,
    as_of: str | None,
    known_at: str | None,
    depth: int,
    nodes: int,
    as_json: bool,
) -> None:
    """Show what an organisation came from and what became of it, all generations both ways.

    An organisation that is reached in several ways is followed once. Where --depth or --nodes cuts the tree, it says
    so.
    """
    from service.cli.answers import lineage as answers  # noqa: PLC0415 (see service/cli/subject.py)

    answers.show(context, settings, tag, as_of, known_at, depth, nodes, as_json)
