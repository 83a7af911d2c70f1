"""Equations: several identifiers turn out to name one organisation or person. About the register, so without a date."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from msgspec import Meta

from events.subjects import SLUG_LENGTH_MAX, SLUG_PATTERN
from events.vocabulary.language import ITEMS_MAX, Complaint, Data, define

EQUATED: Final = "identity.equated"
EQUATABLE: Final = ("organisation/", "person/")
"""How the tags of subjects begin that can be equated."""

Identity = Annotated[
    str,
    Meta(
        pattern=SLUG_PATTERN,
        max_length=SLUG_LENGTH_MAX,
        description="The slug of a subject of the kind that is given.",
        extra={"kind": "identity"},
    ),
]


class Equated(Data, frozen=True, kw_only=True):
    """Identifiers of one subject, and the one that it keeps."""

    kind: Literal["organisation", "person"]
    same: Annotated[tuple[Identity, ...], Meta(min_length=1, max_length=ITEMS_MAX)]
    keep: Identity

    @property
    def kept(self) -> str:
        """The tag that stands for all."""
        return f"{self.kind}/{self.keep}"

    @property
    def members(self) -> list[str]:
        """The tags of all that are one, each once: the one that is kept among them."""
        return list(dict.fromkeys((self.kept, *(f"{self.kind}/{slug}" for slug in self.same))))


def _another(data: Equated) -> Iterator[Complaint]:
    if set(data.same) == {data.keep}:
        yield "/same", f"only {data.keep} itself stands here: name at least one other identifier of it"


define(
    EQUATED,
    Equated,
    description="From now on several identifiers name one organisation or person; all that is recorded about any of "
    "them is said of the one that is kept.",
    example={"data": {"kind": "organisation", "same": ["nhs-commissioning-board"], "keep": "nhs-england"}},
    says="{same} and {keep} are the same {kind}",
    details="{keep} stands for all.",
    checks=(_another,),
)
