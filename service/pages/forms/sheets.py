"""What a form is for: a new fact, a correction, a withdrawal. Each turns what is entered into what is recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from events.dates import Day
from events.envelope import effective_of
from events.errors import Fault
from events.event import RecordedFact
from events.vocabulary.language import FactType
from service.pages.forms import fields
from service.pages.forms.entering import Entered, fact_of, of_fact
from service.pages.forms.entering import new as new_form
from service.pages.forms.fields import Choice, Field
from service.pages.texts import TEXTS

REPLACEMENT = "/data/replacement"


class Concern(msgspec.Struct, frozen=True):
    """What a form is about: what that is, in words, and where it is told; or what will be of it."""

    label: str
    text: str
    href: str = ""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A form: its fields, where it is sent, which scope it needs, what it is called and how it is explained.

    `made` turns the fact that is entered into the one that is recorded; `placed` brings the pointer of a fault in that
    one back to the field. `offers_plans`: whether pending plans are looked for that the fact may bring about.
    `standing`: the fact that it is filled in with at first.
    `reads`: the sentence that such a fact reads as. `back`: the page that one comes from. `concerns`: the recorded fact
    that it is about.
    """

    field: Field
    action: str
    scope: str
    type_name: str
    title: str
    lead: str
    reads: str = ""
    note: str = ""
    back: str = "/facts/new"
    concerns: tuple[Concern, ...] = ()
    made: Callable[[dict[str, Any]], dict[str, Any]]
    placed: Callable[[str], str] = str
    standing: Mapping[str, Any] | None = None
    offers_plans: bool = False
    takes_id: bool = True

    def begun(self) -> Entered:
        """What is entered at first: the fact that stands, or nothing."""
        return new_form(self.field) if self.standing is None else of_fact(self.field, self.standing)

    def fact(self, entered: Entered, today: Day) -> dict[str, Any]:
        """The fact to be recorded, as a client states it."""
        return self.made(fact_of(self.field, entered, self.type_name, today))

    def fault(self, fault: Fault) -> Fault:
        """A fault of that fact at the field of this form."""
        return Fault(self.placed(fault.pointer), fault.detail)


def new(kind: FactType, scope: str) -> Sheet:
    """A new fact of a type."""
    return Sheet(
        field=fields.of_type(kind),
        action=f"/facts/new/{kind.name}",
        scope=scope,
        type_name=kind.name,
        title=fields.type_label(kind.name),
        lead=fields.type_description(kind),
        reads=sentence(kind),
        note=one_of(kind),
        made=dict,
        offers_plans=kind.dated,
        takes_id=scope != "define-types",
    )


def correction(
    kind: FactType,
    root: str,
    shown: str,
    standing: Mapping[str, Any] | None = None,
    concerns: tuple[Concern, ...] = (),
) -> Sheet:
    """A fact in the place of the one that was first recorded as `root`; `shown` is the event that one comes from,
    `standing` the fact as it stands, as a client would state it.
    """
    whole = fields.of_type(kind)
    reason = Field(kind="line", label=TEXTS.correct.reason, hint=TEXTS.correct.reason_hint)
    return Sheet(
        field=msgspec.structs.replace(whole, children={"reason": reason, **whole.children}),
        action=f"/events/{shown}/correct",
        scope="correct",
        type_name=kind.name,
        title=TEXTS.correct.title,
        lead=TEXTS.correct.lead,
        note=one_of(kind),
        standing=standing,
        back=f"/events/{shown}",
        concerns=concerns,
        made=lambda fact: _corrected(root, fact),
        placed=_of_correction,
    )


def withdrawal(event_id: str, *, of_amendment: bool, concerns: tuple[Concern, ...] = ()) -> Sheet:
    """An event that is to count no more; `of_amendment`: it is a correction or a retraction itself."""
    texts = TEXTS.retract
    choices = tuple(Choice(code, words, code) for code, words in vars(texts.reasons).items())
    return Sheet(
        field=Field(
            kind="group",
            label=texts.title,
            required=True,
            children={
                "reason": Field(kind="choice", label=texts.reason, required=True, choices=choices),
                "note": Field(kind="area", label=TEXTS.facts.note, hint=texts.note_hint),
            },
        ),
        action=f"/events/{event_id}/retract",
        scope="correct",
        type_name="fact.retracted",
        title=texts.title_of_amendment if of_amendment else texts.title,
        lead=texts.lead_of_amendment if of_amendment else texts.lead,
        back=f"/events/{event_id}",
        concerns=concerns,
        made=lambda fact: _retracted(event_id, fact),
        placed=lambda pointer: "/reason" if pointer == "/data/reason" else pointer,
    )


def as_stated(fact: RecordedFact) -> dict[str, Any]:
    """A recorded fact as a client would state it."""
    stated: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(fact))
    for name in ("id", "tags", "schema", "definition"):
        stated.pop(name, None)
    if fact.effective is not None:
        stated["effective"] = _date(fact)
    return stated


def sentence(kind: FactType) -> str:
    """The sentence that a fact of the type reads as, with its fields' labels in the place of what they hold."""
    own = fields.type_sentence(kind.name)
    if own:
        return own
    labels = {name: each.label for name, each in fields.of_data(kind).children.items()}
    labels["money"] = TEXTS.fields.labels.amount
    return _filled(kind.says, labels)


def one_of(kind: FactType) -> str:
    """That just one of some fields is to be given, where that is so."""
    if not kind.one_of:
        return ""
    labels = [fields.of_data(kind).children[name].label for name in kind.one_of]
    return str(TEXTS.facts.one_of.format(fields=TEXTS.facts.either.join(labels)))


def _filled(pattern: str, labels: Mapping[str, str]) -> str:
    """A pattern (see events/words.py) with labels between pointed brackets; what may be left out is left out."""
    text, depth = "", 0
    rest = pattern
    while rest:
        mark, rest = rest[0], rest[1:]
        if mark == "[":
            depth += 1
        elif mark == "]":
            depth -= 1
        elif depth:
            continue
        elif mark == "{":
            name, _, rest = rest.partition("}")
            label = labels.get(name.partition("|")[0], name)
            text += f"‹{label}›"
        else:
            text += mark
    return text


def _date(fact: RecordedFact) -> str | dict[str, str]:
    """The date as it was stated: the bounds only where they are narrower than the date's own."""
    effective = fact.effective
    assert effective is not None
    own = effective_of(effective.edtf)
    stated = {"edtf": effective.edtf}
    for name in ("earliest", "latest"):
        bound = getattr(effective, name)
        if bound is not None and bound != getattr(own, name):
            stated[name] = bound
    if effective.text is not None:
        stated["text"] = effective.text
    return stated if len(stated) > 1 else effective.edtf


def _corrected(root: str, fact: dict[str, Any]) -> dict[str, Any]:
    replacement = dict(fact)
    reason = replacement.pop("reason", None)
    data = {"event": root, "replacement": replacement, **({"reason": reason} if reason is not None else {})}
    return {"type": "fact.corrected", "data": data}


def _of_correction(pointer: str) -> str:
    if pointer == "/data/reason":
        return "/reason"
    return pointer.removeprefix(REPLACEMENT) if pointer.startswith(REPLACEMENT) else pointer


def _retracted(event_id: str, fact: dict[str, Any]) -> dict[str, Any]:
    data = {"event": event_id, **({"reason": fact["reason"]} if "reason" in fact else {})}
    return {"type": "fact.retracted", "data": data, **({"note": fact["note"]} if "note" in fact else {})}
