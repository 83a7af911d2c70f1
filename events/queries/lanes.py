"""An organisation over all its time, as lanes: status, names, who held its posts, initiatives, targets and plans.

What a picture of its history is made of. A lane has rows, a row has stretches: one statement each, with the four days
between which it is possible and definite. What is not in the window is left out; of what is, each lane has at most
ROWS_MAX rows with STRETCHES_MAX stretches: those that began last, where a day is marked rather those that had begun by
then (in the lane of posts: the posts that come first). What it leaves out is counted, with the days when it began.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import sqlalchemy as sa

from events.dates import BEGINNING, END, Day, parse
from events.naming import OWN
from events.queries import answers, names, organisations, plans
from events.queries.question import Question
from events.queries.reading import Queries, Stated

STRETCHES_MAX: Final = 40
"""Of one lane."""
ROWS_MAX: Final = 16
"""Of one lane."""
SUCCESSORS_MAX: Final = 3
"""Whose names are looked up, to tell what became of the organisation."""

RANKED_LAST, UNRANKED = 2**31, 2**31 + 1
"""Places of posts whose rank is no number, and of those without any."""

STATUS, NAMES, POSTS, INITIATIVES, TARGETS, PLANS = "status", "names", "posts", "initiatives", "targets", "plans"
ORDER: Final = (STATUS, NAMES, POSTS, INITIATIVES, TARGETS, PLANS)


class Window(msgspec.Struct, frozen=True):
    """The days that are wanted, both inclusive."""

    first: Day = BEGINNING
    last: Day = END


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """What held from some day until another: possible on since_earliest <= day < until_latest, definite on since_latest
    <= day < until_earliest (on no day if that is empty or `doubtful` is set). `tag` is a subject that it names.
    """

    text: str
    since_earliest: Day
    since_latest: Day
    until_earliest: Day
    until_latest: Day
    doubtful: bool = False
    tag: str | None = None
    note: str = ""  # what is said of it besides: acting, seen in post, a kind of name

    @property
    def definite(self) -> bool:
        """Whether it is so on any day."""
        return not self.doubtful and self.since_latest < self.until_earliest


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A day to come, between its bounds (inclusive): when a plan is intended, a target due."""

    text: str
    earliest: Day
    latest: Day


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a row ended: a word such as `merged` or `fulfilled`, the days between which that was, and towards what."""

    word: str
    earliest: Day
    latest: Day
    towards: str | None = None


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs together: one post, one initiative, one plan. `tag` is None where it is about the organisation."""

    name: str
    tag: str | None
    stretches: tuple[Stretch, ...]
    mark: Mark | None = None
    outcome: Outcome | None = None


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one kind; `rows_more` and `stretches_more` are how many there are besides, in the window, and `begun` the
    days when those began, in order.
    """

    kind: str
    rows: tuple[Row, ...]
    rows_more: int = 0
    stretches_more: int = 0
    begun: tuple[Day, ...] = ()


class Lanes(msgspec.Struct, frozen=True, kw_only=True):
    """The whole: `name` and `status` on the days of the question, the lanes in ORDER (those that have something)."""

    id: str
    name: str
    status: str
    certainty: str
    lanes: tuple[Lane, ...]


def of(
    queries: Queries,
    connection: sa.Connection,
    slug: str,
    question: Question,
    window: Window | None = None,
    *,
    marked: bool = False,
) -> Lanes | None:
    """The lanes of an organisation; None where no event that is known mentions it. marked: the days of the question are
    what matters most.
    """
    moment, window = question.moment, window or Window()
    subject = queries.found(connection, f"organisation/{slug}", moment)
    if subject is None:
        return None
    tag = subject.tag
    own = queries.of(connection, moment, [tag], _OWN)
    about = [each for each in queries.about(connection, moment, [tag], _ABOUT) if _within(each, window)]
    posts = _posts([each for each in own if _within(each, window)])
    by = question.as_of.last if marked else END
    chosen, others_begun = _chosen(about, by)
    heirs = [f"organisation/{each.key.split(' ', 1)[1]}" for each in own if each.property_ == "lineage"]
    people = {stretch.tag for row in posts.rows for stretch in row.stretches if stretch.tag is not None}
    others = sorted({*chosen, *people, *heirs[:SUCCESSORS_MAX]})
    related = answers.by_subject(queries.of(connection, moment, others, _OTHERS) if others else ())
    slug = tag.partition("/")[2]
    drafting = [each for subject, held in related.items() if subject.startswith("plan/") for each in held]
    standing = organisations.LISTED.standing([*own, *drafting], slug, question)
    made = {
        STATUS: _limited(STATUS, [row for row in _status(own, related, slug) if _any_within(row, window)], by),
        NAMES: _limited(NAMES, _names([each for each in own if _within(each, window)]), by),
        POSTS: _named(posts, related),
    }
    for kind, (prefix, row_of) in _KINDS.items():
        rows = [row_of(related.get(each, []), each) for each in chosen if each.startswith(prefix)]
        made[kind] = _limited(kind, [row for row in rows if row is not None], by, others_begun[kind])
    return Lanes(
        id=slug,
        name=names.best(names.of(own, tag), question.as_of.last, slug),
        status=standing.status,
        certainty=standing.certainty,
        lanes=tuple(made[kind] for kind in ORDER if made[kind].rows),
    )


_OWN: Final = ("existence", "lineage", *OWN, "posts", "appointments", "observations")
_ABOUT: Final = ("organisation", "changes")
_OTHERS: Final = (*OWN, "stage", "due", "status", "intended", "changes")
_TITLED: Final = ("appointments", "observations", "posts")


def _within(stated: Stated, window: Window) -> bool:
    return stated.since_earliest <= window.last and stated.until_latest > window.first


def _any_within(row: Row, window: Window) -> bool:
    return any(s.since_earliest <= window.last and s.until_latest > window.first for s in row.stretches)


def _stretch(stated: Stated, text: str, *, tag: str | None = None, note: str = "") -> Stretch:
    return Stretch(
        text=text,
        since_earliest=stated.since_earliest,
        since_latest=stated.since_latest,
        until_earliest=stated.until_earliest,
        until_latest=stated.until_latest,
        doubtful=bool(stated.doubtful),
        tag=tag,
        note=note,
    )


def _in_time(statements: Iterable[Stated]) -> list[Stated]:
    return sorted(statements, key=lambda s: (s.since_earliest, s.since_latest, s.key, s.value or ""))


def _limited(kind: str, rows: Sequence[Row], by: Day, others_begun: Sequence[Day] = ()) -> Lane:
    """The rows that fit, those that began last, rather by that day; a row that alone is too long keeps its last
    stretches. `others_begun`: when those began that are left out already.
    """
    kept: list[Row] = []
    begun = list(others_begun)
    left, over = STRETCHES_MAX, 0
    for row in sorted(rows, key=lambda row: (_begun(row)[0] <= by, _begun(row)), reverse=True):
        if not left or len(kept) == ROWS_MAX:
            begun.append(_begun(row)[0])
            continue
        shown = row.stretches[-left:]
        over += len(row.stretches) - len(shown)
        left -= len(shown)
        kept.append(msgspec.structs.replace(row, stretches=shown))
    kept.sort(key=_begun)
    return Lane(kind=kind, rows=tuple(kept), rows_more=len(begun), stretches_more=over, begun=tuple(sorted(begun)))


def _begun(row: Row) -> tuple[Day, Day, str, str]:
    first = row.stretches[0]
    return first.since_earliest, first.since_latest, row.name, row.tag or ""


def _status(own: Sequence[Stated], related: dict[str, list[Stated]], slug: str) -> list[Row]:
    """The lives of the organisation, each with its end, and what was announced of its beginning."""
    rows = []
    for subject, held in sorted(related.items()):
        if subject.startswith("plan/") and plans.names_organisation(held, slug):
            pending = [each for each in _in_time(answers.of_property(held, "status")) if _status_of(each) == "pending"]
            if pending:
                stretches = tuple(_stretch(each, "announced", tag=subject) for each in pending)
                rows.append(Row(name="announced", tag=subject, stretches=stretches))
    for life in _in_time(answers.of_property(own, "existence")):
        ending, outcome = (life.data or {}).get("ending"), None
        if ending is not None and life.until_earliest < END:
            heirs = (each for each in own if each.property_ == "lineage" and each.key.startswith(f"{ending} "))
            outcome = Outcome(
                word=ending,
                earliest=life.until_earliest,
                latest=life.until_latest,
                towards=_heirs(heirs, related, life.until_earliest),
            )
        rows.append(Row(name="active", tag=None, stretches=(_stretch(life, "active"),), outcome=outcome))
    return rows


def _heirs(links: Iterable[Stated], related: dict[str, list[Stated]], day: Day) -> str | None:
    """Those that came after, by the names that they had then."""
    found = []
    for link in _in_time(links)[:SUCCESSORS_MAX]:
        slug = link.key.split(" ", 1)[1]
        tag = f"organisation/{slug}"
        found.append(names.best(names.of(related.get(tag, ()), tag), day, slug))
    return " and ".join(dict.fromkeys(found)) or None


def _names(own: Sequence[Stated]) -> list[Row]:
    """A row each: the legal name and all others."""
    found = [(str(each.data), "legal", each) for each in own if each.property_ == "name" and each.data]
    found += [(*reversed(each.key.split(" ", 1)), each) for each in own if each.property_ == "names"]  # type: ignore[misc]
    return [Row(name=name, tag=None, stretches=(_stretch(each, name, note=kind),)) for name, kind, each in found]


def _posts(own: Sequence[Stated]) -> Lane:
    """A row a post with its holders: by rank, then the posts that were held longest; names are not settled yet."""
    ranks = {each.key: (each.data or {}).get("rank") for each in own if each.property_ == "posts"}
    held: dict[str, list[Stated]] = {}
    appointed = {each.key for each in own if each.property_ == "appointments"}
    for each in own:
        seen = each.property_ == "observations" and " ".join(each.key.split(" ")[:2]) not in appointed
        if each.property_ == "appointments" or seen:
            held.setdefault(each.key.split(" ", 1)[0], []).append(each)

    def place(post: str) -> tuple[int, str, int, str]:
        rank = str(ranks.get(post) or "")
        number = int(rank) if rank.isascii() and rank.isdigit() else RANKED_LAST if rank else UNRANKED
        return number, rank, -_days_held(held[post]), post

    rows: list[Row] = []
    begun: list[Day] = []
    left, rows_more = STRETCHES_MAX, 0
    for post in sorted(held, key=place):
        if not left or len(rows) == ROWS_MAX:
            rows_more += 1
            begun += [each.since_earliest for each in held[post]]
            continue
        holders = _in_time(held[post])
        shown = holders[-left:]
        begun += [each.since_earliest for each in holders[: len(holders) - len(shown)]]
        left -= len(shown)
        titles = [(each.data or {}).get("title") for each in [*_titled(own, post), *holders]]
        rows.append(
            Row(
                name=next((title for title in titles if title), post),
                tag=f"post/{post}",
                stretches=tuple(_holder(each) for each in shown),
            )
        )
    return Lane(
        kind=POSTS, rows=tuple(rows), rows_more=rows_more, stretches_more=len(begun), begun=tuple(sorted(begun))
    )


def _titled(own: Sequence[Stated], post: str) -> list[Stated]:
    return [each for each in own if each.property_ == "posts" and each.key == post]


def _holder(stated: Stated) -> Stretch:
    data = stated.data or {}
    slug = stated.key.split(" ")[1]
    notes = ["acting"] * bool(data.get("acting")) + ["seen in post"] * (stated.property_ == "observations")
    return _stretch(stated, data.get("person_name") or slug, tag=f"person/{slug}", note=", ".join(notes))


def _days_held(holders: Iterable[Stated]) -> int:
    """On how many days a post was surely held, each counted once; open ends count for nothing."""
    days, reached = 0, BEGINNING
    spans = sorted((each.since_latest, each.until_earliest) for each in holders)
    for since, until in spans:
        if BEGINNING < since < until < END:
            days += max(until - max(since, reached), 0)
            reached = max(reached, until)
    return days


def _named(posts: Lane, related: dict[str, list[Stated]]) -> Lane:
    """The same with people by the names that they had when they began."""

    def named(stretch: Stretch) -> Stretch:
        tag = stretch.tag or ""
        slug = tag.partition("/")[2]
        own = names.of(related.get(tag, ()), tag)
        if not own:
            return stretch
        return msgspec.structs.replace(stretch, text=names.best(own, stretch.since_latest, slug))

    rows = [msgspec.structs.replace(row, stretches=tuple(map(named, row.stretches))) for row in posts.rows]
    return msgspec.structs.replace(posts, rows=tuple(rows))


def _chosen(about: Iterable[Stated], by: Day) -> tuple[list[str], dict[str, list[Day]]]:
    """The subjects of each kind that came to the organisation last, rather by that day; and when the others did."""
    came: dict[str, tuple[Day, str]] = {}
    for each in about:
        place = each.since_earliest, each.subject
        came[each.subject] = min(came.get(each.subject, place), place)
    chosen: list[str] = []
    others = {}
    for kind, (prefix, _) in _KINDS.items():
        places = (place for tag, place in came.items() if tag.startswith(prefix))
        found = sorted(places, key=lambda place: (place[0] <= by, place), reverse=True)
        chosen += [tag for _, tag in found[:ROWS_MAX]]
        others[kind] = [day for day, _ in found[ROWS_MAX:]]
    return chosen, others


def _initiative(held: Sequence[Stated], tag: str) -> Row | None:
    """Its stages; the one that says that it ended is the outcome."""
    stages = [(str(each.data), each) for each in _in_time(answers.of_property(held, "stage"))]
    shown = tuple(_stretch(each, stage) for stage, each in stages if stage != "ended")
    ended = [each for stage, each in stages if stage == "ended"]
    if not shown:
        return None
    outcome = None
    if ended and ended[-1].until_latest == END:
        outcome = Outcome(word="ended", earliest=ended[-1].since_earliest, latest=ended[-1].since_latest)
    return Row(name=_called(held, tag), tag=tag, stretches=shown, outcome=outcome)


def _target(held: Sequence[Stated], tag: str) -> Row | None:
    """When it was due, as that was moved; how it was closed is the outcome."""
    dues = _in_time(answers.of_property(held, "due"))
    closed = [each for each in _in_time(answers.of_property(held, "status")) if each.data != "open"]
    if not dues:
        return None
    due = parse(dues[-1].data)
    outcome = _ended(closed[-1], str(closed[-1].data)) if closed else None
    end = closed[-1] if closed else None
    shown = [_stretch(each, str(each.data)) for each in dues]
    if end is not None:  # nothing is due any more once it is closed
        shown = [
            msgspec.structs.replace(
                each,
                until_earliest=min(each.until_earliest, end.since_earliest),
                until_latest=min(each.until_latest, end.since_latest),
            )
            for each in shown
            if each.since_earliest < end.since_latest
        ] or shown
    mark = Mark(text=str(dues[-1].data), earliest=due.earliest, latest=due.latest)
    return Row(name=_called(held, tag), tag=tag, stretches=tuple(shown), mark=mark, outcome=outcome)


def _plan(held: Sequence[Stated], tag: str) -> Row | None:
    """For as long as it was pending; when it is intended is the mark, what became of it the outcome."""
    statuses = _in_time(answers.of_property(held, "status"))
    pending = tuple(_stretch(each, "pending") for each in statuses if _status_of(each) == "pending")
    resolved = [each for each in statuses if _status_of(each) != "pending"]
    intended = _in_time(answers.of_property(held, "intended"))
    if not pending:
        return None
    mark = None
    if intended and intended[-1].data:
        date = parse(intended[-1].data)
        mark = Mark(text=str(intended[-1].data), earliest=date.earliest, latest=date.latest)
    outcome = _ended(resolved[-1], _status_of(resolved[-1])) if resolved else None
    return Row(name=_called(held, tag), tag=tag, stretches=pending, mark=mark, outcome=outcome)


def _ended(stated: Stated, word: str) -> Outcome:
    return Outcome(word=word, earliest=stated.since_earliest, latest=stated.since_latest)


def _status_of(stated: Stated) -> str:
    return str((stated.data or {}).get("status"))


def _called(held: Sequence[Stated], tag: str) -> str:
    last = max((each.since_earliest for each in held), default=BEGINNING)
    return names.best(names.of(held, tag), last, tag.partition("/")[2])


_KINDS: Final = {
    INITIATIVES: ("initiative/", _initiative),
    TARGETS: ("target/", _target),
    PLANS: ("plan/", _plan),
}
