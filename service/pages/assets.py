"""Files that pages need: our own style sheet and script, and Swagger UI's as an installed package brings them.

Nothing is loaded from elsewhere, so the pages work without a way to the outside and tell nobody who reads them.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Controller, Request, get
from litestar.params import FromPath

from service import caching
from service.answers import Answer
from service.problems import NotFound

OWN: Final = Path(__file__).parent / "static"
SWAGGER_UI: Final = "mkdocs_swagger_ui_tag"
"""A package that brings a recent Swagger UI (with OpenAPI 3.1). Only its files are used: it is not imported."""

TYPES: Final = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


class Asset(msgspec.Struct, frozen=True):
    """A file with its entity tag."""

    content: bytes
    media_type: str
    etag: str


class AssetsController(Controller):
    """Style sheets and scripts."""

    path = "/"
    include_in_schema = False

    @get("/static/{name:str}")
    async def own(self, request: Request[Any, Any, Any], name: FromPath[str]) -> Answer:
        """A file of our own."""
        return _answer(request, _own(), name)

    @get("/schema/assets/{name:str}")
    async def swagger_ui(self, request: Request[Any, Any, Any], name: FromPath[str]) -> Answer:
        """A file of Swagger UI."""
        return _answer(request, _swagger_ui(), name)


def _answer(request: Request[Any, Any, Any], assets: dict[str, Asset], name: str) -> Answer:
    asset = assets.get(name)
    if asset is None:
        raise NotFound(f"there is no file {name[:80]} here")
    if caching.unchanged(request, asset.etag):
        return caching.not_modified(asset.etag, caching.ASSET)
    return Answer(asset.content, media_type=asset.media_type, headers=caching.headers(asset.etag, caching.ASSET))


@cache
def _own() -> dict[str, Asset]:
    return {path.name: _asset(path) for path in OWN.iterdir() if path.suffix in TYPES}


@cache
def _swagger_ui() -> dict[str, Asset]:
    spec = find_spec(SWAGGER_UI)
    assert spec is not None, "the package is among the requirements"
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "swagger-ui"
    paths = (folder / "javascripts" / "swagger-ui-bundle.js", folder / "stylesheets" / "swagger-ui.css")
    return {path.name: _asset(path) for path in paths}


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(content, TYPES[path.suffix], caching.strong_etag(content))
