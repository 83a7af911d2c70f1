"""From the JSON Schema of a type to the fields of a form.

A field goes by the JSON pointer of the value that it gives, within the fact: so what is posted says by its names where
it belongs, and a fault that the register tells (RFC 6901 pointers too) finds its field.

What a schema says that no form can (conditions, maps, tuples) becomes an area for JSON, or is left to the register to
check: every fact is read by it in any case.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Literal

import msgspec

from events.subjects import SLUG_PATTERN
from events.vocabulary import TYPES
from events.vocabulary.language import AMOUNT_PATTERN, ITEMS_MAX, FactType
from events.vocabulary.roles import bodies_of, names_of, presupposed
from events.vocabulary.schema import SCHEMAS_CACHED, draft_schema_of, schema_of
from service.pages.texts import TEXTS

LINE_LENGTH_MAX: Final = 600
"""Texts that may be longer are written in an area of several lines."""
DEPTH_MAX: Final = 6
"""Groups and lists within one another; what lies deeper is an area for JSON."""
SUBJECTS: Final = frozenset(
    {"organisation", "person", "post", "plan", "initiative", "target", "responsibility", "reference"}
)

Kind = Literal[
    "line", "area", "url", "amount", "whole", "number", "flag", "choice", "day", "date", "subject", "json", "any",
    "group", "list", "draft",
]  # fmt: skip


class Choice(msgspec.Struct, frozen=True):
    """One of the values that a field may have: how it is posted, what it is called, and the value itself."""

    text: str
    label: str
    value: Any


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A field of a form, with those that it consists of.

    `subject`: of which kind the subject is that it names; `recorded`: only one makes sense of which something is
    recorded; `named_by`: the neighbour that says what it is called; `body`: of a post the neighbour that names the
    organisation that it is in. `slug_of`: the neighbour that a short name is made from where none is given. `children`
    are those of a group by their names, `item` is each of a list. A `draft` has the fields of the type that its
    neighbour `change` names.
    """

    kind: Kind
    label: str
    hint: str = ""
    required: bool = False
    choices: tuple[Choice, ...] = ()
    default: str = ""
    subject: str = ""
    recorded: bool = False
    named_by: str = ""
    body: str = ""
    slug_of: str = ""
    children: Mapping[str, Field] = {}
    item: Field | None = None
    items_max: int = ITEMS_MAX


@lru_cache(SCHEMAS_CACHED)
def of_type(kind: FactType) -> Field:
    """The fields of a whole fact of this type: what it rests on, when, its data, what is said besides."""
    data = of_data(kind)
    texts = TEXTS.facts
    envelope: dict[str, Field] = {"sources": _sources()}
    if kind.dated:
        envelope["effective"] = _effective(kind)
    envelope["data"] = data
    envelope["note"] = Field(kind="area", label=texts.note, hint=texts.note_hint)
    if kind.dated:
        envelope["fulfils"] = Field(
            kind="group",
            label=texts.fulfils,
            hint=texts.fulfils_hint,
            children={
                "plan": Field(kind="subject", subject="plan", label=texts.fulfils_plan, recorded=True),
                "part": _flag(texts.fulfils_part, texts.fulfils_part_hint, required=False),
            },
        )
        event = Field(kind="line", label=texts.event_id, hint=texts.event_id_hint)
        envelope["follows"] = Field(kind="list", label=texts.follows, hint=texts.follows_hint, item=event)
        if kind.ends_something:
            envelope["ends"] = Field(kind="line", label=texts.ends, hint=texts.ends_hint)
    return Field(kind="group", label=kind.name, children=envelope, required=True)


@lru_cache(SCHEMAS_CACHED)
def of_data(kind: FactType) -> Field:
    """The fields of a type's data."""
    schema = schema_of(kind)
    if kind.own_schema is not None:
        whole, definitions = dict(kind.own_schema), kind.own_schema.get("$defs", {})
    else:
        whole, definitions = schema["properties"]["data"], schema["$defs"]
    return _Reading(definitions, kind).data(whole, kind.name)


@lru_cache(SCHEMAS_CACHED)
def of_draft(name: str) -> Field | None:
    """The fields of what a plan drafts of this type: none is required. None where there is no type that can be
    planned.
    """
    kind = TYPES.get(name)
    if kind is None or name not in plannable():
        return None
    schema = draft_schema_of(kind)
    reading = _Reading(schema.get("$defs", {}), kind, is_draft=True)
    return msgspec.structs.replace(reading.data(schema, name), label=TEXTS.facts.draft)


@lru_cache(1)
def plannable() -> tuple[str, ...]:
    """The types that a plan may draft."""
    return tuple(name for name, kind in TYPES.items() if kind.dated and not name.startswith("change."))


def type_label(name: str) -> str:
    """What a type is called."""
    return str(_text("types", name) or name)


def type_description(kind: FactType) -> str:
    """What a fact of the type says has happened: of ours in words for who writes it."""
    return str(_text("descriptions", kind.name) or kind.description)


def everyday_words(name: str) -> str:
    """Further words by which people look for a type, such as "renamed"; none of a type of one's own."""
    return str(_text("everyday", name) or "")


def type_sentence(name: str) -> str:
    """How a fact of the type reads, where that is not told by its pattern."""
    return str(_text("sentences", name) or "")


def _sources() -> Field:
    texts = TEXTS.sources
    return Field(
        kind="list",
        label=texts.title,
        hint=texts.hint,
        item=Field(
            kind="group",
            label=texts.one,
            children={
                "title": Field(kind="line", label=texts.name, hint=texts.name_hint),
                "url": Field(kind="url", label=texts.url, hint=texts.url_hint),
                "publisher": Field(kind="line", label=texts.publisher),
                "published": Field(kind="date", label=texts.published, hint=texts.published_hint),
                "accessed": Field(kind="date", label=texts.accessed),
                "quote": Field(kind="area", label=texts.quote, hint=texts.quote_hint),
            },
        ),
    )


def _effective(kind: FactType) -> Field:
    texts = TEXTS.dates
    return Field(
        kind="group",
        label=texts.effective,
        required=True,
        children={
            "edtf": Field(
                kind="date",
                label=texts.when,
                hint=texts.when_hint_interval if kind.opens_something else texts.when_hint,
                required=True,
            ),
            "earliest": Field(kind="day", label=texts.earliest, hint=texts.earliest_hint),
            "latest": Field(kind="day", label=texts.latest, hint=texts.latest_hint),
            "text": Field(kind="line", label=texts.text, hint=texts.text_hint),
        },
    )


def _flag(label: str, hint: str, *, required: bool, default: str = "") -> Field:
    choices = (Choice("true", TEXTS.forms.yes, value=True), Choice("false", TEXTS.forms.no, value=False))
    return Field(kind="flag", label=label, hint=hint, required=required, choices=choices, default=default)


class _Reading:
    """Reads one schema. `definitions` are what it refers to; the kinds of subjects stand with the type's fields."""

    def __init__(self, definitions: Mapping[str, Any], kind: FactType, *, is_draft: bool = False) -> None:
        self._definitions, self._kind, self._is_draft = definitions, kind, is_draft

    def data(self, schema: Mapping[str, Any], name: str) -> Field:
        """The group of the data themselves."""
        whole = self._plain(schema)
        required = () if self._is_draft else whole.get("required", ())
        children = {
            each: self._of(part, each, required=each in required, depth=1, top=True)
            for each, part in whole["properties"].items()
        }
        for each in list(children.values()):
            if each.slug_of:
                hint = TEXTS.facts.title_or_slug.format(label=each.label)
                children[each.slug_of] = msgspec.structs.replace(children[each.slug_of], hint=hint)
        return Field(kind="group", label=type_label(name), required=True, children=children)

    def _of(
        self, given: Any, name: str, *, required: bool, depth: int, top: bool = False, label: str | None = None
    ) -> Field:
        schema = self._plain(given)
        field = self._kind.fields.get(name) if top else None
        kind = field.kind if field is not None else ""
        label = label or self._label(schema, name, top=top)
        hint = self._hint(schema, name, kind, top=top)
        if kind == "drafts":
            return self._drafts(label, hint, required=required)
        if kind == "json" and schema.get("type") != "object":
            return Field(kind="any", label=label, hint=hint, required=required)
        if field is not None and field.many and kind in SUBJECTS | {"party", "identity"}:
            subject = kind if kind in SUBJECTS else ""
            recorded = name in presupposed(self._kind)
            item = Field(kind="subject" if subject else "line", subject=subject, recorded=recorded, label=label)
            return Field(kind="list", label=label, hint=hint, required=required, item=item)
        if kind in SUBJECTS:
            recorded, named_by = name in presupposed(self._kind), names_of(self._kind).get(name, "")
            if named_by and not recorded and kind != "organisation":
                hint = f"{hint} {TEXTS.facts.new_in_words}".strip()
            return Field(
                kind="subject",
                subject=kind,
                recorded=recorded,
                named_by=named_by,
                body=bodies_of(self._kind).get(name, ""),
                label=label,
                hint=hint,
                required=required,
            )
        if top and schema.get("pattern") == SLUG_PATTERN and "title" in self._kind.fields:
            return Field(kind="line", label=label, hint=hint, slug_of="title")
        return self._of_shape(schema, name, label, hint, required=required, depth=depth)

    def _of_shape(
        self, schema: Mapping[str, Any], name: str, label: str, hint: str, *, required: bool, depth: int
    ) -> Field:
        default = "" if self._is_draft else schema.get("default")
        common: dict[str, Any] = {"label": label, "hint": hint, "required": required}
        choices = self._choices(schema, name)
        if choices:
            chosen = next((each.text for each in choices if default is not None and each.value == default), "")
            return Field(kind="choice", choices=choices, default=chosen, **common)
        kind = schema.get("type")
        if kind == "boolean":
            chosen = {True: "true", False: "false"}.get(default, "") if isinstance(default, bool) else ""
            return _flag(label, hint, required=required, default=chosen)
        if kind == "array" and depth < DEPTH_MAX and isinstance(schema.get("items"), dict | bool | None):
            items = schema.get("items", {})
            if "prefixItems" not in schema and isinstance(items, dict) and items:
                item = self._of(items, name, required=False, depth=depth + 1, label=label)
                limit = min(schema.get("maxItems", ITEMS_MAX), ITEMS_MAX)
                return Field(kind="list", item=msgspec.structs.replace(item, hint=""), items_max=limit, **common)
        if kind == "object" and depth < DEPTH_MAX and schema.get("properties"):
            inner = schema.get("required", ())
            children = {
                each: self._of(part, each, required=each in inner, depth=depth + 1)
                for each, part in schema["properties"].items()
            }
            return Field(kind="group", children=children, **common)
        simple = {"integer": "whole", "number": "number", "string": _kind_of_text(schema)}
        if kind in simple:
            return Field(kind=simple[kind], **common)  # type: ignore[arg-type]  # each is a Kind
        return Field(kind="json" if kind in ("array", "object") else "any", **common)

    def _drafts(self, label: str, hint: str, *, required: bool) -> Field:
        choices = tuple(Choice(name, f"{type_label(name)} ({name})", name) for name in plannable())
        texts = TEXTS.facts
        change = Field(kind="choice", label=texts.change, hint=texts.change_hint, choices=choices)
        draft = Field(kind="draft", label=texts.draft, hint=texts.draft_hint)
        item = Field(kind="group", label=label, children={"change": change, "draft": draft})
        return Field(kind="list", label=label, hint=hint, required=required, item=item)

    def _choices(self, schema: Mapping[str, Any], name: str) -> tuple[Choice, ...]:
        values = schema.get("enum", [schema["const"]] if "const" in schema else ())
        words = _text("choices", name)
        return tuple(
            Choice(
                each if isinstance(each, str) else msgspec.json.encode(each).decode(),
                (getattr(words, each, None) if isinstance(each, str) else None) or _said(each),
                each,
            )
            for each in values
        )

    def _plain(self, given: Any, depth: int = 0) -> Mapping[str, Any]:
        """A schema with what it refers to in its place, and without null as a further form of the value."""
        if not isinstance(given, dict) or depth > DEPTH_MAX:
            return {}
        schema = dict(given)
        if "$ref" in schema:
            referred = self._plain(self._definitions.get(schema.pop("$ref").rpartition("/")[2]), depth + 1)
            schema = {**referred, **schema}
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema and "type" not in schema:
                forms = [self._plain(each, depth + 1) for each in schema[keyword]]
                some = [each for each in forms if each.get("type") != "null"]
                if len(some) == 1:
                    schema = {**some[0], **{name: value for name, value in schema.items() if name != keyword}}
        if isinstance(schema.get("type"), list):
            kinds = [each for each in schema["type"] if each != "null"]
            schema["type"] = kinds[0] if len(kinds) == 1 else None
        if schema.get("enum"):
            schema["enum"] = [each for each in schema["enum"] if each is not None]
        return schema

    def _label(self, schema: Mapping[str, Any], name: str, *, top: bool) -> str:
        if self._kind.own_schema is None and top:
            own = _text("labels_of", self._kind.name)
            found = getattr(own, name, None) or _text("labels", name)
            if found:
                return str(found)
        titled = schema.get("title")
        return titled if isinstance(titled, str) and titled.strip() else _said(name)

    def _hint(self, schema: Mapping[str, Any], name: str, kind: str, *, top: bool) -> str:
        if self._kind.own_schema is None and top:
            found = _text("hints", name) or _text("hints_of_kinds", kind)
            if found:
                return str(found)
        described = schema.get("description")
        if isinstance(described, str) and described.strip():
            return described
        return str(_text("hints_of_kinds", kind) or "")


def _kind_of_text(schema: Mapping[str, Any]) -> Kind:
    form = schema.get("format")
    if form in ("edtf", "edtf-date"):
        return "date"
    if form == "date":
        return "day"
    if form == "uri":
        return "url"
    if schema.get("pattern") == AMOUNT_PATTERN:
        return "amount"
    return "area" if schema.get("maxLength", 0) > LINE_LENGTH_MAX else "line"


def _said(value: Any) -> str:
    """A name or a code as words."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    said = text.replace("_", " ").strip()
    return said[:1].upper() + said[1:] if said else text


def _text(table: str, name: str) -> Any:
    """What the texts say of a name in one of the tables of the forms; None where they say nothing."""
    return vars(getattr(TEXTS.fields, table)).get(name)
