"""Events as CloudEvents 1.0 (cloudevents.io), in the JSON batch format.

`subject` is the first of the event's tags that names a subject. Beside the attributes of the specification there are
two extensions: `position` in the log, and `effective`, the date of the fact in EDTF. `data` is the event as it is
served.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from events import event as envelope
from events.event import Effective, Event, instant
from events.register import Register

STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
SPECVERSION: Final = "1.0"


class _Body(msgspec.Struct):
    tags: tuple[str, ...] = ()
    effective: Effective | None = None


_body = msgspec.json.Decoder(_Body).decode


def batch(register: Register, events: Iterable[Event]) -> bytes:
    """The bytes of a batch: a JSON array."""
    return msgspec.json.encode([_event(register, each) for each in events])


def _event(register: Register, event: Event) -> dict[str, Any]:
    body = _body(event.body)
    written: dict[str, Any] = {
        "specversion": SPECVERSION,
        "id": event.id,
        "source": f"urn:uuid:{register.id}",
        "type": event.type,
    }
    subject = next((tag for tag in body.tags if not tag.startswith("type/")), None)
    if subject is not None:
        written["subject"] = subject
    written |= {
        "time": instant(event.recorded_at),
        "datacontenttype": "application/json",
        "position": event.position,
    }
    if body.effective is not None:
        written["effective"] = body.effective.edtf
    written["data"] = msgspec.Raw(envelope.json(event))
    return written
