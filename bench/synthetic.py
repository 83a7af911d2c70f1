"""A register that never was, with the shape of a real one: as many facts as asked, the same ones for the same seed.

    python -m bench.synthetic 10000 [--seed 1] > facts.jsonl

However large the register, an organisation has about FACTS_EACH facts in its life (so a million facts are 37,000
organisations): it is created as part of a department, is given identifiers, posts with one holder after another,
relations and responsibilities, announces a plan and fulfils it, changes its name; of five, one is merged into its
neighbour, one split, one dissolved. One fact in a hundred is corrected later. Dates are days for the most part, else
months, years or spans of days. Facts come in the order in which somebody who keeps a register learns of them: a few
weeks after they hold, the lives of all organisations side by side.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from heapq import heappop, heappush
from itertools import islice
from random import Random
from typing import Any, Final

import msgspec

from events.event import new_id

FACTS_EACH: Final = 27
DEPARTMENT_EVERY: Final = 50
CORRECTED: Final = 0.01
FIRST_DAY: Final = date(1980, 1, 1)
DAYS: Final = 14_000  # over which organisations are created
DAY_MS: Final = 86_400_000
EPOCH: Final = date(1970, 1, 1)

Fact = dict[str, Any]


def facts(events: int, seed: int = 1) -> Iterator[Fact]:
    """So many plain facts with ids, in the order of their recording; ids are UUIDs of version 7, nearly in order."""
    organisations = -(-events // FACTS_EACH)
    lives = (_Life(number, organisations, seed) for number in range(organisations))
    return islice(_merged(lives), events)


def organisation(number: int) -> str:
    """The slug of an organisation, from 0 on."""
    return f"body-{number:05d}"


def _merged(lives: Iterable[_Life]) -> Iterator[Fact]:
    """The facts of all lives by the day they are learnt; a life is made only when its first fact is due."""
    waiting: list[tuple[int, int, int, bytes]] = []  # encoded: hundreds of thousands wait in a large register
    for life in lives:
        while waiting and waiting[0][0] < life.begins:
            yield msgspec.json.decode(heappop(waiting)[-1])
        for learnt, number, place, fact in life.told():
            heappush(waiting, (learnt, number, place, msgspec.json.encode(fact)))
    while waiting:
        yield msgspec.json.decode(heappop(waiting)[-1])


class _Life:
    """One organisation from its creation on."""

    def __init__(self, number: int, organisations: int, seed: int) -> None:
        self._random = Random(f"{seed} {number}")
        self._number = number
        self._slug = organisation(number)
        self._last = number + 1 >= organisations
        self.begins = number * DAYS // organisations
        self._told: list[tuple[int, int, int, Fact]] = []

    def told(self) -> list[tuple[int, int, int, Fact]]:
        """Its facts: the day each is learnt, the number of the organisation, the place within its life, the fact."""
        self._beginning()
        self._posts()
        self._work()
        self._end()
        return self._told

    def _beginning(self) -> None:
        number, slug = self._number, self._slug
        department = organisation(number - number % DEPARTMENT_EVERY)
        parents: dict[str, Any] = {} if slug == department else {"parents": [department]}
        self._tell(
            "organisation.created",
            0,
            organisation=slug,
            name=f"{self._pick(_NAMES)} {number}",
            classification=self._pick(_CLASSES),
            **parents,
        )
        self._tell("identifier.assigned", self._later(20), organisation=slug, scheme="gov", value=f"GB-{number:06d}")
        renamed = 1_000 + self._later(2_000)
        self._tell("name.adopted", renamed, organisation=slug, name=f"{self._pick(_NAMES)} {number} UK", kind="brand")

    def _posts(self) -> None:
        for n, (title, holders) in enumerate((("Chief executive", 4), ("Director of finance", 2))):
            post, day = f"{self._slug}-{n}", 1 + self._later(30)
            self._tell("post.created", day, organisation=self._slug, post=post, title=title)
            for holder in range(holders):
                person = f"person-{self._random.randrange(10 * (self._number // 10 + 1)):05d}-{holder}"
                own: dict[str, Any] = {"organisation": self._slug, "post": post, "person": person}
                day += 1 + self._later(30)
                started = self._tell("appointment.started", day, **own, person_name=f"Alex {person[7:]}", title=title)
                day += 200 + self._later(800)
                self._tell("appointment.ended", day, started, **own, _ends=started["id"])

    def _work(self) -> None:
        slug, number = self._slug, self._number
        near = organisation(number - number % 5)
        if near == slug:
            near = organisation(number + 1) if not self._last else "parliament"
        since = 10 + self._later(300)
        works = self._tell("relation.started", since, organisation=slug, kind="works_with", target=near)
        until = since + 400 + self._later(1_000)
        self._tell("relation.ended", until, works, organisation=slug, kind="works_with", target=near)
        self._tell("relation.started", since, organisation=slug, kind="sponsored_by", target=f"sponsor-{number % 40}")
        for n in range(2):
            duty = f"{slug}-duty-{n}"
            self._tell(
                "responsibility.gained", since, organisation=slug, responsibility=duty, title=self._pick(_DUTIES)
            )
        moved = since + 900 + self._later(900)
        passed: dict[str, Any] = {"from": slug, "to": near, "responsibility": f"{slug}-duty-0"}
        self._tell("responsibility.transferred", moved, **passed)
        plan, announced = f"{slug}-plan", 500 + self._later(500)
        draft: dict[str, Any] = {"organisation": slug, "name": f"{slug} renewed", "kind": "trading"}
        change = {"change": "name.adopted", "draft": draft}
        told = self._tell(
            "change.announced", announced, organisation=slug, plan=plan, title="A new name", changes=[change]
        )
        self._tell("name.adopted", announced + 200 + self._later(200), told, **draft, _fulfils=plan)
        self._tell(
            "priority.set", since + self._later(500), organisation=slug, priority="digital", title="Digital first"
        )

    def _end(self) -> None:
        day = 4_000 + self._later(3_000)
        slug, manner = self._slug, self._number % 5
        if manner == 1 and not self._last:
            self._tell("organisation.merged", day, originals=[slug], result=organisation(self._number + 1))
        elif manner == 3 and not self._last:
            results = [organisation(self._number - 1), organisation(self._number + 1)]
            self._tell("organisation.split", day, original=slug, results=results, original_survives=False)
        elif manner == 4:
            self._tell("organisation.dissolved", day, organisation=slug, reason="ceased")
        else:
            self._tell("organisation.reclassified", day, organisation=slug, scheme="ons", value=self._pick(_CLASSES))

    def _tell(self, type_: str, day: int, after: Fact | None = None, **data: Any) -> Fact:
        """A fact that holds so many days after the organisation's beginning, learnt after the fact `after`."""
        random = self._random
        learnt = self.begins + day + self._later(40)
        if after is not None:
            learnt = max(learnt, next(told[0] for told in self._told if told[3] is after))
        fact: Fact = {"id": self._id(learnt), "type": type_, "effective": self._edtf(self.begins + day)}
        for name in ("ends", "fulfils"):
            if f"_{name}" in data:
                fact[name] = data.pop(f"_{name}")
        fact["data"] = data
        fact["sources"] = [
            {"title": "Register of public bodies", "url": f"https://register.example/{self._slug}/{day}"}
        ]
        self._told.append((learnt, self._number, len(self._told), fact))
        if random.random() < CORRECTED:
            replacement = {name: value for name, value in fact.items() if name != "id"}
            replacement["effective"] = self._edtf(self.begins + day + 3)
            later = learnt + 30 + self._later(300)
            amendment = {"event": fact["id"], "replacement": replacement, "reason": "another day"}
            told = {"id": self._id(later), "type": "fact.corrected", "data": amendment}
            self._told.append((later, self._number, len(self._told), told))
        return fact

    def _edtf(self, day: int) -> str:
        there = FIRST_DAY + timedelta(day)
        form = self._random.random()
        if form < 0.75:
            return there.isoformat()
        if form < 0.93:
            return there.isoformat()[:7]
        if form < 0.97:
            return there.isoformat()[:4]
        return f"[{there.isoformat()}..{(there + timedelta(20)).isoformat()}]"

    def _id(self, day: int) -> str:
        return new_id(((FIRST_DAY - EPOCH).days + day) * DAY_MS, self._random.randbytes(10))

    def _later(self, days: int) -> int:
        return self._random.randrange(days)

    def _pick(self, words: tuple[str, ...]) -> str:
        return self._random.choice(words)


_NAMES: Final = (
    *("Agency for Health", "Office of Standards", "Council for Research", "Board of Trade", "Digital Service"),
    *("Commission for Water", "Institute of Transport", "Fund for Culture", "Authority for Data", "Rural Partnership"),
)
_CLASSES: Final = ("executive agency", "non-ministerial department", "advisory body", "public corporation")
_DUTIES: Final = ("Setting standards", "Paying grants", "Inspecting places", "Licensing", "Publishing statistics")


def main() -> None:
    """Write the facts as JSON Lines."""
    parser = argparse.ArgumentParser(description="Facts of a synthetic register as JSON Lines.")
    parser.add_argument("events", type=int)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    for fact in facts(asked.events, asked.seed):
        sys.stdout.buffer.write(msgspec.json.encode(fact) + b"\n")


if __name__ == "__main__":
    main()
