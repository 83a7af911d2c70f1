"""From a request's JSON to facts, and from facts to what the log keeps: tags and canonical bodies.

Reading takes two ways. The quick one decodes straight into the structs of the types and stops at the first thing that
is wrong. Only then the thorough one goes over the whole body with the types' JSON Schemas and tells every fault.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from events.canonical import canonical, encode_plain, escape, parse, tidy, unsound
from events.envelope import effective_of, misfits, misordered
from events.errors import Fault, OrglineError
from events.event import Fact, Fulfils, RecordedFact, Stated
from events.subjects import shown
from events.vocabulary import FactType
from events.vocabulary.acts import taggers
from events.vocabulary.amendments import Corrected, Retracted
from events.vocabulary.checks import impossible, impossible_in_part
from events.vocabulary.defined import BUILT_IN, Definition, Types, is_type_name
from events.vocabulary.faults import FAULTS_MAX, faults_of_fact, nearest
from events.vocabulary.identities import EQUATED
from events.vocabulary.language import INTEGER_MAX

FACT_BYTES_MAX: Final = 65_536  # of a canonical body
FACTS_MAX: Final = 1_000  # in a request
EXPECTED_TAGS_MAX: Final = 1_000  # in `expect`


class InvalidFacts(OrglineError):
    """A body is JSON, but no valid facts; `faults` tells every fault, up to FAULTS_MAX."""

    code = "invalid-facts"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        first = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(f"{first.pointer or 'the body'}: {first.detail}{more}")
        self.faults = faults


class Request(Struct, frozen=True):
    """What a body asks to append. `expect`: tag to version; `single`: the body was one fact, not `{"facts": […]}`."""

    facts: list[Fact]
    expect: dict[str, int]
    strict: bool
    single: bool


def decode(body: bytes, types: Types = BUILT_IN) -> Request:
    """Read a request: one fact, or `{"facts": […], "expect": {…}, "strict": …}`; `types` are those of the register.

    Raises MalformedJson (see canonical.py), and InvalidFacts with every fault at once.
    """
    try:
        return _request(tidy(body), types)
    except _REFUSALS as error:
        reason = error
    faults: list[Fault] = []
    for fault in _faults_of_request(parse(body), types):
        faults.append(fault)
        if len(faults) == FAULTS_MAX:
            break
    # The two ways agree (a property test holds them to it); should they ever not, the quick one has seen something.
    raise InvalidFacts(tuple(faults) or (Fault("", str(reason)),))


def tags_of(fact: Fact | RecordedFact) -> set[str]:
    """`type/…`, and the tag of each subject that data or `fulfils` name; of a correction also its replacement's."""
    tags = {f"type/{fact.type}"}
    for tagger in taggers(fact.kind):
        tags.update(tagger(fact.data))
    if fact.fulfils is not None:
        tags.add(f"plan/{fact.fulfils.plan}")
    if isinstance(fact.data, Corrected):
        tags |= tags_of(fact.data.replacement)
    elif isinstance(fact.data, Definition):
        tags.add(f"type/{fact.data.name}")
    return tags


def recorded(fact: Fact, tags: Collection[str]) -> RecordedFact:
    """The fact, which has an id, as a canonical body holds it."""
    assert fact.id is not None, "an event has an id"
    return _record(fact, fact.id, tuple(sorted(tags)))


def body_of(fact: RecordedFact, pointer: str = "") -> bytes:
    """The canonical body of a recorded fact. Raises InvalidFacts, at `pointer`, if it is above FACT_BYTES_MAX."""
    body = canonical(fact) if fact.kind.free else encode_plain(fact)
    if len(body) > FACT_BYTES_MAX:
        words = f"the fact is too large: {len(body)} bytes as recorded, at most {FACT_BYTES_MAX}; shorten its texts"
        raise InvalidFacts((Fault(pointer, words),))
    return body


def event_ids_mentioned(fact: Fact | RecordedFact) -> set[str]:
    """The ids that must be known to the log: in follows, ends, what is amended, the definition of the type; and the
    same of a replacement.
    """
    mentioned = set(fact.follows)
    if fact.ends is not None:
        mentioned.add(fact.ends)
    kind = fact.kind
    if kind.definition is not None:
        mentioned.add(kind.definition)
    elif isinstance(fact.data, (Corrected, Retracted)):
        mentioned.add(fact.data.event)
    if isinstance(fact.data, Corrected):
        mentioned |= event_ids_mentioned(fact.data.replacement)
    return mentioned


class _Faulty(Exception):
    """The quick way has met something that is wrong; never leaves this module."""


_REFUSALS: Final = (_Faulty, OrglineError, msgspec.MsgspecError, UnicodeError, RecursionError)

Version = Annotated[int, Meta(ge=0, le=INTEGER_MAX)]


class _Batch(Struct, frozen=True, forbid_unknown_fields=True):
    facts: Annotated[tuple[Stated, ...], Meta(min_length=1, max_length=FACTS_MAX)]
    expect: Annotated[dict[str, Version], Meta(max_length=EXPECTED_TAGS_MAX)] = {}
    strict: bool = False


_read_single = msgspec.json.Decoder(Stated).decode
_read_batch = msgspec.json.Decoder(_Batch).decode
_is_tag = re.compile(r"^[a-z]{1,16}/[a-z0-9][a-z0-9._-]{0,127}$(?!\n)").search


def _request(body: bytes, types: Types = BUILT_IN) -> Request:
    """The quick way: raises one of _REFUSALS at the first fault."""
    try:
        stated = _read_single(body)
    except msgspec.ValidationError:
        batch = _read_batch(body)
    else:
        facts = [_fact(stated, types)]
        _stop_at(misordered(facts, single=True))
        return Request(facts, {}, False, True)
    facts = [_fact(stated, types) for stated in batch.facts]
    _stop_at(misordered(facts, single=False))
    if not all(map(_is_tag, batch.expect)):
        raise _Faulty("expect")
    return Request(facts, batch.expect, batch.strict, False)


def _stop_at(faults: Iterable[Fault]) -> None:
    for fault in faults:
        raise _Faulty(fault.detail)


def _fact(stated: Stated, types: Types = BUILT_IN) -> Fact:
    kind = types.find(stated.type, stated.schema)
    if kind is None or stated.schema not in (None, kind.schema):
        raise _Faulty("type")
    data = kind.decoder.decode(stated.data)
    for _, words in impossible(kind, data):
        raise _Faulty(words)
    if isinstance(data, Corrected):
        data = _with_replacement(data, types)
    _stop_at(misfits(kind, stated, data))
    fulfils = stated.fulfils
    return Fact(
        type=stated.type,
        data=data,
        id=stated.id,
        effective=None if stated.effective is None else effective_of(stated.effective),
        sources=stated.sources,
        note=stated.note,
        fulfils=Fulfils(fulfils) if isinstance(fulfils, str) else fulfils,
        follows=stated.follows,
        ends=stated.ends,
    )


def _with_replacement(data: Corrected, types: Types) -> Corrected:
    replacement = _fact(_read_single(msgspec.json.encode(data.replacement)), types)
    _stop_at(_unfit_as_replacement(replacement.kind, replacement.id is not None))
    _stop_at(misordered([replacement], single=True))
    recorded = _record(replacement, None, ())
    return msgspec.structs.replace(data, replacement=recorded)


def _unfit_as_replacement(kind: FactType, has_id: bool) -> Iterator[Fault]:
    if not kind.dated and kind.name != EQUATED:
        yield Fault("/type", f"{kind.name} cannot stand in the place of a fact: give a fact about the world")
    if has_id:
        yield Fault("/id", "a replacement takes the place of the event and has no id of its own: leave it out")


def _record(fact: Fact, event_id: str | None, tags: tuple[str, ...]) -> RecordedFact:
    kind = fact.kind
    return RecordedFact(
        type=fact.type,
        schema=kind.schema,
        data=fact.data,
        id=event_id,
        tags=tags,
        effective=fact.effective,
        sources=fact.sources,
        note=fact.note,
        fulfils=fact.fulfils,
        follows=fact.follows,
        ends=fact.ends,
        definition=kind.definition,
    )


def _faults_of_request(value: Any, types: Types = BUILT_IN) -> Iterator[Fault]:
    """The thorough way: every fault of a request in plain values."""
    if not isinstance(value, dict):
        advice = 'for several facts send {"facts": […]}' if isinstance(value, list) else "see /types for what is in it"
        yield Fault("", f"the body must be a JSON object: {advice}")
    elif "facts" not in value:
        fact, faults = _examined(value, types)
        yield from faults
        yield from misordered([fact], single=True)
    else:
        known = _Batch.__struct_fields__
        for name in value:
            if name not in known:
                words = f"there is no field {shown(name)} beside facts: {nearest(name, known, 'the fields')}"
                yield Fault(f"/{escape(name)}", words)
        if not isinstance(value.get("strict", False), bool):
            yield Fault("/strict", "must be true or false")
        yield from _faults_of_expect(value.get("expect", {}))
        yield from _faults_of_facts(value["facts"], types)


def _faults_of_expect(expect: Any) -> Iterator[Fault]:
    if not isinstance(expect, dict):
        yield Fault("/expect", 'must be an object of tags and versions, such as {"organisation/nhsx": 12}')
        return
    if len(expect) > EXPECTED_TAGS_MAX:
        yield Fault("/expect", f"has too many tags: at most {EXPECTED_TAGS_MAX}, not {len(expect)}")
        return
    for tag, version in expect.items():
        if not _is_tag(tag):
            yield Fault(f"/expect/{escape(tag)}", f"{shown(tag)} is no tag: write kind/slug, such as organisation/nhsx")
        if not isinstance(version, int) or isinstance(version, bool) or not 0 <= version <= INTEGER_MAX:
            yield Fault(f"/expect/{escape(tag)}", "must be a version: a whole number, 0 if there is no event yet")


def _faults_of_facts(values: Any, types: Types) -> Iterator[Fault]:
    if not isinstance(values, list):
        yield Fault("/facts", "must be a list of facts")
    elif not values:
        yield Fault("/facts", "is empty: give at least one fact")
    elif len(values) > FACTS_MAX:
        yield Fault("/facts", f"has too many facts: at most {FACTS_MAX} a request, not {len(values)}")
    else:
        facts = []
        for index, value in enumerate(values):
            fact, faults = _examined(value, types)
            facts.append(fact)
            yield from _below(f"/facts/{index}", faults)
        yield from misordered(facts, single=False)


def _examined(value: Any, types: Types, depth: int = 1) -> tuple[Fact | None, list[Fault]]:
    """One fact in plain values: the fact itself, or all its faults. `depth` is its level, for DEPTH_MAX."""
    faults = list(islice(unsound(value, "", depth), FAULTS_MAX))
    if not faults:
        try:
            return _fact(_read_single(msgspec.json.encode(value)), types), []
        except _REFUSALS:
            pass
    if not isinstance(value, dict):
        return None, [Fault("", "a fact must be an object"), *faults]
    name, schema = value.get("type"), value.get("schema")
    kind = types.find(name, schema if isinstance(schema, str) else None) if isinstance(name, str) else None
    if kind is None:
        if isinstance(name, str):
            advice = nearest(name, types.names(), "types")
            if is_type_name(name):
                advice = f"record its definition first, in a request of its own; {advice}"
            faults.append(Fault("/type", f"{shown(name)} is no type of fact: {advice}"))
        return None, faults + list(faults_of_fact(value, None))
    if faults:
        return None, faults + [fault for fault in faults_of_fact(value, kind) if fault not in faults]
    return None, list(_faults_of_known(value, kind, depth, types))


def _faults_of_known(value: dict[str, Any], kind: FactType, depth: int, types: Types = BUILT_IN) -> Iterator[Fault]:
    """All faults of a fact whose type is known, whose text and numbers are sound, and which has at least one."""
    faults = list(faults_of_fact(value, kind))
    yield from faults
    data = None
    plain = value.get("data")
    faulty = {fault.pointer.split("/")[2] for fault in faults if fault.pointer.startswith("/data/")}
    if isinstance(plain, dict) and faulty:
        sound = {name: plain[name] for name in plain if name in kind.fields and name not in faulty}
        complaints = impossible_in_part(kind, msgspec.convert(sound, kind.draft), faulty)
        yield from (Fault(f"/data{pointer}", words) for pointer, words in complaints)
    elif isinstance(plain, dict):
        data = msgspec.convert(plain, kind.data)
        found = [Fault(f"/data{pointer}", words) for pointer, words in impossible(kind, data)]
        yield from found
        data = None if found else data
    if kind.data is Corrected and isinstance(plain, dict) and "replacement" in plain:
        yield from _below("/data/replacement", _faults_of_replacement(plain["replacement"], depth + 2, types))
    try:
        stated = _read_single(msgspec.json.encode({**value, "data": {}}))
    except msgspec.ValidationError:
        return
    for fault in misfits(kind, stated, data):
        if not any(told.pointer == fault.pointer or told.pointer.startswith(f"{fault.pointer}/") for told in faults):
            yield fault


def _faults_of_replacement(value: Any, depth: int, types: Types) -> Iterator[Fault]:
    fact, faults = _examined(value, types, depth)
    yield from faults
    yield from misordered([fact], single=True)
    name = value.get("type") if isinstance(value, dict) else None
    kind = types.find(name) if isinstance(name, str) else None
    if kind is not None:
        yield from _unfit_as_replacement(kind, value.get("id") is not None)


def _below(pointer: str, faults: Iterable[Fault]) -> Iterator[Fault]:
    return (Fault(pointer + fault.pointer, fault.detail) for fault in faults)
