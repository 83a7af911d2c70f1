"""Canonical JSON (RFC 8785), and what text and numbers may be in anything that is recorded.

Two values that are equal as JSON have the same canonical bytes, so their hashes can be compared.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, TypeAlias

import msgspec
import rfc8785

from events.errors import Fault, OrglineError
from events.subjects import shown

INTEGER_MAX: Final = 2**53 - 1
"""Beyond ± this a number is not the same number for every reader of JSON (RFC 8785, section 3.2.2.3)."""
DEPTH_MAX: Final = 32
"""Levels of lists and objects, one in another, that a fact may have."""
DEPTH_OF_REQUEST: Final = -1
"""Where the levels of a request `{"facts": [{…}]}` begin, so that each of its facts is at the first."""

COMBINING_MAX: Final = 30  # in a row
COMBINING_RANGE: Final = range(0x300, 0x1F000)  # where combining marks are found


class MalformedJson(OrglineError):
    """A body is no JSON, or one that can be read in two ways; the message says where."""

    code = "malformed-json"


def canonical(value: Any) -> bytes:
    """The canonical bytes of any value that msgspec can encode as JSON and whose numbers and text are sound."""
    plain = msgspec.to_builtins(value)
    if _ordinary(plain):
        return encode_plain(plain)
    return rfc8785.dumps(plain)


encode_plain = msgspec.json.Encoder(order="sorted").encode
"""The same bytes as `canonical`, many times faster, for values without floats whose keys are all ASCII."""


def parse(body: bytes) -> Any:
    """A body as plain values, all text NFC. Raises MalformedJson, also where an object repeats the name of a member."""
    try:
        text = body.decode("utf-8")
        return _normal(json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_Members))
    except UnicodeDecodeError as error:
        raise MalformedJson(f"The body is not UTF-8: byte {error.start} cannot be read. Send JSON in UTF-8.") from None
    except json.JSONDecodeError as error:
        raise MalformedJson(
            f"The body is no JSON: {error.msg} at line {error.lineno}, column {error.colno}. Mend it there."
        ) from None
    except ValueError as error:
        raise MalformedJson(f"The body holds a number that cannot be read: {error}.") from None
    except RecursionError:
        raise MalformedJson(f"The body is nested too deeply: at most {DEPTH_MAX} levels.") from None


def tidy(body: bytes) -> bytes:
    """The same JSON with all text NFC. Raises MalformedJson, and UnsoundText where text could not be stored."""
    if b"\\u" not in body and _is_nfc(body) and not _repeats(body):
        return body
    value = parse(body)
    if any(unsound(value, "", DEPTH_OF_REQUEST)):
        raise UnsoundText("some text or number cannot be stored")
    return msgspec.json.encode(value)


class UnsoundText(OrglineError):
    """A body holds text or numbers that cannot be stored; `unsound` tells each."""

    code = "unsound-text"


def unsound(value: Any, pointer: str, depth: int = 1) -> Iterator[Fault]:
    """Every text, number and depth in plain values that could not be recorded, with its place.

    depth: the level of `value` itself; a fact is at 1.
    """
    if isinstance(value, str):
        if fault := _text_fault(value):
            yield Fault(pointer, fault)
    elif isinstance(value, bool):
        return
    elif isinstance(value, int | float):
        if not -INTEGER_MAX <= value <= INTEGER_MAX:  # which no NaN is either
            yield Fault(pointer, f"the number is too large: write it as text, or stay within ±{INTEGER_MAX}")
    elif isinstance(value, list | tuple | dict):
        if depth > DEPTH_MAX:
            yield Fault(pointer, f"nested too deeply: at most {DEPTH_MAX} levels")
        elif isinstance(value, dict):
            for key, item in value.items():
                below = f"{pointer}/{escape(key)}"
                if fault := _text_fault(key):
                    yield Fault(below, f"in the name of this member: {fault}")
                yield from unsound(item, below, depth + 1)
        else:
            for index, item in enumerate(value):
                yield from unsound(item, f"{pointer}/{index}", depth + 1)


def escape(part: str | int) -> str:
    """A part of a JSON pointer (RFC 6901)."""
    text = str(part).replace("~", "~0").replace("/", "~1")
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _is_nfc(body: bytes) -> bool:
    """Whether all text in JSON without \\u is NFC and could be stored."""
    if body.isascii():
        return True
    # No composition starts with a character that JSON's syntax or its other escapes could end in, so a text
    # that is normal as a whole is normal in each of its strings.
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    return not _stacked(text) and unicodedata.is_normalized("NFC", text)


def _repeats(body: bytes) -> bool:
    """Whether an object in JSON without \\u names a member twice, of which readers keep the last.

    Each member has a colon and text keeps its own, so colons are lost exactly where members are: several times quicker
    than looking at each object. Raises msgspec.DecodeError where it is no JSON.
    """
    return body.count(b":") != msgspec.json.encode(msgspec.json.decode(body)).count(b":")


def _text_fault(text: str) -> str | None:
    if _stacked(text):
        return f"more than {COMBINING_MAX} combining marks in a row are no text: leave some out"
    if "\0" in text:
        return "the character U+0000 cannot be stored: leave it out"
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        return "half of a surrogate pair cannot be stored: leave it out, or write both halves"
    return None


def _stacked(text: str) -> bool:
    """Whether more combining marks follow one another than any writing has (UAX #15, Stream-Safe Text Format).

    The time that normalising takes grows with the square of such a run, so it is looked for first.
    """
    return not text.isascii() and _stack().search(text) is not None


@cache
def _stack() -> re.Pattern[str]:
    marks = "".join(chr(code) for code in COMBINING_RANGE if unicodedata.combining(chr(code)))
    return re.compile(f"[{marks}]{{{COMBINING_MAX + 1}}}")


def _nfc(text: str) -> str:
    return text if _stacked(text) else unicodedata.normalize("NFC", text)


class _Members(list[tuple[str, Any]]):
    """An object's members as they are written, where a name may come twice."""


_Path: TypeAlias = "tuple[_Path, str | int] | None"
"""Where a value is: what it is in, and as what. It becomes a pointer only where that is told, as it may be long."""


def _normal(value: Any, path: _Path = None) -> Any:
    if isinstance(value, str):
        return _nfc(value)
    if isinstance(value, _Members):
        found: dict[str, Any] = {}
        for given, item in value:
            name = _nfc(given)
            if name in found:
                words = f"The body gives the member {shown(name)} twice, at {_pointer((path, name))}: leave one out."
                raise MalformedJson(words)
            found[name] = _normal(item, (path, name))
        return found
    if isinstance(value, list):
        return [_normal(item, (path, index)) for index, item in enumerate(value)]
    return value


def _pointer(path: _Path) -> str:
    parts: list[str] = []
    while path is not None:
        path, part = path
        parts.append(f"/{escape(part)}")
    return "".join(reversed(parts))


def _ordinary(value: Any) -> bool:
    """Whether msgspec's sorted encoding of plain values is canonical."""
    if isinstance(value, dict):
        return all(key.isascii() and _ordinary(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return all(map(_ordinary, value))
    return not isinstance(value, float)


def _refuse_constant(name: str) -> Any:
    raise MalformedJson(f"The body is no JSON: {name} is no number there. Leave it out, or write null or text.")
