"""Addresses that a form in a page made, in the terms of the API.

A form sends all its fields, the empty ones too, and people write days as people do ("autumn 2021"). Addresses are to be
shared and are the same for programs, so the browser is sent on to one that leaves out what is empty and names days in
EDTF.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from litestar import Request

from events.queries.question import position_in_words
from service.pages.spoken import to_edtf

OF_DAYS: Final = ("as_of", "at", "date", "on", "from", "to", "effective_from", "effective_to")
OF_KNOWLEDGE: Final = ("known_at", "known_from", "known_to")
IN_PATHS: Final = "/:@!$&'()*+,;=~"
"""What may stand in a path as it is (RFC 3986)."""
WHOLE_DAY: Final = len("2021-06-01")


def tidied(request: Request[Any, Any, Any]) -> str | None:
    """The address to go to instead; None where it is tidy, or cannot be read."""
    try:
        given = parse_qsl(request.scope["query_string"].decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        return None
    node = request.app.state.node
    today = node.register.today(node.clock())
    wanted = []
    for name, value in given:
        text = value.strip()
        if name in OF_DAYS or name in OF_KNOWLEDGE:
            edtf = to_edtf(text, today)
            if edtf is not None and (name in OF_DAYS or len(edtf) == WHOLE_DAY):
                text = edtf
            elif name in OF_KNOWLEDGE:
                text = position_in_words(text) or text
        if text:
            wanted.append((name, text))
    if wanted == given:
        return None
    query = urlencode(wanted, safe="/:")
    path = quote(request.scope["path"], safe=IN_PATHS)
    return f"{node.path_prefix}{path}{f'?{query}' if query else ''}"
