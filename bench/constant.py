"""Constant answers: what Litestar and the server need for an answer of this size, whatever is in it."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Final

from litestar import Litestar, Response, get

from service.pages import TEMPLATES

FOLDER: Final = "BENCH_FOLDER"
"""The variable that names the folder whose files are the answers."""
CONTEXT: Final = "context"
"""The file that holds a template's name and what it is rendered with, pickled."""
MEDIA_TYPE: Final = "application/atom+xml"


def create() -> Litestar:
    """An application that answers `/NAME` with the bytes of a file, and `/unchanged` with a bare 304."""
    files = {path.name: path.read_bytes() for path in Path(os.environ[FOLDER]).iterdir()}

    @get("/{name:str}")
    async def read(name: str) -> Response[bytes]:
        return Response(files[name], media_type=MEDIA_TYPE, headers={"ETag": '"constant"'})

    template, context = pickle.loads(files[CONTEXT]) if CONTEXT in files else ("", {})

    @get("/rendered")
    async def rendered() -> Response[bytes]:
        page = TEMPLATES.get_template(template).render(**context).encode()
        return Response(page, media_type="text/html; charset=utf-8")

    @get("/unchanged")
    async def unchanged() -> Response[None]:
        return Response(None, status_code=304, headers={"ETag": '"constant"'})

    @get("/health/live")
    async def live() -> dict[str, str]:
        return {}

    return Litestar([read, rendered, unchanged, live], openapi_config=None)
