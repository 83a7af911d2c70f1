"""What changed for people: between two days in the world, or between two moments of our knowledge.

Told by the facts that brought it about, each in its sentence; what changed by a fact is folded under it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from events.dates import BEGINNING, END, Period, day, iso, parse
from events.event import Effective, Event
from events.queries import Question
from events.queries.answers import DEFINITE, Bounds
from events.queries.changes import Change
from events.queries.learned import Elsewhere, Known, Learned
from service.node import Node
from service.pages import accounts, parts, slots
from service.pages import render as render_template
from service.pages.accounts import Account, Records
from service.pages.frame import Frame, day_words, whole_span
from service.pages.subject import Called
from service.pages.texts import TEXTS, fill
from service.pages.texts import count as fill_count

PARAMETERS: Final = ("from", "to", "known_at", "known_from", "known_to", "as_of")
FACTS_MAX: Final = 20
"""The facts that one change is told under, the first of them: where many say the same, the page would else grow with
their number times that of the changes."""

Key = tuple[str, bool]
"""A fact's root, and whether it is told of the day on which an interval that it states is over."""


class Group(msgspec.Struct, frozen=True):
    """What changed by a fact. members: the events that state or amend it, in the order of positions."""

    members: Sequence[Event]
    changes: list[Change | Learned]


class Detail(msgspec.Struct, frozen=True):
    """One thing that changed: in a sentence, with its days where those are not the fact's. possible: or perhaps not."""

    text: str
    on: str
    possible: bool


class About(msgspec.Struct, frozen=True):
    """What changed of one subject; `name` is empty where it is the organisation that the page is about."""

    tag: str
    name: str
    details: Sequence[Detail]


class Told(msgspec.Struct, frozen=True):
    """A fact with what changed by it. id: of the event that says so. over: the day on which an interval is over."""

    id: str
    title: str
    over: str
    possible: bool
    about: Sequence[About]  # the first things that changed by it
    count: int  # of all of them
    more: int  # of those that are cut


def render(
    node: Node,
    connection: sa.Connection,
    slug: str,
    items: Sequence[Change | Learned],
    question: Question,
    frame: Frame,
    following: str | None,
    asked: dict[str, str | None],
    window: Period | None = None,
    elsewhere: Elsewhere | None = None,
) -> bytes:
    """A page of changes; `asked` is what the client asks for, by the names of the parameters. window: the days between
    which something changed; None where it is asked what was learned. elsewhere: what was learned of other days.
    """
    own = f"organisation/{slug}"
    # An observation holds on the days on which somebody was seen; that those are over is no change.
    items = [each for each in items if (each.property, each.change) != ("observations", "ended")]
    records = accounts.read(node, connection, set().union(*map(_ids, items)), question)
    grouped = _by_fact(items, records)
    if window is None:
        grouped = dict(sorted(grouped.items(), key=lambda pair: pair[1].members[-1].position))
    told = {key: _account(each, records) for key, each in grouped.items()}
    titles, called = accounts.sentences(node, connection, told, {own}.union(*map(_named, items)), question)
    name = called(own)
    return render_template(
        "changes.html",
        title=fill(TEXTS.changes.title, name=name),
        frame=parts.followed(frame, own, name),
        facts=[
            Told(
                id=account.event.id,
                title=titles[key],
                over=_over(grouped[key].changes) if key[1] else "",
                possible=window is not None and _possible(grouped[key].changes, account.fact.effective, window),
                about=list(_about(grouped[key].changes[: parts.LINES_MAX], own, account, called)),
                count=len(grouped[key].changes),
                more=max(0, len(grouped[key].changes) - parts.LINES_MAX),
            )
            for key, account in told.items()
        ],
        asked=dict.fromkeys(PARAMETERS) | {"as_of": _whole(frame)} | asked,
        elsewhere=None if elsewhere is None else fill_count(TEXTS.changes.elsewhere, elsewhere.count),
        everything=None if elsewhere is None else frame.plain(frame.path, **asked | {"as_of": elsewhere.days}),
        within=None
        if window is None
        else fill(TEXTS.changes.within, first=day_words(window.first), last=day_words(window.last)),
        timeline=None if window is None else _timeline(slug, frame, window, asked["known_at"]),
        next=following,
    )


def _whole(frame: Frame) -> str | None:
    """The days from the first on which something changes about the organisation to the last, or today: about all that,
    the page offers to tell what was learned.
    """
    assert frame.when is not None
    if not frame.when.marks:
        return None
    return whole_span([mark.number for mark in frame.when.marks], frame.when.number)


def _timeline(slug: str, frame: Frame, window: Period, known_at: str | None) -> str:
    """Where the timeline tells of these days, with all facts by the last of them."""
    path = frame.plain(f"/organisations/{slug}/timeline", as_of=iso(window.last), known_at=known_at)
    return f"{path}#y{str(iso(window.first))[:4]}"


def _ids(each: Change | Learned) -> set[str]:
    """The events that a change names. What was learned is told with what stood before, and stands now."""
    if isinstance(each, Change):
        return set(each.events)
    return {*each.events, *_stating(each.before), *_stating(each.after)}


def _stating(said: Any) -> set[str]:
    return set() if said is None else {*said.opened_by, *said.closed_by}


def _by_fact(items: Iterable[Change | Learned], records: Records) -> dict[Key, Group]:
    """The changes by the facts that they are told under, each in the order of the changes."""
    grouped: dict[Key, Group] = {}
    for each in items:
        by_root = records.by_root(each.events)
        for key in list(_keys(each, by_root, records))[:FACTS_MAX]:
            grouped.setdefault(key, Group(by_root[key[0]], [])).changes.append(each)
    return grouped


def _keys(each: Change | Learned, by_root: Mapping[str, Sequence[Event]], records: Records) -> list[Key]:
    """The facts that a change is told under. Of several, those count that are of the days on which it comes about: the
    others only say the same once more.
    """
    every = [(root, False) for root in by_root]
    if isinstance(each, Learned):
        return every
    opened = {records.root(id_) for id_ in each.before.opened_by} if each.before and each.change == "ended" else set()
    near = [
        (root, root in opened)
        for root, members in by_root.items()
        if root in opened or _meets(members[-1].stated.effective, each.on)
    ]
    return near or every


def _meets(effective: Effective | None, on: Bounds | None) -> bool:
    return all(_first(one) <= _last(other) for one, other in ((effective, on), (on, effective)))


def _first(bounds: Effective | Bounds | None) -> int:
    return BEGINNING if bounds is None or bounds.earliest is None else day(bounds.earliest)


def _last(bounds: Effective | Bounds | None) -> int:
    return END if bounds is None or bounds.latest is None else day(bounds.latest)


def _account(group: Group, records: Records) -> Account:
    if isinstance(group.changes[0], Change):
        return records.standing(group.members)
    before = {id_ for each in group.changes for id_ in _stating(each.before)}
    after = {id_ for each in group.changes for id_ in _stating(each.after)}
    return records.lesson(group.members, before, after)


def _over(changes: Sequence[Change | Learned]) -> str:
    on = next(each.on for each in changes if isinstance(each, Change))
    return "" if on is None else fill(TEXTS.changes.over, date=parts.date(on.edtf))


def _possible(changes: Sequence[Change | Learned], effective: Effective | None, window: Period) -> bool:
    """Whether it may be that the fact took effect on other days, or not at all, and that nothing changed by it."""
    if any(isinstance(each, Change) and each.certainty == DEFINITE for each in changes):
        return False
    within = window.first <= _first(effective) and _last(effective) <= window.last
    return not within or (effective is not None and parse(effective.edtf).uncertain)


def _about(changes: Iterable[Change | Learned], own: str, account: Account, called: Called) -> Iterator[About]:
    """The changes by their subjects, of which the organisation itself comes first."""
    by_subject: dict[str, list[Detail]] = {own: []}
    for each in changes:
        by_subject.setdefault(each.subject, []).append(_detail(each, account, called))
    for tag, details in by_subject.items():
        if details:
            yield About(tag, "" if tag == own else called(tag), details)


def _detail(each: Change | Learned, account: Account, called: Called) -> Detail:
    """A change in a sentence: "Stage: commissioned → trialled"."""
    given = None if each.after is None else each.after.value
    if given is None and each.before is not None:
        given = each.before.value
    what = slots.what(each.subject.partition("/")[0], each.property, each.key, called, given)
    if isinstance(each, Learned):
        before, after = (None if side is None else _known(each.property, side, what, called) for side in _sides(each))
        turned = _turned(before or TEXTS.changes.not_known, after or TEXTS.changes.not_true)
        return Detail(fill(TEXTS.changes.detail, what=what, change=turned), "", False)
    before, after = ("" if side is None else slots.value(each.property, side.value, called) for side in _sides(each))
    change = getattr(TEXTS.changes, each.change)
    if not all(side in what for side in (before, after)):
        change = _turned(before or TEXTS.changes.nothing_before, after or TEXTS.changes.nothing_after)
    text = fill(TEXTS.changes.detail, what=what, change=change)
    return Detail(text, _on(each, account.fact.effective), each.certainty != DEFINITE)


def _known(property_: str, known: Known, what: str, called: Called) -> str:
    """What was said: its value where the name of the slot does not tell it, from when until when, how certain."""
    value = slots.value(property_, known.value, called)
    text = ", ".join(filter(None, ("" if value in what else value, parts.span(known)))) or TEXTS.changes.holds
    return f"{TEXTS.span.possibly} {text}" if parts.is_possible(known) else text


def _turned(before: str, after: str) -> str:
    return fill(TEXTS.changes.turned, before=before, after=after)


def _on(each: Change, effective: Effective | None) -> str:
    """The days of a change in words, where they are not those of its fact."""
    if each.on is None or (_first(each.on), _last(each.on)) == (_first(effective), _last(effective)):
        return ""
    return parts.date(each.on.edtf)


def _named(each: Change | Learned) -> set[str]:
    """The tags of the subjects that a change speaks of."""
    values = (said.value for said in _sides(each) if said is not None)
    return {
        each.subject,
        *slots.tags(each.property, each.key),
        *(tag for value in values for tag in slots.mentioned(each.property, value)),
    }


def _sides(each: Any) -> tuple[Any, Any]:
    return each.before, each.after
