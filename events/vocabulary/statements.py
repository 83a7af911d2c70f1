"""What was said and found: for the timeline only, these change no slot."""

from __future__ import annotations

from events.vocabulary.language import Data, JsonObject, OrganisationId, PersonId, PostId, References, Text, Title, define


class Statement(Data):
    """Something said or found, by whom, where, about whom, and figures in it."""

    organisation: OrganisationId
    speaker: PersonId | None = None
    post: PostId | None = None
    occasion: Title | None = None
    about: References = ()
    text: Text
    values: JsonObject | None = None


_DETAILS = "“{text}”[ Occasion: {occasion}.][ About {about}.]"

define(
    "statement.made",
    Statement,
    description="Somebody said something for an organisation, or about it.",
    says="[{speaker} made a statement for ]{organisation}[!speaker? made a statement]",
    details=_DETAILS,
)
define(
    "finding.published",
    Statement,
    description="An organisation found something out.",
    says="{organisation} published a finding",
    details=_DETAILS,
)
