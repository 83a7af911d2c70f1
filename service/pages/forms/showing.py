"""What a page shows of a form: each field with its address, what stands in it, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec
from markupsafe import Markup

from events.canonical import escape
from events.date_words import in_words, period_in_words
from events.dates import BEGINNING, END, DateFault, Day, parse
from events.errors import Fault
from service.pages.forms.entering import Entered, Written, in_edtf, nothing, resolved
from service.pages.forms.fields import Choice, Field
from service.pages.texts import TEXTS, fill

RADIOS_MAX: Final = 5
"""More choices are shown as a list to choose from."""


class Suggestion(msgspec.Struct, frozen=True):
    """A subject that may be meant: its identifier and its name. `of`: the organisations that a post is in; `is_near`:
    its name is only like what was typed; `is_new`: nothing is recorded about it.
    """

    slug: str
    name: str
    of: str = ""
    is_near: bool = False
    is_new: bool = False

    @property
    def words(self) -> Markup:
        """What the button says that puts it into the field."""
        texts = TEXTS.forms
        return fill(texts.use_nameless if self.told == self.slug else texts.use, slug=self.slug, name=self.told)

    @property
    def told(self) -> str:
        """The name, of a post with its organisations."""
        return str(TEXTS.forms.post_of.format(post=self.name, of=self.of)) if self.of else self.name


class View(msgspec.Struct, kw_only=True):
    """A field on a page. `name` is its JSON pointer, `id` its anchor. `told`: what the register makes of what stands in
    it (a date in words, the name of a subject). `rows` are those of a list, `children` those of a group. `recorded`,
    `named_by`, `body`, `slug_of`: as of a Field, but neighbours by their JSON pointers.
    """

    kind: str
    id: str
    name: str
    label: str
    hint: str
    required: bool
    subject: str = ""
    recorded: bool = False
    named_by: str = ""
    body: str = ""
    slug_of: str = ""
    value: str = ""
    choices: Sequence[Choice] = ()
    children: list[View] = []
    rows: list[View] = []
    faults: list[str] = []
    told: str = ""
    suggestions: Sequence[Suggestion] = ()
    autofocus: bool = False
    full: bool = False
    """Of a list: no further row can be added."""

    @property
    def known_suggestions(self) -> Sequence[Suggestion]:
        """Those about whom something is recorded."""
        return [each for each in self.suggestions if not each.is_new]

    @property
    def described_by(self) -> str:
        """The ids of what describes the field, for those who hear the page."""
        parts = (("hint", self.hint), ("fault", self.faults), ("told", self.told or self.kind == "date"))
        return " ".join(f"{self.id}-{name}" for name, there in parts if there)

    @property
    def open(self) -> bool:
        """Of a part that is folded: whether there is something in it to be seen."""
        return bool(self.faults or self.value.strip() or any(each.open for each in (*self.children, *self.rows)))


Told = Callable[[Field, str], str]
"""What the register makes of a text in a field."""


def shown(
    field: Field,
    entered: Entered,
    *,
    told: Told,
    added: frozenset[str] = frozenset(),
    focus: str = "",
) -> View:
    """The form. `added`: the lists (pointers) that get one more blank row than they have; `focus`: the field that the
    reader goes on in, or the list in whose last row.
    """
    return _Showing(told, added, focus).of(field, entered, "")


def blame(form: View, faults: Iterable[Fault]) -> list[tuple[str, str]]:
    """Write each fault beside its field, and return them all for the top of the page: anchors ('' if there is no field
    for it) and words that name the field.
    """
    places = {view.name: view for view in walk(form)}
    order = {name: n for n, name in enumerate(places)}
    told = []
    for fault in faults:
        view = _place(places, fault.pointer)
        if view is None or view is form:
            told.append((-1, "", fault.detail))
            continue
        view.faults = [*view.faults, fault.detail]
        told.append((order[view.name], _anchor(view), f"{view.label}: {fault.detail}"))
    return [(anchor, words) for _, anchor, words in sorted(told, key=lambda each: each[0])]


def walk(view: View) -> Iterator[View]:
    """The field and all below it."""
    yield view
    for each in (*view.children, *view.rows):
        yield from walk(each)


def id_of(pointer: str) -> str:
    """The anchor of a field."""
    return "f" + _NO_ID.sub(lambda found: "-" if found[0] == "/" else f"_{ord(found[0]):x}_", pointer)


def date_told(text: str, today: Day) -> str:
    """A date that is entered, in words with its bounds: "autumn 2021: 1 September 2021 to 30 November 2021"."""
    edtf = in_edtf(text, today)
    try:
        date = parse(edtf)
    except DateFault:
        return ""
    texts = TEXTS.dates
    words = in_words(date)
    first, last = date.earliest, date.latest
    told = words
    if first > BEGINNING and last < END and first != last:
        told = fill(texts.between, words=words, first=_day(first), last=_day(last))
    elif first > BEGINNING and last >= END:
        told = fill(texts.not_before, words=words, first=_day(first))
    elif last < END and first <= BEGINNING:
        told = fill(texts.not_after, words=words, last=_day(last))
    return str(told) if edtf == text.strip() else str(fill(texts.recorded_as, told=told, edtf=edtf))


_NO_ID: Final = re.compile(r"[^A-Za-z0-9]")


def _day(day: Day) -> str:
    return period_in_words(day, day)


class _Showing:
    def __init__(self, told: Told, added: frozenset[str], focus: str) -> None:
        self._told, self._added, self._focus = told, added, focus

    def of(self, field: Field, entered: Entered, pointer: str, label: str | None = None) -> View:
        view = View(
            kind=field.kind,
            id=id_of(pointer),
            name=pointer,
            label=label or field.label,
            hint=field.hint,
            required=field.required,
            subject=field.subject,
            recorded=field.recorded,
            named_by=_neighbour(pointer, field.named_by),
            body=_neighbour(pointer, field.body),
            slug_of=_neighbour(pointer, field.slug_of),
            choices=field.choices,
        )
        if isinstance(entered, Written):
            view.kind, view.value = "json", entered.text
        elif isinstance(entered, dict):
            view.children = [
                self.of(resolved(child, entered), entered.get(name, ""), f"{pointer}/{escape(name)}")
                for name, child in field.children.items()
            ]
        elif isinstance(entered, list):
            self._rows(view, field, entered, pointer)
        else:
            view.value = entered
            view.autofocus = pointer == self._focus
            view.told = self._told(field, entered.strip()) if entered.strip() else ""
            if field.kind == "line" and "\n" in entered:
                view.kind = "area"
            if field.kind == "choice" and len(field.choices) <= RADIOS_MAX:
                view.kind = "radios"
            if field.kind == "group":  # a draft of a type that is not chosen yet
                view.kind = "draft"
        return view

    def _rows(self, view: View, field: Field, entered: list[Entered], pointer: str) -> None:
        assert field.item is not None
        blank = 1 if pointer in self._added or (not entered and _begins(field, pointer)) else 0
        rows = [*entered, *[nothing(field.item)] * blank][: field.items_max]
        view.full = len(rows) >= field.items_max
        view.rows = [
            self.of(field.item, each, f"{pointer}/{n}", str(fill(TEXTS.forms.row, label=field.item.label, n=n + 1)))
            for n, each in enumerate(rows)
        ]
        if pointer == self._focus and view.rows:
            first = next((each for each in walk(view.rows[-1]) if not each.children and not each.rows), None)
            if first is not None:
                first.autofocus = True


def _begins(field: Field, pointer: str) -> bool:
    """Whether an empty list begins with a row: not those of groups that few need."""
    assert field.item is not None
    return field.required or field.item.kind != "group" or pointer in ("/sources", "/data/changes")


def _neighbour(pointer: str, name: str) -> str:
    """The pointer of the field of this name beside another; empty where there is no name."""
    return f"{pointer.rpartition('/')[0]}/{escape(name)}" if name else ""


def _place(places: Mapping[str, View], pointer: str) -> View | None:
    """The field that a pointer means, or the one that it lies in."""
    if pointer == "/effective" and "/effective/edtf" in places:
        return places["/effective/edtf"]
    while pointer and pointer not in places:
        pointer = pointer.rpartition("/")[0]
    return places.get(pointer)


def _anchor(view: View) -> str:
    """Where one goes to mend it: the first field in a group or a list."""
    for each in walk(view):
        if not each.children and not each.rows and each.kind not in ("group", "list", "draft"):
            return first_input(each)
    return view.id


def first_input(view: View) -> str:
    """The anchor of what one types into, or of the first of what one chooses from."""
    return f"{view.id}-0" if view.kind in ("radios", "flag") else view.id
