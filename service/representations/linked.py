"""Subjects as JSON-LD in the terms of W3C's Organization Ontology (http://www.w3.org/TR/vocab-org/).

What is definite on the days asked for is said in plain ORG terms. What is only possible must not be: a reader that
knows ORG would take it for a fact. It is a `rdf:Statement` (a statement that is spoken of, not made) with `certainty`.
A date has its EDTF text and its bounds, in terms of ours; `hasEnd` is the first day on which something no longer holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import quote

from events.queries.answers import DEFINITE, Appointment, AsOf, Bounds, Item, KnownAt, Lineage, Relation, Subject
from events.queries.organisations import OrganisationState, OrganisationSummary
from events.queries.people import PersonState
from events.queries.posts import PostState
from service.answers import encode
from service.pages import paths

MEDIA_TYPE: Final = "application/ld+json"
VERSION: Final = 1
TERMS: Final = "urn:orgline:terms:"

RELATIONS: Final = (
    "sponsored_by",
    "accountable_to",
    "directed_by",
    "operated_by",
    "commissions_from",
    "funded_by",
    "works_with",
)


def _date(term: str) -> dict[str, str]:
    return {"@id": term, "@type": "xsd:date"}


CONTEXT: Final[dict[str, Any]] = {
    "@version": 1.1,
    "org": "http://www.w3.org/ns/org#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "time": "http://www.w3.org/2006/time#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "orgline": TERMS,
    "id": "@id",
    "type": "@type",
    **{name: f"skos:{name}" for name in ("prefLabel", "altLabel", "Concept")},
    **{
        name: f"org:{name}"
        for name in [
            "Organization",
            "Membership",
            "Role",
            "Post",
            "ChangeEvent",
            "identifier",
            "classification",
            "subOrganizationOf",
            "hasSubOrganization",
            "linkedTo",
            "hasMembership",
            "member",
            "organization",
            "memberDuring",
            "role",
            "hasPost",
            "postIn",
            "heldBy",
            "changedBy",
            "resultedFrom",
            "originalOrganization",
            "resultingOrganization",
        ]
    },
    "membership": {"@reverse": "org:organization"},
    **{name: f"foaf:{name}" for name in ("Person", "Document", "primaryTopic", "topic")},
    "personName": "foaf:name",
    **{name: f"time:{name}" for name in ("Interval", "Instant", "hasBeginning", "hasEnd")},
    "inXSDDate": _date("time:inXSDDate"),
    "Statement": "rdf:Statement",
    **{name: f"rdf:{name}" for name in ("subject", "predicate", "object")},
    "earliest": _date("orgline:earliest"),
    "latest": _date("orgline:latest"),
    "recordedAt": {"@id": "orgline:recordedAt", "@type": "xsd:dateTime"},
    "asOf": "orgline:asOf",
    "knownAt": "orgline:knownAt",
    **{
        name: f"orgline:{name}"
        for name in (
            [
                "edtf",
                "position",
                "status",
                "certainty",
                "otherwise",
                "closedBy",
                "scheme",
                "post",
                "acting",
                "share",
                "kind",
                "during",
                "spokenOf",
            ]
        )
    },
    **{name: f"orgline:{name}" for name in RELATIONS},
}


def context() -> bytes:
    """The context as a document of its own; each answer holds it too, so that no reader needs to fetch it."""
    return encode({"@context": CONTEXT})


def organisation(base: str, state: OrganisationState) -> bytes:
    """One organisation."""
    it = address(base, f"organisation/{state.id}")
    other_names = {each.name for each in state.names if each.certainty == DEFINITE} - {state.name}
    node = {
        **_summary(base, state),
        "altLabel": sorted(other_names),
        "identifier": [
            {"@type": f"{TERMS}scheme:{quote(each.scheme, safe='')}", "@value": each.value}
            for each in _definite(state.identifiers)
        ],
        "classification": [
            {"type": "Concept", "prefLabel": each.value, "scheme": each.scheme}
            for each in _definite(state.classifications)
        ],
        "membership": [_membership(base, each) for each in _definite(state.appointments)],
        "hasPost": [
            {"id": address(base, f"post/{each.post}"), "type": "Post", **_labelled(each.title)}
            for each in _definite(state.posts)
        ],
        "changedBy": [_change(base, state.id, each.organisation, each) for each in _definite(state.successors)],
        "resultedFrom": [_change(base, each.organisation, state.id, each) for each in _definite(state.predecessors)],
        **_relations(base, state.relations),
        "spokenOf": [
            *(_spoken_of_relation(base, it, each) for each in state.relations),
            *_spoken_of_members(base, state.appointments),
            *(
                _statement(it, "orgline:succeededBy", address(base, f"organisation/{each.organisation}"), each)
                for each in _possible(state.successors)
            ),
            *(
                _statement(address(base, f"organisation/{each.organisation}"), "orgline:succeededBy", it, each)
                for each in _possible(state.predecessors)
            ),
        ],
    }
    return _document([node], state.as_of, state.known_at, it)


def person(base: str, state: PersonState) -> bytes:
    """One person."""
    it = address(base, f"person/{state.id}")
    node = {
        **_headed(it, "Person", state),
        "personName": state.name,
        "hasMembership": [_membership(base, each) for each in _definite(state.appointments)],
        "spokenOf": _spoken_of_members(base, state.appointments),
    }
    return _document([node], state.as_of, state.known_at, it)


def post(base: str, state: PostState) -> bytes:
    """One post."""
    it = address(base, f"post/{state.id}")
    node = {
        **_headed(it, "Post", state),
        "prefLabel": state.name,
        "postIn": [{"id": address(base, f"organisation/{each.organisation}")} for each in _definite(state.posts)],
        "heldBy": [_person(base, each) for each in _definite(state.holders)],
        **_relations(base, state.relations),
        "spokenOf": [
            *(_spoken_of_relation(base, it, each) for each in state.relations),
            *(
                _statement(it, "org:heldBy", address(base, f"person/{each.person}"), each)
                for each in _possible(state.holders)
            ),
        ],
    }
    return _document([node], state.as_of, state.known_at, it)


def organisations(base: str, items: Sequence[OrganisationSummary], as_of: AsOf, known_at: KnownAt) -> bytes:
    """A page of organisations."""
    return _document([_summary(base, each) for each in items], as_of, known_at, None)


def address(base: str, tag: str) -> str:
    """The address by which a subject is named."""
    return base + paths.of(tag)


def _document(nodes: list[dict[str, Any]], as_of: AsOf, known_at: KnownAt, topic: str | None) -> bytes:
    about: dict[str, Any] = {
        "type": "Document",
        "asOf": {"edtf": as_of.edtf, "earliest": as_of.earliest, "latest": as_of.latest},
        "knownAt": {"position": known_at.position, "recordedAt": known_at.recorded_at},
        "topic": [{"id": each["id"]} for each in nodes],
    }
    if topic is not None:
        about["primaryTopic"] = {"id": topic}
        about["id"] = f"{topic}?as_of={quote(as_of.edtf, safe='/')}&known_at={known_at.position}"
    return encode({"@context": CONTEXT, "@graph": [*map(_without_nothing, nodes), _without_nothing(about)]})


def _summary(base: str, state: OrganisationSummary) -> dict[str, Any]:
    found = _headed(address(base, f"organisation/{state.id}"), "Organization", state)
    return {**found, "prefLabel": state.name, "closedBy": state.closed_by or None}


def _headed(it: str, type_: str, state: Subject) -> dict[str, Any]:
    otherwise = state.otherwise or None
    return {"id": it, "type": type_, "status": state.status, "certainty": state.certainty, "otherwise": otherwise}


def _membership(base: str, item: Appointment) -> dict[str, Any]:
    return {
        "type": "Membership",
        "organization": {"id": address(base, f"organisation/{item.organisation}")},
        "member": _person(base, item),
        "post": {"id": address(base, f"post/{item.post}")},
        "role": {"type": "Role", "prefLabel": item.title} if item.title else None,
        "acting": item.acting,
        "share": item.share,
        "memberDuring": _interval(item),
    }


def _person(base: str, item: Appointment) -> dict[str, Any]:
    return {"id": address(base, f"person/{item.person}"), "type": "Person", "personName": item.person_name}


def _relations(base: str, relations: Iterable[Relation]) -> dict[str, list[dict[str, str]]]:
    """The definite relations as plain terms."""
    found: dict[str, list[dict[str, str]]] = {}
    for each in _definite(relations):
        term = _RELATED.get((each.kind, each.direction), each.kind if each.direction == "out" else None)
        if term is not None:
            found.setdefault(term, []).append({"id": address(base, each.target)})
    return found


_RELATED: Final = {("part_of", "out"): "subOrganizationOf", ("part_of", "in"): "hasSubOrganization"}


def _spoken_of_relation(base: str, it: str, item: Relation) -> dict[str, Any]:
    """A relation, definite or possible, with from when until when."""
    ends = (it, address(base, item.target))
    subject, object_ = ends if item.direction == "out" else ends[::-1]
    return _statement(
        subject, "org:subOrganizationOf" if item.kind == "part_of" else f"orgline:{item.kind}", object_, item
    )


def _spoken_of_members(base: str, items: Iterable[Appointment]) -> list[dict[str, Any]]:
    return [
        {
            **_statement(
                address(base, f"organisation/{each.organisation}"),
                "org:hasMember",
                address(base, f"person/{each.person}"),
                each,
            ),
            "post": {"id": address(base, f"post/{each.post}")},
        }
        for each in _possible(items)
    ]


def _statement(subject: str, predicate: str, object_: str, item: Item) -> dict[str, Any]:
    return {
        "type": "Statement",
        "subject": {"id": subject},
        "predicate": {"id": predicate},
        "object": {"id": object_},
        "certainty": item.certainty,
        "during": _interval(item),
    }


def _change(base: str, original: str, result: str, item: Lineage) -> dict[str, Any]:
    return {
        "id": f"{base}/events/{item.opened_by[0]}",
        "type": "ChangeEvent",
        "kind": item.kind,
        "originalOrganization": {"id": address(base, f"organisation/{original}")},
        "resultingOrganization": {"id": address(base, f"organisation/{result}")},
        "during": {"type": "Interval", "hasBeginning": _instant(item.since)},
    }


def _interval(item: Item) -> dict[str, Any]:
    return {"type": "Interval", "hasBeginning": _instant(item.since), "hasEnd": _instant(item.until)}


def _instant(bounds: Bounds | None) -> dict[str, Any] | None:
    if bounds is None:
        return None
    exact = bounds.earliest if bounds.earliest == bounds.latest else None
    plain = {"edtf": bounds.edtf, "earliest": bounds.earliest, "latest": bounds.latest, "inXSDDate": exact}
    return {"type": "Instant", **plain}


def _labelled(title: str | None) -> dict[str, str]:
    return {"prefLabel": title} if title else {}


def _definite(items: Iterable[Any]) -> list[Any]:
    return [each for each in items if each.certainty == DEFINITE]


def _possible(items: Iterable[Any]) -> list[Any]:
    return [each for each in items if each.certainty != DEFINITE]


def _without_nothing(value: Any) -> Any:
    """Without members that are null or empty: in JSON-LD they say nothing."""
    if isinstance(value, dict):
        return {name: _without_nothing(each) for name, each in value.items() if each is not None and each != []}
    return [_without_nothing(each) for each in value] if isinstance(value, list) else value
