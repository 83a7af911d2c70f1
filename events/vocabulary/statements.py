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
    says="Statement by [{speaker}, ]{organisation}[ ({occasion})]",
    details=_DETAILS,
)
define(
    "finding.published",
    Statement,
    description="An organisation found something out.",
    says="Finding published by {organisation}[ ({occasion})]",
    details=_DETAILS,
)
