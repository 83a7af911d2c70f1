"""What was said and found: for the timeline only, these change no slot."""

from __future__ import annotations

from events.vocabulary.language import (
    Data,
    JsonObject,
    OrganisationId,
    PersonId,
    PostId,
    References,
    Text,
    Title,
    define,
)


class Statement(Data, frozen=True, kw_only=True):
    """Something said or found, by whom, where, about whom, and figures in it."""

    organisation: OrganisationId
    speaker: PersonId | None = None
    post: PostId | None = None
    occasion: Title | None = None
    about: References = ()
    text: Text
    values: JsonObject | None = None


_DETAILS = "{text}.[ About {about}.]"

define(
    "statement.made",
    Statement,
    description="Somebody said something for an organisation, or about it.",
    example={
        "effective": "2019-06",
        "data": {
            "organisation": "nhsx",
            "speaker": "matthew-gould",
            "about": ["target/paperless-nhs"],
            "text": 'The target of a paperless NHS by 2024 would be "a stretch".',
        },
    },
    says="Statement by [{speaker}, ]{organisation}[ ({occasion})]",
    details=_DETAILS,
)
define(
    "finding.published",
    Statement,
    description="An organisation found something out.",
    example={
        "effective": "2020-09",
        "data": {
            "organisation": "nhsx",
            "about": ["initiative/digital-social-care-records"],
            "text": "30% of social care providers were still using entirely paper-based systems.",
            "values": {"entirely_paper_based": "30%"},
        },
    },
    says="Finding published by {organisation}[ ({occasion})]",
    details=_DETAILS,
)
