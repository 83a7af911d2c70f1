"""Relations of an organisation or a post to another subject."""

from __future__ import annotations

from typing import Literal

from events.vocabulary.language import Data, Does, OrganisationId, PostId, Reference, define


class Relation(Data, frozen=True, kw_only=True):
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
    example={
        "effective": {"edtf": "[2019-02-20..2019-04-09]", "text": "early 2019"},
        "data": {"organisation": "nhsx", "kind": "works_with", "target": "gds"},
    },
    says="{organisation|post} {kind} {target}",
    words={
        "kind": {
            "part_of": "became part of",
            "sponsored_by": "came to be sponsored by",
            "accountable_to": "became accountable to",
            "directed_by": "came to be directed by",
            "operated_by": "came to be operated by",
            "commissions_from": "began to commission from",
            "funded_by": "came to be funded by",
            "works_with": "began to work with",
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
    example={"effective": "2021-04-01", "data": {"organisation": "boat-museum", "kind": "part_of", "target": "dcms"}},
    says="{organisation|post} {kind} {target}",
    words={
        "kind": {
            "part_of": "ceased to be part of",
            "sponsored_by": "ceased to be sponsored by",
            "accountable_to": "ceased to be accountable to",
            "directed_by": "ceased to be directed by",
            "operated_by": "ceased to be operated by",
            "commissions_from": "ceased to commission from",
            "funded_by": "ceased to be funded by",
            "works_with": "ceased to work with",
        }
    },
    distinct=(("organisation", "target"), ("post", "target")),
    one_of=("organisation", "post"),
)
