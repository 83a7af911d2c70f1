"""Relations of an organisation or a post to another subject."""

from __future__ import annotations

from typing import Literal

from events.vocabulary.language import Data, Does, OrganisationId, PostId, Reference, define


class Relation(Data):
    """A relation, seen from both ends."""

    organisation: OrganisationId | None = None
    post: PostId | None = None
    kind: Literal[
        "part_of",
        "sponsored_by",
        "accountable_to",
        "directed_by",
        "operated_by",
        "commissions_from",
        "funded_by",
        "works_with",
    ]
    target: Reference


_OWNER = "organisation|post"

define(
    "relation.started",
    Relation,
    Does(does="opens", property="relations", subject=_OWNER, key=("kind", "target"), target=("target",)),
    description="A relation begins to hold.",
    says="{organisation|post} {kind} {target}",
    words={
        "kind": {
            "part_of": "part of",
            "sponsored_by": "sponsored by",
            "accountable_to": "accountable to",
            "directed_by": "directed by",
            "operated_by": "operated by",
            "commissions_from": "commissioning from",
            "funded_by": "funded by",
            "works_with": "working with",
        }
    },
    distinct=(("organisation", "target"), ("post", "target")),
    one_of=("organisation", "post"),
)
define(
    "relation.ended",
    Relation,
    Does(does="ends", property="relations", subject=_OWNER, key=("kind", "target"), target=("target",)),
    description="A relation holds no more.",
    says="{organisation|post} no longer {kind} {target}",
    words={
        "kind": {
            "part_of": "part of",
            "sponsored_by": "sponsored by",
            "accountable_to": "accountable to",
            "directed_by": "directed by",
            "operated_by": "operated by",
            "commissions_from": "commissioning from",
            "funded_by": "funded by",
            "works_with": "working with",
        }
    },
    distinct=(("organisation", "target"), ("post", "target")),
    one_of=("organisation", "post"),
)
