"""Feed readers that people use subscribe to a running service, and each entry arrives once."""

from __future__ import annotations

import mailbox
import shutil
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import feedparser
import httpx
import pytest
import reader as reader_library

from tests.serving import Service, command, free_port, lines

BETWEEN_POLLS = (75, 100, 1, 99, 25)  # 300 in all, and never more than a head holds at least
PROGRAM_S_MAX = 120


class Subscriber(Protocol):
    """A feed reader that has subscribed to one address."""

    def poll(self) -> None:
        """Ask for what is new."""

    def seen(self) -> Counter[str]:
        """The ids of all entries that it has shown to its user, each as often as it did."""


class Feedparser:
    """The library feedparser, with the ETag of the last answer, as its users poll."""

    def __init__(self, address: str, folder: Path) -> None:
        self._address = address
        self._etag: str | None = None
        self._seen: Counter[str] = Counter()

    def poll(self) -> None:
        found = feedparser.parse(self._address, etag=self._etag)
        assert found.status in (200, 304)
        assert not found.bozo
        self._etag = found.get("etag", self._etag)
        ids = [entry.id for entry in found.entries]
        assert len(ids) == len(set(ids))
        self._seen.update(id_ for id_ in ids if id_ not in self._seen)

    def seen(self) -> Counter[str]:
        return self._seen


class Reader:
    """The library reader, with its database."""

    def __init__(self, address: str, folder: Path) -> None:
        self._address = address
        self._reader = reader_library.make_reader(str(folder / "reader.db"))
        self._reader.add_feed(address)

    def poll(self) -> None:
        self._reader.update_feed(self._address)

    def seen(self) -> Counter[str]:
        return Counter(entry.id for entry in self._reader.get_entries())


class Newsboat:
    """The program newsboat, with its cache."""

    def __init__(self, address: str, folder: Path) -> None:
        self._cache = folder / "cache.db"
        (folder / "urls").write_text(f"{address}\n")
        (folder / "config").write_text("")
        self._command = ["newsboat", "-u", str(folder / "urls"), "-C", str(folder / "config"), "-c", str(self._cache)]
        self._home = {"HOME": str(folder), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}

    def poll(self) -> None:
        done = subprocess.run(
            [*self._command, "-x", "reload"], env=self._home, capture_output=True, timeout=PROGRAM_S_MAX, check=False
        )
        assert done.returncode == 0, done.stderr.decode()

    def seen(self) -> Counter[str]:
        with sqlite3.connect(self._cache) as connection:
            return Counter(guid for (guid,) in connection.execute("SELECT guid FROM rss_item WHERE deleted = 0"))


class Rss2email:
    """The program rss2email, which sends a message for each new entry, into a folder of messages here."""

    def __init__(self, address: str, folder: Path) -> None:
        self._messages = folder / "mail"
        self._messages.mkdir()
        mailbox.Maildir(self._messages / "inbox", create=True)
        config = folder / "rss2email.cfg"
        config.write_text(
            "[DEFAULT]\nfrom = orgline@example.org\nto = reader@example.org\nemail-protocol = maildir\n"
            f"maildir-path = {self._messages}\nmaildir-mailbox = inbox\n"
        )
        self._command = ["r2e", "-c", str(config), "-d", str(folder / "rss2email.json")]
        self._run("add", "orgline", address)

    def _run(self, *arguments: str) -> None:
        done = subprocess.run([*self._command, *arguments], capture_output=True, timeout=PROGRAM_S_MAX, check=False)
        assert done.returncode == 0, done.stderr.decode()

    def poll(self) -> None:
        self._run("run")

    def seen(self) -> Counter[str]:
        inbox = mailbox.Maildir(self._messages / "inbox", create=False)
        return Counter(str(message["X-RSS-ID"]) for message in inbox)


PROGRAMS: dict[str, tuple[type[Any], str | None]] = {
    "feedparser": (Feedparser, None),
    "reader": (Reader, None),
    "newsboat": (Newsboat, "newsboat"),
    "rss2email": (Rss2email, "r2e"),
}


class Register:
    """A running service, and what is appended to it."""

    def __init__(self, service: Service, token: str) -> None:
        self.address = f"{service.address}/feeds/all.atom"
        headers = {"authorization": f"Bearer {token}"}
        self.client = httpx.Client(base_url=service.address, headers=headers, timeout=60)
        self.ids: list[str] = []

    def append(self, count: int) -> None:
        """So many facts, one request each; their ids are noted."""
        for _ in range(count):
            id_ = str(uuid4())
            data = {"organisation": "nhsx", "name": f"Name & <{id_}> ]]> \u202e", "kind": "brand"}
            fact = {"id": id_, "type": "name.adopted", "effective": "2019-21", "data": data}
            self.client.post("/events", json=fact).raise_for_status()
            self.ids.append(f"urn:uuid:{id_}")


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    port = free_port()
    settings = {"base_url": f"http://127.0.0.1:{port}"}
    assert command("migrate", folder=tmp_path, settings=settings).returncode == 0
    made = command("token", "create", "readers", "--scope", "append", folder=tmp_path, settings=settings)
    with Service(tmp_path, port=port, settings=settings) as service:
        register = Register(service, lines(made.stdout)[-1])
        with register.client:
            yield register


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_reader_sees_every_entry_once(name: str, register: Register, tmp_path: Path) -> None:
    made, program = PROGRAMS[name]
    if program is not None and shutil.which(program) is None:
        pytest.skip(f"{name} is not installed (Debian's package {name})")
    folder = tmp_path / "subscriber"
    folder.mkdir()
    register.append(1)
    subscriber: Subscriber = made(register.address, folder)
    subscriber.poll()
    for count in BETWEEN_POLLS:
        register.append(count)
        subscriber.poll()
        subscriber.poll()  # nothing is new
    assert len(register.ids) == 301
    assert subscriber.seen() == Counter(register.ids)
