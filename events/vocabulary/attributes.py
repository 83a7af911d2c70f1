"""Attributes: whatever else is to be known of an organisation or a person."""

from __future__ import annotations

from events.vocabulary.language import Data, Does, Json, OrganisationId, PersonId, Token, define


class Attribute(Data, frozen=True, kw_only=True):
    """A value under a key of one's own; null says that there is none any more."""

    organisation: OrganisationId | None = None
    person: PersonId | None = None
    key: Token
    value: Json


define(
    "attribute.set",
    Attribute,
    Does(
        does="sets",
        property="attributes",
        subject="organisation|person",
        key=("key",),
        value="value",
    ),
    description="An attribute of an organisation or a person takes a value; null takes it away.",
    example={"effective": "1978-10-02", "data": {"person": "matt-hancock", "key": "born", "value": "1978-10-02"}},
    says="{organisation|person}: {key} set to {value}",
    one_of=("organisation", "person"),
)
