"""Follows another register: takes in what its feeds hold, from where its own log ends, and waits for more.

One round: the head document, then how far the log is (`GET /log`), then the archives in between, oldest first. What
came by then is repeated up to exactly that position, where the root hashes are compared before the commit. Only on a
way of more than one batch are the batches before the last one written before they are proven.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from threading import Thread
from typing import Final

from events import mirrors
from events.database import Database
from events.errors import OrglineError
from events.event import Event
from events.log import Head, Log
from events.mirrors import NotTheNext, RootDiffers
from events.register import Register
from feeds.documents import ARCHIVE_SIZE
from service.replication.documents import Document
from service.replication.making import check_same, told_by
from service.replication.patience import Patience
from service.replication.remote import LogHead, Remote, RemoteFailed, RemoteRefused

BATCH_EVENTS: Final = 1_000
"""Repeated in one transaction, with the rest of the append that the last of them belongs to."""
BATCH_BYTES: Final = 16_777_216
"""Bodies of more than so many bytes make a batch too."""
APPEND_EVENTS_MAX: Final = 100_000
"""Events held of one append, which cannot be written in part."""
ARCHIVES_AHEAD: Final = 2
"""Archives fetched while others are taken in."""
GATHER_S: Final = 0.1
"""Waited once there is news, so that what comes together is fetched together."""

Progress = Callable[[int, int], None]  # events repeated, events in all


class Diverged(OrglineError):
    """The other register does not hold what this mirror of it does."""

    code = "diverged"


class Following:
    """A mirror while it follows its source. `log` is its own, with its follower."""

    def __init__(
        self,
        remote: Remote,
        database: Database,
        log: Log,
        register: Register,
        patience: Patience,
        progress: Progress = lambda _done, _total: None,
        *,
        batch_events: int = BATCH_EVENTS,
    ) -> None:
        self._remote, self._database, self._log, self._register = remote, database, log, register
        self._patience = patience
        self._progress = progress
        self._batch_events = batch_events
        self._news: Iterator[int] | None = None
        self._told = 0  # up to which position the source was last asked what is new
        self._streams = True  # as long as the source has not said that it does not stream

    def catch_up(self, first: Document | None = None) -> Head:
        """Take in all that the source has now; the end of the log then. `first`: its head document, if it is at hand.

        Raises Diverged, OtherRegister, RemoteRefused; RemoteFailed where patience has an end.
        """
        at_hand = [first]
        return self._patience.call(lambda: self._round(at_hand.pop() if at_hand else None))

    def run(self, told: Callable[[Head], None]) -> None:
        """Go on until it is interrupted; `told` learns where the log ends, whenever it has grown. Raises as above."""
        before = self._log.head().position
        while True:
            self._wait(before)
            head = self.catch_up()
            if head.position > before:
                self._patience.refresh()
                told(head)
            before = head.position

    def _round(self, first: Document | None) -> Head:
        document = first or self._newest()
        if document is None:
            return self._log.head()
        self._told = document.position
        taken = False
        try:
            head = self._take(document)
            taken = True
            return head
        except NotTheNext as error:
            raise Diverged(f"{error.message}, by what {self._remote.address} says") from error
        except RootDiffers as error:
            proved = mirrors.load(self._database)
            since = 1 + (proved.proved if proved else 0)
            words = f"what differs is at position {since} or after it"
            raise Diverged(f"{error.message}: {words}") from error
        finally:
            if not taken or self._log.head().position < self._told:
                self._remote.forget()  # not all that it has told was taken in: it is to tell it again

    def _take(self, document: Document) -> Head:
        check_same(self._register, told_by(document, self._remote.address), self._remote.address)
        here, there = self._log.head(), self._remote.log()
        if there.size < here.position:
            raise Diverged(
                f"{self._remote.address} holds {there.size} events, {here.position} were repeated here: it was set "
                "back, or it is another one"
            )
        if there.size == here.position:
            return self._log.replicate((), root_hash=_bytes(there.root_hash))
        return self._repeat(here.position, self._reaching(document, there.size), there)

    def _repeat(self, after: int, newest: Document, there: LogHead) -> Head:
        """Repeat the events after a position up to the end of the log there, batch by batch."""
        position, of_append = after, 0
        held, held_bytes = list[Event](), 0
        self._progress(after, there.size)
        for event in self._events(after, newest):
            if event.position <= position or event.position > there.size:
                continue
            if event.position != position + 1:
                raise Diverged(f"{self._remote.address} has no event {position + 1} in its feed")
            begins = not held or event.recorded_at != held[-1].recorded_at
            if begins and (len(held) >= self._batch_events or held_bytes >= BATCH_BYTES):
                self._log.replicate(held)
                self._progress(position, there.size)
                held, held_bytes = [], 0
            held.append(event)
            position, held_bytes = event.position, held_bytes + len(event.body)
            of_append = 1 if begins else of_append + 1
            if of_append > APPEND_EVENTS_MAX:
                raise Diverged(f"the append with event {position} holds more than {APPEND_EVENTS_MAX} events")
        if position != there.size:
            raise RemoteFailed(f"the feed of {self._remote.address} ends at {position}, its log at {there.size}")
        head = self._log.replicate(held, root_hash=_bytes(there.root_hash))
        self._progress(position, there.size)
        return head

    def _events(self, after: int, newest: Document) -> Iterator[Event]:
        """The events after a position in their order, and perhaps some before it."""
        first = newest.events[0].position
        archives = range(after // ARCHIVE_SIZE + 1, (first - 1) // ARCHIVE_SIZE + 1)
        for archive in _ahead(self._remote.archive, archives):
            yield from archive.events
        yield from newest.events

    def _reaching(self, document: Document, position: int) -> Document:
        """The newest events, those up to a position among them: the log may have grown since the head was told."""
        while document.position < position:
            more = self._newest()
            if more is None or more.position <= document.position:
                raise RemoteFailed(f"the feed of {self._remote.address} is behind its log at {position}")
            if more.events[0].position <= document.position + 1:
                newer = tuple(event for event in more.events if event.position > document.position)
                document = Document(document.register, document.events + newer)
            else:
                document = more
        return document

    def _newest(self) -> Document | None:
        """The head document there, or what is new in it; None where nothing is."""
        document = self._remote.head()
        if document is not None:
            self._told = document.position
        return document

    def _wait(self, position: int) -> None:
        """Until there may be something new: by the source's stream of events if it has one, else for a while."""
        if self._streams:
            try:
                self._news = self._news or self._remote.news(position)
                for told in self._news:
                    self._patience.refresh()
                    if told > position:
                        self._patience.wait(GATHER_S)
                        return
            except RemoteRefused:
                self._streams = False
            except RemoteFailed as error:
                self._news = None
                self._patience.poll(error.retry_after)
                return
        self._patience.poll()


class _Fetch(Thread):
    """One document on its way. (A daemon, so that an interrupted program does not wait for it.)"""

    def __init__(self, fetch: Callable[[int], Document], number: int) -> None:
        super().__init__(name="orgline-fetch", daemon=True)
        self._fetch, self._number = fetch, number
        self._outcome: Document | OrglineError | None = None
        self.start()

    def run(self) -> None:
        try:
            self._outcome = self._fetch(self._number)
        except OrglineError as error:
            self._outcome = error

    def result(self) -> Document:
        self.join()
        if isinstance(self._outcome, OrglineError):
            raise self._outcome
        assert self._outcome is not None, "its traceback was told where it ended"
        return self._outcome


def _ahead(fetch: Callable[[int], Document], numbers: Sequence[int]) -> Iterator[Document]:
    """What is fetched for each number, in their order; the next ones are on their way meanwhile."""
    left = iter(numbers)
    fetching = deque(_Fetch(fetch, number) for number in islice(left, ARCHIVES_AHEAD))
    while fetching:
        document = fetching.popleft().result()
        fetching.extend(_Fetch(fetch, number) for number in islice(left, 1))
        yield document


def _bytes(hash_: str) -> bytes:
    """A hash as it is told in hexadecimal; nothing that any hash equals where it is none."""
    try:
        return bytes.fromhex(hash_)
    except ValueError:
        return b""
