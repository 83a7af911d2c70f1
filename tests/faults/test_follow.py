"""kill -9 while a register is followed: of the mirror's command and of the register itself, at random moments.

Whatever is killed when, the mirror is the register in the end: the same root hash, the same answers, both sound.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from io import BytesIO
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import httpx
import msgspec

from bench import importing, synthetic
from events.database import Database
from events.log import Log
from events.verifying import verify
from service.cli import opening
from service.settings import Settings
from tests.conftest import LONG, SEED
from tests.serving import ORGLINE, Service, command, environment, free_port, lines, wait_until

KILLS = 20 if LONG else 2
EVENTS = 100_000 if LONG else 500
APPENDED = 2_000 if LONG else 250
"""Events that are recorded one request after another while they are followed; the others are there before."""
FACTS_MAX = 5
"""Of one such request."""
QUESTIONS = 500
KILL_S_MAX = 0.3
CAUGHT_UP_S_MAX = 1_800 if LONG else 600
DOWN_S = 0.2


class Appender(threading.Thread):
    """Appends facts in their order, a few at a time; what is not answered is sent again."""

    def __init__(self, address: str, token: str, facts: Iterator[dict[str, Any]], random: Random) -> None:
        super().__init__(daemon=True)
        self._address, self._token, self._facts, self._random = address, token, facts, random
        self.stopped = threading.Event()
        self.refused: list[str] = []

    def run(self) -> None:
        headers = {"Authorization": f"Bearer {self._token}"}
        with httpx.Client(base_url=self._address, headers=headers, timeout=60, trust_env=False) as client:
            while facts := list(islice(self._facts, self._random.randint(1, FACTS_MAX))):
                while not self._sent(client, facts):
                    if self.stopped.wait(DOWN_S):  # the register is down, until it is started again
                        return

    def _sent(self, client: httpx.Client, facts: Sequence[dict[str, Any]]) -> bool:
        try:
            answer = client.post("/events", json={"facts": facts})
        except httpx.TransportError:
            return False
        if answer.status_code not in (200, 201):
            self.refused.append(answer.text)
        return True


class Follower:
    """`orgline follow` in a process of its own."""

    def __init__(self, folder: Path, address: str, database_url: str) -> None:
        self._folder, self._address, self._settings = folder, address, {"database_url": database_url}
        self._told, self._failures = folder / "told.txt", folder / "failures.txt"
        self._log = Log(Database(database_url))
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            (*ORGLINE, "follow", self._address),
            cwd=self._folder,
            env=environment(**self._settings),
            stdout=self._told.open("wb"),
            stderr=self._failures.open("ab"),
        )

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        self._process.terminate()
        return self._process.wait(60)

    @property
    def position(self) -> int:
        assert self._process.poll() is None, self._failures.read_text("utf-8")
        return self._log.head().position

    def has_told(self, position: int) -> bool:
        """Whether the process that runs now has proven the mirror up to a position."""
        assert self._process.poll() is None, self._failures.read_text("utf-8")
        return f"{position} events, root hash {self.root_hash}\n" in self._told.read_text("utf-8")

    @property
    def root_hash(self) -> str:
        return self._log.head().root_hash.hex()


def test_a_mirror_is_the_register_whatever_is_killed_when(database_url: str, tmp_path: Path) -> None:
    random = Random(SEED)
    source = tmp_path / "source"
    source.mkdir()
    settings = {"database_url": f"sqlite:///{source / 'register.db'}"}
    facts = synthetic.facts(EVENTS)
    before = list(islice(facts, EVENTS - APPENDED))
    with opening.prepared(Settings(**settings)) as (register, _):
        importing.take_in(register, BytesIO(b"".join(msgspec.json.encode(fact) + b"\n" for fact in before)))
    made = command("token", "create", "t", "--scope", "append", "--scope", "correct", folder=source, settings=settings)
    port = free_port()
    later = list(facts)
    appender = Appender(f"http://127.0.0.1:{port}", lines(made.stdout)[-1], iter(later), random)
    # The mirror's progress at which something is killed: while it catches up, and while it follows.
    thresholds = sorted(random.randrange(EVENTS - APPENDED // 2) for _ in range(KILLS))
    victims = random.sample([False, True] * (KILLS // 2), KILLS)
    with ExitStack() as stack:
        service = stack.enter_context(Service(source, port=port, settings=settings))
        follower = Follower(tmp_path, service.address, database_url)
        stack.callback(follower.kill)
        appender.start()
        stack.callback(appender.stopped.set)
        for threshold, of_mirror in zip(thresholds, victims, strict=True):
            wait_until(lambda: follower.position >= threshold, f"position {threshold}", CAUGHT_UP_S_MAX)  # noqa: B023
            threading.Event().wait(random.uniform(0, KILL_S_MAX))  # a moment at random is what is tried here
            if of_mirror:
                follower.kill()
                follower.start()
            else:
                service.kill()
                service = stack.enter_context(Service(source, port=port, settings=settings))
        appender.join(CAUGHT_UP_S_MAX)
        assert not appender.is_alive()
        assert appender.refused == []
        wait_until(lambda: follower.has_told(EVENTS), "the mirror to catch up", CAUGHT_UP_S_MAX)
        told = msgspec.json.decode(httpx.get(f"{service.address}/log", trust_env=False).content)
        assert (told["size"], told["root_hash"]) == (EVENTS, follower.root_hash)
        assert follower.stop() == 143
        mirror = {"database_url": database_url}
        with Service(tmp_path, settings=mirror) as mirrored:
            assert different(service.address, mirrored.address, questions([*before, *later], random)) == []
    for each in (settings, mirror):
        with opening.database(Settings(**each)) as register:
            assert verify(register) == []


def questions(facts: Sequence[dict[str, Any]], random: Random) -> list[str]:
    """State questions about subjects, days and states of knowledge at random."""
    organisations = sorted({fact["data"]["organisation"] for fact in facts if "organisation" in fact["data"]})
    people = sorted({fact["data"]["person"] for fact in facts if "person" in fact["data"]})
    subjects = [
        *(f"/organisations/{each}" for each in organisations),
        *(f"/people/{each}" for each in people),
    ]
    asked = []
    for _ in range(QUESTIONS):
        as_of = f"{random.randint(1980, 2024)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
        known_at = random.choice(("", f"&known_at={random.randint(1, len(facts))}"))
        asked.append(f"{random.choice(subjects)}?as_of={as_of}{known_at}")
    return asked


def different(one: str, other: str, asked: Sequence[str]) -> list[str]:
    """The questions that two registers do not answer alike."""
    found, answered = [], 0
    with httpx.Client(trust_env=False, timeout=60) as client:
        for question in asked:
            here, there = (client.get(f"{address}{question}") for address in (one, other))
            if (here.status_code, here.content) != (there.status_code, there.content):
                found.append(question)
            answered += here.status_code == 200
    assert answered > len(asked) / 4  # else they were not about what is known
    return found
