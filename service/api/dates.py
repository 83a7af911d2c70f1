"""Dates in words: what a partial date means, for whoever types one."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get
from litestar.params import QueryParameter

from events.date_words import in_words
from events.dates import iso, parse
from service.answers import Answer, described, encode
from service.node import Node
from service.pages.forms.entering import in_edtf
from service.pages.forms.showing import date_told


class Explained(msgspec.Struct, frozen=True):
    """A date: in EDTF, in words, its bounds (inclusive days, null where there is none), and all that in a line."""

    edtf: str
    words: str
    earliest: str | None
    latest: str | None
    told: str


class DatesController(Controller):
    """Partial dates."""

    path = "/dates"
    tags = ("Vocabulary",)

    @get(
        operation_id="explain_date",
        summary="What a date means: in words, with its bounds.",
        responses={200: described(Explained, "The date.")},
    )
    async def read(
        self,
        request: Request[Any, Any, Any],
        edtf: Annotated[
            str,
            QueryParameter(
                description="A date in EDTF, such as 2021-23, or as people write it, such as autumn 2021.",
                max_length=200,
            ),
        ],
    ) -> Answer:
        """Reads a date. Raises DateFault, whose words show a correct one."""
        node: Node = request.app.state.node
        today = node.register.today(node.clock())
        text = in_edtf(edtf, today)
        date = parse(text)
        told = Explained(text, in_words(date), iso(date.earliest), iso(date.latest), date_told(edtf, today))
        return Answer(encode(told), headers=[("cache-control", "no-store")])
