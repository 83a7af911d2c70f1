"""What does not fit together: everywhere, and about one organisation."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import sqlalchemy as sa
from litestar import Controller, Request, get
from litestar.params import FromPath, QueryParameter

from events.anomalies import Anomaly
from events.queries import Question, anomalies
from events.queries.listing import Listing, Page
from service.answers import Answer, described
from service.api import lists, subjects, views
from service.api.lists import Asked, Count
from service.node import Node
from service.pages import anomaly_list
from service.parameters import LIMIT_DEFAULT, After, Days, KnownAt, Limit, Reading

Code = Annotated[
    Literal[
        "already-open",
        "conflict",
        "contradicted-follows",
        "end-after-closing",
        "end-before-start",
        "end-without-start",
        "from-does-not-fit",
        "never-created",
        "outside-life",
        "unannounced",
        "unowned",
    ]
    | None,
    QueryParameter(description="Only those with this code."),
]


class Anomalies(msgspec.Struct, frozen=True):
    """A page of anomalies. `next` is the address of the next page, null on the last."""

    items: list[Anomaly]
    next: str | None
    count: Count | msgspec.UnsetType = msgspec.UNSET


class AnomaliesController(Controller):
    """What does not fit together."""

    path = "/"
    tags = ("State",)
    guards = subjects.GUARDS
    dependencies = subjects.DEPENDENCIES

    @get(
        "/anomalies",
        operation_id="list_anomalies",
        summary="What does not fit together, in the order in which it arose.",
        responses={200: described(Anomalies, "A page of anomalies.")},
    )
    async def list(
        self,
        request: Request[Any, Any, Any],
        node: Reading,
        days: Days,
        known_at: KnownAt = None,
        code: Code = None,
        subject: Annotated[
            str | None,
            QueryParameter(description="Only those that concern this subject: kind/slug, or an organisation's slug."),
        ] = None,
        count: lists.Counting = False,
        limit: Limit = LIMIT_DEFAULT,
        after: After = None,
    ) -> Answer:
        """Lists what is odd and stands. With `as_of` only where the odd fact may lie within those days; else all."""
        tag = lists.tag_of("subject", subject)

        def read(connection: sa.Connection, question: Question, page: Page) -> Listing:
            about = None if tag is None else [node.queries.representative(connection, tag, question.moment)]
            return anomalies.listing(node.queries, connection, question, page, code=code, subjects=about)

        asked = Asked(days=days or anomalies.EVER, known_at=known_at, count=count, limit=limit, after=after)
        return await lists.answer(
            node, request, "/anomalies", {"code": code, "subject": tag}, read, asked, Anomaly, anomaly_list.render
        )

    @get(
        "/organisations/{slug:str}/anomalies",
        operation_id="list_anomalies_of_organisation",
        summary="What does not fit together about an organisation, its plans, initiatives and targets.",
        responses={200: described(Anomalies, "A page of anomalies.")},
    )
    async def of_organisation(
        self,
        request: Request[Any, Any, Any],
        node: Reading,
        slug: FromPath[str],
        days: Days,
        known_at: KnownAt = None,
        code: Code = None,
        count: lists.Counting = False,
        limit: Limit = LIMIT_DEFAULT,
        after: After = None,
    ) -> Answer:
        """Lists what concerns the organisation, and the plans, initiatives and targets that it owns."""

        def read(connection: sa.Connection, question: Question, page: Page) -> Listing:
            about = _owned(node, connection, request, slug, question)
            return anomalies.listing(node.queries, connection, question, page, code=code, subjects=about)

        asked = Asked(days=days or anomalies.EVER, known_at=known_at, count=count, limit=limit, after=after)
        path = f"/organisations/{slug}/anomalies"
        return await lists.answer(
            node, request, path, {"code": code}, read, asked, Anomaly, anomaly_list.of_organisation
        )


def _owned(
    node: Node, connection: sa.Connection, request: Request[Any, Any, Any], slug: str, question: Question
) -> list[str]:
    """The subjects that an organisation's anomalies are about. Raises NotFound where nothing mentions it."""
    subject = node.queries.found(connection, views.tag(slug), question.moment)
    if subject is None:
        raise views.unheard(node, connection, request, slug, "anomalies", question)
    return anomalies.owned(node.queries, connection, subject.tag, question)
