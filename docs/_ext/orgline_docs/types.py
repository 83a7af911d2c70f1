"""The types of facts, from the vocabulary: fields, what a fact does to slots, its sentence, an example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, Final

import msgspec

from events.facts import decode
from events.vocabulary import TYPES, FactType
from events.vocabulary.language import Does, Field
from events.words import summary
from orgline_docs.writing import anchor, code, codes, sections, table

KINDS: Final = {
    "text": "text",
    "edtf": "date",
    "drafts": "list of changes",
    "fact": "fact",
    "json": "JSON",
    "value": "JSON",
    "reference": "subject",
    "party": "party",
    "identity": "slug",
}
"""How the kinds of fields are called; slugs go by the kind of what they name."""


FAMILIES: Final = (
    *("organisation", "name", "identifier", "relation", "post", "appointment", "responsibility", "priority", "change"),
    *("initiative", "funding", "target", "statement", "finding", "attribute", "fact", "identity", "type"),
)
"""In the order in which one meets them; others come after these."""


def markdown() -> str:
    """A section for each family, and in it one for each type."""
    parts = []
    for family, kinds in groupby(sorted(TYPES.values(), key=_place), key=_family):
        parts.append(f"## {family.capitalize()}")
        parts += [_type(kind) for kind in kinds]
    return sections(parts)


def words_of(field: Field, schema: Mapping[str, Any]) -> str:
    """What a field means, from the JSON Schema of its data; empty where nothing says it."""
    for part in _parts(schema["properties"].get(field.name, {})):
        if "enum" in part:
            return f"One of {codes(part['enum'])}."
        if "description" in part:
            return str(part["description"])
    return ""


def data_schema(kind: FactType) -> Mapping[str, Any]:
    """The JSON Schema of the data of a type."""
    (data,), components = msgspec.json.schema_components((kind.data,))
    schema: Mapping[str, Any] = components[data["$ref"].rpartition("/")[2]]
    return schema


def _family(kind: FactType) -> str:
    return kind.name.partition(".")[0]


def _place(kind: FactType) -> tuple[int, str]:
    """Families in their order; types in a family stay in that of the vocabulary."""
    family = _family(kind)
    return (FAMILIES.index(family) if family in FAMILIES else len(FAMILIES)), family


def _type(kind: FactType) -> str:
    assert kind.example is not None
    stated = {"type": kind.name, **kind.example}
    fact = decode(msgspec.json.encode(stated)).facts[0]
    schema = data_schema(kind)
    fields = (
        [code(field.name), _kind(field, schema), "yes" if field.required else "", words_of(field, schema)]
        for field in kind.fields.values()
    )
    return sections(
        [
            f"{anchor('type-' + kind.name.replace('.', '-'))}### {kind.name}",
            kind.description,
            table(("field", "kind", "required", "meaning"), fields),
            " ".join(_conditions(kind)),
            _does(kind),
            f"```json\n{_pretty(stated)}\n```",
            f"In words: *{summary(fact, _name)}*" if kind.dated else "",
            f"Pattern: {codes(filter(None, (kind.says, kind.details)), ' and ')}",
        ]
    )


def _kind(field: Field, schema: Mapping[str, Any]) -> str:
    words = KINDS.get(field.kind, field.kind)
    if field.kind == "other":
        kinds = [str(part["type"]) for part in _parts(schema["properties"][field.name]) if "type" in part]
        words = next((kind for kind in kinds if kind not in ("null", "array")), "value")
    return f"list of {words}" if field.many and field.kind != "drafts" else words


def _conditions(kind: FactType) -> Iterator[str]:
    if kind.one_of:
        yield f"Exactly one of {codes(kind.one_of, ' and ')} is given."
    if kind.distinct:
        pairs = "; ".join(codes(pair, " and ") for pair in kind.distinct)
        yield f"These differ: {pairs}."
    if not kind.dated:
        yield "It tells of the register itself, so it has no `effective` date."
    elif kind.opens_something:
        yield "Its date may be an interval `A/B`: then it ends the day after B."


def _does(kind: FactType) -> str:
    if not kind.does:
        return "It changes no state: it stands on the timeline and in feeds." if kind.dated else ""
    head = ("does", "property", "of", "key", "value", "for each", "where")
    return table(head, (_act(does) for does in kind.does))


def _act(does: Does) -> list[str]:
    value = (does.value,) if isinstance(does.value, str) and does.value else does.value
    return [
        does.does,
        code(does.property),
        codes(does.subject.split("|"), " or "),
        codes(does.key),
        codes(value or ()) or ("nothing" if does.does == "sets" else ""),
        code(does.each) if does.each else "",
        code(does.when) if does.when else "",
    ]


def _parts(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield schema
    for part in schema.get("anyOf", ()):
        yield from _parts(part)
    if isinstance(schema.get("items"), Mapping):
        yield from _parts(schema["items"])


def _pretty(stated: object) -> str:
    return msgspec.json.format(msgspec.json.encode(stated), indent=2).decode()


def _name(tag: str) -> str:
    """A subject by its slug: an example knows no names."""
    return tag.partition("/")[2]
