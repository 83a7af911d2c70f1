"""Who holds a post."""

from __future__ import annotations

from events.vocabulary.language import Data, Does, Flag, Name, OrganisationId, PersonId, PostId, Share, Title, define


class Appointment(Data, frozen=True, kw_only=True):
    """A person in a post."""

    organisation: OrganisationId
    post: PostId
    person: PersonId
    person_name: Name | None = None
    title: Title | None = None
    acting: Flag | None = None
    share: Share | None = None
    reason: Title | None = None


class Terms(Data, frozen=True, kw_only=True):
    """On what terms a person holds a post."""

    organisation: OrganisationId
    post: PostId
    person: PersonId
    acting: Flag | None = None
    share: Share | None = None


_SLOT = ("post", "person")
_TERMS = Does(does="sets", property="terms", key=_SLOT, value=("acting", "share"), target=("person", "post"))

define(
    "appointment.started",
    Appointment,
    Does(does="opens", property="appointments", key=_SLOT, value=("person_name", "title"), target=("person", "post")),
    _TERMS,
    description="A person takes up a post.",
    example={
        "effective": "[2019-02-20..2019-04-09]",
        "data": {
            "organisation": "nhsx",
            "post": "nhsx-chief-executive",
            "person": "matthew-gould",
            "person_name": "Matthew Gould",
            "title": "Chief Executive",
        },
    },
    says="{person_name|person} appointed {title|post} of {organisation}[acting? (acting)]",
    details="[Share of the post: {share}. ][Reason: {reason}.]",
)
define(
    "appointment.ended",
    Appointment,
    Does(does="ends", property="appointments", key=_SLOT, value=("reason",), target=("person", "post")),
    description="A person leaves a post.",
    example={
        "effective": "2021-06-26",
        "data": {
            "organisation": "dhsc",
            "post": "secretary-of-state-for-health-and-social-care",
            "person": "matt-hancock",
        },
    },
    says="{person_name|person} left as {title|post} of {organisation}",
    details="[Reason: {reason}.]",
)
define(
    "appointment.changed",
    Terms,
    _TERMS,
    description="The terms of an appointment change. All terms are given anew: what is left out holds no more.",
    example={
        "effective": "2020-09-01",
        "data": {"organisation": "boat-museum", "post": "boat-museum-director", "person": "ada-keel", "share": "0.5"},
    },
    says="New terms for {person} as {post} of {organisation}[acting? (acting)]",
    details="[Share of the post: {share}.]",
)
define(
    "appointment.observed",
    Appointment,
    Does(
        does="opens",
        property="observations",
        key=("post", "person", "=@event"),
        value=("person_name", "title", "acting", "share"),
        target=("person", "post"),
        momentary=True,
    ),
    description="A person is seen in a post on that day, or through an interval; when it began and ended is not known.",
    example={
        "effective": "2019-06",
        "data": {
            "organisation": "nhsx",
            "post": "nhsx-chief-executive",
            "person": "matthew-gould",
            "person_name": "Matthew Gould",
            "title": "Chief Executive",
        },
    },
    says="{person_name|person} serving as {title|post} of {organisation}[acting? (acting)]",
    details="[Share of the post: {share}.]",
)
