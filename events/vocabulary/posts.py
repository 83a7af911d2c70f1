"""Posts in organisations."""

from __future__ import annotations

from events.vocabulary.language import Data, Does, Name, OrganisationId, PostId, Title, define


class Post(Data, frozen=True, kw_only=True):
    """A post, whoever holds it."""

    organisation: OrganisationId
    post: PostId
    title: Title | None = None
    rank: Name | None = None


define(
    "post.created",
    Post,
    Does(does="opens", property="posts", key=("post",), value=("title", "rank"), target=("post",)),
    description="A post begins to exist in an organisation.",
    example={
        "effective": {"edtf": "[2019-02-20..2019-04-09]", "text": "early 2019"},
        "data": {"organisation": "nhsx", "post": "nhsx-chief-executive", "title": "Chief Executive"},
    },
    says="Post of {title|post} created at {organisation}",
    details="[Rank: {rank}.]",
)
define(
    "post.abolished",
    Post,
    Does(does="ends", property="posts", key=("post",), value=("title", "rank"), target=("post",)),
    description="A post ends, and with it its appointments and relations.",
    example={"effective": "2021-07-01", "data": {"organisation": "boat-museum", "post": "boat-museum-director"}},
    says="Post of {title|post} at {organisation} abolished",
)
