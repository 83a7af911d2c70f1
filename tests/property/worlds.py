"""Random small worlds: facts of every type about few subjects, with dates of all forms, amended, equated, in appends;
and what is asked about them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any, Final

import msgspec
from hypothesis import strategies as st

from tests.histories import corrected, retracted, told
from tests.property.naive import STEADY
from tests.property.oracle import SWITCH_PROPERTIES, VALUE_PROPERTIES, day_text
from tests.property.replies import STATUSES
from tests.property.table import Plain

FACTS_MAX = 7
PARTIAL_MAX = 3  # so that all completions of a slot can be written out
FIRST, LAST = 1, 5  # an interval ends on the day after, which is still in the window

ORGANISATIONS, PEOPLE, POSTS = ("a", "b", "c"), ("x", "y"), ("p", "q")
PLANS, INITIATIVES, TARGETS, DUTIES = ("k", "l"), ("i",), ("t",), ("r",)
KINDS: Final = {
    "organisation": ORGANISATIONS,
    "person": PEOPLE,
    "post": POSTS,
    "plan": PLANS,
    "initiative": INITIATIVES,
    "target": TARGETS,
    "responsibility": DUTIES,
}


CREATING_DRAFT: Final = {"change": "organisation.created", "draft": {"organisation": "c", "name": "C"}}
ENDING_DRAFT: Final = {"change": "organisation.dissolved", "draft": {"organisation": "a", "reason": "ceased"}}


class Draw:
    """What the data of a fact are made of."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        # Mostly the same one, so that facts meet.
        self.a, self.b, self.c = draw(st.sampled_from([ORGANISATIONS] * 5 + list(permutations(ORGANISATIONS))))

    def of(self, *items: Any) -> Any:
        return self._draw(st.sampled_from(items))

    def maybe(self, **data: Any) -> Plain:
        return {name: value for name, value in data.items() if self.of(True, False)}

    def created(self) -> Plain:
        kind = self.of("legal", "legal", "brand", "short")
        more = self.maybe(parents=[self.b], created_by=self.c, classification=self.of("agency", "fund"))
        more |= {"from": [self.c]} if self.of(True, False, False) and "created_by" not in more else {}
        return {"organisation": self.a, "name": self.of("One", "Two"), "name_kind": kind, **more}

    def merged(self) -> Plain:
        if self.of(True, False):
            return {"originals": [self.a, self.b], "result": self.c}
        return {"originals": [self.a, self.b], "result": self.b, "survivors": [self.b]}

    def split(self) -> Plain:
        survives = self.of(True, False)
        results = [self.b, self.a] if survives else [self.b, self.c]
        return {"original": self.a, "results": results, "original_survives": survives}

    def name(self) -> Plain:
        owner = self.of(*[{"organisation": self.a}] * 3, {"person": self.of(*PEOPLE)})
        return {**owner, "name": self.of("One", "Two"), "kind": self.of("legal", "brand", "brand", "trading")}

    def relation(self) -> Plain:
        return {
            **self.of(
                {"organisation": self.a, "target": self.b},
                {"organisation": self.a, "target": "post/p"},
                {"post": "p", "target": self.a},
                {"post": "q", "target": "post/p"},
            ),
            "kind": self.of("part_of", "works_with"),
        }

    def post(self) -> Plain:
        return {"organisation": self.a, "post": self.of(*POSTS), **self.maybe(title="Head", rank="1")}

    def appointment(self) -> Plain:
        names = self.maybe(person_name="X", title="Chief", acting=True, reason="Why")
        return {"organisation": self.a, "post": self.of(*POSTS), "person": self.of(*PEOPLE), **names}

    def terms(self) -> Plain:
        more = self.maybe(acting=self.of(True, False), share="0.5")
        return {"organisation": self.a, "post": self.of(*POSTS), "person": self.of(*PEOPLE), **more}

    def duty(self) -> Plain:
        return {"organisation": self.a, "responsibility": "r", **self.maybe(title="Care", scope="All")}

    def priority(self) -> Plain:
        return {"organisation": self.a, "priority": "first", **self.maybe(title="First")}

    def plan(self) -> Plain:
        draft = {"change": "organisation.created", "draft": {"organisation": self.c, "name": "C"}}
        more = self.maybe(changes=[draft], intended=day_text(self.of(2, 4)), terms="Terms")
        plan, other = self.of(("k", "l"), ("l", "k"))
        return {
            "plan": plan,
            "organisation": self.a,
            "title": self.of("K", "K2"),
            **more,
            **self.maybe(replaces=[other]),
        }

    def revised(self) -> Plain:
        draft = {"change": "organisation.created", "draft": {"organisation": self.of(self.b, self.c), "name": "C2"}}
        more = self.maybe(title="K3", intended=day_text(3), changes=[self.of(draft, ENDING_DRAFT)])
        return {"plan": self.of(*PLANS), **more}

    def initiative(self) -> Plain:
        more = self.maybe(name="I", kind="fund", supplier="S", criteria=["one"], description="D", place="P")
        return {"initiative": "i", "organisation": self.a, **more, **self.maybe(architecture="A", replaces="j")}

    def funding(self) -> Plain:
        more = self.maybe(initiative="i", awards=2, recipients=["S"], round="First")
        return {"organisation": self.a, "amount": self.of("1", "2.50"), "currency": "GBP", **more}

    def target(self, **own: Any) -> Plain:
        more = self.maybe(organisation=self.a, name=self.of("T", "U"), scope="S", measure="M")
        return {"target": "t", **own, **more}

    def saying(self) -> Plain:
        return {"organisation": self.a, "text": "Said", **self.maybe(speaker="x", post="p", about=[self.b])}

    def attribute(self) -> Plain:
        owner = self.of({"organisation": self.a}, {"person": "x"})
        return {**owner, "key": "size", "value": self.of(1, 2, None)}

    def equation(self) -> Plain:
        kind, slugs = self.of(("organisation", ORGANISATIONS), ("organisation", ORGANISATIONS), ("person", PEOPLE))
        keep, *others = self.of(*permutations(slugs))
        return {"kind": kind, "same": others[: self.of(1, 1, 2)], "keep": keep}


Builder = Callable[[Draw], Plain]

BUILDERS: dict[str, Builder] = {
    "organisation.created": Draw.created,
    "organisation.reinstated": Draw.created,
    "organisation.merged": Draw.merged,
    "organisation.split": Draw.split,
    "organisation.replaced": lambda d: {"original": d.a, "result": d.b},
    "organisation.dissolved": lambda d: {"organisation": d.a, "reason": d.of("ceased", "other"), **d.maybe(to=d.b)},
    "organisation.reclassified": lambda d: {"organisation": d.a, "scheme": "default", "value": d.of("agency", "body")},
    "name.adopted": Draw.name,
    "name.retired": Draw.name,
    "identifier.assigned": lambda d: {"organisation": d.a, "scheme": "ods", "value": d.of("X1", "X 2")},
    "identifier.withdrawn": lambda d: {"organisation": d.a, "scheme": "ods", "value": d.of("X1", "X 2")},
    "relation.started": Draw.relation,
    "relation.ended": Draw.relation,
    "post.created": Draw.post,
    "post.abolished": Draw.post,
    "appointment.started": Draw.appointment,
    "appointment.ended": Draw.appointment,
    "appointment.changed": Draw.terms,
    "appointment.observed": Draw.appointment,
    "responsibility.gained": Draw.duty,
    "responsibility.ended": Draw.duty,
    "responsibility.transferred": lambda d: {"from": d.a, "to": d.b, "responsibility": "r", **d.maybe(title="Care")},
    "priority.set": Draw.priority,
    "priority.ended": Draw.priority,
    "change.announced": Draw.plan,
    "change.revised": Draw.revised,
    "change.withdrawn": lambda d: {"plan": d.of(*PLANS), **d.maybe(reason="Why")},
    "initiative.announced": Draw.initiative,
    "initiative.commissioned": Draw.initiative,
    "initiative.trialled": Draw.initiative,
    "initiative.launched": Draw.initiative,
    "initiative.ended": Draw.initiative,
    "funding.committed": Draw.funding,
    "funding.awarded": Draw.funding,
    "target.set": lambda d: d.target(due=d.of("2020", "2021")),
    "target.moved": lambda d: d.target(to=d.of("2021", "2022")),
    "target.closed": lambda d: d.target(outcome=d.of("met", "dropped")),
    "statement.made": Draw.saying,
    "finding.published": Draw.saying,
    "attribute.set": Draw.attribute,
    "identity.equated": Draw.equation,
}
# A world is about few families, so that its facts meet; those that reach into other slots are likelier.
FAMILIES = sorted({name.partition(".")[0] for name in BUILDERS})
CHOICES = (
    *FAMILIES,
    "organisation",
    "organisation",
    "post",
    "appointment",
    "relation",
    "change",
    "name",
    "name",
    "identity",
)
FAMILIES_MAX = 3
LASTING = ("created", "reinstated", "assigned", "observed", "gained", "transferred")  # with `started`, below
ENDING = ("merged", "replaced", "dissolved", "retired", "withdrawn", "ended", "abolished", "transferred")


@st.composite
def dates(draw: st.DrawFn, partial: bool, lasts: bool) -> str:
    one, other = draw(st.tuples(st.integers(FIRST, LAST), st.integers(FIRST, LAST)))
    first, last = day_text(min(one, other)), day_text(max(one, other))
    mark = draw(st.sampled_from(["", "", "", "", "?"]))
    if lasts and draw(st.integers(0, 3)) == 0:
        ends = [last, "..", *([""] if partial else [])]
        return f"{first}{mark}/{draw(st.sampled_from(ends))}"
    if not partial or draw(st.booleans()):
        return first + mark
    if draw(st.booleans()):
        return f"[{first}..{last}]" if first != last else first
    return draw(st.sampled_from([f"[{first}..]", f"[..{first}]", f"[{first}..{day_text(LAST)}]"]))


@st.composite
def facts(draw: st.DrawFn, name: str, families: Sequence[str], earlier: Sequence[str], partial: bool) -> Plain:
    family = draw(st.sampled_from(families))
    kinds = sorted(each for each in BUILDERS if each.startswith(f"{family}."))
    # More names come than go, so that several are in force.
    kind = draw(st.sampled_from([*kinds, *["name.adopted"] * 3 * (family == "name")]))
    word = kind.partition(".")[2]
    data = BUILDERS[kind](Draw(draw))
    if family == "identity":
        return {**told(name, kind), "data": data}
    lasts = word in LASTING or kind in ("relation.started", "appointment.started", "priority.set")
    more: Plain = {}
    if earlier and draw(st.integers(0, 3)) == 0:
        more["_follows"] = draw(st.lists(st.sampled_from(earlier), min_size=1, max_size=2, unique=True))
    if earlier and word in ENDING and not kind.startswith(("initiative", "change")) and draw(st.booleans()):
        more["_ends"] = draw(st.sampled_from(earlier))
    if family != "change" and draw(st.integers(0, 5)) == 0:
        more["_fulfils"] = {"plan": draw(st.sampled_from(PLANS)), "part": draw(st.booleans())}
    made = told(name, kind, draw(dates(partial, lasts)))
    return {**made, "data": data, **{key[1:]: value for key, value in more.items()}}


@st.composite
def situations(draw: st.DrawFn) -> list[Plain]:
    """Two facts that chance seldom brings together: one person's appointments to two posts, two names of one body, or a
    plan and the drafts that it perhaps has only later.
    """
    one, other = draw(dates(partial=False, lasts=False)), draw(dates(partial=True, lasts=False))
    about = draw(st.sampled_from(["appointments", "names", "plan"]))
    if about == "names":
        kinds = draw(st.tuples(*[st.sampled_from(["brand", "brand", "trading"])] * 2))
        return [
            told(str(number), "name.adopted", date, organisation="a", name=name, kind=kind)
            for number, (date, name, kind) in enumerate(zip((one, other), ("One", "Two"), kinds, strict=True))
        ]
    if about == "appointments":
        return [
            told(str(number), "appointment.started", date, organisation="a", post=post, person="x")
            for number, (date, post) in enumerate(zip((one, other), POSTS, strict=True))
        ]
    return [
        told("0", "change.announced", one, plan="k", organisation="a", title="K"),
        told("1", "change.revised", other, plan="k", changes=[CREATING_DRAFT]),
    ]


@st.composite
def worlds(draw: st.DrawFn) -> list[list[Plain]]:
    """Appends of one or several facts, in an order in which each comes after those that it names."""
    families = draw(st.lists(st.sampled_from(CHOICES), min_size=1, max_size=FAMILIES_MAX, unique=True))
    told_so_far = draw(situations()) if draw(st.integers(0, 4)) == 4 else []
    found = [[each] for each in told_so_far]
    partial = len(told_so_far) // 2
    for number in range(len(told_so_far), draw(st.integers(2, FACTS_MAX))):
        earlier = [each["id"] for each in told_so_far if each["type"] != "identity.equated"]
        name, amends = str(number), draw(st.integers(0, 6)) if told_so_far else 0
        aim = draw(st.integers(0, number - 1)) if amends >= 5 else 0
        equation = amends >= 5 and told_so_far[aim]["type"] == "identity.equated"  # only another one may replace it
        own = draw(facts(name, ("identity",) if equation else families, earlier, partial < PARTIAL_MAX))
        if amends >= 5:
            is_retraction = told_so_far[aim]["type"] == "fact.retracted"
            own = retracted(name, str(aim)) if amends == 6 or is_retraction else corrected(name, str(aim), own)
        told_so_far.append(own)
        partial += any(mark in str(own) for mark in ("[2", "[.", '/",', "/'"))
        if found and draw(st.integers(0, 3)) == 0:
            found[-1].append(own)
        else:
            found.append([own])
    return found


# Questions

NARROWED: Final = {"identifier": "ods:X1", "part_of": "b", "classification": "agency", "name": "one", "q": "t"}
PROPERTIES: Final = tuple(sorted(VALUE_PROPERTIES | set(SWITCH_PROPERTIES)))


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked about a world: the days, and those between which a body changed; which appends had been made by the
    two moments of the past; which lists.
    """

    days: range
    window: range
    body: str
    appends: tuple[int, int]
    status: str
    filter: str
    in_post: str
    held: str
    property: str
    subject: str
    role: str
    certainty: str


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    """A day or an interval, up to a day after and a day before all that has a finite date; and all the rest."""
    one, length = draw(st.integers(0, STEADY)), draw(st.sampled_from([1, 1, 2, 2, 3, 5]))
    first, last = sorted(draw(st.tuples(st.integers(1, STEADY), st.integers(1, STEADY))))
    return Asked(
        days=range(one, min(one + length, STEADY + 1)),
        window=range(first, last + 1),
        body=f"organisation/{draw(st.sampled_from((*ORGANISATIONS, *ORGANISATIONS[:1])))}",
        appends=draw(st.tuples(st.integers(0, FACTS_MAX), st.integers(0, FACTS_MAX))),
        status=draw(st.sampled_from(STATUSES)),
        filter=draw(st.sampled_from(sorted(NARROWED))),
        # Who is in post is counted from statements, of which one person may have several; so is what is held.
        in_post=draw(st.sampled_from(["in_post"] * 3 + ["not_in_post"])),
        held=draw(st.sampled_from(["held"] * 3 + ["not_held"])),
        property=draw(st.sampled_from(PROPERTIES)),
        subject=draw(st.sampled_from([f"{kind}/{slug}" for kind, slugs in KINDS.items() for slug in slugs])),
        role=draw(st.sampled_from(["subject", "target"])),
        certainty=draw(st.sampled_from(["definite", "possible"])),
    )
