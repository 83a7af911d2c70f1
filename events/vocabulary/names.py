"""Names and identifiers of organisations and persons."""

from __future__ import annotations

from typing import Literal, TypeAlias

from events.vocabulary.language import Data, Does, Name, OrganisationId, PersonId, Token, define

NameKind: TypeAlias = Literal["legal", "trading", "brand", "short", "former", "translation"]


class Naming(Data, frozen=True, kw_only=True):
    """A name of an organisation or a person."""

    organisation: OrganisationId | None = None
    person: PersonId | None = None
    name: Name
    kind: NameKind


class Identifier(Data, frozen=True, kw_only=True):
    """An organisation's code in some scheme of codes."""

    organisation: OrganisationId
    scheme: Token
    value: Name


_OWNER = "organisation|person"
_KINDS = {
    "kind": {
        "legal": "legal name",
        "trading": "trading name",
        "brand": "brand",
        "short": "short name",
        "former": "former name",
        "translation": "translated name",
    }
}

define(
    "name.adopted",
    Naming,
    Does(does="sets", property="name", subject=_OWNER, value="name", when="kind = legal"),
    Does(does="opens", property="names", subject=_OWNER, key=("kind", "name"), when="kind != legal"),
    description="A name comes into use. There is one legal name at a time; of the other kinds there may be several.",
    example={"effective": "2016", "data": {"organisation": "nhs-digital", "name": "NHS Digital", "kind": "trading"}},
    says="Now called {name} ({kind}[kind != legal? of {organisation|person}])",
    words=_KINDS,
    one_of=("organisation", "person"),
)
define(
    "name.retired",
    Naming,
    Does(does="sets", property="name", subject=_OWNER, when="kind = legal"),
    Does(does="ends", property="names", subject=_OWNER, key=("kind", "name"), when="kind != legal"),
    description="A name goes out of use.",
    example={
        "effective": "2022-02",
        "data": {"organisation": "nhsx", "name": "NHSX", "kind": "brand"},
        "fulfils": "merge-nhsx",
    },
    says="No longer called {name} ({kind}[kind != legal? of {organisation|person}])",
    words=_KINDS,
    one_of=("organisation", "person"),
)
define(
    "identifier.assigned",
    Identifier,
    Does(does="opens", property="identifiers", key=("scheme", "value")),
    description="An organisation receives an identifier. Codes are recycled, so one may pass to another organisation.",
    example={"effective": "[..2019-02-19]", "data": {"organisation": "nhs-digital", "scheme": "ods", "value": "X26"}},
    says="{organisation} assigned the identifier {value} ({scheme})",
)
define(
    "identifier.withdrawn",
    Identifier,
    Does(does="ends", property="identifiers", key=("scheme", "value")),
    description="An identifier is an organisation's no more.",
    example={"effective": "2023", "data": {"organisation": "boat-museum", "scheme": "accreditation", "value": "1874"}},
    says="The identifier {value} ({scheme}) of {organisation} withdrawn",
)
