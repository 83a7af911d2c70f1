"""Money: what organisations commit to something and what they award."""

from __future__ import annotations

from events.vocabulary.language import (
    Amount,
    Count,
    Currency,
    Data,
    Does,
    InitiativeId,
    Name,
    OrganisationId,
    Parties,
    define,
)


class Funding(Data, frozen=True, kw_only=True):
    """An amount of money, perhaps for an initiative, in a round, in so many awards."""

    organisation: OrganisationId
    initiative: InitiativeId | None = None
    amount: Amount
    currency: Currency
    round: Name | None = None
    awards: Count | None = None
    recipients: Parties = ()


_VALUE = ("initiative", "amount", "currency", "round", "awards", "recipients")
_DETAILS = "[Round: {round}. ][Awards: {awards}. ][Recipients: {recipients}.]"

define(
    "funding.committed",
    Funding,
    Does(does="opens", property="funding", key=("=@event",), value=("kind=committed", *_VALUE), target=("initiative",)),
    description="Money is promised.",
    example={
        "effective": {"edtf": "2020-01", "latest": "2020-01-04"},
        "data": {"organisation": "nhsx", "initiative": "single-sign-on", "amount": "40000000", "currency": "GBP"},
    },
    says="{organisation} committed {money}[ to {initiative}]",
    details=_DETAILS,
)
define(
    "funding.awarded",
    Funding,
    Does(does="opens", property="funding", key=("=@event",), value=("kind=awarded", *_VALUE), target=("initiative",)),
    description="Money is given.",
    example={
        "effective": {"edtf": "2021-23", "latest": "2021-10-27", "text": "autumn 2021"},
        "data": {
            "organisation": "nhsx",
            "initiative": "adoption-fund",
            "amount": "6500000",
            "currency": "GBP",
            "round": "1",
            "awards": 35,
        },
    },
    says="{organisation} awarded {money}[ from {initiative}]",
    details=_DETAILS,
)
