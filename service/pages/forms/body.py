"""The body of a form as a browser sends it: names and texts."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException

from events.errors import OrglineError

MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
FIELDS_MAX: Final = 5_000
REPLACEMENT: Final = "\ufffd"


class UnusableForm(OrglineError):
    """The body is no form of ours."""

    code = "unsupported-media-type"


class FormTooLarge(OrglineError):
    """The body is larger than this service takes."""

    code = "body-too-large"


class Posted(msgspec.Struct, frozen=True):
    """The fields of a form by their names, in their order. `garbled`: those that held bytes that are no text."""

    fields: dict[str, str]
    garbled: frozenset[str] = frozenset()

    def get(self, name: str) -> str:
        """What a field holds; nothing where there is none."""
        return self.fields.get(name, "")


async def read(request: Request[Any, Any, Any]) -> Posted:
    """The form that was sent. Raises UnusableForm, FormTooLarge."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != MEDIA_TYPE:
        raise UnusableForm(
            "forms are sent as application/x-www-form-urlencoded, and files are not taken: open the page and send the "
            "form from there"
        )
    try:
        body = await request.body()
    except HTTPException as error:
        if error.status_code != 413:
            raise
        raise FormTooLarge(
            "the form holds more than this service takes; go back with the browser, where it still stands as you typed "
            "it, and shorten its texts"
        ) from error
    return parsed(body)


def parsed(body: bytes) -> Posted:
    """The form in a body. Raises UnusableForm where it has more fields than any of ours.

    Bytes that are no UTF-8 are replaced, and their field is told, so that all else is kept.
    """
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace", max_num_fields=FIELDS_MAX
        )
    except ValueError as error:
        raise UnusableForm(f"the form has too many fields: at most {FIELDS_MAX}") from error
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name, value.replace("\r\n", "\n").replace("\r", "\n"))
    return Posted(fields, frozenset(name for name, value in fields.items() if REPLACEMENT in value))
