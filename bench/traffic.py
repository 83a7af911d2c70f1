"""Readers and one appender who know what they must be answered: the life of a register while something is done to it.

The appender gives units one priority after another, each in an append of its own. Half of what the readers ask is how
many priorities a unit has: at least as many as were acknowledged when they asked, at most as many as were sent when the
answer came. The other half are bodies and lists on days that nothing recorded meanwhile bears upon: the answers must
be those that were given in the beginning, to the letter but for the position up to which the register is known.
All of them live in one thread, each with a connection of its own that is kept, and ask again once they are answered.
"""

from __future__ import annotations

import re
import selectors
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import msgspec

from bench import connection, synthetic
from bench.connection import Connection

EACH: Final = 20
"""So many priorities a unit, so that an answer costs the same however long the traffic goes on."""
BODIES: Final = 14
"""Asked for by turns together with two lists, which cost more."""
LOOK_S: Final = 0.005
"""How often it is looked at whether to go on, and who has rested, while no answer comes."""
SILENCE_S_MAX: Final = 60
FAULTS_MAX: Final = 20
SHOWN_BYTES: Final = 300
KNOWN_AT: Final = re.compile(rb'"known_at":\{[^}]*\}')


class Seen(msgspec.Struct):
    """What one run saw: how long each append that was acknowledged and each right answer took (s), and the faults."""

    seconds: float = 0.0
    appends: list[float] = msgspec.field(default_factory=list)
    reads: list[float] = msgspec.field(default_factory=list)
    faults: list[str] = msgspec.field(default_factory=list)

    def add(self, other: Seen) -> None:
        """Take in what another run saw."""
        self.seconds += other.seconds
        self.appends += other.appends
        self.reads += other.reads
        self.faults += other.faults


class Traffic:
    """`lasting`: addresses whose answers must last. `name`: a slug that no organisation of the register begins with.

    Making it asks for the lasting answers, and appends the first priority. Raises OSError, and ConnectionError where
    one of these is refused.
    """

    def __init__(self, port: int, token: str, readers: int, lasting: Sequence[str], name: str) -> None:
        self._port, self._token, self._name = port, token, name
        self._appender = _Client(port)
        self._readers = [_Client(port, turn) for turn in range(readers)]
        self._sent = self._acknowledged = 0
        self._lasting = [(path, _lasting(self._answer(connection.get(port, path), 200))) for path in lasting]
        self._answer(self._next_append(), 201)
        self._acknowledged = self._sent

    def run(self, going: Callable[[Seen], bool], seconds_max: float, pause_s: float = 0.0) -> Seen:
        """Go on as long as `going` with what was seen so far, and until whoever was asked last has answered.

        A reader that was answered asks again after `pause_s`, the appender at once. What takes longer than
        `seconds_max` is a fault, and so is whatever was answered wrongly or not at all; who met one stops.
        """
        seen, begun = Seen(), time.perf_counter()
        resting = deque((begun, client) for client in (self._appender, *self._readers))
        asking: set[_Client] = set()
        going_on, heard = True, begun
        with selectors.DefaultSelector() as selector:
            for _, client in resting:
                selector.register(client.socket, selectors.EVENT_READ, client)
            while going_on or asking:
                now = time.perf_counter()
                going_on = going_on and going(seen)
                if going_on and now > begun + seconds_max:
                    seen.faults.append(f"not done after {seconds_max} s")
                    going_on = False
                while going_on and resting and resting[0][0] <= now:
                    client = resting.popleft()[1]
                    asking.add(client)
                    self._send(client)
                ready = [key.data for key, _ in selector.select(LOOK_S)]
                # The appender first: what its answers take is to be the server's time, not that of the readers here.
                for client in sorted(ready, key=lambda client: client is not self._appender):
                    heard, fault = now, self._take(client, seen)
                    if fault is None:
                        continue
                    asking.discard(client)
                    if fault:
                        seen.faults.append(f"{client.asked}: {fault}")
                        selector.unregister(client.socket)
                    elif client is self._appender:
                        resting.appendleft((now, client))
                    else:
                        resting.append((now + pause_s, client))
                if asking and now - heard > SILENCE_S_MAX:
                    seen.faults.append(f"{len(asking)} requests had no answer for {SILENCE_S_MAX} s")
                    break
        seen.seconds = time.perf_counter() - begun
        del seen.faults[FAULTS_MAX:]
        return seen

    def close(self) -> None:
        """Close all connections."""
        for client in (self._appender, *self._readers):
            client.socket.close()

    def _take(self, client: _Client, seen: Seen) -> str | None:
        """Take in what has come for a client: nothing while more is to come, else what is wrong with the answer."""
        try:
            if not client.receive():
                return None
        except OSError as error:
            return f"{type(error).__name__}: {error}"
        took, fault = time.perf_counter() - client.sent_at, client.judge()
        if not fault:
            (seen.appends if client is self._appender else seen.reads).append(took)
        return fault

    def _send(self, client: _Client) -> None:
        if client is self._appender:
            client.asked, client.judge = "append", self._judge_append
            client.send(self._next_append())
            return
        client.turn += 1
        if client.turn % 2:
            path, answer = self._lasting[client.turn // 2 % len(self._lasting)]
            client.judge = partial(self._judge_lasting, client, answer)
        else:
            newest = (self._acknowledged - 1) // EACH
            unit = newest if client.turn % 4 else client.turn % (newest + 1)
            path = f"/organisations/{self._unit(unit)}?as_of=2020"
            client.judge = partial(self._judge_unit, client, unit, self._acknowledged)
        client.asked = path
        client.send(connection.get(self._port, path))

    def _next_append(self) -> bytes:
        """The append of one more priority; the first of a unit is recorded together with its creation."""
        unit = self._unit(self._sent // EACH)
        facts: list[dict[str, Any]] = []
        if self._sent % EACH == 0:
            facts.append(_fact("organisation.created", organisation=unit, name=f"The unit {unit}"))
        facts.append(_fact("priority.set", organisation=unit, priority=f"priority-{self._sent}"))
        self._sent += 1
        return connection.append(self._port, self._token, {"facts": facts})

    def _judge_append(self) -> str:
        if self._appender.status != 201:
            return _refused(self._appender)
        self._acknowledged += 1
        return ""

    def _judge_unit(self, client: _Client, unit: int, acknowledged: int) -> str:
        if client.status != 200:
            return _refused(client)
        state = msgspec.json.decode(client.body, type=_Unit)
        least, most = (min(EACH, count - unit * EACH) for count in (acknowledged, self._sent))
        if state.status == "active" and least <= len(state.priorities) <= most:
            return ""
        return f"{state.status} with {len(state.priorities)} priorities, {least} to {most} were recorded"

    def _judge_lasting(self, client: _Client, answer: bytes) -> str:
        if client.status != 200:
            return _refused(client)
        now = _lasting(client.body)
        return "" if now == answer else f"is {now[:SHOWN_BYTES]!r}, was {answer[:SHOWN_BYTES]!r}"

    def _answer(self, request: bytes, status: int) -> bytes:
        """The body of the answer to a request outside the traffic. Raises ConnectionError for another status."""
        self._appender.send(request)
        while not self._appender.receive():
            pass
        if self._appender.status != status:
            raise ConnectionError(_refused(self._appender))
        return self._appender.body

    def _unit(self, number: int) -> str:
        return f"{self._name}-{number}"


def lasting_of(events: int) -> list[str]:
    """Addresses of a synthetic register of so many events: bodies all over it on days long ago, and lists that are
    pinned to what is known by now."""
    organisations = max(1, events // synthetic.FACTS_EACH)
    bodies = [
        f"/organisations/{synthetic.organisation(n * organisations // BODIES)}?as_of={1990 + 2 * n}"
        for n in range(BODIES)
    ]
    lists = [
        f"/{each}&as_of=2005-01-01&known_at={events}&count=true&limit=10"
        for each in ("people?status=in_post", "organisations?status=active")
    ]
    return bodies + lists


class _Client(Connection):
    """One who asks: what was asked for last, and how the answer is judged (what is wrong with it, else nothing)."""

    def __init__(self, port: int, turn: int = 0) -> None:
        super().__init__(port)
        self.turn = turn
        self.asked = ""
        self.judge: Callable[[], str] = str


class _Unit(msgspec.Struct):
    """What is looked at in the state of a unit."""

    status: str
    priorities: list[msgspec.Raw]


def _fact(type_: str, **data: str) -> dict[str, Any]:
    return {"type": type_, "effective": "2019", "data": data}


def _lasting(answer: bytes) -> bytes:
    """An answer without what may differ from head to head."""
    return KNOWN_AT.sub(b'"known_at":{}', answer)


def _refused(client: _Client) -> str:
    return f"{client.status} {client.body[:SHOWN_BYTES]!r}"
