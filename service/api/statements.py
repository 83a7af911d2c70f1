"""Statements: what is in force, whoever it is about."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from litestar import Controller, Request, get
from litestar.params import QueryParameter

from events.queries import Question, statements
from events.queries.listing import Listing, Page
from events.queries.statements import StatementItem, Wanted
from events.vocabulary import PROPERTIES
from service.answers import Answer, described
from service.api import lists, subjects
from service.api.lists import Asked, Count
from service.node import Node
from service.pages import statement_list
from service.parameters import LIMIT_DEFAULT, After, Days, KnownAt, Limit, Reading
from service.problems import InvalidParameter


class Statements(msgspec.Struct, frozen=True):
    """A page of statements. `next` is the address of the next page, null on the last."""

    items: list[StatementItem]
    next: str | None
    count: Count | msgspec.UnsetType = msgspec.UNSET


class StatementsController(Controller):
    """Statements."""

    path = "/statements"
    tags = ("State",)
    guards = subjects.GUARDS
    dependencies = subjects.DEPENDENCIES

    @get(
        operation_id="list_statements",
        summary="The statements in force on the days asked for, by property, key and subject.",
        responses={200: described(Statements, "A page of statements.")},
    )
    async def list(
        self,
        request: Request[Any, Any, Any],
        node: Reading,
        days: Days,
        known_at: KnownAt = None,
        property_: Annotated[
            str | None, QueryParameter(name="property", description="Only those of this property, such as posts.")
        ] = None,
        key: Annotated[
            str | None, QueryParameter(description="Only those with this key, such as ods X26; needs property.")
        ] = None,
        value: Annotated[
            str | None,
            QueryParameter(description="Only those with this value: text, or JSON; needs property, subject or target."),
        ] = None,
        subject: Annotated[
            str | None, QueryParameter(description="Only those of this subject: kind/slug, or an organisation's slug.")
        ] = None,
        target: Annotated[
            str | None, QueryParameter(description="Only those that also concern this subject: the same forms.")
        ] = None,
        q: Annotated[
            str | None,
            QueryParameter(
                description="Only those of subjects with a word in a name, or in the identifier, that begins so."
            ),
        ] = None,
        certainty: lists.Certainty = None,
        count: lists.Counting = False,
        limit: Limit = LIMIT_DEFAULT,
        after: After = None,
    ) -> Answer:
        """Lists the statements in force: who was responsible for something on that day, who held which post, …

        Pages followed by `next` keep to the days and knowledge of the first.
        """
        if property_ is not None and property_ not in PROPERTIES:
            own = await node.reads(_properties, node)
            if property_ not in own:
                raise InvalidParameter(_no_property(property_, own))
        if key is not None and property_ is None:
            raise InvalidParameter("key: say of which property, such as property=responsibilities")
        if value is not None and property_ is None and subject is None and target is None:
            raise InvalidParameter("value: say of which property, subject or target, such as property=stage")
        wanted = Wanted(
            property=property_,
            key=key,
            value=value,
            subject=lists.tag_of("subject", subject),
            target=lists.tag_of("target", target),
            q=q,
            certainty=certainty,
        )

        def read(connection: sa.Connection, question: Question, page: Page) -> Listing:
            return statements.listing(node.queries, connection, question, wanted, page)

        asked = Asked(days=days, known_at=known_at, count=count, limit=limit, after=after)
        return await lists.answer(
            node, request, self.path, msgspec.structs.asdict(wanted), read, asked, StatementItem, statement_list.render
        )


def _properties(node: Node) -> Collection[str]:
    """All properties, those of users' own types among them."""
    with node.database.snapshot() as connection:
        return node.queries.definitions.refresh(connection).properties


def _no_property(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, 1)
    advice = f"did you mean {near[0]}?" if near else f"the properties are {', '.join(PROPERTIES)}"
    return f"property={name[:40]}: there is no such property; {advice}"
