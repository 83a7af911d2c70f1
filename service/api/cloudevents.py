"""CloudEvents 1.0 as requests to append: what is in an envelope, or in each of a batch, is a fact.

`type` and `id` of the envelope are those of the fact; where `data` gives them too, they are the same. All else in an
envelope says how it came here, and is not recorded: `source`, `time`, `subject`, extensions. A fact's date is its
`effective`, its sources are its `sources`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from events.canonical import parse
from events.errors import Fault
from events.facts import FACTS_MAX, InvalidFacts
from feeds.cloudevents import BATCH, SPECVERSION, STRUCTURED

MEDIA_TYPES: Final = (STRUCTURED, BATCH)
REQUIRED: Final = ("specversion", "id", "source", "type")
TAKEN: Final = ("id", "type")
"""The attributes that the fact has from its envelope."""


def unwrapped(body: bytes, media_type: str) -> bytes:
    """The body of the same request without envelopes: one fact, or `{"facts": […]}` from a batch.

    Raises MalformedJson, and InvalidFacts with every fault of the envelopes.
    """
    given = parse(body)
    if media_type == STRUCTURED:
        _refuse(_faults(given, ""))
        return _encoded(_fact(given))
    if not isinstance(given, list) or not given:
        raise InvalidFacts((Fault("", f"a body of {BATCH} is an array of at least one event"),))
    if len(given) > FACTS_MAX:
        raise InvalidFacts((Fault("", f"{len(given)} events are too many: send at most {FACTS_MAX}"),))
    _refuse(fault for n, each in enumerate(given) for fault in _faults(each, f"/{n}"))
    return _encoded({"facts": [_fact(each) for each in given]})


def placed(error: InvalidFacts, body: bytes, media_type: str) -> InvalidFacts:
    """The same faults, with pointers into the body that has the envelopes."""
    given = parse(body)

    def place(pointer: str) -> str:
        envelope, within = given, ""
        if media_type == BATCH:
            found = _IN_FACTS(pointer)
            if found is None:
                return ""
            envelope, within, pointer = given[int(found[1])], f"/{found[1]}", found[2]
        taken = pointer[1:] in TAKEN and pointer[1:] not in envelope["data"]
        return f"{within}{'' if taken else '/data'}{pointer}"

    return InvalidFacts(tuple(Fault(place(fault.pointer), fault.detail) for fault in error.faults))


def _fact(envelope: dict[str, Any]) -> dict[str, Any]:
    fact: dict[str, Any] = envelope["data"]
    return {**{name: envelope[name] for name in TAKEN}, **fact}


def _encoded(value: Any) -> bytes:
    """As JSON; text and numbers that cannot be recorded are refused where facts are read, with their place."""
    return json.dumps(value).encode()


def _refuse(faults: Iterator[Fault]) -> None:
    found = tuple(faults)
    if found:
        raise InvalidFacts(found)


def _faults(envelope: Any, pointer: str) -> Iterator[Fault]:
    """What is wrong with one envelope, its data aside."""
    if not isinstance(envelope, dict):
        yield Fault(pointer, "must be an object: a CloudEvent")
        return
    for name in REQUIRED:
        value = envelope.get(name)
        if name not in envelope:
            yield Fault(pointer, f"lacks {name}, which each CloudEvent has")
        elif not isinstance(value, str) or not value:
            yield Fault(f"{pointer}/{name}", "must be a text that is not empty")
        elif name == "specversion" and value != SPECVERSION:
            yield Fault(f"{pointer}/{name}", f"must be {SPECVERSION}, the one version that is understood here")
    if "data_base64" in envelope:
        yield Fault(f"{pointer}/data_base64", "is not understood here: give the fact in data, as JSON")
    elif "data" not in envelope:
        yield Fault(pointer, "lacks data, which is the fact")
    content = envelope.get("datacontenttype", "application/json")
    if not isinstance(content, str) or not _JSON(content):
        yield Fault(f"{pointer}/datacontenttype", "must be application/json, or be left out")
    data = envelope.get("data", {})
    if not isinstance(data, dict):
        yield Fault(f"{pointer}/data", "must be an object: the fact")
        return
    for name in TAKEN:
        if name in data and name in envelope and data[name] != envelope[name]:
            yield Fault(f"{pointer}/data/{name}", f"must be the {name} of the CloudEvent, or be left out")


_JSON: Final = re.compile(r"application/json *(;.*)?", re.IGNORECASE).fullmatch
_IN_FACTS: Final = re.compile(r"/facts/([0-9]+)(.*)", re.DOTALL).fullmatch
