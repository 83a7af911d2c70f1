"""The words in the picture of an organisation's timeline: what stands at each bar, and in its head."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from events.date_words import edtf_in_words, period_in_words, period_shortly
from events.dates import BEGINNING, END
from events.queries import lanes
from events.queries.lanes import Lane, Lanes, Mark, Outcome, Row, Stretch

NOUNS: Final = {
    lanes.NAMES: ("name", "names"),
    lanes.POSTS: ("post", "posts"),
    lanes.INITIATIVES: ("initiative", "initiatives"),
    lanes.TARGETS: ("target", "targets"),
    lanes.PLANS: ("plan", "plans"),
}


class Label(msgspec.Struct):
    """Something to be placed: a row, or one stretch of it, with its text."""

    label: str
    detail: str
    title: str
    kind: str
    stretches: Sequence[Stretch]
    mark: Mark | None = None
    hatched: bool = False


def groups(lane: Lane) -> Iterator[tuple[str | None, list[Label]]]:
    """The labels of a lane; those of a post with several holders under its title."""
    if lane.kind != lanes.POSTS:
        yield None, [_label(lane.kind, row) for row in lane.rows]
        return
    for row in lane.rows:
        if len(row.stretches) == 1:
            (stretch,) = row.stretches
            holder = f"{stretch.text}, {row.name}"
            yield None, [_holder(stretch, holder, _noted(stretch, ""))]
        else:
            yield row.name, [_holder(each, each.text, _noted(each, "")) for each in row.stretches]


def _holder(stretch: Stretch, name: str, detail: str) -> Label:
    return Label(
        name, detail, f"{name}{', ' + stretch.note if stretch.note else ''}: {_span(stretch)}", lanes.POSTS, [stretch]
    )


def _label(kind: str, row: Row) -> Label:
    first, last = row.stretches[0], row.stretches[-1]
    told_ = "; ".join(f"{_word(kind, each)} {_span(each)}" for each in row.stretches)
    ended = f"; {_outcome(row.outcome)}" if row.outcome is not None else ""
    if kind == lanes.STATUS:
        name, detail = first.text.capitalize(), _noted(first, _outcome(row.outcome))
        return Label(
            name, detail, f"{name} {_span(first)}{ended}", kind, row.stretches, hatched=first.text == "announced"
        )
    if kind == lanes.NAMES:
        return Label(
            row.name,
            _noted(first, f"{first.note} name"),
            f"{row.name} ({first.note} name) {_span(first)}",
            kind,
            row.stretches,
        )
    if kind == lanes.INITIATIVES:
        detail = _outcome(row.outcome) or _noted(last, f"{last.text} {_since(last, short=True)}".strip())
    elif kind == lanes.TARGETS:
        detail = _outcome(row.outcome) or f"due {_then([_date(each.text) for each in row.stretches])}"
    else:
        detail = _outcome(row.outcome) or (f"intended {_date(row.mark.text)}" if row.mark else "announced")
    return Label(
        row.name, detail, f"{row.name}: {told_}{ended}", kind, row.stretches, row.mark, hatched=kind == lanes.PLANS
    )


def _word(kind: str, stretch: Stretch) -> str:
    return f"due {_date(stretch.text)}, so said" if kind == lanes.TARGETS else stretch.text


def _date(edtf: str) -> str:
    return edtf_in_words(edtf)


def _then(texts: Sequence[str]) -> str:
    """A, then B, then C, without what is said twice in a row."""
    return ", then ".join(dict.fromkeys(texts))


def _noted(stretch: Stretch, detail: str) -> str:
    notes = [stretch.note if stretch.note and stretch.note not in detail else "", detail]
    if not stretch.definite:
        notes.insert(0, "possibly")
    return ", ".join(filter(None, notes))


def _outcome(outcome: Outcome | None) -> str:
    if outcome is None:
        return ""
    towards = f" into {outcome.towards}" if outcome.towards else ""
    if outcome.earliest <= BEGINNING and outcome.latest >= END:
        return f"{outcome.word}{towards}"
    return f"{outcome.word}{towards} {period_shortly(outcome.earliest, max(outcome.earliest, outcome.latest))}"


def _since(stretch: Stretch, *, short: bool = False) -> str:
    if stretch.since_earliest <= BEGINNING and stretch.since_latest >= END:
        return ""
    words = period_shortly if short else period_in_words
    return words(stretch.since_earliest, max(stretch.since_earliest, stretch.since_latest))


def _span(stretch: Stretch) -> str:
    """From when until when, in words."""
    begun = "possibly " if not stretch.definite else ""
    begun += _begun(stretch)
    if stretch.until_earliest >= END:
        return begun
    until = period_in_words(stretch.until_earliest, max(stretch.until_earliest, stretch.until_latest))
    return f"{begun} until {until}"


def _begun(stretch: Stretch) -> str:
    if stretch.since_earliest > BEGINNING:
        return f"from {_since(stretch)}"
    return (
        f"since {period_in_words(stretch.since_latest, stretch.since_latest)} or before"
        if _since(stretch)
        else "since an unknown day"
    )


def sentences(found: Lanes) -> Iterator[str]:
    """What became of the organisation, in a sentence or two."""
    status = next((lane for lane in found.lanes if lane.kind == lanes.STATUS), None)
    lives = [row for row in status.rows if row.stretches[0].text == "active"] if status else []
    if not lives:
        yield "When it began is not recorded."
    for row in lives:
        (life,) = row.stretches
        possibly = "" if life.definite else "possibly "
        begun = _begun(life)
        if row.outcome is None:
            ended = " until an unknown day" if life.until_earliest < END else ""
            yield f"Active {possibly}{begun}{ended}."
        else:
            towards = f" into {row.outcome.towards}" if row.outcome.towards else ""
            when = period_in_words(row.outcome.earliest, max(row.outcome.earliest, row.outcome.latest))
            yield f"Active {possibly}{begun}; {row.outcome.word}{towards}, {when}."


def counted(found: Lanes) -> str:
    """How much there is of each kind, in a sentence."""
    counts = []
    for lane in found.lanes:
        if lane.kind in NOUNS:
            one, many = NOUNS[lane.kind]
            rows = len(lane.rows) + lane.rows_more
            held = sum(len(row.stretches) for row in lane.rows) + lane.stretches_more
            of = f" with {_count(held, 'appointment', 'appointments')}" if lane.kind == lanes.POSTS else ""
            counts.append(f"{_count(rows, one, many)}{of}")
    if not counts:
        return "Nothing else of it is drawn."
    listed = counts[0] if len(counts) == 1 else f"{', '.join(counts[:-1])} and {counts[-1]}"
    return f"It had {listed}."


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def left_out(lane: Lane) -> str:
    """What is not drawn, in words."""
    if lane.kind not in NOUNS or not (lane.rows_more or lane.stretches_more):
        return ""
    one, many = NOUNS[lane.kind]
    parts = []
    if lane.rows_more:
        parts.append(f"{lane.rows_more:,} more {one if lane.rows_more == 1 else many}")
    if lane.stretches_more and lane.kind == lanes.POSTS:
        parts.append(_count(lane.stretches_more, "appointment", "appointments"))
    elif lane.stretches_more:
        parts.append(f"{lane.stretches_more:,} earlier changes")
    return f"Not drawn: {' with '.join(parts)}. Each stroke: where some began."
