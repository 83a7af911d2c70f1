"""The JSON-LD context: `/context.jsonld`, and each version of it under an address where it never changes."""

from __future__ import annotations

from typing import Any, Final

from litestar import Controller, Request, get
from litestar.params import FromPath

from service import caching
from service.access.authority import reads_allowed
from service.answers import Answer, described
from service.problems import NotFound
from service.representations import linked

_CONTEXT: Final = linked.context()
_ETAG: Final = caching.strong_etag(_CONTEXT)


class ContextController(Controller):
    """The terms that JSON-LD answers use."""

    tags = ("State",)
    guards = (reads_allowed,)

    @get(
        "/context.jsonld",
        operation_id="read_context",
        summary="The JSON-LD context of this version. Answers hold it themselves.",
        responses={200: described(dict[str, Any], "The context.", linked.MEDIA_TYPE)},
    )
    async def current(self, request: Request[Any, Any, Any]) -> Answer:
        """The newest context."""
        return _answer(request, caching.REVALIDATE)

    @get(
        "/contexts/{document:str}",
        operation_id="read_context_version",
        summary="A version of the JSON-LD context: contexts/1.jsonld. It never changes.",
        responses={200: described(dict[str, Any], "The context.", linked.MEDIA_TYPE)},
    )
    async def version(self, request: Request[Any, Any, Any], document: FromPath[str]) -> Answer:
        """One version."""
        if document != f"{linked.VERSION}.jsonld":
            raise NotFound(f"there is no context {document[:40]}; the newest is contexts/{linked.VERSION}.jsonld")
        return _answer(request, caching.IMMUTABLE)


def _answer(request: Request[Any, Any, Any], control: str) -> Answer:
    whose = "public" if request.app.state.node.authority.public_reads else "private"
    control = f"{whose}, {control}"
    if caching.unchanged(request, _ETAG):
        return caching.not_modified(_ETAG, control)
    return Answer(_CONTEXT, media_type=linked.MEDIA_TYPE, headers=caching.headers(_ETAG, control))
