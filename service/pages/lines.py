"""Lines that the pages of several kinds of subjects have: appointments, relations, names, users' own properties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from events.queries.answers import Appointment, AsOf, Attribute, Extension, Name, Relation
from service.pages.parts import Line, date, has_passed, line, reference_tag
from service.pages.subject import Called, Draft
from service.pages.texts import TEXTS, code, fill


def in_post(each: Appointment, called: Called) -> Line:
    """A person in a post, told by the person."""
    title = each.title or called(f"post/{each.post}")
    name = each.person_name or called(f"person/{each.person}")
    return line(each, name, title, *_terms(each), tag=f"person/{each.person}")


def post_held(each: Appointment, called: Called) -> Line:
    """The same, told by the post."""
    title = each.title or called(f"post/{each.post}")
    return line(each, title, called(f"organisation/{each.organisation}"), *_terms(each), tag=f"post/{each.post}")


def due(text: str, edtf: str, status: str, days: AsOf) -> str:
    """When a target is due, in this text; of one that is still open, that its date has passed, where it has."""
    told = fill(text, date=date(edtf))
    return str(fill(TEXTS.line.due_passed, due=told) if status == "open" and has_passed(edtf, days) else told)


def _terms(each: Appointment) -> tuple[str, ...]:
    return (
        TEXTS.line.acting if each.acting else "",
        fill(TEXTS.line.share, share=each.share) if each.share else "",
        TEXTS.line.observed if each.observed else "",
    )


def relation(each: Relation, called: Called) -> Line:
    """A relation, told by the other end."""
    tag = reference_tag(each.target)
    kind = code("relation" if each.direction == "out" else "relation_in", each.kind)
    return line(each, called(tag), kind, tag=tag)


def names(found: Iterable[Name]) -> Draft:
    """Names in force."""
    return Draft("names", lambda _: [line(each, each.name, code("name", each.kind)) for each in found])


def attributes(found: Iterable[Attribute]) -> Draft:
    """Attributes in force."""
    return Draft("attributes", lambda _: [line(each, f"{each.key}: {_written(each.value)}") for each in found])


def extensions(found: Mapping[str, Iterable[Extension]]) -> Draft:
    """What users' own types say."""
    return Draft(
        "extensions",
        lambda _: [
            line(each, " ".join(filter(None, (name.removeprefix("x."), each.key, _written(each.value)))))
            for name, items in found.items()
            for each in items
        ],
    )


def _written(value: Any) -> str:
    if value is None or value is True:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
